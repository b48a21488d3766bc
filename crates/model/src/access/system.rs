//! Roles that exist on every installation and cannot be edited.

use super::permission::Permission as P;

/// Name of the role that has every permission. The role of the same name in version 0.1.0.
pub const ADMINISTRATOR: &str = "administrator";
/// Name of the role of a workspace's creator.
pub const WORKSPACE_OWNER: &str = "workspace-owner";
/// Name of the role that new users get unless the administrator decides otherwise.
pub const WORKSPACE_CREATOR: &str = "workspace-creator";

/// Role that cannot be edited.
#[derive(Debug, Clone, Copy)]
pub struct SystemRole {
    /// Name.
    pub name: &'static str,
    /// Title for screens.
    pub title: &'static str,
    /// Description for screens.
    pub description: &'static str,
    /// Own permissions.
    pub permissions: &'static [P],
    /// Names of the roles whose permissions it inherits.
    pub inherits: &'static [&'static str],
}

/// All system roles, the most powerful first.
pub const SYSTEM_ROLES: &[SystemRole] = &[
    SystemRole {
        name: ADMINISTRATOR,
        title: "Platform administrator",
        description: "Has every permission.",
        permissions: P::ALL,
        inherits: &[],
    },
    SystemRole {
        name: "user-manager",
        title: "User manager",
        description: "Creates and manages users, except those with more permissions on the platform.",
        permissions: &[
            P::UserRead,
            P::UserCreate,
            P::UserUpdate,
            P::UserDelete,
            P::UserGrant,
        ],
        inherits: &[WORKSPACE_CREATOR],
    },
    SystemRole {
        name: WORKSPACE_CREATOR,
        title: "Workspace creator",
        description: "Creates workspaces, and becomes their owner.",
        permissions: &[P::WorkspaceCreate, P::AppRead],
        inherits: &[],
    },
    SystemRole {
        name: WORKSPACE_OWNER,
        title: "Workspace owner",
        description: "Manages a workspace with its members.",
        permissions: &[P::WorkspaceDelete, P::MemberUpdate],
        inherits: &["workspace-maintainer"],
    },
    SystemRole {
        name: "workspace-maintainer",
        title: "Workspace maintainer",
        description: "Changes a workspace and its secrets, and shares workbenches.",
        permissions: &[P::WorkspaceUpdate, P::SecretWrite, P::WorkbenchShare],
        inherits: &["workspace-member"],
    },
    SystemRole {
        name: "workspace-member",
        title: "Workspace member",
        description: "Creates, uses and deletes the workbenches of a workspace.",
        permissions: &[
            P::WorkbenchCreate,
            P::WorkbenchUpdate,
            P::WorkbenchStart,
            P::WorkbenchStop,
            P::WorkbenchDelete,
            P::WorkbenchOpen,
            P::SecretRead,
        ],
        inherits: &["workspace-viewer"],
    },
    SystemRole {
        name: "workspace-viewer",
        title: "Workspace viewer",
        description: "Sees a workspace and the status of its workbenches.",
        permissions: &[
            P::WorkspaceRead,
            P::MemberRead,
            P::WorkbenchRead,
            P::AppRead,
        ],
        inherits: &[],
    },
    SystemRole {
        name: "workbench-guest",
        title: "Workbench guest",
        description: "Sees a workbench and opens its app.",
        permissions: &[P::WorkbenchRead, P::WorkbenchOpen, P::AppRead],
        inherits: &[],
    },
];

/// Returns `true` if a role of this name exists on every installation.
pub fn is_system_role(name: &str) -> bool {
    SYSTEM_ROLES.iter().any(|role| role.name == name)
}
