//! State of an app's build, as the preflight check needs it.

use crate::ids::{BuildId, WorkspaceId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use serde::{Deserialize, Serialize};

open_enum!(
    /// How far an app's build is.
    Build {
        /// It has none.
        Unneeded = "unneeded",
        /// It is done.
        Done = "done",
        /// It waits for its turn.
        Queued = "queued",
        /// It is under way.
        Running = "running",
        /// The first start does it.
        Due = "due",
    }
);

/// The newest build of an app, with the steps that it has, where that one failed: the next start
/// builds the app again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FailedBuild {
    /// The app.
    #[serde(deserialize_with = "lenient::or_default")]
    pub app: String,
    /// What happened, in one sentence; empty for those who may not see the build.
    #[serde(deserialize_with = "lenient::or_default")]
    pub why: String,
    /// The build, or `None` for those who may not see it.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub id: Option<BuildId>,
    /// Whose it is, or `None` for those who may not see it.
    #[serde(deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub workspace_id: Option<WorkspaceId>,
}

impl FailedBuild {
    /// Returns what those are told of it who may not see it.
    pub fn unseen(self) -> Self {
        Self {
            app: self.app,
            ..Self::default()
        }
    }
}
