//! Errors of the store.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// Error of a call. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk is full.
    #[error("the disk or the quota is full")]
    Full,
    /// The database cannot be written to.
    #[error("the database cannot be written to: {0}")]
    Unwritable(String),
    /// Another error of SQLite.
    #[error("the database failed: {0}")]
    Sqlite(rusqlite::Error),
    /// A value cannot be serialized.
    #[error("failed to write a value as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Result of a call to the store.
pub type Result<T> = std::result::Result<T, Error>;

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Unwritable(error.to_string())
            }
            _ => Self::Sqlite(error),
        }
    }
}

/// Error of opening a database. Each message names the file.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is not a database, or is damaged.
    #[error(
        "the database {path} is damaged ({why}); put back a backup of it, or move it away to begin with an empty one"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// SQLite's message.
        why: String,
    },
    /// A newer version has changed its form.
    #[error(
        "the database {path} was written by a newer version of Vestibule; use that version, or put back {way_back}"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// What can be put back.
        way_back: String,
    },
    /// The file has to be upgraded, and no copy of it can be kept.
    #[error(
        "the database {path} has to be upgraded, and no copy of it from before the upgrade can be kept: {why}"
    )]
    NoCopy {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// The file cannot be opened, made or written to.
    #[error("failed to open the database {path}: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The system's message.
        why: String,
    },
}

impl OpenError {
    pub(super) fn new(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Corrupt { path, why }
            }
            _ => Self::Unusable { path, why },
        }
    }
}
