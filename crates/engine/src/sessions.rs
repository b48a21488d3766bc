//! Sessions of a run: terminals beside its app, in the same folder, environment and isolation.

use crate::connection::Connection;
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use vestibule_model::tab::reconcile::Session;

/// Largest number of bytes of one block of input or output.
pub const MAX_BLOCK: usize = 32 * 1024;

/// Number of bytes of a session's output that are kept for those who attach later.
pub const KEPT_OUTPUT: usize = 10 * 1024 * 1024;

/// Observation of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedSession {
    /// Its state.
    pub state: Session,
    /// Number of bytes that it has put out so far; `None`: unknown.
    pub output: Option<u64>,
}

impl From<Session> for ObservedSession {
    fn from(state: Session) -> Self {
        Self {
            state,
            output: None,
        }
    }
}

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

/// Block that an attached client receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Output.
    Output(Output),
    /// The terminal has taken this many bytes of the client's stream of input.
    Taken(u64),
}

/// Block that an attached client sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Bytes as if they were typed.
    Bytes(Vec<u8>),
    /// Bytes of the client's stream of input.
    Numbered {
        /// Number of bytes of the stream before them.
        at: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The terminal has another size.
    Resize(Size),
}

/// Numbering of the input on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// Input has no numbers: none were asked for, or the runner is of an earlier version.
    Absent,
    /// The terminal has taken this many bytes of the stream. It takes nothing more of it from earlier
    /// connections.
    Taken(u64),
    /// The runner does not know the stream that was to be resumed, and takes no input of it.
    Unknown,
}

const BYTES: u8 = b'i';
const NUMBERED: u8 = b'n';
const RESIZE: u8 = b'r';
const OUTPUT: u8 = b'o';
const TAKEN: u8 = b't';

/// Connection to a session. Its end is the end of the session or of the run.
#[derive(Debug)]
pub struct TerminalConnection {
    connection: Connection,
    numbering: Numbering,
}

/// Receiver of a session's output.
#[derive(Debug)]
pub struct Receiver {
    from: ReadHalf<Connection>,
    /// `true` if each block begins with its kind.
    has_kinds: bool,
}

/// Sender of a session's input.
#[derive(Debug)]
pub struct Sender(WriteHalf<Connection>);

impl TerminalConnection {
    /// Wraps a connection that carries output blocks one way and input blocks the other.
    pub fn new(connection: Connection, numbering: Numbering) -> Self {
        Self {
            connection,
            numbering,
        }
    }

    /// Returns the numbering of its input.
    pub fn numbering(&self) -> Numbering {
        self.numbering
    }

    /// Splits the connection by direction.
    pub fn split(self) -> (Receiver, Sender) {
        let (from, writer) = tokio::io::split(self.connection);
        let has_kinds = self.numbering != Numbering::Absent;
        (Receiver { from, has_kinds }, Sender(writer))
    }
}

impl Receiver {
    /// Returns the next block, or `None` after the last one. Must not be cancelled.
    pub async fn receive(&mut self) -> io::Result<Option<Received>> {
        let first = match self.has_kinds {
            true => self.from.read_u8().await.map(u64::from),
            false => self.from.read_u64().await,
        };
        let first = match first {
            Ok(first) => first,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        let at = match (self.has_kinds, u8::try_from(first)) {
            (false, _) => first,
            (true, Ok(OUTPUT)) => self.from.read_u64().await?,
            (true, Ok(TAKEN)) => return Ok(Some(Received::Taken(self.from.read_u64().await?))),
            // A runner sends nothing else, because a server would not know its length.
            (true, _) => return Err(io::ErrorKind::InvalidData.into()),
        };
        let length = self.from.read_u16().await?;
        let mut bytes = vec![0; usize::from(length)];
        self.from.read_exact(&mut bytes).await?;
        Ok(Some(Received::Output(Output { at, bytes })))
    }

    /// Returns the next block of output, or `None` after the last one. Must not be cancelled.
    pub async fn output(&mut self) -> io::Result<Option<Output>> {
        loop {
            match self.receive().await? {
                Some(Received::Output(output)) => return Ok(Some(output)),
                Some(Received::Taken(_)) => {}
                None => return Ok(None),
            }
        }
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

    /// Sends bytes of the stream of input that was named when the connection was made. `at` is the number of
    /// bytes before them.
    pub async fn send_numbered(&mut self, mut at: u64, bytes: &[u8]) -> io::Result<()> {
        for block in bytes.chunks(MAX_BLOCK) {
            let payload = [&at.to_be_bytes(), block].concat();
            self.0.write_all(&frame(NUMBERED, &payload)).await?;
            at += block.len() as u64;
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

/// Returns a block of output as it is sent, on a connection with numbered input behind its kind.
pub(crate) fn output_frame(has_kinds: bool, at: u64, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut frame = match has_kinds {
        true => vec![OUTPUT],
        false => Vec::new(),
    };
    frame.extend(at.to_be_bytes());
    frame.extend(length.to_be_bytes());
    frame.extend(bytes);
    frame
}

/// Returns an acknowledgement of input as it is sent.
pub(crate) fn taken_frame(taken: u64) -> Vec<u8> {
    let mut frame = vec![TAKEN];
    frame.extend(taken.to_be_bytes());
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
            (NUMBERED, payload) => {
                if let Some((at, bytes)) = payload.split_first_chunk() {
                    let (at, bytes) = (u64::from_be_bytes(*at), bytes.to_vec());
                    return Ok(Some(Input::Numbered { at, bytes }));
                }
            }
            (RESIZE, [a, b, c, d]) => {
                let (cols, rows) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
                return Ok(Some(Input::Resize(Size { cols, rows }.bounded())));
            }
            _ => {}
        }
    }
}
