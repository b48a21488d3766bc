//! Compressed delivery of apps' unchanging files.
//!
//! The body that the app sent is read whole, after the request was authorised, and its SHA-256 finds the
//! copy: an address never does. A body without a copy is delivered as it is, and compressed for later
//! requests when no file has been requested for a moment, so that nobody waits for it.

mod copies;
mod rules;

use super::body::unknown_length;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::BytesMut;
use copies::{Copied, Copies, Digest, Quotas};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
pub use rules::Asked;
use rules::Delivery;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

/// Quotas of the copies.
const QUOTAS: Quotas = Quotas {
    workbench: 16 * 1024 * 1024,
    all: 256 * 1024 * 1024,
};

/// Memory for bodies that are delivered or wait for the compressor, in KiB.
const MEMORY: usize = 64 * 1024;

/// Bodies that wait for the compressor; others are compressed after a later request.
const QUEUE: usize = 512;

/// Longest time for which a body is read before its delivery begins: a slow one is streamed.
const WHOLE_WITHIN: Duration = Duration::from_millis(500);

/// Time without requests before a body is compressed: a page that loads needs the processors itself.
const QUIET: Duration = Duration::from_secs(2);

/// Longest time for which a body waits for a quiet moment.
const QUIET_WITHIN: Duration = Duration::from_secs(30);

/// Effort of the compressor, up to 11. JupyterLab's files have 1.2 MB, and take 2 s on one core.
const QUALITY: i32 = 9;

/// Length of the pieces in which a body that was read whole is delivered: the session may end between two.
const PIECE: usize = 64 * 1024;

/// The compressed copies of a server, in a folder.
pub struct CompressedFiles {
    folder: PathBuf,
    memory: Arc<Semaphore>,
    copies: Arc<Mutex<Copies>>,
    last_request: Arc<Mutex<Instant>>,
    queue: mpsc::Sender<Job>,
}

/// A body to compress.
struct Job {
    digest: Digest,
    workbench: String,
    body: Bytes,
    queued: Instant,
    /// Returns the memory when the job is done.
    _memory: OwnedSemaphorePermit,
}

/// A body as far as it was read.
enum Read {
    Whole(Bytes),
    /// The app is slow: what has arrived, and the rest.
    Begun(Bytes, Body),
}

impl CompressedFiles {
    /// Opens the copies in a folder, and starts the task that adds to them. It ends with this.
    pub fn open(folder: PathBuf) -> Self {
        let copies = Arc::new(Mutex::new(found_in(&folder)));
        let last_request = Arc::new(Mutex::new(Instant::now()));
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(compress_all(
            jobs,
            folder.clone(),
            Arc::clone(&copies),
            Arc::clone(&last_request),
        ));
        Self {
            folder,
            memory: Arc::new(Semaphore::new(MEMORY)),
            copies,
            last_request,
            queue,
        }
    }

    /// Returns the response as the client is to get it.
    pub async fn deliver(&self, workbench: &str, asked: &Asked, response: Response) -> Response {
        let (mut head, body) = response.into_parts();
        match asked.delivery(head.status, &head.headers) {
            Delivery::Unchanged => {}
            Delivery::NotModified => {
                rules::vary(&mut head.headers);
                rules::weaken_tag(&mut head.headers);
            }
            Delivery::Plain => rules::vary(&mut head.headers),
            Delivery::HeadersOnly => {
                // A GET may be answered by either representation.
                rules::vary(&mut head.headers);
                head.headers.remove(axum::http::header::CONTENT_LENGTH);
                return Response::from_parts(head, unknown_length(body));
            }
            Delivery::Compressed => {
                *lock(&self.last_request) = Instant::now();
                rules::vary(&mut head.headers);
                let body = self.find(workbench, &mut head.headers, body).await;
                return Response::from_parts(head, body);
            }
        }
        Response::from_parts(head, body)
    }

    /// Returns the compressed copy of a body, or the body itself.
    async fn find(&self, workbench: &str, headers: &mut HeaderMap, body: Body) -> Body {
        let length = rules::length(headers).unwrap_or(rules::LONGEST);
        let kibibytes = u32::try_from(length.div_ceil(1024)).unwrap_or(u32::MAX);
        let Ok(memory) = Arc::clone(&self.memory).try_acquire_many_owned(kibibytes) else {
            return body;
        };
        let body = match read(body, length).await {
            Ok(Read::Whole(body)) => body,
            Ok(Read::Begun(begun, rest)) => return after(begun, rest),
            // The client sees that the body broke off, as it would have.
            Err(error) => return Body::from_stream(stream::iter([Err::<Bytes, _>(error)])),
        };
        let digest: Digest = Sha256::digest(&body).into();
        let copy = lock(&self.copies).find(&digest);
        match copy {
            Some(copy) if copy.bytes > 0 => {
                match tokio::fs::read(path_of(&self.folder, &copy, &digest)).await {
                    Ok(file) => {
                        rules::compressed(headers, file.len());
                        return in_pieces(file.into(), None);
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a compressed copy is gone");
                        lock(&self.copies).forget(&digest);
                    }
                }
            }
            Some(_) => {}
            None => {
                let job = Job {
                    digest,
                    workbench: workbench.to_owned(),
                    body: body.clone(),
                    queued: Instant::now(),
                    _memory: memory,
                };
                // A full queue: a later request brings the body again.
                let _ = self.queue.try_send(job);
                return in_pieces(body, None);
            }
        }
        in_pieces(body, Some(memory))
    }
}

/// Reads a body of this length, for a while.
async fn read(mut body: Body, length: u64) -> Result<Read, axum::Error> {
    let until = Instant::now() + WHOLE_WITHIN;
    let mut begun = BytesMut::with_capacity(usize::try_from(length).unwrap_or_default());
    while !body.is_end_stream() {
        match tokio::time::timeout_at(until, body.frame()).await {
            Ok(Some(frame)) => {
                if let Ok(data) = frame?.into_data() {
                    begun.extend_from_slice(&data);
                }
            }
            Ok(None) => break,
            Err(_) => return Ok(Read::Begun(begun.freeze(), body)),
        }
    }
    Ok(Read::Whole(begun.freeze()))
}

/// Returns a body that was begun, with its rest.
fn after(begun: Bytes, rest: Body) -> Body {
    let begun = stream::iter([Ok(begun)]);
    Body::from_stream(begun.chain(rest.into_data_stream()))
}

/// Returns a body in pieces, which holds the memory until it is delivered.
fn in_pieces(body: Bytes, memory: Option<OwnedSemaphorePermit>) -> Body {
    let pieces = stream::unfold((body, memory), |(mut body, memory)| async {
        let piece = body.split_to(body.len().min(PIECE));
        (!piece.is_empty()).then_some((Ok::<_, axum::Error>(piece), (body, memory)))
    });
    Body::from_stream(pieces)
}

/// Compresses bodies, one after the other, while no page loads.
async fn compress_all(
    mut jobs: mpsc::Receiver<Job>,
    folder: PathBuf,
    copies: Arc<Mutex<Copies>>,
    last_request: Arc<Mutex<Instant>>,
) {
    while let Some(job) = jobs.recv().await {
        loop {
            let quiet_from = (*lock(&last_request) + QUIET).min(job.queued + QUIET_WITHIN);
            if quiet_from <= Instant::now() {
                break;
            }
            tokio::time::sleep_until(quiet_from).await;
        }
        if lock(&copies).has(&job.digest) {
            continue;
        }
        let (folder, copies) = (folder.clone(), Arc::clone(&copies));
        let written = tokio::task::spawn_blocking(move || compress(&job, &folder, &copies)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "failed to keep a compressed file of an app"),
            Err(error) => tracing::error!(%error, "the compressor of apps' files panicked"),
        }
    }
}

/// Compresses a body, and keeps the copy.
fn compress(job: &Job, folder: &Path, copies: &Mutex<Copies>) -> std::io::Result<()> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        size_hint: job.body.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut Cursor::new(&job.body), &mut compressed, &parameters)?;
    if compressed.len() >= job.body.len() {
        compressed.clear();
    }
    let place = folder.join(&job.workbench);
    std::fs::create_dir_all(&place)?;
    let file = place.join(name_of(&job.digest));
    let partial = file.with_extension("partial");
    std::fs::write(&partial, &compressed)?;
    std::fs::rename(&partial, &file)?;
    let bytes = u64::try_from(compressed.len()).unwrap_or(u64::MAX);
    let removed = lock(copies).insert(job.digest, &job.workbench, bytes);
    for (digest, copy) in removed {
        std::fs::remove_file(path_of(folder, &copy, &digest))?;
    }
    Ok(())
}

/// Reads the index of the folder. What can't be read is compressed again.
fn found_in(folder: &Path) -> Copies {
    let mut copies = Copies::new(QUOTAS);
    let workbenches = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for place in workbenches {
        let workbench = place.file_name().to_string_lossy().into_owned();
        let files = std::fs::read_dir(place.path())
            .into_iter()
            .flatten()
            .flatten();
        for file in files {
            let bytes = file.metadata().map(|metadata| metadata.len());
            let digest = digest_of(&file.file_name().to_string_lossy());
            let (Ok(bytes), Some(digest)) = (bytes, digest) else {
                let _ = std::fs::remove_file(file.path());
                continue;
            };
            for (digest, copy) in copies.insert(digest, &workbench, bytes) {
                let _ = std::fs::remove_file(path_of(folder, &copy, &digest));
            }
        }
    }
    copies
}

fn path_of(folder: &Path, copy: &Copied, digest: &Digest) -> PathBuf {
    folder.join(&copy.workbench).join(name_of(digest))
}

fn name_of(digest: &Digest) -> String {
    digest.iter().fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

fn digest_of(name: &str) -> Option<Digest> {
    let mut digest = Digest::default();
    if name.len() != 2 * digest.len() || !name.is_ascii() {
        return None;
    }
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(name.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(digest)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_found_by_its_name_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let digest: Digest = Sha256::digest(b"body").into();
        let place = folder.path().join("wb-1");
        std::fs::create_dir(&place).expect("a folder");
        std::fs::write(place.join(name_of(&digest)), b"copy").expect("written");
        std::fs::write(place.join("0123.partial"), b"co").expect("written");
        let mut copies = found_in(folder.path());
        let copy = copies.find(&digest).expect("found");
        assert_eq!((copy.workbench.as_str(), copy.bytes), ("wb-1", 4));
        assert!(!place.join("0123.partial").exists());
        assert_eq!(digest_of("é".repeat(32).as_str()), None);
    }
}
