//! Uploads through a gate, into the folder of a run whose files no server reaches.

use super::super::upload::Part;
use super::request;
use super::wire::{UploadAnswer, UploadRequest};
use crate::uploads::UploadError;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, BufReader};
use tokio::net::UnixStream;

/// Longest request in bytes.
const MAX_REQUEST: u64 = 4096;
/// Largest block in bytes.
const MAX_BLOCK: usize = 1024 * 1024;

/// Receives one file into the folder. Nothing is left of one whose connection ends before it is complete.
pub(super) async fn receive(gate: UnixStream, folder: PathBuf) -> io::Result<()> {
    let (reader, mut writer) = gate.into_split();
    let mut reader = BufReader::new(reader);
    let request: UploadRequest = request::read(&mut reader, MAX_REQUEST).await?;
    let begun = blocking(move || Part::create(&folder, &folder, request.name)).await;
    let part = match begun {
        Ok(part) => part,
        Err(error) => return request::answer(&mut writer, &answer(error)).await,
    };
    request::answer(&mut writer, &UploadAnswer::Begun).await?;
    loop {
        let length = reader.read_u32().await?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length == 0 {
            break;
        }
        if length > MAX_BLOCK {
            return Err(io::Error::other("a block of a file is too long"));
        }
        let mut block = vec![0; length];
        reader.read_exact(&mut block).await?;
        let file = Arc::clone(&part.file);
        let written = blocking(move || Ok((&*file).write_all(&block)?)).await;
        if let Err(error) = written {
            return request::answer(&mut writer, &answer(error)).await;
        }
    }
    let finished = blocking(move || part.finish()).await;
    let reported = finished.map_or_else(answer, UploadAnswer::Finished);
    request::answer(&mut writer, &reported).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other)?
}

fn answer(error: UploadError) -> UploadAnswer {
    match error {
        UploadError::Blocked(why) => UploadAnswer::Blocked(why),
        UploadError::Failed(error) => UploadAnswer::Failed {
            errno: error.raw_os_error(),
            why: error.to_string(),
        },
    }
}
