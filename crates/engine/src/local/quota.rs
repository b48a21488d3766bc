//! Quota of a workbench's folder, reported at 80, 95 and 100 %.
//!
//! Enforcing it is the file system's (project quotas): a program of the same user cannot keep another
//! from writing, and a workbench whose start was refused could not be tidied up.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;

/// Size of the blocks in which systems count what files occupy.
const BLOCK: u64 = 512;

/// Fill level of a folder.
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
    pub(super) fn of(used: u64, quota: u64) -> Self {
        let reaches = |percent: u64| used.saturating_mul(100) >= quota.saturating_mul(percent);
        match () {
            () if used > quota => Self::Over,
            () if reaches(95) => Self::NearlyFull,
            () if reaches(80) => Self::Filling,
            () => Self::Fine,
        }
    }

    /// Returns the sentence for users. It names no size, so that it changes only with the level.
    pub(super) fn sentence(self, quota_mb: u64) -> Option<String> {
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

    pub(super) fn notes(&self) -> MutexGuard<'_, HashMap<WorkbenchId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the bytes that the files below a folder occupy; a file with several names counts once.
/// Stops once it has found more than `enough`.
pub(super) fn measure(folder: &Path, enough: u64) -> io::Result<u64> {
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
        let reported = Fill::Filling.sentence(2000);
        assert_eq!(
            reported.as_deref(),
            Some("Its folder uses more than 80 % of its 2 GB.")
        );
        let reported = Fill::NearlyFull.sentence(250).unwrap_or_default();
        assert!(reported.contains("95 % of its 250 MB"), "{reported}");
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
