//! One app of the catalogue, as the file says it.

use serde::Deserialize;
use std::collections::BTreeMap;

/// How to build, run and probe an app.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A DNS label; unique in the catalogue.
    pub name: String,
    /// What people call it; the name, unless the file says otherwise.
    #[serde(default)]
    pub title: String,
    /// What it is good for, in a sentence.
    #[serde(default)]
    pub description: String,
    /// The name of one of the console's icons.
    #[serde(default)]
    pub icon: String,
    /// Programs that must be on PATH.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Steps that prepare the app, once; each an argument list.
    #[serde(default)]
    pub build: Vec<Vec<String>>,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Environment variables for the process.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// How often it is started again after a crash until that counts as permanent.
    #[serde(default = "default_restart_limit")]
    pub restart_limit: u32,
    /// How long it may take to stop until it is forced to.
    #[serde(default = "default_stop_grace")]
    pub stop_grace_seconds: u32,
    /// How long its start may take unless the workbench says otherwise.
    #[serde(default = "default_start_timeout")]
    pub start_timeout_seconds: u32,
    /// How much memory it may use; 0: no limit.
    #[serde(default)]
    pub memory_limit_mb: u64,
    /// How many of it may run at once on this machine, such as it has licences; 0: no limit.
    #[serde(default)]
    pub most_running: usize,
    /// How to see that it can be used.
    #[serde(default)]
    pub readiness: Readiness,
    /// What an agent tab runs.
    #[serde(default)]
    pub agent: Option<Agent>,
}

/// How to see that an app can be used: an HTTP GET on its port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Readiness {
    /// The path to ask for.
    pub path: String,
    /// The statuses that say it is ready; none: any below 400.
    pub status: Vec<u16>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            status: Vec::new(),
        }
    }
}

impl Readiness {
    /// Whether an answer of this status says that the app is ready.
    pub fn accepts(&self, status: u16) -> bool {
        if self.status.is_empty() {
            status < 400
        } else {
            self.status.contains(&status)
        }
    }
}

/// What an agent tab runs for one message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The program and its arguments.
    pub command: Vec<String>,
}

fn default_restart_limit() -> u32 {
    3
}

fn default_stop_grace() -> u32 {
    10
}

fn default_start_timeout() -> u32 {
    vestibule_model::workbench::DEFAULT_START_TIMEOUT_SECONDS
}
