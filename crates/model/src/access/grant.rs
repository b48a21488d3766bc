//! Grants, and the decision.

use super::permission::{Dimension, Permission, PermissionSet};
use super::role::Roles;
use super::scope::{Resource, Scope};
use super::system::ADMINISTRATOR;
use crate::ids::WorkspaceId;
use crate::lenient;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Role of a user in a scope, with the permissions that the role has now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Identifier.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub id: String,
    /// The role's name.
    pub role: String,
    /// Scope of the role.
    pub scope: Scope,
    /// Time of its end.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "lenient::is_none"
    )]
    pub expires_at: Option<Timestamp>,
    /// The identity provider that gives it at each sign-in, or `None` for a grant by a user.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "lenient::is_none"
    )]
    pub source: Option<String>,
    /// Known permissions of the role.
    #[serde(default)]
    pub permissions: PermissionSet,
}

impl Grant {
    /// Returns a grant of a role. A grant of an unknown role permits nothing.
    pub fn new(roles: &Roles, role: &str, scope: Scope) -> Self {
        Self {
            id: String::new(),
            role: role.to_owned(),
            scope,
            expires_at: None,
            source: None,
            permissions: roles.permissions_of(role),
        }
    }

    /// Returns `true` if this grant alone permits the action on the resource.
    pub fn allows(&self, permission: Permission, resource: &Resource) -> bool {
        self.permissions.contains(permission)
            && self.scope.covers(&resource.widened_for(permission))
    }
}

/// Returns `true` if one single grant both has the permission and covers the resource.
pub fn allows(grants: &[Grant], permission: Permission, resource: &Resource) -> bool {
    grants
        .iter()
        .any(|grant| grant.allows(permission, resource))
}

/// Returns `true` if a grant gives the permission on anything at all.
pub fn holds_somewhere(grants: &[Grant], permission: Permission) -> bool {
    grants.iter().any(|grant| {
        grant.permissions.contains(permission) && grant.scope.binds(permission.dimension())
    })
}

/// Returns `true` if the user is an administrator of the whole installation.
pub fn is_administrator(grants: &[Grant]) -> bool {
    grants
        .iter()
        .any(|grant| grant.role == ADMINISTRATOR && grant.scope == Scope::Platform(true))
}

/// Returns the latest end that a grant of this role by the giver may have, `None` if it may last
/// without an end; or the permissions of the role that the giver lacks in this scope, and so cannot
/// give or take (FIELD 36). Permissions without effect in the scope do not count; ones that only a newer
/// version knows are left to administrators. `home` is the workspace of the scope's workbench.
///
/// A grant ends no later than what it comes from: for each of its permissions the giver has a grant that
/// lasts as long.
pub fn may_give(
    giver: &[Grant],
    roles: &Roles,
    role: &str,
    scope: &Scope,
    home: Option<&WorkspaceId>,
) -> Result<Option<Timestamp>, Vec<String>> {
    let mut missing = Vec::new();
    let mut latest = None;
    for name in roles.flatten(role).into_keys() {
        match held_until(giver, &name, scope, home) {
            Some(end) => latest = [latest, end].into_iter().flatten().min(),
            None => missing.push(name),
        }
    }
    if missing.is_empty() {
        Ok(latest)
    } else {
        Err(missing)
    }
}

/// Returns the permissions of a list that the giver does not hold in this scope.
pub fn lacks(
    giver: &[Grant],
    names: impl IntoIterator<Item = String>,
    scope: &Scope,
    home: Option<&WorkspaceId>,
) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for name in names {
        if held_until(giver, &name, scope, home).is_none() {
            missing.push(name);
        }
    }
    missing
}

/// Returns until when a user holds a permission in a scope, `Some(None)` if without an end, or `None`
/// if they lack it.
fn held_until(
    giver: &[Grant],
    name: &str,
    scope: &Scope,
    home: Option<&WorkspaceId>,
) -> Option<Option<Timestamp>> {
    let permission = Permission::from_name(name);
    if permission.is_some_and(|permission| !scope.binds(permission.dimension())) {
        return Some(None);
    }
    let carries = |grant: &&Grant| match permission {
        Some(permission) => {
            grant.permissions.contains(permission) && grant.scope.includes(scope, home)
        }
        None => is_administrator(std::slice::from_ref(*grant)),
    };
    let mut latest = None;
    for grant in giver.iter().filter(carries) {
        match grant.expires_at {
            None => return Some(None),
            end => latest = latest.max(end),
        }
    }
    latest.map(Some)
}

/// Returns the permissions that a user lacks to let somebody sign in as a user with these grants: all
/// that they could not give themselves, in every scope. Each grant has the workspace of its scope's
/// workbench beside it. Otherwise a new password would be a way to any role.
pub fn may_let_sign_in<'a>(
    giver: &[Grant],
    roles: &Roles,
    grants: impl IntoIterator<Item = (&'a Grant, Option<WorkspaceId>)>,
) -> Result<(), Vec<String>> {
    let mut missing = BTreeSet::new();
    for (grant, home) in grants {
        let given = may_give(giver, roles, &grant.role, &grant.scope, home.as_ref());
        missing.extend(given.err().into_iter().flatten());
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing.into_iter().collect())
    }
}

/// Returns the permissions on the platform that another user has and the manager lacks: no user signs
/// out, disables or deletes a more powerful one. To let somebody sign in takes more, see
/// [`may_let_sign_in`].
pub fn may_manage(manager: &[Grant], other: &[Grant]) -> Result<(), Vec<String>> {
    let held = other
        .iter()
        .filter(|grant| grant.scope == Scope::Platform(true))
        .flat_map(|grant| grant.permissions.iter())
        .filter(|permission| permission.dimension() == Dimension::Platform);
    let names: BTreeSet<String> = held
        .map(|permission| permission.name().to_owned())
        .collect();
    let missing = lacks(manager, names, &Scope::Platform(true), None);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing)
    }
}

/// Scopes in which a user has a permission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Everywhere.
    pub everything: bool,
    /// Workspaces with their content.
    pub workspaces: Vec<String>,
    /// Workbenches.
    pub workbenches: Vec<String>,
}

/// Returns the scopes of a permission, for queries: equivalent to calling [`allows`] for each
/// workbench or workspace.
pub fn reach(grants: &[Grant], permission: Permission) -> Reach {
    let mut reach = Reach::default();
    for grant in grants {
        let has = grant.permissions.contains(permission);
        if !has || !grant.scope.binds(permission.dimension()) {
            continue;
        }
        match &grant.scope {
            Scope::Platform(_) => reach.everything = true,
            Scope::Workspace(id) if id == "*" => reach.everything = true,
            Scope::Workspace(id) => reach.workspaces.push(id.clone()),
            Scope::Workbench(id) => reach.workbenches.push(id.clone()),
        }
    }
    reach
}
