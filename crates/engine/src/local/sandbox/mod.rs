//! Sandbox of runs and builds by bubblewrap, and what this machine can give of it.
//!
//! Each run has its own user, mount, PID, IPC and network namespace. It sees the machine's file
//! system read-only, with the data folder, `/tmp`, `/run` and homes emptied, and can write to its
//! workbench's folder alone. Everything of a run ends with its PID namespace.

mod hidden;
mod installations;
mod plan;
mod probe;

use super::catalogue::CatalogueEntry;
use super::config::{Isolation, LocalConfig};
use super::mount::Mount;
pub(super) use plan::Needs;
use plan::Plan;
use probe::Tools;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use vestibule_model::isolation::{IsolationLevel, IsolationReport, NetworkLevel};

/// Address of the name server in a sandbox, which the network helper passes on to the machine's.
pub(super) const NAME_SERVER: &str = "10.0.2.3";

/// Command that starts a run's runner in its sandbox; a part of the run's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sandbox {
    /// The program and its arguments, up to those that name what runs in it.
    pub command: Vec<String>,
    /// The program that connects the sandbox's network namespace to the outside; `None` if nothing
    /// does, or the machine's network is shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_helper: Option<PathBuf>,
    /// `true` if it shares the machine's network.
    #[serde(default)]
    pub shares_network: bool,
}

impl Sandbox {
    /// Returns a sentence about a program or file that a command names and that the sandbox hides, or
    /// `None`.
    pub(super) fn hides(&self, command: &[String]) -> Option<String> {
        hidden::remark(&self.command, command, true)
    }
}

/// Returns a sentence about a file that an app's command names and that sandboxes of this machine
/// hide, where no setting of the server shows it; or `None`.
pub fn would_hide(app: &CatalogueEntry) -> Option<String> {
    let emptied = plan::emptied(Path::new("/nonexistent"));
    if !hidden::may_hide(&emptied, &app.command) {
        return None;
    }
    let needs = needs_of(app);
    let mut plan = Plan::default();
    // A path that is not text cannot be planned, and the start reports it.
    plan.machine(&emptied, &[]).ok()?;
    plan.installations(installations::of_needs(&emptied, &[], &needs))
        .ok()?;
    for mount in &needs.mounts {
        plan.mount(mount).ok()?;
    }
    hidden::remark(&plan.into_words(), &app.command, false)
}

/// Returns what an app needs by its entry alone.
fn needs_of(app: &CatalogueEntry) -> Needs<'_> {
    let programs = app.command.first().into_iter().chain(&app.requires);
    Needs {
        programs: programs.map(String::as_str).collect(),
        mentions: hidden::mentioned(&app.command),
        build: None,
        mounts: app
            .mounts
            .iter()
            .filter_map(|one| Mount::parse(one))
            .collect(),
        devices: &app.devices,
        shares_network: app.share_network,
    }
}

/// Returns the absolute paths that a command names.
pub(super) fn mentions(command: &[String]) -> Vec<PathBuf> {
    hidden::mentioned(command)
}

/// The isolation that holds on this machine.
#[derive(Debug, Clone)]
pub(super) struct Sandboxes {
    tools: Option<Tools>,
    explanation: String,
    /// Paths whose contents no run sees.
    emptied: Vec<PathBuf>,
    /// Files that no run can read.
    hidden: Vec<PathBuf>,
    /// The data folder, of which no run sees more than its own part.
    data_dir: PathBuf,
    /// Paths that every run sees, with whether it may write there.
    mounts: Vec<Mount>,
    devices: Vec<PathBuf>,
    resolv_conf: PathBuf,
}

/// Returns `true` if this machine allows sandboxes.
pub fn is_possible() -> bool {
    probe::tools().is_ok()
}

impl Sandboxes {
    /// Finds out what this machine can give. Fails if that is less than what the settings demand.
    pub(super) fn find(config: &LocalConfig, data_dir: &Path) -> Result<Self, String> {
        let (tools, explanation) = match config.isolation {
            Isolation::None => (
                None,
                "It is switched off in the server's settings.".to_owned(),
            ),
            Isolation::Auto | Isolation::Sandbox => match probe::tools() {
                Ok(tools) => (Some(tools), String::new()),
                Err(why) => (None, why),
            },
        };
        if config.isolation == Isolation::Sandbox && tools.is_none() {
            return Err(explanation);
        }
        let resolv_conf = data_dir.join("resolv.conf");
        if tools.as_ref().is_some_and(|tools| tools.network.is_some()) {
            let text = format!("nameserver {NAME_SERVER}\n");
            std::fs::write(&resolv_conf, text).map_err(|error| error.to_string())?;
        }
        Ok(Self {
            tools,
            explanation,
            emptied: plan::emptied(data_dir),
            hidden: plan::hidden(&config.hidden),
            data_dir: data_dir
                .canonicalize()
                .unwrap_or_else(|_| data_dir.to_owned()),
            mounts: config.mounts.clone(),
            devices: config.devices.clone(),
            resolv_conf,
        })
    }

    /// Returns the isolation that holds for runs which are started now.
    pub(super) fn report(&self) -> IsolationReport {
        let Some(tools) = &self.tools else {
            return IsolationReport {
                level: IsolationLevel::None,
                network: NetworkLevel::Shared,
                explanation: self.explanation.clone(),
                ..IsolationReport::default()
            };
        };
        IsolationReport {
            level: IsolationLevel::Sandbox,
            network: match tools.network {
                Some(_) => NetworkLevel::Outgoing,
                None => NetworkLevel::Closed,
            },
            explanation: self.explanation.clone(),
            ..IsolationReport::default()
        }
    }

    /// Returns `true` if runs have a sandbox.
    pub(super) const fn is_on(&self) -> bool {
        self.tools.is_some()
    }

    /// Returns a sentence about a file that an app's command names and that its sandbox will hide, or
    /// `None`.
    pub(super) fn will_hide(&self, app: &CatalogueEntry) -> Option<String> {
        let tools = self.tools.as_ref()?;
        if !hidden::may_hide(&self.emptied, &app.command) {
            return None;
        }
        // A sandbox that cannot be planned is reported by the start.
        let sandbox = self.sandbox(tools, needs_of(app), true).ok()?;
        hidden::remark(&sandbox.command, &app.command, false)
    }

    /// Returns the sandbox for one run; `None` if this machine has none.
    pub(super) fn of_run(&self, needs: Needs<'_>) -> io::Result<Option<Sandbox>> {
        let Some(tools) = &self.tools else {
            return Ok(None);
        };
        self.sandbox(tools, needs, true).map(Some)
    }

    /// Returns the sandbox for a build. It shares the machine's network, which installers need.
    pub(super) fn of_build(&self, needs: Needs<'_>) -> io::Result<Option<Sandbox>> {
        let Some(tools) = &self.tools else {
            return Ok(None);
        };
        self.sandbox(tools, needs, false).map(Some)
    }

    fn sandbox(&self, tools: &Tools, needs: Needs<'_>, is_first: bool) -> io::Result<Sandbox> {
        let network = tools.network.as_ref().filter(|_| !needs.shares_network);
        let mut plan = Plan::default();
        if let Some((unshare, _)) = network {
            plan.word(unshare)?;
            plan.words(&["--user", "--map-current-user", "--net", "--"]);
        }
        plan.word(&tools.bwrap)?;
        plan.namespaces(network.is_none() && !needs.shares_network);
        plan.words(tools.user_namespaces());
        if is_first {
            plan.words(&["--as-pid-1"]);
        }
        plan.machine(&self.emptied, &self.hidden)?;
        let protected: Vec<_> = self
            .hidden
            .iter()
            .chain([&self.data_dir])
            .cloned()
            .collect();
        plan.installations(installations::of_needs(&self.emptied, &protected, &needs))?;
        if network.is_some() {
            plan.name_server(&self.resolv_conf)?;
        } else if needs.shares_network {
            plan.own_name_server(&self.emptied)?;
        }
        for mount in self.mounts.iter().chain(&needs.mounts) {
            plan.mount(mount)?;
        }
        for device in self.devices.iter().chain(needs.devices) {
            plan.device(device)?;
        }
        Ok(Sandbox {
            command: plan.into_words(),
            network_helper: network.map(|(_, helper)| helper.clone()),
            shares_network: needs.shares_network,
        })
    }
}
