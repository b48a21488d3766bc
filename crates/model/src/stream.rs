//! Events of `GET /api/runs/stream`: their names and bodies.

use crate::build::Build;
use crate::ids::{BuildId, RunId, WorkbenchId, WorkspaceId};
use crate::lenient;
use crate::open_enum;
use crate::phase::{K8sStatus, Phase};
use crate::run::Run;
use crate::tab::Tab;
use crate::time::{Millis, Timestamp};
use crate::transition::Transition;
use crate::workbench::Workbench;
use crate::workspace::Workspace;
use serde::{Deserialize, Serialize};

/// Interval of the stream's heartbeat.
pub const HEARTBEAT_EVERY: Millis = Millis::from_secs(15);

/// Time for which ended runs stay part of a snapshot.
pub const RECENT: Millis = Millis::from_secs(10 * 60);

/// Event `snapshot`: the complete state of every run that is active or ended recently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Snapshot {
    /// Number of the newest included change.
    pub seq: u64,
    /// The runs that the reader may see.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub runs: Vec<Run>,
}

/// Event `run-update`: the current state of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunUpdate {
    /// Number of the run's newest journal entry.
    pub seq: u64,
    /// The run.
    pub run: Run,
}

/// Event `run-removed`: a run was deleted with its workbench or by the retention policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunRemoved {
    /// Own number.
    pub seq: u64,
    /// The run.
    pub id: RunId,
}

/// Event `build-update`: the current state of a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuildUpdate {
    /// Number of the build's newest change.
    pub seq: u64,
    /// The build.
    pub build: Build,
}

/// Event `tab-update`: the current state of a tab, also of one that was closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TabUpdate {
    /// Number of the tab's newest change.
    pub seq: u64,
    /// The tab.
    pub tab: Tab,
}

/// Event `build-removed`: a build was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuildRemoved {
    /// Own number.
    pub seq: u64,
    /// The build.
    pub id: BuildId,
}

/// Event `acknowledged`: the reader has acknowledged these, perhaps on another device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Acknowledged {
    /// Own number.
    pub seq: u64,
    /// Keys `build:<id>` and `run:<id>`.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub keys: Vec<String>,
}

/// Event `workbench-update`: the current state of a workbench, with its summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkbenchUpdate {
    /// Number of its last change: the newest journal entry of its current run, or its own number.
    pub seq: u64,
    /// The workbench.
    pub id: WorkbenchId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The `k8sStatus`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub k8s_status: K8sStatus,
    /// The phase.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub phase: Phase,
    /// Generation, raised by every command.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub generation: u64,
    /// The whole workbench; `None` from servers that send only the summary.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "lenient::is_none"
    )]
    pub workbench: Option<Box<Workbench>>,
}

/// Event `workbench-removed`: a workbench was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct WorkbenchRemoved {
    /// Own number.
    pub seq: u64,
    /// The workbench.
    pub id: WorkbenchId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The person who deleted it; `None` where that is not known.
    #[serde(
        default,
        deserialize_with = "lenient::or_none",
        skip_serializing_if = "lenient::is_none"
    )]
    pub deleted_by_name: Option<String>,
}

/// Event `workspace-update`: the current state of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkspaceUpdate {
    /// Number of the workspace's newest change.
    pub seq: u64,
    /// The workspace. Changes of its counts alone are no event.
    pub workspace: Workspace,
}

/// Event `workspace-removed`: a workspace was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkspaceRemoved {
    /// Own number.
    pub seq: u64,
    /// The workspace.
    pub id: WorkspaceId,
}

/// Event `transition`: a journal entry, sent to readers that requested entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JournalEntry {
    /// Number of the entry.
    pub seq: u64,
    /// The entry.
    pub transition: Transition,
}

/// Event `heartbeat`: the stream is alive. It has no number, and also comes when the notices change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Heartbeat {
    /// The server's clock.
    pub server_time: Timestamp,
    /// Version of the reader's permissions, the same as in `GET /api/auth/me`: where they differ, the
    /// permissions have changed since that was read (FIELD 29).
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub access_version: String,
    /// Faults of the server itself that the reader should know about, for every page.
    #[serde(
        default,
        deserialize_with = "lenient::rows",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub notices: Vec<ServerNotice>,
}

/// Fault of the server itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServerNotice {
    /// Kind of the fault.
    pub kind: NoticeKind,
    /// Time since which it lasts.
    pub since: Timestamp,
    /// Number of the things concerned; 0 where there is nothing to count.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub count: u64,
    /// Details beyond the kind, as text; empty if there are none.
    #[serde(
        default,
        deserialize_with = "lenient::or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub detail: String,
}

open_enum!(
    /// Kind of a server's fault.
    NoticeKind {
        /// The disk is full: only stops, deletions and sign-ins are stored.
        DiskFull = "DiskFull",
        /// Storing something takes long: what users do is late.
        StorageSlow = "StorageSlow",
        /// The data folder was removed or replaced: nothing is stored.
        DataFolderGone = "DataFolderGone",
        /// The data folder has workbenches that the database does not know. For administrators.
        UnknownWorkbenches = "UnknownWorkbenches",
        /// A proxy in front of the server takes the upgrade out of WebSockets' requests.
        UpgradesDropped = "UpgradesDropped",
        /// The server lacks rights in its cluster, which `detail` names. For administrators.
        RightsMissing = "RightsMissing",
        /// Apps run without the isolation that the settings ask for where it is possible; `detail` says
        /// why. For administrators.
        IsolationMissing = "IsolationMissing",
    }
);
