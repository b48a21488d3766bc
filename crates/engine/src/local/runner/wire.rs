//! Messages between a supervisor, its runner and the server.
//!
//! After an upgrade, a restarted app in a sandbox has a runner of the new version and a supervisor of the
//! old one: fields may be added with defaults, and nothing may be removed.

use crate::agents::AgentState;
use crate::sessions::Size;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use vestibule_model::ids::{MessageId, TabId};
use vestibule_model::observed::Exit;
use vestibule_model::tab::typed::InputStream;

/// First line that a supervisor sends to its runner. Has no `Debug`, because it contains secrets.
#[derive(Serialize, Deserialize)]
pub struct Orders {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    /// The working directory.
    pub dir: PathBuf,
    /// Address at which the app listens; `None` if the run has no gate.
    pub app: Option<ListenAddress>,
    /// The socket that takes the app's progress messages; `None` if the app reaches the API itself.
    #[serde(default)]
    pub progress_socket: Option<PathBuf>,
    /// Names of the variables that hold secrets.
    #[serde(default)]
    pub secrets: Vec<String>,
}

/// Place on which an app listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListenAddress {
    /// A port of 127.0.0.1.
    Port(u16),
    /// A Unix socket.
    Socket(PathBuf),
}

/// Bytes that a supervisor sends after its orders. The end of the connection is the end of the
/// supervisor, after which nothing of the run may live on.
pub const ASK_TO_STOP: u8 = b't';

/// Byte that comes with a descriptor: another socket that is the run's gate from now on.
pub const TAKE_GATE: u8 = b'g';

/// Line that a runner sends to its supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// The app was started.
    Started {
        /// Process id and group id of the app.
        pid: i32,
    },
    /// The app could not be started.
    NotStarted(Exit),
    /// The app has ended, with this wait status as the system returned it.
    Ended(i32),
}

/// First byte that the server sends to a gate: it wants a connection to the app.
pub const CONNECT: u8 = b'c';

/// First byte that the server sends to a gate: a [`SessionRequest`] follows, as a line of JSON, and is
/// answered by a line with a [`SessionAnswer`]. A runner without sessions answers with the byte of
/// [`Answer::Failed`].
pub const SESSION: u8 = b's';

/// Request about a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRequest {
    /// The session.
    pub id: TabId,
    /// The request.
    pub what: SessionVerb,
    /// Stream of input of a client that attaches. A runner that numbers no input ignores it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<InputStream>,
    /// `true` if the answer about an open session may be [`SessionAnswer::OpenAt`]. A runner of an
    /// earlier version does not know this field.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_output: bool,
}

/// Request to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionVerb {
    /// Create it with a terminal of this size, unless it is open.
    Open(Size),
    /// Return its state.
    #[serde(rename = "Look")]
    Inspect,
    /// End it.
    End,
    /// Carry its output after this many bytes, and its input.
    Attach(u64),
}

/// Answer to a request about a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionAnswer {
    /// No session.
    Absent,
    /// The session is open. After [`SessionVerb::Attach`] blocks of output follow, also of one that has ended.
    Open,
    /// The session is open, and has put out this many bytes. Sent only where it was asked for.
    OpenAt(u64),
    /// The session has ended; a sentence about its end.
    Ended(String),
    /// The session could not be created; a sentence.
    Refused(String),
    /// Answer to [`SessionVerb::Attach`] with a stream of input: the number of its bytes that the terminal has
    /// taken, or `None` if the stream was to be resumed and is not known. Blocks follow, each behind its kind.
    Attached(Option<u64>),
}

/// First byte that the server sends to a gate: an [`AgentCall`] follows, as a line of JSON, and is
/// answered by a line with an [`AgentReply`]. A runner without agents answers with the byte of
/// [`Answer::Failed`].
pub const AGENT: u8 = b'a';

/// Request about an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCall {
    /// The tab.
    pub id: TabId,
    /// The request.
    pub what: AgentVerb,
}

/// Request to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentVerb {
    /// Create its session, unless it exists.
    Open,
    /// Return its state.
    #[serde(rename = "Look")]
    Inspect,
    /// End its session.
    End,
    /// Begin a turn, unless it was begun.
    Send(TurnOrder),
    /// End a turn.
    Stop(MessageId),
    /// End the run with the exit code of this turn, which has ended.
    Finish(MessageId),
    /// Send blocks of its events after this number; those before are not needed any more.
    Follow(u64),
}

/// Turn to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnOrder {
    /// Name of the session that is meant.
    pub session: String,
    /// The message.
    pub message: MessageId,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Standard input; `None`: none.
    #[serde(default)]
    pub input: Option<String>,
    /// Longest line that is not cut, in bytes; lines are complete then.
    #[serde(default)]
    pub max_line: Option<usize>,
}

/// Answer to a request about an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentReply {
    /// The agent has no session.
    Absent,
    /// The request was refused; a sentence.
    Refused(String),
    /// Open session. After [`AgentVerb::Follow`] blocks of events follow.
    Open(AgentState),
}

/// First byte that the server sends to a gate: an [`UploadRequest`] follows, as a line of JSON, and is
/// answered by a line with an [`UploadAnswer`]. Then come the file's bytes in blocks, each with its
/// length before it (four bytes, big-endian); a block without bytes completes the file, and is answered by
/// another line.
pub const UPLOAD: u8 = b'u';

/// Request to write a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRequest {
    /// Name.
    pub name: String,
}

/// Answer to a request to write a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UploadAnswer {
    /// Upload that can be written.
    Begun,
    /// Complete upload, with its path relative to the workbench's folder.
    Finished(String),
    /// The path is taken; a sentence.
    Blocked(String),
    /// Failed upload.
    Failed {
        /// Number of the system's error, or `None`.
        errno: Option<i32>,
        /// The error in words.
        why: String,
    },
}

/// First byte that the server sends to a gate: it waits for a progress message of the app. The gate
/// answers with [`STILL_WAITING`] now and then, and with the byte of [`Answer::Connected`] once there is one,
/// which follows as a request of HTTP. A runner without progress messages answers with the byte of
/// [`Answer::Failed`].
pub const PROGRESS: u8 = b'p';

/// Sign that a gate is alive and has no progress message.
pub const STILL_WAITING: u8 = b'.';

/// First byte that a gate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The following bytes come from the app.
    Connected,
    /// No program listens where the app should.
    Refused,
    /// Another program listens where the app should.
    Foreign,
    /// The system lacks something, such as descriptors.
    Shortage,
    /// The connection failed in another way.
    Failed,
}

impl Answer {
    const ALL: [Self; 5] = [
        Self::Connected,
        Self::Refused,
        Self::Foreign,
        Self::Shortage,
        Self::Failed,
    ];

    /// Returns the byte of this answer.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Connected => b'+',
            Self::Refused => b'-',
            Self::Foreign => b'!',
            Self::Shortage => b'~',
            Self::Failed => b'?',
        }
    }

    /// Returns the answer of this byte; an unknown one is a failure.
    pub fn of(byte: u8) -> Self {
        let found = Self::ALL.into_iter().find(|answer| answer.byte() == byte);
        found.unwrap_or(Self::Failed)
    }
}
