//! The data folder: made where it is missing, tried, and locked for one server at a time.

use crate::store::Store;
use anyhow::{Context as _, bail, ensure};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Held while a server runs on a data folder; the system lets go of it however the server ends.
#[derive(Debug)]
pub struct DataDirLock(#[expect(dead_code, reason = "holding it open is what it is for")] File);

/// Makes the folder, for its owner alone, and checks that it can be written to.
pub fn prepare(dir: &Path) -> anyhow::Result<()> {
    let shown = dir.display();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("failed to make the data folder {shown}"))?;
    let probe = dir.join(".write-test");
    fs::write(&probe, b"")
        .and_then(|()| fs::remove_file(&probe))
        .with_context(|| format!("failed to write to the data folder {shown}"))
}

/// Refuses a folder where no server has kept anything yet: what is written there, none would read.
pub fn expect_store(dir: &Path) -> anyhow::Result<()> {
    let shown = dir.display();
    let has_store = Store::path_in(dir)
        .try_exists()
        .with_context(|| format!("failed to look into the data folder {shown}"))?;
    ensure!(
        has_store,
        "no Vestibule server has kept anything in the data folder {shown} yet, and nothing was made there; \
         say with --data-dir DIR or --config FILE which one your server uses, or start it once \
         with `vestibule serve`"
    );
    prepare(dir)
}

/// Locks the folder, or says that another server has it.
pub fn lock(dir: &Path) -> anyhow::Result<DataDirLock> {
    let path = dir.join("server.lock");
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
            // The number is for people who find the lock taken.
            let _ = file.set_len(0);
            let _ = file.rewind();
            let _ = write!(file, "{}", std::process::id());
            Ok(DataDirLock(file))
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
    fn one_server_at_a_time() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path().join("a/b");
        prepare(&dir).expect("a folder can be made");
        let held = lock(&dir).expect("the first one gets it");
        let said = format!("{:#}", lock(&dir).expect_err("the second one does not"));
        assert!(said.contains(&std::process::id().to_string()), "{said}");
        drop(held);
        assert!(lock(&dir).is_ok());
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        fs::write(&file, b"x").expect("a file");
        let said = format!("{:#}", prepare(&file).expect_err("it is no folder"));
        assert!(said.contains("data folder"), "{said}");
    }
}
