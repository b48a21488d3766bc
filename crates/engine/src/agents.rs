//! Agents of runs: each message runs a command beside the app, in the same folder, environment and
//! isolation, and its output is a stream of numbered events.

use crate::connection::{Connection, Unreachable};
use serde::{Deserialize, Serialize};
use std::io;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use vestibule_model::ids::MessageId;
use vestibule_model::tab::queue::Turn;
use vestibule_model::time::Timestamp;

/// Largest block of events in bytes.
const MAX_BLOCK: usize = 4 * 1024 * 1024;

/// Request to the agent of a tab. Each may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentRequest {
    /// Create its session, unless it exists.
    Open,
    /// Return its state.
    Inspect,
    /// End its session, and the turn in it.
    End,
    /// Begin the turn of a message, unless it was begun.
    Send(Prompt),
    /// End the turn of a message. A message that comes later than its stop is not begun.
    Stop(MessageId),
    /// End the run with the exit code of a turn that has ended.
    Finish(MessageId),
}

/// Message for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Name of the session that gets it; any other refuses it.
    pub session: String,
    /// Identifier.
    pub message: MessageId,
    /// Text.
    pub text: String,
    /// `true` if it is not the first of its tab.
    pub continues: bool,
}

/// Answer of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentAnswer {
    /// The agent could not be reached.
    Unknown,
    /// The run cannot have agents: an earlier version started it.
    NotSupported,
    /// The agent has no session.
    Absent,
    /// The request was refused; a sentence.
    Refused(String),
    /// Open session.
    Open(AgentState),
}

/// State of an agent's session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentState {
    /// Name of the session, which no other ever has.
    pub session: String,
    /// The newest messages that it accepted, oldest first.
    pub turns: Vec<(MessageId, Turn)>,
    /// Number of its newest event.
    #[serde(default)]
    pub last: u64,
}

/// Event of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentEvent {
    /// Number within the session, from 1 on.
    pub number: u64,
    /// Time.
    pub at: Timestamp,
    /// The message whose turn it is about.
    pub message: MessageId,
    /// Kind.
    pub what: AgentEventKind,
}

/// Kind of an agent's event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentEventKind {
    /// The turn began.
    Begun,
    /// A line of output, or a piece of one.
    Line {
        /// `true` for the standard error output.
        is_error: bool,
        /// `true` if the agent writes lines of JSON.
        #[serde(default)]
        is_json: bool,
        /// Text, without secrets.
        text: String,
        /// `true` if the next piece of this output continues the line.
        continues: bool,
    },
    /// The turn's output is longer than what is kept.
    LeftOut,
    /// The turn has ended; a sentence.
    Ended {
        /// Exit code, or `None`.
        exit_code: Option<i32>,
        /// The end, in words.
        how: String,
    },
}

/// Stream of an agent's events. Its end is the end of the session or of the run.
#[derive(Debug)]
pub struct AgentEvents(ReadHalf<Connection>);

/// Confirms events, which are not kept any longer.
#[derive(Debug)]
pub struct AgentAcks(WriteHalf<Connection>);

/// Stream of an agent's events and its confirmations, or the reason why there is none.
pub type AgentStream = Result<(AgentEvents, AgentAcks), Unreachable>;

/// Splits a connection on which blocks of events come one way, and confirmations go the other.
pub fn followed(connection: Connection) -> (AgentEvents, AgentAcks) {
    let (reader, writer) = tokio::io::split(connection);
    (AgentEvents(reader), AgentAcks(writer))
}

impl AgentEvents {
    /// Returns the next events, or `None` after the last ones. Must not be cancelled.
    pub async fn receive(&mut self) -> io::Result<Option<Vec<AgentEvent>>> {
        let length = match self.0.read_u32().await {
            Ok(length) => usize::try_from(length).unwrap_or(usize::MAX),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        };
        if length > MAX_BLOCK {
            return Err(io::Error::other("a block of events is too long"));
        }
        let mut block = vec![0; length];
        self.0.read_exact(&mut block).await?;
        Ok(Some(serde_json::from_slice(&block)?))
    }
}

impl AgentAcks {
    /// Confirms all events up to a number.
    pub async fn confirm(&mut self, number: u64) -> io::Result<()> {
        self.0.write_u64(number).await?;
        self.0.flush().await
    }
}

/// Returns a block of events as it is sent.
pub(crate) fn block(events: &[AgentEvent]) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(events)?;
    let length = u32::try_from(json.len()).map_err(io::Error::other)?;
    let mut block = length.to_be_bytes().to_vec();
    block.extend(json);
    Ok(block)
}
