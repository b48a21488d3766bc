//! Events of `GET /api/runs/stream`: their names and bodies.

use crate::build::Build;
use crate::ids::{BuildId, RunId, WorkbenchId, WorkspaceId};
use crate::lenient;
use crate::phase::{K8sStatus, Phase};
use crate::run::Run;
use crate::time::{Millis, Timestamp};
use crate::transition::Transition;
use crate::workbench::Workbench;
use serde::{Deserialize, Serialize};

/// Interval of the stream's heartbeat.
pub const HEARTBEAT_EVERY: Millis = Millis::from_secs(15);

/// Time for which ended runs stay part of a snapshot.
pub const RECENT: Millis = Millis::from_secs(10 * 60);

/// `snapshot`: the authoritative state of everything that is active or ended a short while ago.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Everything up to this number is in it.
    pub seq: u64,
    /// The runs the reader may see.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub runs: Vec<Run>,
}

/// `run-update`: a run as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunUpdate {
    /// The newest journal entry of the run.
    pub seq: u64,
    /// The run.
    pub run: Run,
}

/// `run-removed`: a run is gone, with its workbench or because no more of them are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRemoved {
    /// A number of its own.
    pub seq: u64,
    /// The run.
    pub id: RunId,
}

/// `build-update`: a build as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildUpdate {
    /// The number of its newest change.
    pub seq: u64,
    /// The build.
    pub build: Build,
}

/// `build-removed`: a build is not kept any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRemoved {
    /// A number of its own.
    pub seq: u64,
    /// The build.
    pub id: BuildId,
}

/// `acknowledged`: the reader, perhaps on another device, has taken note of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// A number of its own.
    pub seq: u64,
    /// `build:<id>` and `run:<id>`.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub keys: Vec<String>,
}

/// `workbench-update`: a workbench as it is now, after the words that sum it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkbenchUpdate {
    /// Its last change: the newest journal entry of its current run, or a number of its own.
    pub seq: u64,
    /// The workbench.
    pub id: WorkbenchId,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// The one word for it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub k8s_status: K8sStatus,
    /// Where it is in its life.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub phase: Phase,
    /// Raised with every wish.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub generation: u64,
    /// The whole workbench; `None` from servers that send only the words.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "lenient::is_none"
    )]
    pub workbench: Option<Box<Workbench>>,
}

/// `workbench-removed`: a workbench is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkbenchRemoved {
    /// A number of its own.
    pub seq: u64,
    /// The workbench.
    pub id: WorkbenchId,
    /// Where it belonged.
    pub workspace_id: WorkspaceId,
}

/// `workspace-update`: a workspace came or got another name; `workspace-removed`: it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceNews {
    /// A number of its own.
    pub seq: u64,
    /// The workspace.
    pub id: WorkspaceId,
    /// What it is called now, or `None` where it is gone.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "lenient::is_none"
    )]
    pub name: Option<String>,
}

/// `transition`: a journal entry, sent to readers that asked for entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The entry's number.
    pub seq: u64,
    /// The entry.
    pub transition: Transition,
}

/// `heartbeat`: nothing has happened, and the stream is alive. It has no number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The server's clock.
    pub server_time: Timestamp,
}
