//! Hearing of crashes: the records of all runs are looked at often, in one go. A timer for each
//! would wake the machine hundreds of times a second where a hundred apps run.

use super::record::RunDir;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc::UnboundedSender;
use vestibule_model::ids::WorkbenchId;

/// How often it is looked whether a process crashed or was started again: often enough to see the
/// shortest pause between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// The runs that are heeded.
#[derive(Debug, Default)]
pub(super) struct Heeded {
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
    /// When its process's record was last written.
    known: Option<SystemTime>,
}

/// A run is heeded until this is dropped.
#[derive(Debug)]
pub(super) struct Heeding {
    heeded: Arc<Heeded>,
    key: u64,
}

impl Heeded {
    /// Heeds a run from now on.
    pub(super) fn heed(self: &Arc<Self>, id: &WorkbenchId, dir: &RunDir) -> Heeding {
        let run = Run {
            id: id.clone(),
            dir: dir.clone(),
            known: dir.process_changed(),
        };
        let mut runs = self.runs();
        let key = runs.next;
        runs.next += 1;
        runs.all.insert(key, run);
        Heeding {
            heeded: Arc::clone(self),
            key,
        }
    }

    /// Whose process has changed since the last look. Blocks.
    fn look(&self) -> Vec<WorkbenchId> {
        let mut runs = self.runs();
        let changed = runs.all.values_mut().filter_map(|run| {
            let now = run.dir.process_changed();
            let has_changed = run.known != now;
            run.known = now;
            has_changed.then(|| run.id.clone())
        });
        changed.collect()
    }

    fn runs(&self) -> MutexGuard<'_, Runs> {
        // Every change behind this lock is whole by itself.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Heeding {
    fn drop(&mut self) {
        self.heeded.runs().all.remove(&self.key);
    }
}

/// Tells of every change of a run's process, such as a crash and another try, for as long as
/// anybody heeds.
pub(super) async fn tell(heeded: Weak<Heeded>, news: UnboundedSender<WorkbenchId>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(heeded) = heeded.upgrade() else {
            return;
        };
        if heeded.runs().all.is_empty() {
            continue;
        }
        let looked = tokio::task::spawn_blocking(move || heeded.look()).await;
        for id in looked.unwrap_or_default() {
            if news.send(id).is_err() {
                // Nobody listens any more when the server ends.
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_told_once_and_nothing_of_what_is_not_heeded_any_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let heeded = Arc::new(Heeded::default());
        let run = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).expect("made");
            RunDir::new(path)
        };
        let write = |dir: &RunDir, seconds: u64| {
            let file = std::fs::File::create(dir.path().join("process.json")).expect("made");
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            file.set_modified(at).expect("set");
        };
        let (one, other) = (run("one"), run("other"));
        write(&one, 1);
        let (a, b) = (WorkbenchId::new("wb-a"), WorkbenchId::new("wb-b"));
        let _kept = heeded.heed(&a, &one);
        let dropped = heeded.heed(&b, &other);
        assert_eq!(heeded.look(), [], "as it was found");
        write(&one, 2);
        assert_eq!(heeded.look(), std::slice::from_ref(&a));
        assert_eq!(heeded.look(), []);
        write(&other, 1);
        assert_eq!(heeded.look(), [b]);
        drop(dropped);
        write(&other, 2);
        write(&one, 3);
        assert_eq!(heeded.look(), [a]);
    }
}
