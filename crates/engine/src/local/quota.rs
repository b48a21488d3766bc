//! Quota of workbenches' folders: measured while they run, and told at 80, 95 and 100 %.
//!
//! Enforcing it is the file system's (project quotas): a program of the same user cannot keep another
//! from writing, and a workbench whose start was refused could not be tidied up.

use super::inner::Inner;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use vestibule_model::ids::WorkbenchId;

/// Shortest pause between two rounds, as a multiple of the time that a round takes: very large folders
/// are measured rarely.
const REST: u32 = 20;
/// Size of the blocks in which systems count what files occupy.
const BLOCK: u64 = 512;

/// How full a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// Below 80 %.
    Fine,
    /// At least 80 %.
    Filling,
    /// At least 95 %.
    NearlyFull,
    /// Above the quota.
    Over,
}

impl Fill {
    fn of(used: u64, quota: u64) -> Self {
        let reaches = |percent: u64| used.saturating_mul(100) >= quota.saturating_mul(percent);
        match () {
            () if used > quota => Self::Over,
            () if reaches(95) => Self::NearlyFull,
            () if reaches(80) => Self::Filling,
            () => Self::Fine,
        }
    }

    /// Returns the sentence for users. It names no size, so that it changes only with the level.
    fn sentence(self, quota_mb: u64) -> Option<String> {
        let quota = match quota_mb {
            mb if mb % 1000 == 0 => format!("{} GB", mb / 1000),
            mb => format!("{mb} MB"),
        };
        match self {
            Self::Fine => None,
            Self::Filling => Some(format!("Its folder uses more than 80 % of its {quota}.")),
            Self::NearlyFull => Some(format!(
                "Its folder uses more than 95 % of its {quota}. Delete files that you don't need."
            )),
            Self::Over => Some(format!(
                "Its folder uses more than its {quota}. Delete files that you don't need."
            )),
        }
    }
}

/// Sentences about the folders that are nearly full.
#[derive(Debug, Default)]
pub(super) struct FolderNotes(Mutex<HashMap<WorkbenchId, String>>);

impl FolderNotes {
    /// Returns the sentence about a workbench's folder, or `None` if there is room.
    pub(super) fn of(&self, id: &WorkbenchId) -> Option<String> {
        self.notes().get(id).cloned()
    }

    fn notes(&self) -> MutexGuard<'_, HashMap<WorkbenchId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Measures the folders of running workbenches that have a quota, for as long as the engine exists.
    pub(super) fn watch_folders(self: &Arc<Self>) {
        let apps = self.config.catalogue.apps();
        let has_quota =
            self.config.folder_quota_mb > 0 || apps.iter().any(|a| a.folder_quota_mb > 0);
        if !has_quota {
            return;
        }
        let usual = self.config.folder_pause;
        let inner = Arc::downgrade(self);
        self.runtime.spawn(async move {
            let mut pause = usual;
            loop {
                tokio::time::sleep(pause).await;
                let Some(inner) = inner.upgrade() else {
                    return;
                };
                let round = tokio::task::spawn_blocking(move || {
                    let begin = Instant::now();
                    inner.measure_folders();
                    begin.elapsed()
                });
                pause = usual.max(round.await.unwrap_or_default() * REST);
            }
        });
    }

    /// Measures every folder once, and wakes the workbenches whose sentence has changed.
    fn measure_folders(&self) {
        let runs = self.slots().runs();
        let mut found = HashMap::new();
        for (id, number) in runs {
            let Some(quota_mb) = self.quota_of(&id, number) else {
                continue;
            };
            match measure(&self.folders.files(&id), quota_mb * 1_000_000) {
                Ok(used) => {
                    let fill = Fill::of(used, quota_mb * 1_000_000);
                    found.extend(fill.sentence(quota_mb).map(|note| (id, note)));
                }
                Err(error) => {
                    tracing::debug!(workbench = %id, %error, "failed to measure a folder");
                    // What could not be measured stays as it was.
                    found.extend(self.folder_notes.of(&id).map(|note| (id, note)));
                }
            }
        }
        let before = std::mem::replace(&mut *self.folder_notes.notes(), found.clone());
        let ids: HashSet<_> = before.keys().chain(found.keys()).collect();
        for id in ids {
            let (old, new) = (before.get(id), found.get(id));
            if old == new {
                continue;
            }
            if let Some(note) = new {
                tracing::warn!(workbench = %id, note, "a workbench's folder is nearly full");
            }
            // The receiver is gone when the server ends.
            let _ = self.news.send(id.clone());
        }
    }

    /// Returns the quota of a run's workbench in units of 1,000,000 bytes, or `None` if it has none.
    fn quota_of(&self, id: &WorkbenchId, number: u64) -> Option<u64> {
        let launch = self.folders.run(id, number).launch().ok().flatten()?;
        let entry = self.config.catalogue.get(&launch.app);
        let own = entry.map_or(0, |entry| entry.folder_quota_mb);
        let quota = if own > 0 {
            own
        } else {
            self.config.folder_quota_mb
        };
        (quota > 0).then_some(quota)
    }
}

/// Returns the bytes that the files below a folder occupy; a file with several names counts once.
/// Stops once it has found more than `enough`.
fn measure(folder: &Path, enough: u64) -> io::Result<u64> {
    let mut used = 0;
    let mut linked = HashSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            // Removed in the meantime, or closed to everybody by the app.
            Err(error) if is_passing(&error) => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            // Not followed, if it is a link.
            let found = match entry.metadata() {
                Err(error) if is_passing(&error) => continue,
                found => found?,
            };
            if found.is_dir() {
                open.push(entry.path());
            } else if found.nlink() > 1 && !linked.insert((found.dev(), found.ino())) {
                continue;
            }
            used += found.blocks() * BLOCK;
            if used > enough {
                return Ok(used);
            }
        }
    }
    Ok(used)
}

fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | NotADirectory | PermissionDenied)
}

/// Returns the usual pause between two rounds.
pub(super) const fn usual_pause() -> Duration {
    Duration::from_secs(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security review, finding 15.
    #[test]
    fn levels_are_told_and_sizes_are_not() {
        for (used, fill) in [
            (0, Fill::Fine),
            (799, Fill::Fine),
            (800, Fill::Filling),
            (949, Fill::Filling),
            (950, Fill::NearlyFull),
            (1000, Fill::NearlyFull),
            (1001, Fill::Over),
        ] {
            assert_eq!(Fill::of(used, 1000), fill, "{used}");
        }
        assert_eq!(Fill::Fine.sentence(10), None);
        let told = Fill::Filling.sentence(2000);
        assert_eq!(
            told.as_deref(),
            Some("Its folder uses more than 80 % of its 2 GB.")
        );
        let told = Fill::NearlyFull.sentence(250).unwrap_or_default();
        assert!(told.contains("95 % of its 250 MB"), "{told}");
    }

    #[test]
    fn files_are_measured_once_and_links_are_not_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let below = dir.path().join("below");
        fs::create_dir(&below).expect("a folder");
        fs::write(below.join("file"), vec![1; 1_000_000]).expect("a file");
        fs::hard_link(below.join("file"), dir.path().join("again")).expect("a link");
        std::os::unix::fs::symlink("/", dir.path().join("all")).expect("a link");
        let used = measure(dir.path(), u64::MAX).expect("a size");
        assert!((1_000_000..1_200_000).contains(&used), "{used}");
        assert!(measure(dir.path(), 10).expect("a size") > 10);
        let gone = measure(&dir.path().join("gone"), 10).expect("a size");
        assert_eq!(gone, 0);
    }
}
