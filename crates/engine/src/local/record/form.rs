//! What stands in the files of a run's record.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::observed::{Asked, Exit};
use vestibule_model::time::Timestamp;

/// `launch.json`: what the supervisor is to start.
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
    /// The process's environment, without what is secret.
    pub env: BTreeMap<String, String>,
    /// Whether the server hands over the secret rest of the environment by the supervisor's
    /// standard input: it never stands in a file.
    #[serde(default)]
    pub has_secrets: bool,
    /// Where it runs.
    pub dir: PathBuf,
    /// The port it was given.
    pub port: u16,
    /// How long it may take to stop until it is forced to.
    pub stop_grace_seconds: u32,
    /// How often it is started again after a crash.
    #[serde(default)]
    pub restart_limit: u32,
    /// The pause before it is first started again, in milliseconds; each further one is twice as
    /// long.
    #[serde(default)]
    pub restart_pause_ms: u64,
    /// How much memory it may use, in units of 1,000,000 bytes; 0: no limit.
    #[serde(default)]
    pub memory_limit_mb: u64,
}

/// `process.json`: who looks after the run, and which process it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// The supervisor.
    pub supervisor: i32,
    /// The app's process, also the id of its group; none while it is being made.
    pub pid: Option<i32>,
    /// Since when.
    pub started_at: Timestamp,
    /// How often it was started again in a row; a long steady life ends the row.
    #[serde(default)]
    pub restarts: u32,
    /// How often it was started again in all.
    #[serde(default)]
    pub restarts_in_all: u32,
    /// How the process before this one crashed; records of earlier versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Exit>,
    /// How it crashed, while it waits to be started again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crashed: Option<Exit>,
}

/// `exit.json`: how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: Exit,
    /// How often it was started again before.
    #[serde(default)]
    pub restarts: u32,
    /// Whether it was asked to; records of earlier versions do not say.
    #[serde(default)]
    pub asked: Option<Asked>,
}
