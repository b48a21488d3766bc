//! One app of the catalogue, as in the file.

use super::placeholders::names;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use vestibule_model::parameter::Parameter;

/// App of the catalogue: build steps, command and readiness probe.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    /// A DNS label; unique in the catalogue.
    pub name: String,
    /// Name on the screen; defaults to `name`.
    #[serde(default)]
    pub title: String,
    /// Its purpose, in a sentence.
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
    /// Maximum number of restarts after crashes.
    #[serde(default = "default_restart_limit")]
    pub restart_limit: u32,
    /// Time between asking it to stop and killing it.
    #[serde(default = "default_stop_grace")]
    pub stop_grace_seconds: u32,
    /// Time limit of its start, unless the workbench has another.
    #[serde(default = "default_start_timeout")]
    pub start_timeout_seconds: u32,
    /// Memory limit; 0: no limit.
    #[serde(default)]
    pub memory_limit_mb: u64,
    /// Maximum number of processes and threads, where the kernel keeps limits; 0: no limit.
    #[serde(default = "default_process_limit")]
    pub process_limit: u32,
    /// Quota of the workbench's folder; 0: that of the installation.
    #[serde(default)]
    pub folder_quota_mb: u64,
    /// Maximum number of copies that run at a time on this machine, for licences for example; 0: no
    /// limit.
    #[serde(default)]
    pub most_running: usize,
    /// The path of its first page.
    #[serde(default = "default_path")]
    pub path: String,
    /// The `Host` that the gateway sends it, for programs that refuse others; `{port}` stands for the
    /// app's port. Absent: the one that browsers use.
    #[serde(default)]
    pub host: Option<String>,
    /// `true` if the gateway replaces its rules about frames, so that the console may frame it.
    #[serde(default)]
    pub replace_framing: bool,
    /// `true` if its service workers may control every path of its origin. Such a one can take the
    /// tickets with which people enter.
    #[serde(default)]
    pub root_service_worker: bool,
    /// Paths of the machine that its sandbox shows, `/path` or `/path:rw`.
    #[serde(default)]
    pub mounts: Vec<String>,
    /// Devices of the machine that its sandbox shows, such as `/dev/nvidia0`.
    #[serde(default)]
    pub devices: Vec<PathBuf>,
    /// `true` if its sandbox shares the machine's network.
    #[serde(default)]
    pub share_network: bool,
    /// `true` if its workbenches may have terminals; absent: if they run in a sandbox.
    #[serde(default)]
    pub terminal: Option<bool>,
    /// Readiness probe.
    #[serde(default)]
    pub readiness: Readiness,
    /// Command of an agent tab.
    #[serde(default)]
    pub agent: Option<Agent>,
    /// Parameters, which its workbenches set.
    #[serde(default, deserialize_with = "super::parameters::read")]
    pub parameters: Vec<Parameter>,
}

impl CatalogueEntry {
    /// Returns `true` if the app listens on its socket instead of a port.
    pub fn listens_on_socket(&self) -> bool {
        self.uses("socket")
    }

    /// Returns `true` if the command or the environment contains a placeholder.
    pub(super) fn uses(&self, placeholder: &str) -> bool {
        let texts = self.command.iter().chain(self.env.values());
        texts
            .flat_map(|text| names(text))
            .any(|name| name == placeholder)
    }
}

/// Readiness probe of an app: an HTTP GET on its port or socket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Readiness {
    /// The path to ask for.
    pub path: String,
    /// Statuses that mean ready; empty: any below 400.
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
    /// Returns `true` if an answer with this status means ready.
    pub fn accepts(&self, status: u16) -> bool {
        if self.status.is_empty() {
            status < 400
        } else {
            self.status.contains(&status)
        }
    }
}

/// Command that an agent tab runs for each message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// The program and its arguments. The message is its standard input, unless an argument has
    /// `{prompt}`.
    pub command: Vec<String>,
    /// The program and its arguments from a tab's second message on; absent: as the first.
    #[serde(default)]
    pub resume: Option<Vec<String>>,
    /// Message that a workbench's agent gets once, at its first start; the run is over with it. Its
    /// placeholders are parameters.
    #[serde(default)]
    pub task: Option<String>,
    /// Form of its output.
    #[serde(default)]
    pub output: AgentOutput,
}

impl Agent {
    /// Returns `true` if it writes lines of JSON.
    pub fn writes_json(&self) -> bool {
        self.output == AgentOutput::Json
    }
}

/// Form of an agent's output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentOutput {
    /// Text.
    #[default]
    Text,
    /// Lines of JSON, of which texts and tools are shown.
    Json,
}

fn default_path() -> String {
    "/".to_owned()
}

fn default_process_limit() -> u32 {
    4096
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
