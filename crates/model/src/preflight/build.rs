//! State of an app's build for the preflight check.

use crate::ids::{BuildId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use serde::{Deserialize, Serialize};

open_enum!(
    /// State of an app's build.
    Build {
        /// The app has no build.
        Unneeded = "unneeded",
        /// The app is built.
        Done = "done",
        /// The build is queued.
        Queued = "queued",
        /// The build is running.
        Running = "running",
        /// The first start builds the app.
        Due = "due",
    }
);

/// The newest build of an app with its current steps, if that one failed: the next start builds the
/// app again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct FailedBuild {
    /// The app.
    #[serde(deserialize_with = "lenient::or_default")]
    pub app: String,
    /// The error in one sentence; empty for users who may not see the build.
    #[serde(deserialize_with = "lenient::or_default")]
    pub why: String,
    /// The build, or `None` for users who may not see it.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub id: Option<BuildId>,
    /// Workspace, or `None` for users who may not see it.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl FailedBuild {
    /// Returns the report for users who may not see the build.
    pub fn unseen(self) -> Self {
        Self {
            app: self.app,
            ..Self::default()
        }
    }
}
