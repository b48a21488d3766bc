//! What the local engine is told at its start.

use super::catalogue::Catalogue;
use super::pressure::{MachineMemory, MemoryGauge};
use crate::clock::{Clock, SystemClock};
use crate::house::{BareHouse, House};
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// Ports for apps: below those that the system hands out for connections (Linux begins at 32768),
/// so that a connection to somewhere does not take an app's port.
const PORTS: RangeInclusive<u16> = 20_000..=29_999;

/// How long a build may take unless it is told otherwise: one that waits for something that never
/// comes must not keep others waiting for ever.
const BUILD_LIMIT: Duration = Duration::from_secs(3600);

/// The local engine's settings.
#[derive(Clone)]
pub struct LocalConfig {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// The apps.
    pub catalogue: Catalogue,
    /// The `vestibule` program, for `{vestibule}`.
    pub program: PathBuf,
    /// What starts a supervisor; the run's folder is added to it.
    pub supervisor: Vec<OsString>,
    /// The console's origin, for `{console}`.
    pub console_origin: String,
    /// Where processes of this machine reach the API, such as `http://127.0.0.1:8080`.
    pub api_origin: String,
    /// An app's origin, with `{id}` where the workbench's id goes, for `{origin}`.
    pub app_origin_pattern: String,
    /// How many workbenches may run at once; none: no limit.
    pub max_processes: Option<usize>,
    /// Ports that apps are given.
    pub ports: RangeInclusive<u16>,
    /// The pause before a crashed app is first started again; each further one is twice as long.
    pub restart_pause: Duration,
    /// How long a build may take.
    pub build_limit: Duration,
    /// How much memory the machine must have left, in units of 1,000,000 bytes: below that nothing
    /// is started, and what uses most is evicted. 0: nothing of that.
    pub least_memory_mb: u64,
    /// What says how much memory the machine has left.
    pub memory: Arc<dyn MemoryGauge>,
    /// The time, by which tokens grow old.
    pub clock: Arc<dyn Clock>,
    /// Who has the secrets, gives run tokens and knows who uses what.
    pub house: Arc<dyn House>,
}

impl LocalConfig {
    /// Settings with defaults: the supervisor is the program's `supervise`,
    /// the API is at the console's origin, there is no limit, and the house is bare.
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
            memory: Arc::new(MachineMemory),
            clock: Arc::new(SystemClock),
            house: Arc::new(BareHouse),
        }
    }

    /// The origin of a workbench's app.
    pub fn app_origin(&self, id: &WorkbenchId) -> String {
        self.app_origin_pattern.replace("{id}", id.as_str())
    }
}

/// The local engine cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The data folder cannot be used.
    #[error("failed to use the data folder {}: {why}; choose another with --data-dir, or give this user the right to write there", folder.display())]
    DataDir {
        /// The folder.
        folder: PathBuf,
        /// Why not.
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
