//! The folder of a cluster: its database, certificates, logs and kubeconfigs.

use anyhow::{Context, Result, bail};
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folder of a running cluster. A temporary one is removed when it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _temporary: Option<TempDir>,
    _lock: File,
}

impl Folder {
    /// Makes a temporary folder, or locks the named one, which is kept.
    pub fn open(named: Option<&Path>) -> Result<Self> {
        let (path, temporary) = match named {
            Some(path) => {
                let path = std::path::absolute(path).context("failed to find the folder")?;
                make(&path)?;
                (path, None)
            }
            None => {
                let folder = tempfile::Builder::new()
                    .prefix("vestibule-cluster-")
                    .tempdir()
                    .context("failed to make a temporary folder")?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        let lock = lock(&path)?;
        for part in ["etcd", "images", "logs", "node", "pki"] {
            make(&path.join(part))?;
        }
        Ok(Self {
            path,
            _temporary: temporary,
            _lock: lock,
        })
    }

    /// Returns the path of a file or folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Writes a file that only its owner can read.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let failed = || format!("failed to write {}", path.display());
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(failed)?;
    // An older file keeps its mode when it is opened.
    file.set_permissions(fs::Permissions::from_mode(0o600))
        .and_then(|()| file.write_all(text.as_bytes()))
        .with_context(failed)
}

/// Makes a folder for its owner only, unless it exists.
fn make(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("failed to create {}", path.display()))
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let failed = || format!("failed to lock {}", path.display());
    let file = File::create(&path).with_context(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another cluster is running in {}", folder.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(failed),
    }
}
