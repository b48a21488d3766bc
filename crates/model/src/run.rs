//! A run: one start attempt of a workbench.

use crate::ids::{RunId, WorkbenchId, WorkspaceId};
use crate::lenient;
use crate::open_enum;
use crate::phase::Phase;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Where a run is.
    RunStatus {
        /// Asked for, not usable yet.
        Pending = "pending",
        /// The app's process is up.
        Running = "running",
        /// It is to stop, and is still there.
        Stopping = "stopping",
        /// It was stopped.
        Stopped = "stopped",
        /// It ended by itself and successfully.
        Succeeded = "succeeded",
        /// It ended without success.
        Failed = "failed",
    }
);

impl RunStatus {
    /// The run's word for its workbench's phase.
    pub fn of_phase(phase: &Phase) -> Self {
        match phase {
            Phase::Pending | Phase::Creating => Self::Pending,
            Phase::Running => Self::Running,
            Phase::Stopping => Self::Stopping,
            Phase::Stopped => Self::Stopped,
            Phase::Completed => Self::Succeeded,
            Phase::Failed => Self::Failed,
            Phase::Unknown(word) => Self::Unknown(word.clone()),
        }
    }
}

/// A run as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The run.
    pub id: RunId,
    /// Its workbench.
    pub workbench_id: WorkbenchId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The workspace again, by the name older clients know.
    pub project_id: WorkspaceId,
    /// Counted per workbench, from 1.
    pub number: u64,
    /// Where it is.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: RunStatus,
    /// The reason it ended as it did; see [`crate::reason`].
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub cause: Option<String>,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When the app first answered its probe.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub ready_at: Option<Timestamp>,
    /// When it ended.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub finished_at: Option<Timestamp>,
    /// With what exit code, where there was one.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub exit_code: Option<i32>,
    /// The newest journal entry's number.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_seq: u64,
}

/// `GET /api/runs/{id}/log`: the end of the process's output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RunLog {
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// How many bytes came before it and are not shown.
    pub skipped_bytes: u64,
}
