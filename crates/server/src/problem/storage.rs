//! Errors of the store, and of a server that can't write.

use super::{ApiError, internal};
use crate::store;
use axum::http::StatusCode;

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            store::Error::Full => storage_full(),
            store::Error::Unwritable(_) => storage_unwritable(),
            store::Error::Sqlite(_) | store::Error::Json(_) => internal(),
        }
    }
}

/// Returns the error of a full disk.
pub fn storage_full() -> ApiError {
    ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "storage-full",
        "Disk full",
        "The server's disk is full, and nothing was changed. Free some space and try again.",
    )
}

/// Returns the error of a data folder that is not writable.
pub fn storage_unwritable() -> ApiError {
    ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "storage-unwritable",
        "Data can't be written",
        "The server can't write to its data folder, and nothing was changed. Check the folder's permissions.",
    )
}

/// Returns the error of a server whose data folder is not the one that it opened.
pub fn data_folder_gone() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "data-folder-gone",
        "Data folder gone",
        "The server's data folder was removed or replaced while it ran. Put it back, or restart the server.",
    )
}

/// Returns the error of a server whose disk is nearly full.
pub fn disk_nearly_full() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "storage-full",
        "Disk full",
        "The server's disk is full: workbenches can be stopped and deleted, but not started. Free some space.",
    )
}
