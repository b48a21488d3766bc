//! A lock between several runs of xtask.

use crate::say;
use anyhow::{Context, Result};
use std::fs::{File, TryLockError};
use std::path::Path;

/// An exclusive lock, released when it is dropped or the process ends.
pub struct Lock {
    _file: File,
}

/// Takes the lock, and prints a note if it has to wait.
pub fn take(path: &Path, what: &str) -> Result<Lock> {
    let file = File::create(path).with_context(|| format!("failed to open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say::note(&format!(
                "waiting for another xtask that is busy with {what}"
            ));
            file.lock()
                .with_context(|| format!("failed to lock {}", path.display()))?;
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("failed to lock {}", path.display()));
        }
    }
    Ok(Lock { _file: file })
}
