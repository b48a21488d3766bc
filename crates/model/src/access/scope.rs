//! Scopes of grants, and the resources that they cover.

use super::permission::{Dimension, Permission};
use crate::ids::{WorkbenchId, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Scope of a grant. An unknown shape binds nothing, so it permits nothing (FIELD 35).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Everywhere on this installation: binds the platform, and `*` in the other dimensions.
    Platform(bool),
    /// A workspace with its content, or every workspace with `*`.
    Workspace(String),
    /// A workbench.
    Workbench(String),
}

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

impl Resource {
    /// Returns the resource that a permission is needed on for a request about this one: a
    /// permission on workspaces is never decided by a grant on a workbench.
    pub(super) fn widened_for(&self, permission: Permission) -> Self {
        match (permission.dimension(), self) {
            (Dimension::Platform, _) => Self::Platform,
            (Dimension::Workspace, Self::Workbench(workspace, _)) => {
                Self::Workspace(workspace.clone())
            }
            _ => self.clone(),
        }
    }
}

impl Scope {
    /// Returns `true` if a grant in this scope covers the resource.
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

    /// Returns `true` if a permission has an effect in this scope.
    pub fn binds(&self, dimension: Dimension) -> bool {
        match self {
            Self::Platform(holds) => *holds,
            Self::Workspace(_) => dimension >= Dimension::Workspace,
            Self::Workbench(_) => dimension >= Dimension::Workbench,
        }
    }

    /// Returns `true` if this scope covers everything that the other one does. `home` is the workspace
    /// of the other scope's workbench.
    pub fn includes(&self, other: &Self, home: Option<&WorkspaceId>) -> bool {
        match (self, other) {
            (_, Self::Platform(false)) => true,
            (Self::Platform(holds), _) => *holds,
            (Self::Workspace(id), Self::Workspace(asked)) => id == "*" || id == asked,
            (Self::Workspace(id), Self::Workbench(_)) => {
                id == "*" || home.is_some_and(|home| home.as_str() == id)
            }
            (Self::Workbench(id), Self::Workbench(asked)) => id == asked,
            (Self::Workspace(_) | Self::Workbench(_), Self::Platform(true))
            | (Self::Workbench(_), Self::Workspace(_)) => false,
        }
    }
}
