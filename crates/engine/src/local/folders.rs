//! Layout of the data folder.

use super::record::{RunDir, is_absent};
use super::sockets::{self, SocketDir};
use std::fs::{DirBuilder, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Volume;

/// Begin of the names of files that are being uploaded, beside the workbench's own folder.
pub(super) const UPLOAD_PREFIX: &str = ".upload-";
/// Number of runs whose records are kept for each workbench.
const KEPT_RUNS: u64 = 5;

/// The data folder.
#[derive(Debug, Clone)]
pub(super) struct Folders {
    root: PathBuf,
    /// Device and inode of the folder of all workbenches.
    identity: (u64, u64),
}

impl Folders {
    /// Creates the folders. The path must be UTF-8 text.
    pub(super) fn open(root: &Path) -> Result<Self, String> {
        make(root).map_err(|error| error.to_string())?;
        let root = root.canonicalize().map_err(|error| error.to_string())?;
        if root.to_str().is_none() {
            return Err("its path is not UTF-8 text".to_owned());
        }
        for inner in ["workbenches", "builds"] {
            make(&root.join(inner)).map_err(|error| format!("{inner}: {error}"))?;
        }
        let identity = identity(&root.join("workbenches")).map_err(|error| error.to_string())?;
        let folders = Self { root, identity };
        folders
            .finish_removals()
            .map_err(|error| error.to_string())?;
        Ok(folders)
    }

    /// Checks that the data folder is still the one that was opened. What cannot be found in another
    /// one is not gone.
    pub(super) fn expect_in_place(&self) -> io::Result<()> {
        match identity(&self.root.join("workbenches")) {
            Ok(found) if found == self.identity => Ok(()),
            Err(error) if !is_absent(&error) => Err(error),
            _ => Err(io::Error::other(
                "the data folder was removed or replaced; put it back, or restart the server",
            )),
        }
    }

    /// Returns the data folder's path, without links in it.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of builds.
    pub(super) fn builds(&self) -> PathBuf {
        self.root.join("builds")
    }

    /// Returns the workbench's own folder.
    pub(super) fn files(&self, id: &WorkbenchId) -> PathBuf {
        self.workbench(id).join("files")
    }

    /// Returns the record of one run.
    pub(super) fn run(&self, id: &WorkbenchId, number: u64) -> RunDir {
        RunDir::new(self.runs(id).join(number.to_string()))
    }

    /// Returns the folder of one run's sockets.
    pub(super) fn sockets(&self, id: &WorkbenchId, number: u64) -> SocketDir {
        SocketDir::of(&sockets::root(&self.root), id, number)
    }

    /// Returns every run that is recorded for a workbench.
    pub(super) fn runs_of(&self, id: &WorkbenchId) -> io::Result<Vec<(u64, RunDir)>> {
        let numbers = names(&self.runs(id))?;
        let numbers = numbers.iter().filter_map(|name| name.parse().ok());
        Ok(numbers
            .map(|number| (number, self.run(id, number)))
            .collect())
    }

    /// Returns every workbench that has a folder.
    pub(super) fn workbenches(&self) -> io::Result<Vec<WorkbenchId>> {
        let names = names(&self.root.join("workbenches"))?;
        let ids = names.iter().filter_map(|name| WorkbenchId::parse(name));
        Ok(ids.collect())
    }

    /// Observes the workbench's own folder.
    pub(super) fn volume(&self, id: &WorkbenchId) -> Volume {
        use nix::unistd::{AccessFlags, access};
        let files = self.files(id);
        match std::fs::metadata(&files) {
            Ok(found) if !found.is_dir() => {
                Volume::Failed("A file is where the workbench's folder should be.".to_owned())
            }
            Ok(_) => match access(&files, AccessFlags::W_OK | AccessFlags::X_OK) {
                Ok(()) => Volume::Bound,
                Err(error) => Volume::Failed(sentence(&io::Error::from(error))),
            },
            Err(error) if is_absent(&error) => Volume::Absent,
            Err(error) => Volume::Failed(sentence(&error)),
        }
    }

    /// Creates the workbench's folder.
    pub(super) fn make_volume(&self, id: &WorkbenchId) -> io::Result<()> {
        make(&self.workbench(id))?;
        make(&self.files(id))
    }

    /// Creates the workbench's folder, and checks that it can be written to. There must be one call at
    /// a time for a workbench.
    pub(super) fn ensure_volume(&self, id: &WorkbenchId) -> io::Result<()> {
        self.make_volume(id)?;
        let trial = self.trial(id);
        let tried = std::fs::File::create(&trial).and_then(|mut file| {
            file.write_all(&[0; 4096])?;
            file.sync_data()
        });
        let removed = std::fs::remove_file(&trial);
        tried.and(removed)
    }

    /// Creates the folder of a new run's record, and removes old ones.
    pub(super) fn begin_run(&self, id: &WorkbenchId, number: u64) -> io::Result<RunDir> {
        let run = self.run(id, number);
        make(&self.runs(id))?;
        make(run.path())?;
        for (old, dir) in self.runs_of(id)? {
            if old + KEPT_RUNS <= number && matches!(dir.is_held(), Ok(false)) {
                // A failure is retried at the next start.
                let _ = self.sockets(id, old).remove();
                let _ = std::fs::remove_dir_all(dir.path());
            }
        }
        Ok(run)
    }

    /// Removes everything of a workbench; its own folder last, because the workbench is not forgotten
    /// while that exists. Then the empty folder around it is removed.
    pub(super) fn remove(&self, id: &WorkbenchId) -> io::Result<()> {
        for (number, _) in self.runs_of(id)? {
            self.sockets(id, number).remove()?;
        }
        remove_tree(&self.runs(id))?;
        match std::fs::remove_file(self.trial(id)) {
            Err(error) if !is_absent(&error) => return Err(error),
            _ => {}
        }
        remove_tree(&self.files(id))?;
        remove_tree(&self.workbench(id))
    }

    /// Finishes removals that were cut short just before their last step: the workbench may be
    /// forgotten by then, so nothing else would finish them.
    fn finish_removals(&self) -> io::Result<()> {
        for id in self.workbenches()? {
            let workbench = self.workbench(&id);
            for name in names(&workbench).into_iter().flatten() {
                if name.starts_with(UPLOAD_PREFIX) {
                    // An upload does not outlive its server. A failure is retried at the next start.
                    let _ = std::fs::remove_file(workbench.join(name));
                }
            }
            // This removes empty folders only. The folder of an existing workbench is not empty.
            let _ = std::fs::remove_dir(self.workbench(&id));
        }
        Ok(())
    }

    fn workbench(&self, id: &WorkbenchId) -> PathBuf {
        self.root.join("workbenches").join(id.as_str())
    }

    /// Returns the file that is written as a test.
    fn trial(&self, id: &WorkbenchId) -> PathBuf {
        self.workbench(id).join(".write-trial")
    }

    fn runs(&self, id: &WorkbenchId) -> PathBuf {
        self.workbench(id).join("runs")
    }
}

/// Returns device and inode of a folder.
fn identity(folder: &Path) -> io::Result<(u64, u64)> {
    let found = std::fs::metadata(folder)?;
    Ok((found.dev(), found.ino()))
}

/// Returns what is wrong with a folder, for the screen.
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
            "A file is in the way in the server's data folder: move it away."
        }
        _ => return format!("The workbench's folder cannot be used: {error}."),
    };
    what.to_owned()
}

fn make(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().recursive(true).mode(0o700).create(folder) {
        // For a file in the way the system reports only that it exists.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        result => result,
    }
}

/// Returns the names in a folder; none where there is no folder. A folder of which a part cannot
/// be read is an error: what was not seen is not absent.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        entries => entries?.collect::<io::Result<Vec<_>>>()?,
    };
    let names = entries.into_iter().map(|entry| entry.file_name());
    Ok(names.filter_map(|name| name.into_string().ok()).collect())
}

pub(super) fn remove_tree(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            // Users may have made folders read-only.
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
        // A failure shows when the folder is removed.
        let _ = std::fs::set_permissions(folder, Permissions::from_mode(0o700));
        for name in names(folder).into_iter().flatten() {
            make_removable(&folder.join(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volume_is_absent_then_bound_then_gone() {
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
    fn interrupted_removal_is_finished_at_the_next_start() {
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
        let found = folders.workbenches().expect("listed");
        assert_eq!(found, std::slice::from_ref(&there));
        let runs = folders.runs_of(&there).expect("listed");
        assert_eq!(runs.len(), 1, "its folder alone is lost");
    }

    #[test]
    fn uploads_that_a_server_left_are_removed_at_the_next_start() {
        let dir = tempfile::tempdir().expect("a folder");
        let folders = Folders::open(dir.path()).expect("usable");
        let id = WorkbenchId::from("wb-7k2m9x4q");
        folders.ensure_volume(&id).expect("made");
        let left = folders.files(&id).with_file_name(".upload-7-0");
        std::fs::write(&left, "half").expect("written");
        std::fs::write(folders.files(&id).join(".upload-mine"), "mine").expect("written");
        let folders = Folders::open(dir.path()).expect("usable");
        assert!(!left.exists());
        assert!(folders.files(&id).join(".upload-mine").exists());
    }

    #[test]
    fn file_in_the_way_is_reported_and_not_removed() {
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
    fn last_five_runs_are_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let folders = Folders::open(dir.path()).expect("usable");
        let id = WorkbenchId::from("wb-7k2m9x4q");
        for number in 1..=8 {
            folders.begin_run(&id, number).expect("made");
        }
        let runs = folders.runs_of(&id).expect("listed");
        let mut kept: Vec<_> = runs.into_iter().map(|(n, _)| n).collect();
        kept.sort_unstable();
        assert_eq!(kept, [4, 5, 6, 7, 8]);
    }
}
