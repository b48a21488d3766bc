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

/// Returns the permissions of a role that the giver lacks in this scope, and so cannot give or take
/// (FIELD 36). Permissions without effect in the scope do not count; ones that only a newer version
/// knows are left to administrators. `home` is the workspace of the scope's workbench.
pub fn may_give(
    giver: &[Grant],
    roles: &Roles,
    role: &str,
    scope: &Scope,
    home: Option<&WorkspaceId>,
) -> Result<(), Vec<String>> {
    let missing = lacks(giver, roles.flatten(role).into_keys(), scope, home);
    if missing.is_empty() {
        Ok(())
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
        let is_held = match Permission::from_name(&name) {
            Some(permission) if !scope.binds(permission.dimension()) => true,
            Some(permission) => giver.iter().any(|grant| {
                grant.permissions.contains(permission) && grant.scope.includes(scope, home)
            }),
            None => is_administrator(giver),
        };
        if !is_held {
            missing.push(name);
        }
    }
    missing
}

/// Returns `true` if a user may manage another user's account: no user manages others with permissions
/// on the platform that they lack themselves, or they could sign in as them.
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
