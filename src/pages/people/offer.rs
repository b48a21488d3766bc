//! Roles that a user can give in a scope. Pure.

use super::texts;
use crate::ui::Choice;
use vestibule_model::access::{Grant, Permission, Roles, Scope, may_give};
use vestibule_model::ids::WorkspaceId;

/// Role in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The role's name.
    pub role: String,
    /// The title for the screen.
    pub title: String,
    /// Description for the screen.
    pub description: String,
    /// Permissions that the giver lacks there; empty if the role can be given (FIELD 36).
    pub missing: Vec<String>,
}

/// Returns the roles that have an effect in the scope, the most powerful first. `home` is the workspace
/// of the scope's workbench.
pub fn offers(
    giver: &[Grant],
    roles: &Roles,
    scope: &Scope,
    home: Option<&WorkspaceId>,
) -> Vec<Offer> {
    let has_effect = |name: &str| {
        let mut known = roles.permissions_of(name).iter();
        known.any(|permission: Permission| scope.binds(permission.dimension()))
    };
    let effective = roles.iter().filter(|role| has_effect(&role.name));
    effective
        .map(|role| Offer {
            role: role.name.clone(),
            title: match role.title.as_str() {
                "" => role.name.clone(),
                title => title.to_owned(),
            },
            description: role.description.clone(),
            missing: may_give(giver, roles, &role.name, scope, home)
                .err()
                .unwrap_or_default(),
        })
        .collect()
}

/// Returns the choices of a list of roles. Those that can't be given say what is missing.
pub fn role_choices(offers: &[Offer]) -> Vec<Choice> {
    let first = Choice::new("", texts::CHOOSE_ROLE);
    let roles = offers.iter().map(|offer| Choice {
        disabled: !offer.missing.is_empty(),
        ..Choice::new(
            offer.role.clone(),
            texts::lacking(&offer.title, &offer.missing),
        )
    });
    [first].into_iter().chain(roles).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(offers: &[Offer], can_be_given: bool) -> Vec<&str> {
        let found = offers
            .iter()
            .filter(|offer| offer.missing.is_empty() == can_be_given);
        found.map(|offer| offer.role.as_str()).collect()
    }

    /// FIELD 36: "Permissions that cannot be granted are offered".
    #[test]
    fn an_owner_gives_roles_in_the_own_workspace_only() {
        let roles = Roles::default();
        let own = Scope::Workspace("ws-1".to_owned());
        let owner = [Grant::new(&roles, "workspace-owner", own.clone())];
        let here = offers(&owner, &roles, &own, None);
        assert!(names(&here, true).contains(&"workspace-member"));
        assert!(names(&here, true).contains(&"workspace-owner"));
        let other = offers(&owner, &roles, &Scope::Workspace("ws-2".to_owned()), None);
        assert!(names(&other, true).is_empty());
        let missing = &other.iter().find(|offer| offer.role == "workspace-viewer");
        assert!(!missing.expect("it is listed").missing.is_empty());
    }

    #[test]
    fn a_role_without_effect_in_the_scope_is_left_out() {
        let roles = Roles::default();
        let scope = Scope::Workbench("wb-1".to_owned());
        let offered = offers(&[], &roles, &scope, None);
        assert!(offered.iter().all(|offer| {
            offer.role != "user-manager"
                || roles
                    .permissions_of("user-manager")
                    .iter()
                    .any(|one| scope.binds(one.dimension()))
        }));
        assert!(offered.iter().any(|offer| offer.role == "workbench-guest"));
    }
}
