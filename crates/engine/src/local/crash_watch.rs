//! Detection of crashes and restarts: one timer checks the records of all runs. A timer per run
//! would wake a machine with a hundred apps hundreds of times a second.

use super::record::RunDir;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc::UnboundedSender;
use vestibule_model::ids::WorkbenchId;

/// Pause between two checks: short enough to see the shortest pause between two restarts.
const PAUSE: Duration = Duration::from_millis(500);

/// The runs that are checked.
#[derive(Debug, Default)]
pub(super) struct CrashWatch {
    runs: Mutex<Runs>,
}

#[derive(Debug, Default)]
struct Runs {
    next: u64,
    all: HashMap<u64, Run>,
}

#[derive(Debug)]
struct Run {
    id: WorkbenchId,
    dir: RunDir,
    /// Time of the last write of its process's record.
    written: Option<SystemTime>,
}

/// Registration of a run, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct WatchGuard {
    watch: Arc<CrashWatch>,
    key: u64,
}

impl CrashWatch {
    /// Checks a run until the guard is dropped.
    pub(super) fn register(self: &Arc<Self>, id: &WorkbenchId, dir: &RunDir) -> WatchGuard {
        let run = Run {
            id: id.clone(),
            dir: dir.clone(),
            written: dir.process_changed(),
        };
        let mut runs = self.runs();
        let key = runs.next;
        runs.next += 1;
        runs.all.insert(key, run);
        WatchGuard {
            watch: Arc::clone(self),
            key,
        }
    }

    /// Returns the workbenches whose process has changed since the last check. Blocks.
    fn check(&self) -> Vec<WorkbenchId> {
        let mut runs = self.runs();
        let changed = runs.all.values_mut().filter_map(|run| {
            let written = run.dir.process_changed();
            let has_changed = run.written != written;
            run.written = written;
            has_changed.then(|| run.id.clone())
        });
        changed.collect()
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        // Every change behind this lock is complete by itself.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.watch.runs().all.remove(&self.key);
    }
}

/// Publishes every change of a run's process, such as a crash and a restart, for as long as the
/// watch exists.
pub(super) async fn publish(watch: Weak<CrashWatch>, changes: UnboundedSender<WorkbenchId>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(watch) = watch.upgrade() else {
            return;
        };
        if watch.runs().all.is_empty() {
            continue;
        }
        let changed = tokio::task::spawn_blocking(move || watch.check()).await;
        for id in changed.unwrap_or_default() {
            if changes.send(id).is_err() {
                // The receiver is gone when the server ends.
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_a_registered_run_is_reported_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let watch = Arc::new(CrashWatch::default());
        let run = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).expect("created");
            RunDir::new(path)
        };
        let write = |dir: &RunDir, seconds: u64| {
            let file = std::fs::File::create(dir.path().join("process.json")).expect("created");
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            file.set_modified(at).expect("set");
        };
        let (one, other) = (run("one"), run("other"));
        write(&one, 1);
        let (a, b) = (WorkbenchId::new("wb-a"), WorkbenchId::new("wb-b"));
        let _kept = watch.register(&a, &one);
        let dropped = watch.register(&b, &other);
        assert_eq!(watch.check(), [], "nothing has changed since");
        write(&one, 2);
        assert_eq!(watch.check(), std::slice::from_ref(&a));
        assert_eq!(watch.check(), []);
        write(&other, 1);
        assert_eq!(watch.check(), [b]);
        drop(dropped);
        write(&other, 2);
        write(&one, 3);
        assert_eq!(watch.check(), [a]);
    }
}
