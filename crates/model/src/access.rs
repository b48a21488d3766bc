//! Permissions, grants, and the check that combines them.

use crate::ids::{WorkbenchId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Permission: an action on a kind of resource. Its wire name is `resource:action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Read workspaces.
    WorkspaceRead,
    /// Create workspaces.
    WorkspaceCreate,
    /// Rename workspaces.
    WorkspaceUpdate,
    /// Delete workspaces with everything in them.
    WorkspaceDelete,
    /// Read workbenches, their runs, journals and logs.
    WorkbenchRead,
    /// Create workbenches.
    WorkbenchCreate,
    /// Change, start and stop workbenches.
    WorkbenchUpdate,
    /// Delete workbenches with their folders.
    WorkbenchDelete,
    /// Open the app.
    WorkbenchOpen,
    /// Read the names of a workspace's secrets. No permission reveals values.
    SecretRead,
    /// Set and delete a workspace's secrets.
    SecretWrite,
    /// Read the catalogue.
    AppRead,
}

impl Permission {
    /// All permissions in the order in which they are shown.
    pub const ALL: &'static [Self] = &[
        Self::WorkspaceRead,
        Self::WorkspaceCreate,
        Self::WorkspaceUpdate,
        Self::WorkspaceDelete,
        Self::WorkbenchRead,
        Self::WorkbenchCreate,
        Self::WorkbenchUpdate,
        Self::WorkbenchDelete,
        Self::WorkbenchOpen,
        Self::SecretRead,
        Self::SecretWrite,
        Self::AppRead,
    ];

    /// Returns the wire name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WorkspaceRead => "workspace:read",
            Self::WorkspaceCreate => "workspace:create",
            Self::WorkspaceUpdate => "workspace:update",
            Self::WorkspaceDelete => "workspace:delete",
            Self::WorkbenchRead => "workbench:read",
            Self::WorkbenchCreate => "workbench:create",
            Self::WorkbenchUpdate => "workbench:update",
            Self::WorkbenchDelete => "workbench:delete",
            Self::WorkbenchOpen => "workbench:open",
            Self::SecretRead => "secret:read",
            Self::SecretWrite => "secret:write",
            Self::AppRead => "app:read",
        }
    }
}

/// Scope of a grant. An unknown shape binds nothing, so it permits nothing (FIELD 35).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Everywhere on this installation.
    Platform(bool),
    /// One workspace, or every workspace with `*`.
    Workspace(String),
    /// One workbench.
    Workbench(String),
}

/// Role of a user in a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The role's name.
    pub role: String,
    /// Scope of the role.
    pub scope: Scope,
}

/// Name of the first administrator's role, which has every permission.
pub const ADMINISTRATOR: &str = "administrator";

/// Resource of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// The installation itself.
    Platform,
    /// A workspace with its content.
    Workspace(WorkspaceId),
    /// A workbench of a workspace.
    Workbench(WorkspaceId, WorkbenchId),
}

impl Scope {
    /// Returns whether a grant in this scope covers the resource.
    pub fn covers(&self, resource: &Resource) -> bool {
        match (self, resource) {
            (Self::Platform(holds), _) => *holds,
            (Self::Workspace(id), Resource::Workspace(ws) | Resource::Workbench(ws, _)) => {
                id == "*" || id == ws.as_str()
            }
            (Self::Workbench(id), Resource::Workbench(_, wb)) => id == wb.as_str(),
            (Self::Workspace(_), Resource::Platform)
            | (Self::Workbench(_), Resource::Platform | Resource::Workspace(_)) => false,
        }
    }
}

/// Returns the permissions of a role, none for an unknown role.
pub fn permissions_of(role: &str) -> &'static [Permission] {
    if role == ADMINISTRATOR {
        Permission::ALL
    } else {
        &[]
    }
}

/// Returns whether one single grant both has the permission and covers the resource.
pub fn allows(grants: &[Grant], permission: Permission, resource: &Resource) -> bool {
    grants.iter().any(|grant| {
        permissions_of(&grant.role).contains(&permission) && grant.scope.covers(resource)
    })
}

/// Scopes in which a user has a permission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Everywhere.
    pub everything: bool,
    /// These workspaces with their content.
    pub workspaces: Vec<String>,
    /// These workbenches.
    pub workbenches: Vec<String>,
}

/// Returns the scopes of a permission on workbenches, for queries: equivalent to calling [`allows`]
/// for each workbench.
pub fn reach(grants: &[Grant], permission: Permission) -> Reach {
    let mut reach = Reach::default();
    for grant in grants {
        if !permissions_of(&grant.role).contains(&permission) {
            continue;
        }
        match &grant.scope {
            Scope::Platform(holds) => reach.everything |= *holds,
            Scope::Workspace(id) if id == "*" => reach.everything = true,
            Scope::Workspace(id) => reach.workspaces.push(id.clone()),
            Scope::Workbench(id) => reach.workbenches.push(id.clone()),
        }
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: &str, scope: Scope) -> Grant {
        Grant {
            role: role.into(),
            scope,
        }
    }

    #[test]
    fn a_grant_reaches_only_its_own_scope() {
        let bench = Resource::Workbench("ws-a".into(), "wb-aaaa".into());
        let other = Resource::Workbench("ws-b".into(), "wb-bbbb".into());
        let grants = [grant(ADMINISTRATOR, Scope::Workspace("ws-a".into()))];
        assert!(allows(&grants, Permission::WorkbenchOpen, &bench));
        assert!(!allows(&grants, Permission::WorkbenchOpen, &other));
        assert!(!allows(
            &grants,
            Permission::WorkspaceCreate,
            &Resource::Platform
        ));
    }

    #[test]
    fn an_unknown_role_permits_nothing() {
        let grants = [grant("wizard", Scope::Platform(true))];
        assert!(!allows(
            &grants,
            Permission::WorkspaceRead,
            &Resource::Platform
        ));
        assert!(!allows(
            &[grant(ADMINISTRATOR, Scope::Platform(false))],
            Permission::AppRead,
            &Resource::Platform
        ));
    }
}
