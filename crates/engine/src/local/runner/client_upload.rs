//! Uploads to a runner's gate.

use super::client::{GateStream, ask, read_line};
use super::wire::{UPLOAD, UploadAnswer, UploadRequest};
use crate::uploads::{Upload, UploadError};
use async_trait::async_trait;
use bytes::Bytes;
use std::io;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// Largest block in bytes; a gate takes no larger one.
const BLOCK: usize = 256 * 1024;
/// Time limit of the last answer: the file is written to the disk.
const FINISH_WITHIN: Duration = Duration::from_secs(60);

/// Upload through a gate.
struct GateUpload<S> {
    stream: S,
}

/// Begins a file in the attachments of the workbench behind a gate.
///
/// # Errors
/// Fails if there is no gate, or the path is taken.
pub async fn begin<S: GateStream>(
    gate: impl Future<Output = io::Result<S>>,
    name: &str,
) -> Result<Box<dyn Upload>, UploadError> {
    let request = UploadRequest {
        name: name.to_owned(),
    };
    match ask(gate, UPLOAD, &request).await? {
        (Some(UploadAnswer::Begun), stream) => Ok(Box::new(GateUpload { stream })),
        (Some(answer), _) => Err(error(answer)),
        (None, _) => Err(io::Error::from(io::ErrorKind::Unsupported).into()),
    }
}

#[async_trait]
impl<S: GateStream> Upload for GateUpload<S> {
    async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        for block in bytes.chunks(BLOCK) {
            let written = async {
                let length = u32::try_from(block.len()).map_err(io::Error::other)?;
                self.stream.write_u32(length).await?;
                self.stream.write_all(block).await?;
                self.stream.flush().await
            };
            if let Err(closed) = written.await {
                // The runner says why before it closes the connection.
                return Err(match self.answer().await {
                    Ok(answer) => match error(answer) {
                        UploadError::Failed(why) => why,
                        blocked @ UploadError::Blocked(_) => io::Error::other(blocked.to_string()),
                    },
                    Err(_) => closed,
                });
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<String, UploadError> {
        let completed = async {
            self.stream.write_u32(0).await?;
            self.stream.flush().await
        };
        let completed = completed.await;
        let answered = tokio::time::timeout(FINISH_WITHIN, self.answer());
        match answered.await.map_err(io::Error::from)? {
            Ok(UploadAnswer::Finished(path)) => Ok(path),
            Ok(answer) => Err(error(answer)),
            Err(unanswered) => {
                completed?;
                Err(unanswered.into())
            }
        }
    }
}

impl<S: GateStream> GateUpload<S> {
    async fn answer(&mut self) -> io::Result<UploadAnswer> {
        let line = read_line(&mut self.stream).await?;
        serde_json::from_slice(&line).map_err(io::Error::other)
    }
}

fn error(answer: UploadAnswer) -> UploadError {
    match answer {
        UploadAnswer::Blocked(why) => UploadError::Blocked(why),
        UploadAnswer::Failed {
            errno: Some(errno), ..
        } => io::Error::from_raw_os_error(errno).into(),
        UploadAnswer::Failed { errno: None, why } => io::Error::other(why).into(),
        UploadAnswer::Begun | UploadAnswer::Finished(_) => {
            io::Error::other("the runner answered something else").into()
        }
    }
}
