//! Contents of the files of a run's record.

use super::super::groups::RunGroup;
use super::super::sandbox::Sandbox;
use super::super::sockets::SocketDir;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::observed::{Exit, StopRequest};
use vestibule_model::time::Timestamp;

/// `launch.json`: how a run is started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Launch {
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// The run.
    pub run_id: RunId,
    /// The catalogue entry.
    #[serde(default)]
    pub app: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The process's environment without its secret part.
    pub env: BTreeMap<String, String>,
    /// `true` if the supervisor reads the secret part of the environment from its standard input: it
    /// is never in a file.
    #[serde(default)]
    pub has_secrets: bool,
    /// The working directory.
    pub dir: PathBuf,
    /// The port it was given.
    pub port: u16,
    /// Folder of its sockets; `None` in records of version 0.1.0, whose apps are reached by their
    /// port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sockets: Option<SocketDir>,
    /// `true` if the app listens on its socket instead of the port.
    #[serde(default)]
    pub listens_on_socket: bool,
    /// Sandbox; `None` if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<Sandbox>,
    /// Control group; `None` if the kernel keeps no limits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<RunGroup>,
    /// The socket that takes its progress messages; `None` if it reaches the API itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_socket: Option<PathBuf>,
    /// Time between the request to stop and the kill.
    pub stop_grace_seconds: u32,
    /// Time limit of the run from the start of its first process, in milliseconds; `None`: no limit,
    /// or a record of version 0.1.0, whose limit the server keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_deadline_ms: Option<u64>,
    /// Values of the app's parameters, for its agents.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Maximum number of restarts after crashes.
    #[serde(default)]
    pub restart_limit: u32,
    /// Pause before the first restart, in milliseconds; each further one is twice as long.
    #[serde(default)]
    pub restart_pause_ms: u64,
    /// Memory limit in units of 1,000,000 bytes; 0: no limit.
    #[serde(default)]
    pub memory_limit_mb: u64,
}

/// `process.json`: the run's supervisor and process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// Process id of the supervisor.
    pub supervisor: i32,
    /// Process id and group id of the app; `None` while it is being started.
    pub pid: Option<i32>,
    /// Start of the process.
    pub started_at: Timestamp,
    /// Number of restarts in a row; reset once the process has run long enough.
    #[serde(default)]
    pub restarts: u32,
    /// Number of restarts in all.
    #[serde(default)]
    pub restarts_in_all: u32,
    /// End of the previous process by a crash; absent in records of earlier versions.
    #[serde(rename = "before", default, skip_serializing_if = "Option::is_none")]
    pub previous_exit: Option<Exit>,
    /// The crash, while the run waits for its restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crashed: Option<Exit>,
}

/// `exit.json`: how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// Time of the end.
    pub at: Timestamp,
    /// Kind of the end.
    pub how: Exit,
    /// Number of restarts in a row before.
    #[serde(default)]
    pub restarts: u32,
    /// How the run was requested to stop; `None` in records of earlier versions.
    #[serde(rename = "asked", default)]
    pub stop_requested: Option<StopRequest>,
    /// The last line of its output that reports an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_line: Option<String>,
}
