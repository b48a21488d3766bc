//! Data folder of a server, locked for one server at a time.

use crate::store::Store;
use anyhow::{Context as _, bail, ensure};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Lock of a data folder. The system releases it however the server ends.
#[derive(Debug)]
pub struct DataDirLock {
    #[expect(dead_code, reason = "holding it open is what it is for")]
    file: File,
    /// The file, if this lock has made it.
    made: Option<PathBuf>,
}

impl DataDirLock {
    /// Releases the lock, and removes its file if that was not there before: for a start that failed.
    pub fn undo(self) {
        if let Some(path) = &self.made
            && let Err(error) = fs::remove_file(path)
        {
            tracing::debug!(%error, "failed to remove the lock of the data folder");
        }
    }
}

/// Creates the folder, closes it to other users, and checks that it is writable.
pub fn prepare(dir: &Path) -> anyhow::Result<()> {
    let shown = dir.display();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("failed to make the data folder {shown}"))?;
    close_to_others(dir);
    let probe = dir.join(".write-test");
    fs::write(&probe, b"")
        .and_then(|()| fs::remove_file(&probe))
        .with_context(|| format!("failed to write to the data folder {shown}"))
}

/// Removes the permissions of group and others from a folder that was created beforehand, as
/// service managers and `mkdir` create it. A folder of another owner stays as it is: the files in
/// it are closed by their own modes.
fn close_to_others(dir: &Path) {
    let closed = fs::metadata(dir).and_then(|found| {
        let mode = found.permissions().mode();
        if mode & 0o077 == 0 {
            return Ok(());
        }
        fs::set_permissions(dir, Permissions::from_mode(mode & 0o7700))
    });
    if let Err(error) = closed {
        tracing::warn!(dir = %dir.display(), %error, "failed to close the data folder to other users");
    }
}

/// Refuses a folder without a database: no server would read what is written there.
pub fn expect_store(dir: &Path) -> anyhow::Result<()> {
    let shown = dir.display();
    let has_store = Store::path_in(dir)
        .try_exists()
        .with_context(|| format!("failed to read the data folder {shown}"))?;
    ensure!(
        has_store,
        "no Vestibule server has kept anything in the data folder {shown} yet, and nothing was made there; \
         say with --data-dir DIR or --config FILE which one your server uses, or start it once \
         with `vestibule serve`"
    );
    prepare(dir)
}

/// Locks the folder. The error names the process that has it.
pub fn lock(dir: &Path) -> anyhow::Result<DataDirLock> {
    let path = dir.join("server.lock");
    let is_new = !path.exists();
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("failed to open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {
            // The process id helps administrators who find the lock held.
            let _ = file.set_len(0);
            let _ = file.rewind();
            let _ = write!(file, "{}", std::process::id());
            Ok(DataDirLock {
                file,
                made: is_new.then_some(path),
            })
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.take(20).read_to_string(&mut holder);
            bail!(
                "another Vestibule server{} is running on the data folder {}; stop it first, or use another folder with --data-dir",
                if holder.is_empty() {
                    String::new()
                } else {
                    format!(" (process {holder})")
                },
                dir.display()
            )
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("failed to lock {}", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_folder_has_one_server_at_a_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path().join("a/b");
        prepare(&dir).expect("a folder can be made");
        let held = lock(&dir).expect("the first one gets it");
        let message = format!("{:#}", lock(&dir).expect_err("the second one does not"));
        assert!(
            message.contains(&std::process::id().to_string()),
            "{message}"
        );
        drop(held);
        let again = lock(&dir).expect("it is free");
        again.undo();
        assert!(dir.join("server.lock").exists(), "it was there before");
        fs::remove_file(dir.join("server.lock")).expect("removed");
        lock(&dir).expect("it is free").undo();
        assert!(!dir.join("server.lock").exists());
    }

    #[test]
    fn a_folder_made_beforehand_is_closed_to_other_users() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("a mode");
        prepare(dir.path()).expect("a good folder");
        let mode = fs::metadata(dir.path())
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o7777, 0o700);
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        fs::write(&file, b"x").expect("a file");
        let message = format!("{:#}", prepare(&file).expect_err("it is no folder"));
        assert!(message.contains("data folder"), "{message}");
    }
}
