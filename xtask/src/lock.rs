//! One xtask at a time does what two would spoil for each other.

use crate::say;
use anyhow::{Context, Result};
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held until dropped; ends with the process, however that ends.
pub struct Lock {
    _file: File,
}

/// Waits for the lock, and says so when that is not at once.
pub fn take(path: &Path, what: &str) -> Result<Lock> {
    let file = File::create(path).with_context(|| format!("failed to open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            say::note(&format!(
                "another xtask is busy with {what}; waiting for it"
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
