//! Sessions of a run: terminals beside its app, in the same folder, environment and isolation.

use crate::connection::Connection;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};

/// Largest number of bytes of one block of input or output.
pub const MAX_BLOCK: usize = 32 * 1024;

/// Number of bytes of a session's output that are kept for those who attach later.
pub const KEPT_OUTPUT: usize = 10 * 1024 * 1024;

/// Size of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Number of columns.
    pub cols: u16,
    /// Number of rows.
    pub rows: u16,
}

impl Default for Size {
    fn default() -> Self {
        Self { cols: 80, rows: 24 }
    }
}

impl Size {
    /// Returns the size within the bounds that a terminal program handles.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self {
            cols: self.cols.clamp(2, 1000),
            rows: self.rows.clamp(2, 1000),
        }
    }
}

/// Block of a session's output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Number of bytes that the session had put out before it.
    pub at: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Block that an attached client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Bytes as if they were typed.
    Bytes(Vec<u8>),
    /// The terminal has another size.
    Resize(Size),
}

const BYTES: u8 = b'i';
const RESIZE: u8 = b'r';

/// Connection to a session. Its end is the end of the session or of the run.
#[derive(Debug)]
pub struct TerminalConnection(Connection);

/// Receiver of a session's output.
#[derive(Debug)]
pub struct Receiver(ReadHalf<Connection>);

/// Sender of a session's input.
#[derive(Debug)]
pub struct Sender(WriteHalf<Connection>);

impl TerminalConnection {
    /// Wraps a connection that carries output blocks one way and input blocks the other.
    pub fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// Splits the connection by direction.
    pub fn split(self) -> (Receiver, Sender) {
        let (reader, writer) = tokio::io::split(self.0);
        (Receiver(reader), Sender(writer))
    }
}

impl Receiver {
    /// Returns the next block of output, or `None` after the last one. Must not be cancelled.
    pub async fn receive(&mut self) -> io::Result<Option<Output>> {
        let at = match self.0.read_u64().await {
            Ok(at) => at,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = self.0.read_u16().await?;
        let mut bytes = vec![0; usize::from(length)];
        self.0.read_exact(&mut bytes).await?;
        Ok(Some(Output { at, bytes }))
    }
}

impl Sender {
    /// Sends bytes as if they were typed.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        for block in bytes.chunks(MAX_BLOCK) {
            self.0.write_all(&frame(BYTES, block)).await?;
        }
        self.0.flush().await
    }

    /// Sets the size of the terminal.
    pub async fn resize(&mut self, size: Size) -> io::Result<()> {
        let Size { cols, rows } = size.bounded();
        let payload = [cols.to_be_bytes(), rows.to_be_bytes()].concat();
        self.0.write_all(&frame(RESIZE, &payload)).await?;
        self.0.flush().await
    }
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
    let mut frame = vec![kind];
    frame.extend(length.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Returns a block of output as it is sent.
pub(crate) fn output_frame(at: u64, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut frame = at.to_be_bytes().to_vec();
    frame.extend(length.to_be_bytes());
    frame.extend(bytes);
    frame
}

/// Reads the next block of input, or `None` after the last one. Blocks of unknown kinds are skipped.
pub(crate) async fn read_input(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
) -> io::Result<Option<Input>> {
    loop {
        let kind = match from.read_u8().await {
            Ok(kind) => kind,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut payload = vec![0; usize::from(from.read_u16().await?)];
        from.read_exact(&mut payload).await?;
        match (kind, payload.as_slice()) {
            (BYTES, _) => return Ok(Some(Input::Bytes(payload))),
            (RESIZE, [a, b, c, d]) => {
                let (cols, rows) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
                return Ok(Some(Input::Resize(Size { cols, rows }.bounded())));
            }
            _ => {}
        }
    }
}
