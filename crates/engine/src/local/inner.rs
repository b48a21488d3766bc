//! State of the local engine, which its parts share.

use super::build::Builds;
use super::config::{LocalConfig, LocalError};
use super::crash_watch::CrashWatch;
use super::folders::{Folders, sentence};
use super::groups::Groups;
use super::memory_gauge::Pressure;
use super::quota::FolderNotes;
use super::sandbox::Sandboxes;
use super::slots::Slots;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Timestamp;

/// Number of calls that may read files at once: more would only wait for the disk, each on a
/// thread.
const BLOCKING_CALLS: usize = 8;

/// State behind the engine's handle.
pub(super) struct Inner {
    pub(super) config: LocalConfig,
    pub(super) folders: Folders,
    pub(super) sandboxes: Sandboxes,
    pub(super) groups: Groups,
    pub(super) builds: Builds,
    pub(super) changes: mpsc::UnboundedSender<WorkbenchId>,
    pub(super) runtime: Handle,
    pub(super) pressure: Pressure,
    pub(super) folder_notes: FolderNotes,
    pub(super) crash_watch: Arc<CrashWatch>,
    /// Permits for blocking calls.
    pub(super) calls: Arc<Semaphore>,
    receiver: Mutex<Option<mpsc::UnboundedReceiver<WorkbenchId>>>,
    slots: Mutex<Slots>,
    /// Reason why the last write to each workbench's folders failed.
    troubles: Mutex<HashMap<WorkbenchId, String>>,
    /// Time since which each workbench cannot be observed.
    unobserved: Mutex<HashMap<WorkbenchId, Timestamp>>,
    /// Time when each run's token was issued.
    tokens: Mutex<HashMap<(WorkbenchId, u64), Timestamp>>,
}

impl Inner {
    /// Opens the data folder. Has to be called within a tokio runtime.
    pub(super) fn open(config: LocalConfig) -> Result<Self, LocalError> {
        let folders = Folders::open(&config.data_dir)
            .map_err(|why| LocalError::data_dir(&config.data_dir, why))?;
        let sandboxes = Sandboxes::find(&config, folders.root()).map_err(LocalError::NoSandbox)?;
        let groups = Groups::find(&config);
        let (changes, receiver) = mpsc::unbounded_channel();
        let program = config.program.to_string_lossy().into_owned();
        let seed = port_seed(&config);
        let slots = Slots::new(config.max_processes, config.ports.clone(), seed);
        Ok(Self {
            builds: Builds::open(
                folders.builds(),
                program,
                config.build_limit,
                sandboxes.clone(),
            ),
            slots: Mutex::new(slots),
            config,
            sandboxes,
            groups,
            folders,
            changes,
            runtime: Handle::current(),
            receiver: Mutex::new(Some(receiver)),
            troubles: Mutex::default(),
            unobserved: Mutex::default(),
            tokens: Mutex::default(),
            pressure: Pressure::default(),
            folder_notes: FolderNotes::default(),
            crash_watch: Arc::default(),
            calls: Arc::new(Semaphore::new(BLOCKING_CALLS)),
        })
    }

    /// Returns the receiver of changes, once.
    pub(super) fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        lock(&self.receiver).take()
    }

    pub(super) fn slots(&self) -> MutexGuard<'_, Slots> {
        lock(&self.slots)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, HashMap<(WorkbenchId, u64), Timestamp>> {
        lock(&self.tokens)
    }

    /// Returns why the last write to a workbench's folders failed.
    pub(super) fn write_failure(&self, id: &WorkbenchId) -> Option<String> {
        lock(&self.troubles).get(id).cloned()
    }

    /// Records whether a write to a workbench's folders succeeded.
    pub(super) fn tried<T>(&self, id: &WorkbenchId, result: io::Result<T>) -> Result<T, String> {
        let mut troubles = lock(&self.troubles);
        match result {
            Ok(value) => {
                troubles.remove(id);
                Ok(value)
            }
            Err(error) => {
                troubles.insert(id.clone(), sentence(&error));
                Err(error.to_string())
            }
        }
    }

    /// Forgets the failure of writes to a workbench's folders.
    pub(super) fn forget_write_failure(&self, id: &WorkbenchId) {
        lock(&self.troubles).remove(id);
    }

    /// Records that a workbench could be observed.
    pub(super) fn sees(&self, id: &WorkbenchId) {
        if lock(&self.unobserved).remove(id).is_some() {
            tracing::info!(workbench = %id, "a workbench can be observed again");
        }
    }

    /// Records that a workbench could not be observed; returns since when.
    pub(super) fn cannot_see(&self, id: &WorkbenchId, error: &io::Error) -> Timestamp {
        let now = self.config.clock.now();
        let before = lock(&self.unobserved).get(id).copied();
        before.unwrap_or_else(|| {
            lock(&self.unobserved).insert(id.clone(), now);
            tracing::warn!(workbench = %id, %error, "a workbench cannot be observed");
            now
        })
    }

    /// Removes a workbench from the queue for capacity, and wakes those behind it.
    pub(super) fn withdraw(&self, id: &WorkbenchId) {
        let waiting = self.slots().withdraw(id);
        for id in waiting {
            // The receiver is gone when the server ends.
            let _ = self.changes.send(id);
        }
    }
}

/// Returns where the search for free ports begins: another server of this machine, on another
/// folder, begins elsewhere.
fn port_seed(config: &LocalConfig) -> u16 {
    let mut hasher = DefaultHasher::new();
    (&config.data_dir, std::process::id()).hash(&mut hasher);
    let [a, b, ..] = hasher.finish().to_le_bytes();
    u16::from_le_bytes([a, b])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change behind these locks is complete by itself.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
