//! Settings of the local engine.

use super::catalogue::{Catalogue, placeholders};
use super::memory_gauge::{MachineMemory, MemoryGauge};
use super::mount::Mount;
use super::quota;
use crate::clock::{Clock, SystemClock};
use crate::engine_host::{BareHost, EngineHost};
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// Ports for apps: below those that the system hands out for connections (Linux begins at 32768),
/// so that a connection to somewhere does not take an app's port.
const PORTS: RangeInclusive<u16> = 20_000..=29_999;

/// Default time limit of a build: one that hangs must not block others for ever.
const BUILD_LIMIT: Duration = Duration::from_secs(3600);

/// Isolation that the settings demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// A sandbox where the machine allows one.
    Auto,
    /// A sandbox, or the engine does not start.
    Sandbox,
    /// No sandbox.
    #[default]
    None,
}

/// The local engine's settings.
#[derive(Clone)]
pub struct LocalConfig {
    /// The data folder.
    pub data_dir: PathBuf,
    /// The apps.
    pub catalogue: Catalogue,
    /// The `vestibule` program, for `{vestibule}`.
    pub program: PathBuf,
    /// The command that starts a supervisor; the run's folder is appended.
    pub supervisor: Vec<OsString>,
    /// Folder of the server's control group; `None`: that in which this process is.
    pub group: Option<PathBuf>,
    /// Isolation of runs and builds.
    pub isolation: Isolation,
    /// Paths of the machine that every sandbox shows.
    pub mounts: Vec<Mount>,
    /// Devices of the machine that every sandbox shows.
    pub devices: Vec<PathBuf>,
    /// Files that no sandbox shows, such as the server's settings.
    pub hidden: Vec<PathBuf>,
    /// A socket, in a folder of its own, that takes the apps' progress messages; apps in a sandbox do
    /// not reach the API's address.
    pub progress_socket: Option<PathBuf>,
    /// The console's origin, for `{console}`.
    pub console_origin: String,
    /// The API's origin for processes of this machine, such as `http://127.0.0.1:8080`.
    pub api_origin: String,
    /// An app's origin, with `{id}` where the workbench's id goes, for `{origin}` and `{host}`.
    pub app_origin_pattern: String,
    /// Maximum number of running workbenches; `None`: no limit.
    pub max_processes: Option<usize>,
    /// Ports for apps.
    pub ports: RangeInclusive<u16>,
    /// The pause before a crashed app is first started again; each further one is twice as long.
    pub restart_pause: Duration,
    /// Time limit of a build.
    pub build_limit: Duration,
    /// Memory that the machine must have left, in units of 1,000,000 bytes: below that nothing is
    /// started, and the workbench that uses most is evicted. 0: no such limit.
    pub least_memory_mb: u64,
    /// Bytes that a workbench's folder may occupy, in units of 1,000,000, unless its app has another
    /// quota; 0: any number.
    pub folder_quota_mb: u64,
    /// Pause between two measurements of the folders.
    pub folder_pause: Duration,
    /// Measures the memory that the machine has left.
    pub memory: Arc<dyn MemoryGauge>,
    /// The current time, for the age of tokens.
    pub clock: Arc<dyn Clock>,
    /// Secrets, run tokens, builds and usage.
    pub host: Arc<dyn EngineHost>,
}

impl LocalConfig {
    /// Creates settings with defaults: the supervisor is the program's `supervise`, the API is at the
    /// console's origin, there is no limit, and the host is a [`BareHost`].
    pub fn new(
        data_dir: impl Into<PathBuf>,
        catalogue: Catalogue,
        program: impl Into<PathBuf>,
        console_origin: impl Into<String>,
        app_origin_pattern: impl Into<String>,
    ) -> Self {
        let program = program.into();
        let console_origin = console_origin.into();
        Self {
            data_dir: data_dir.into(),
            catalogue,
            group: None,
            isolation: Isolation::default(),
            mounts: Vec::new(),
            devices: Vec::new(),
            hidden: Vec::new(),
            progress_socket: None,
            supervisor: vec![program.clone().into_os_string(), "supervise".into()],
            program,
            api_origin: console_origin.clone(),
            console_origin,
            app_origin_pattern: app_origin_pattern.into(),
            max_processes: None,
            ports: PORTS,
            restart_pause: Duration::from_secs(1),
            build_limit: BUILD_LIMIT,
            least_memory_mb: 0,
            folder_quota_mb: 0,
            folder_pause: quota::usual_pause(),
            memory: Arc::new(MachineMemory),
            clock: Arc::new(SystemClock),
            host: Arc::new(BareHost),
        }
    }

    /// Returns the origin of a workbench's app.
    pub fn app_origin(&self, id: &WorkbenchId) -> String {
        self.app_origin_pattern.replace("{id}", id.as_str())
    }

    /// Returns the host name of a workbench's app, without the port, as requests through the gateway
    /// have it in `Host`.
    pub fn app_host(&self, id: &WorkbenchId) -> String {
        placeholders::host_of(&self.app_origin(id)).to_owned()
    }
}

/// Failure to start the local engine.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The settings demand a sandbox, and there is none.
    #[error("isolation is \"sandbox\" in the settings, but: {0}")]
    NoSandbox(String),
    /// The data folder cannot be used.
    #[error("failed to use the data folder {}: {why}; choose another with --data-dir, or give this user the right to write there", folder.display())]
    DataDir {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        why: String,
    },
}

impl LocalError {
    pub(super) fn data_dir(folder: &Path, why: impl ToString) -> Self {
        Self::DataDir {
            folder: folder.to_owned(),
            why: why.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn app_host_is_the_origin_without_scheme_and_port() {
        let nothing = Catalogue::parse(Path::new("apps.toml"), "").expect("an empty catalogue");
        for (pattern, host) in [
            (
                "http://{id}.vestibule.localhost:8080",
                "wb-a.vestibule.localhost",
            ),
            ("https://{id}.apps.example.org", "wb-a.apps.example.org"),
        ] {
            let config = LocalConfig::new("/data", nothing.clone(), "vestibule", "", pattern);
            assert_eq!(config.app_host(&WorkbenchId::new("wb-a")), host);
        }
    }
}
