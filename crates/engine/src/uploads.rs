//! Uploads: files that users put into a workbench's folder.

use async_trait::async_trait;
use bytes::Bytes;
use std::io;

/// Reason why there is no upload.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The path is taken; a sentence.
    #[error("{0}")]
    Blocked(String),
    /// The file could not be written.
    #[error("{0}")]
    Failed(#[from] io::Error),
}

/// File that is being uploaded. It appears in the workbench's folder once it is complete; nothing is
/// left of one that is dropped before.
#[async_trait]
pub trait Upload: Send {
    /// Appends bytes.
    async fn write(&mut self, bytes: Bytes) -> io::Result<()>;

    /// Completes it. Returns its path relative to the workbench's folder: a number is added to a name
    /// in use.
    async fn finish(self: Box<Self>) -> Result<String, UploadError>;
}
