//! A workspace: members, workbenches, secrets and builds.

use crate::ids::{UserId, WorkspaceId};
use crate::lenient;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A workspace as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// Identifier.
    pub id: WorkspaceId,
    /// Name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Identifier of the user who created it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_by: Option<UserId>,
    /// Time of its creation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// Time of its last rename.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_at: Option<Timestamp>,
    /// Counts of its workbenches.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub workbenches: WorkbenchCounts,
    /// The namespace of the cluster that was adopted as it, and stays when it is deleted.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "lenient::is_none"
    )]
    pub namespace: Option<String>,
}

/// Numbers of workbenches of a workspace, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct WorkbenchCounts {
    /// All workbenches.
    pub total: u64,
    /// Usable ones.
    pub running: u64,
    /// Ones in transition.
    pub progressing: u64,
    /// Failed ones.
    pub failed: u64,
}

impl WorkbenchCounts {
    /// Returns what must be done before the workspace can be deleted, or `None`.
    pub fn deletion_obstacle(&self) -> Option<String> {
        match self.total {
            0 => None,
            1 => Some("Delete its workbench first.".to_owned()),
            total => Some(format!("Delete its {total} workbenches first.")),
        }
    }
}

/// Body of `POST /api/workspaces`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWorkspace {
    /// Name; see [`crate::validation`].
    pub name: String,
}

/// Body of `PATCH /api/workspaces/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspacePatch {
    /// New name; see [`crate::validation`].
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workbenches_have_to_be_deleted_first() {
        let sentence = |total| {
            let counts = WorkbenchCounts {
                total,
                ..WorkbenchCounts::default()
            };
            counts.deletion_obstacle()
        };
        assert_eq!(sentence(0), None);
        assert_eq!(sentence(1).as_deref(), Some("Delete its workbench first."));
        assert_eq!(
            sentence(12).as_deref(),
            Some("Delete its 12 workbenches first.")
        );
    }
}
