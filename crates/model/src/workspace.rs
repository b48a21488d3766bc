//! A workspace: what people share.

use crate::ids::{UserId, WorkspaceId};
use crate::lenient;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A workspace as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// What people call it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Who made it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_by: Option<UserId>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// When it was last renamed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub updated_at: Option<Timestamp>,
    /// How many workbenches it has, and of those how many are running and failed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub workbenches: WorkbenchCounts,
}

/// Numbers of workbenches of a workspace, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkbenchCounts {
    /// All of them.
    pub total: u64,
    /// Those that can be used now.
    pub running: u64,
    /// Those on their way.
    pub progressing: u64,
    /// Those that ended without success.
    pub failed: u64,
}

impl WorkbenchCounts {
    /// Returns what has to be done before the workspace can be deleted, or `None`.
    pub fn in_the_way(&self) -> Option<String> {
        match self.total {
            0 => None,
            1 => Some("Delete its workbench first.".to_owned()),
            total => Some(format!("Delete its {total} workbenches first.")),
        }
    }
}

/// `POST /api/workspaces` and `PATCH /api/workspaces/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWorkspace {
    /// What people call it; see [`crate::names`].
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
            counts.in_the_way()
        };
        assert_eq!(sentence(0), None);
        assert_eq!(sentence(1).as_deref(), Some("Delete its workbench first."));
        assert_eq!(
            sentence(12).as_deref(),
            Some("Delete its 12 workbenches first.")
        );
    }
}
