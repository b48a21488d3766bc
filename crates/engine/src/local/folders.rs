//! Where things are in the data folder.

use super::record::{RunDir, is_absent};
use std::fs::{DirBuilder, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Volume;

/// How many runs' records are kept for each workbench.
const KEPT_RUNS: u64 = 5;

/// The data folder.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    root: PathBuf,
}

impl Folders {
    /// Makes what has to be there; the folder must be one whose name is text.
    pub(super) fn open(root: &Path) -> Result<Self, String> {
        make(root).map_err(|error| error.to_string())?;
        let root = root.canonicalize().map_err(|error| error.to_string())?;
        if root.to_str().is_none() {
            return Err("its path is not UTF-8 text".to_owned());
        }
        for inner in ["workbenches", "builds"] {
            make(&root.join(inner)).map_err(|error| format!("{inner}: {error}"))?;
        }
        let folders = Self { root };
        folders.finish_removals();
        Ok(folders)
    }

    /// Where apps are built.
    pub(super) fn builds(&self) -> PathBuf {
        self.root.join("builds")
    }

    /// The workbench's own folder.
    pub(super) fn files(&self, id: &WorkbenchId) -> PathBuf {
        self.workbench(id).join("files")
    }

    /// The record of one run.
    pub(super) fn run(&self, id: &WorkbenchId, number: u64) -> RunDir {
        RunDir::new(self.runs(id).join(number.to_string()))
    }

    /// Every run that is recorded for a workbench.
    pub(super) fn runs_of(&self, id: &WorkbenchId) -> Vec<(u64, RunDir)> {
        names(&self.runs(id))
            .filter_map(|name| name.parse().ok())
            .map(|number| (number, self.run(id, number)))
            .collect()
    }

    /// Every workbench that has a folder.
    pub(super) fn workbenches(&self) -> Vec<WorkbenchId> {
        names(&self.root.join("workbenches"))
            .filter_map(|name| WorkbenchId::parse(&name))
            .collect()
    }

    /// Looks at the workbench's own folder.
    pub(super) fn volume(&self, id: &WorkbenchId) -> Volume {
        use nix::unistd::{AccessFlags, access};
        let files = self.files(id);
        match std::fs::metadata(&files) {
            Ok(found) if !found.is_dir() => Volume::Failed(
                "Something that is no folder is where the workbench's folder should be.".to_owned(),
            ),
            Ok(_) => match access(&files, AccessFlags::W_OK | AccessFlags::X_OK) {
                Ok(()) => Volume::Bound,
                Err(error) => Volume::Failed(sentence(&io::Error::from(error))),
            },
            Err(error) if is_absent(&error) => Volume::Absent,
            Err(error) => Volume::Failed(sentence(&error)),
        }
    }

    /// Makes the workbench's folder, and sees that it can be written to.
    pub(super) fn ensure_volume(&self, id: &WorkbenchId) -> io::Result<()> {
        make(&self.workbench(id))?;
        make(&self.files(id))?;
        let trial = self.trial(id);
        let tried = std::fs::File::create(&trial).and_then(|mut file| {
            file.write_all(&[0; 4096])?;
            file.sync_data()
        });
        let removed = std::fs::remove_file(&trial);
        tried.and(removed)
    }

    /// Makes the folder for a new run's record, and removes those of long ago.
    pub(super) fn begin_run(&self, id: &WorkbenchId, number: u64) -> io::Result<RunDir> {
        let run = self.run(id, number);
        make(&self.runs(id))?;
        make(run.path())?;
        for (old, dir) in self.runs_of(id) {
            if old + KEPT_RUNS <= number && !dir.is_held() {
                // One that will not go now goes at the next start.
                let _ = std::fs::remove_dir_all(dir.path());
            }
        }
        Ok(run)
    }

    /// Removes all that is kept for a workbench; its own folder last, because as long as that is
    /// there the workbench is not forgotten. Then there is an empty folder around it to remove.
    pub(super) fn remove(&self, id: &WorkbenchId) -> io::Result<()> {
        remove_tree(&self.runs(id))?;
        match std::fs::remove_file(self.trial(id)) {
            Err(error) if !is_absent(&error) => return Err(error),
            _ => {}
        }
        remove_tree(&self.files(id))?;
        remove_tree(&self.workbench(id))
    }

    /// Removes what a removal left behind when the server was killed just before its last step:
    /// by then the workbench may be forgotten, and nobody asks again.
    fn finish_removals(&self) {
        for id in self.workbenches() {
            // Only what is empty goes. The folder of a workbench that is there is not.
            let _ = std::fs::remove_dir(self.workbench(&id));
        }
    }

    fn workbench(&self, id: &WorkbenchId) -> PathBuf {
        self.root.join("workbenches").join(id.as_str())
    }

    /// What is written to see whether something can be.
    fn trial(&self, id: &WorkbenchId) -> PathBuf {
        self.workbench(id).join(".write-trial")
    }

    fn runs(&self, id: &WorkbenchId) -> PathBuf {
        self.workbench(id).join("runs")
    }
}

/// What went wrong with a folder, for the screen.
pub(super) fn sentence(error: &io::Error) -> String {
    let what = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "The disk is full: free some space."
        }
        io::ErrorKind::ReadOnlyFilesystem => "The server's data folder is read-only.",
        io::ErrorKind::PermissionDenied => {
            "The server may not write to its data folder: correct the folder's permissions."
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "Something that is no folder is in the way in the server's data folder: move it away."
        }
        _ => return format!("The workbench's folder cannot be used: {error}."),
    };
    what.to_owned()
}

fn make(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().recursive(true).mode(0o700).create(folder) {
        // Of a file in the way the system only says that it exists.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        result => result,
    }
}

fn names(folder: &Path) -> impl Iterator<Item = String> + use<> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
}

pub(super) fn remove_tree(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            // Folders that people made unwritable are theirs to lose all the same.
            make_removable(folder);
            std::fs::remove_dir_all(folder)
        }
        Err(error) if is_absent(&error) => Ok(()),
        result => result,
    }
}

fn make_removable(folder: &Path) {
    let is_real_folder = std::fs::symlink_metadata(folder).is_ok_and(|m| m.is_dir());
    if is_real_folder {
        // What cannot be changed shows when it is removed.
        let _ = std::fs::set_permissions(folder, Permissions::from_mode(0o700));
        for name in names(folder) {
            make_removable(&folder.join(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_absent_then_bound_then_gone() {
        let dir = tempfile::tempdir().expect("a folder");
        let folders = Folders::open(dir.path()).expect("usable");
        let id = WorkbenchId::from("wb-7k2m9x4q");
        assert_eq!(folders.volume(&id), Volume::Absent);
        folders.ensure_volume(&id).expect("made");
        folders.ensure_volume(&id).expect("harmless when done");
        assert_eq!(folders.volume(&id), Volume::Bound);
        folders.begin_run(&id, 1).expect("made");
        folders.remove(&id).expect("removed");
        folders.remove(&id).expect("harmless when done");
        assert_eq!(folders.volume(&id), Volume::Absent);
        assert!(!folders.workbench(&id).exists());
    }

    #[test]
    fn a_removal_that_was_cut_short_is_finished_at_the_next_start() {
        let dir = tempfile::tempdir().expect("a folder");
        let folders = Folders::open(dir.path()).expect("usable");
        let (removed, there) = (
            WorkbenchId::from("wb-7k2m9x4q"),
            WorkbenchId::from("wb-there"),
        );
        for id in [&removed, &there] {
            folders.ensure_volume(id).expect("made");
            std::fs::remove_dir(folders.files(id)).expect("removed");
        }
        folders.begin_run(&there, 1).expect("made");
        let folders = Folders::open(dir.path()).expect("usable");
        assert_eq!(folders.workbenches(), std::slice::from_ref(&there));
        assert_eq!(folders.runs_of(&there).len(), 1, "its folder alone is lost");
    }

    #[test]
    fn what_is_in_the_way_is_told_and_never_removed() {
        let dir = tempfile::tempdir().expect("a folder");
        let folders = Folders::open(dir.path()).expect("usable");
        let id = WorkbenchId::from("wb-7k2m9x4q");
        std::fs::write(folders.workbench(&id), "mine").expect("written");
        let error = folders.ensure_volume(&id).expect_err("in the way");
        assert!(sentence(&error).contains("in the way"), "{error:?}");
        let file = dir.path().join("file");
        std::fs::write(&file, "mine").expect("written");
        assert!(Folders::open(&file).is_err());
    }

    #[test]
    fn the_last_five_runs_are_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let folders = Folders::open(dir.path()).expect("usable");
        let id = WorkbenchId::from("wb-7k2m9x4q");
        for number in 1..=8 {
            folders.begin_run(&id, number).expect("made");
        }
        let mut kept: Vec<_> = folders.runs_of(&id).into_iter().map(|(n, _)| n).collect();
        kept.sort_unstable();
        assert_eq!(kept, [4, 5, 6, 7, 8]);
    }
}
