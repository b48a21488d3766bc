//! App of the catalogue, as in the file.

use super::parameters;
use super::placeholders::{self, names};
use crate::GatewayRules;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use vestibule_model::app::{AgentOffer, App};
use vestibule_model::observed::Lack;
use vestibule_model::parameter::Parameter;
use vestibule_model::size::{self, WorkbenchSize};
use vestibule_model::workbench::WorkbenchSpec;

/// App of the catalogue: build steps, command and readiness probe.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    /// A DNS label; unique in the catalogue.
    pub name: String,
    /// Name on the screen; defaults to `name`.
    #[serde(default)]
    pub title: String,
    /// Purpose, in a sentence.
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
    /// `true` if browsers may let it read the clipboard, after they have asked the user once.
    #[serde(default)]
    pub clipboard: bool,
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
    /// Image of its container on a cluster; without one it runs on the server's machine only.
    #[serde(default)]
    pub image: Option<String>,
    /// Settings of its Pods on a cluster.
    #[serde(default)]
    pub pod: PodSettings,
    /// Readiness probe.
    #[serde(default)]
    pub readiness: Readiness,
    /// Command of a script tab; absent: its workbenches offer none.
    #[serde(default)]
    pub agent: Option<Agent>,
    /// Sizes from which its workbenches choose; absent: those of the whole catalogue.
    #[serde(default, rename = "size")]
    pub sizes: Option<Vec<SizeEntry>>,
    /// Parameters, which its workbenches set.
    #[serde(default, deserialize_with = "super::parameters::read")]
    pub parameters: Vec<Parameter>,
}

impl CatalogueEntry {
    /// Returns `true` if the app listens on its socket instead of a port.
    pub fn listens_on_socket(&self) -> bool {
        self.uses("socket")
    }

    /// Returns what its author may have meant otherwise, each in a phrase: placeholders in upper case, which
    /// stand for themselves.
    pub fn warnings(&self) -> Vec<String> {
        let agent = self.agent.iter().flat_map(|agent| {
            let resume = agent.resume.iter().flatten();
            agent.command.iter().chain(resume)
        });
        let texts = self
            .command
            .iter()
            .chain(self.build.iter().flatten())
            .chain(self.env.values())
            .chain(agent);
        let mut found = Vec::new();
        for name in placeholders::OF_AGENT {
            let upper = format!("{{{}}}", name.to_ascii_uppercase());
            // A variable of a shell is written with a dollar sign.
            let is_in = |text: &String| {
                let mut places = text.match_indices(&upper);
                places.any(|(at, _)| !text[..at].ends_with('$'))
            };
            if texts.clone().any(is_in) {
                found.push(format!(
                    "{upper} stands for itself; the placeholder is {{{name}}}"
                ));
            }
        }
        found
    }

    /// Returns how the gateway carries it.
    pub fn gateway_rules(&self) -> GatewayRules {
        GatewayRules {
            path: self.path.clone(),
            host: self.host.clone(),
            replaces_framing: self.replace_framing,
            allows_root_service_worker: self.root_service_worker,
            reads_clipboard: self.clipboard,
        }
    }

    /// Returns what users see of the app. Its engine adds the builds, the isolation and the sizes.
    pub fn shown(&self, lacking: Option<(Lack, String)>) -> App {
        let (lack, sentence) = lacking.unzip();
        App {
            name: self.name.clone(),
            title: self.title.clone(),
            description: self.description.clone(),
            icon: self.icon.clone(),
            available: lack.is_none(),
            unavailable_reason: sentence,
            unavailable_cause: lack.map(|lack| lack.reason().to_owned()),
            start_timeout_seconds: self.start_timeout_seconds,
            parameters: self.parameters.clone(),
            reads_clipboard: self.clipboard,
            agent: match &self.agent {
                Some(_) => AgentOffer::Script,
                None => AgentOffer::None,
            },
            ..App::default()
        }
    }

    /// Returns why its workbenches can have no terminals and scripts; `None`: they can. Such a tab runs any
    /// program: without a sandbox it could read and change what the server can.
    pub fn refuses_sessions(&self, is_isolated: bool) -> Option<&'static str> {
        match self.terminal {
            Some(true) => None,
            Some(false) => Some("The catalogue allows no terminals for this app."),
            None if is_isolated => None,
            None => Some(
                "This server runs apps without a sandbox, where a terminal could reach other workbenches. \
                 An administrator can allow it with `terminal = true` in the app's catalogue entry.",
            ),
        }
    }

    /// Returns the sizes from which its workbenches choose.
    pub fn sizes(&self) -> &[SizeEntry] {
        self.sizes.as_deref().unwrap_or_default()
    }

    /// Returns the size that a workbench with these settings gets; `None` if the app has none.
    ///
    /// # Errors
    /// Fails with a sentence if the settings name a size that the app does not have.
    pub fn size_of(&self, spec: &WorkbenchSpec) -> Result<Option<&SizeEntry>, String> {
        let offered = self
            .sizes()
            .iter()
            .map(|size| (size.name.as_str(), size.display_title()));
        let place = size::chosen(offered, spec.size.as_deref())?;
        Ok(place.and_then(|place| self.sizes().get(place)))
    }

    /// Returns a sentence about a run whose size is not offered any more; `None` if all is well.
    pub fn size_remark(&self, spec: &WorkbenchSpec) -> Option<String> {
        let why = self.size_of(spec).err()?;
        Some(format!(
            "{why} The run keeps its size; the next start needs another one."
        ))
    }

    /// Returns the memory limit of a run, in megabytes; 0: no limit.
    pub fn memory_limit_of(&self, size: Option<&SizeEntry>) -> u64 {
        match size.map_or(0, |size| size.memory_mb) {
            0 => self.memory_limit_mb,
            limit => limit,
        }
    }

    /// Returns the task of a workbench with these settings, or `None` if the app has none.
    pub fn task(&self, spec: &WorkbenchSpec) -> Option<String> {
        let task = self.agent.as_ref()?.task.as_ref()?;
        let values = parameters::values(&self.parameters, spec);
        let text = placeholders::expand(task, |name| placeholders::parameter(&values, name));
        (!text.trim().is_empty()).then_some(text)
    }

    /// Returns `true` if the command or the environment contains a placeholder.
    pub(super) fn uses(&self, placeholder: &str) -> bool {
        let texts = self.command.iter().chain(self.env.values());
        texts
            .flat_map(|text| names(text))
            .any(|name| name == placeholder)
    }
}

/// Size that an app offers, as in the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeEntry {
    /// A DNS label; unique in the app.
    pub name: String,
    /// Name on the screen; absent: the name.
    #[serde(default)]
    pub title: String,
    /// CPUs that the app may use; 0: no limit of the size.
    #[serde(default)]
    pub cpu: f64,
    /// Memory that the app may use; 0: the limit of the app.
    #[serde(default)]
    pub memory_mb: u64,
    /// GPUs that the app gets.
    #[serde(default)]
    pub gpus: u32,
    /// Resource of a cluster by which it gets them.
    #[serde(default = "default_gpu_resource")]
    pub gpu_resource: String,
}

impl SizeEntry {
    /// Returns the title, or the name if there is none.
    pub fn display_title(&self) -> &str {
        match self.title.as_str() {
            "" => &self.name,
            title => title,
        }
    }

    /// Returns it as the API shows it, with a remark about limits that do not hold.
    pub fn shown(&self, remark: String) -> WorkbenchSize {
        WorkbenchSize {
            name: self.name.clone(),
            title: self.display_title().to_owned(),
            cpu: self.cpu,
            memory_mb: self.memory_mb,
            gpus: self.gpus,
            remark,
        }
    }
}

/// Settings of an app's Pods on a cluster. The fields are those of a Pod's spec.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PodSettings {
    /// Names of the Secrets with which its image is pulled.
    pub pull_secrets: Vec<String>,
    /// Resources that its container gets at least, such as `cpu = "500m"`.
    pub requests: BTreeMap<String, String>,
    /// Resources that its container gets at most. `memory_limit_mb` is the limit of memory unless
    /// it is named here.
    pub limits: BTreeMap<String, String>,
    /// Labels of the nodes on which it may run.
    pub node_selector: BTreeMap<String, String>,
    /// Taints of nodes on which it may run nevertheless.
    pub tolerations: Vec<Toleration>,
    /// User and group that it runs as; absent: those of the installation.
    pub run_as: Option<RunAs>,
    /// Size of a new workbench's folder; absent: that of the installation.
    pub storage: Option<String>,
    /// Storage class of a new workbench's folder; absent: the cluster's default.
    pub storage_class: Option<String>,
}

/// User and group of a Pod's containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RunAsText")]
pub enum RunAs {
    /// This number for both, and for the files of its volumes.
    User(u32),
    /// Assigned by the cluster, such as by OpenShift from the range of the namespace; otherwise those of
    /// the image.
    Cluster,
}

impl FromStr for RunAs {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "cluster" {
            return Ok(Self::Cluster);
        }
        let user = text.parse::<u32>().ok().filter(|user| *user > 0);
        user.map(Self::User).ok_or_else(|| {
            format!("{text:?} is neither the number of a user above 0 nor \"cluster\"")
        })
    }
}

/// How a file names a [`RunAs`].
#[derive(Deserialize)]
#[serde(untagged)]
enum RunAsText {
    Number(i64),
    Word(String),
}

impl TryFrom<RunAsText> for RunAs {
    type Error = String;

    fn try_from(text: RunAsText) -> Result<Self, String> {
        match text {
            RunAsText::Number(number) => number.to_string().parse(),
            RunAsText::Word(word) => word.parse(),
        }
    }
}

/// Toleration of a taint, as in a Pod's spec.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Toleration {
    /// Key of the taint; empty: any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// `Exists` or `Equal`; empty: `Equal`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub operator: String,
    /// Value of the taint.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Effect of the taint; empty: any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub effect: String,
}

/// Readiness probe of an app: an HTTP GET on its port or socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Readiness {
    /// The path to ask for.
    pub path: String,
    /// Statuses that mean ready; empty: any below 400.
    pub status: Vec<u16>,
    /// Time limit of an answer.
    pub timeout_seconds: u32,
    /// Number of missed answers in a row after which a ready app counts as not answering.
    pub failure_threshold: u32,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            status: Vec::new(),
            timeout_seconds: 1,
            // As in Kubernetes. A program with one event loop misses an answer at every long
            // computation.
            failure_threshold: 3,
        }
    }
}

impl Readiness {
    /// Returns the time limit of an answer.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.into())
    }

    /// Returns `true` if an answer with this status means ready.
    pub fn accepts(&self, status: u16) -> bool {
        if self.status.is_empty() {
            status < 400
        } else {
            self.status.contains(&status)
        }
    }
}

/// Command that a script tab runs for each message.
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

fn default_gpu_resource() -> String {
    "nvidia.com/gpu".to_owned()
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
