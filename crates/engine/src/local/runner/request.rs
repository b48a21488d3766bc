//! Requests about sessions and agents: one line of JSON, answered by another.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::time::Duration;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};

/// Time for the server to send its request; it does so at once.
pub(super) const REQUEST_WITHIN: Duration = Duration::from_secs(5);

/// Reads a request of at most `longest` bytes.
pub(super) async fn read<T: DeserializeOwned>(
    reader: &mut (impl AsyncBufRead + Unpin),
    longest: u64,
) -> io::Result<T> {
    let mut line = Vec::new();
    let mut limited = reader.take(longest);
    let reading = limited.read_until(b'\n', &mut line);
    tokio::time::timeout(REQUEST_WITHIN, reading).await??;
    Ok(serde_json::from_slice(&line)?)
}

/// Writes an answer.
pub(super) async fn answer(
    writer: &mut (impl AsyncWrite + Unpin),
    answer: &impl Serialize,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    writer.write_all(&line).await
}
