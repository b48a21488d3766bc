//! The messages of an agent tab: they wait for the session, and run one after the other.
//!
//! A message is recorded as handed over before the session gets it, and a session remembers the
//! messages that it accepted. So each runs once; where the session has gone with the answer, the
//! message is shown as uncertain, and is never sent again by itself.
//!
//! A session is known by a name of its own, not by its run: after a crash of the app, the same run
//! has another session, which knows nothing of the messages of the first.

use crate::ids::{MessageId, TabId, UserId};
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest text of a message, in bytes. Linux passes arguments of up to 128 KiB to a program.
pub const MAX_TEXT: usize = 96 * 1024;

/// Returns by how many bytes a text is too long for a message; 0: it fits.
pub fn excess(text: &str) -> usize {
    text.len().saturating_sub(MAX_TEXT)
}

/// Largest number of messages that wait in a tab.
pub const MAX_QUEUED: usize = 100;

open_enum!(
    /// State of a message.
    MessageState {
        /// The message waits for the session, or for the message before it.
        Queued = "queued",
        /// The session is being given it.
        HandedOver = "handed_over",
        /// The agent works on it.
        Running = "running",
        /// The agent ended with exit code 0.
        Succeeded = "succeeded",
        /// The agent could not be started, or ended in another way.
        Failed = "failed",
        /// A user stopped it.
        Stopped = "stopped",
        /// A user took it back before the session got it.
        Cancelled = "cancelled",
        /// The session has gone, and it is unknown whether the agent got the message.
        Uncertain = "uncertain",
    }
);

impl MessageState {
    /// Returns `true` if nothing happens to the message any more.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::HandedOver | Self::Running)
    }
}

/// A message to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Identifier, which the client made.
    pub id: MessageId,
    /// The tab.
    pub tab_id: TabId,
    /// Text.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub text: String,
    /// State.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub state: MessageState,
    /// Number of the run whose session got it; `None`: none did.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub run_number: Option<u64>,
    /// Name of that session, which only the server needs.
    #[serde(skip)]
    pub session: Option<String>,
    /// `true` if a user asked for the end of its turn.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_stop_wanted: bool,
    /// `true` if its run is over with it: it is the task of its workbench.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub ends_run: bool,
    /// Exit code of the agent, or `None`.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub exit_code: Option<i32>,
    /// Identifier of the user who sent it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub created_by: Option<UserId>,
    /// Time at which it was sent.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub created_at: Option<Timestamp>,
    /// Time at which the agent began with it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub started_at: Option<Timestamp>,
    /// Time of its end.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub ended_at: Option<Timestamp>,
}

/// State of a message that a session accepted, as the session reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Turn {
    /// The agent works on it.
    Running,
    /// The agent has ended.
    Ended {
        /// Exit code, or `None` if a signal ended it.
        exit_code: Option<i32>,
        /// `true` if a user asked for the end.
        is_stopped: bool,
    },
}

/// State of the session that gets the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// The session could not be observed.
    Unknown,
    /// No session.
    Gone,
    /// The session is open, and knows these messages.
    Open {
        /// Number of the run.
        run: u64,
        /// Name of the session.
        session: String,
        /// The messages that it accepted.
        turns: Vec<(MessageId, Turn)>,
    },
}

/// Moves messages, in the order in which they were sent, to the states that the session reports.
/// Returns the position of the message that the session is to be given now. Its state is stored
/// first; giving it to the same session twice is harmless.
pub fn advance(messages: &mut [Message], receiver: &Receiver, now: Timestamp) -> Option<usize> {
    for message in messages.iter_mut() {
        observe(message, receiver, now);
    }
    let Receiver::Open { run, session, .. } = receiver else {
        return None;
    };
    let next = messages
        .iter()
        .position(|message| !message.state.is_final())?;
    let message = &mut messages[next];
    match message.state {
        MessageState::Queued => {
            message.state = MessageState::HandedOver;
            message.run_number = Some(*run);
            message.session = Some(session.clone());
            Some(next)
        }
        // The session does not know it yet.
        MessageState::HandedOver => Some(next),
        _ => None,
    }
}

fn observe(message: &mut Message, receiver: &Receiver, now: Timestamp) {
    let is_open = matches!(
        message.state,
        MessageState::HandedOver | MessageState::Running
    );
    // A later observation of the same session shows the message's state.
    if !is_open && message.state != MessageState::Uncertain {
        return;
    }
    let turns = match receiver {
        Receiver::Unknown => return,
        Receiver::Open { session, turns, .. } if message.session.as_ref() == Some(session) => turns,
        Receiver::Gone | Receiver::Open { .. } => return become_uncertain(message, now),
    };
    let turn = turns.iter().find(|(id, _)| *id == message.id);
    match turn.map(|(_, turn)| turn) {
        // A running one that the session has forgotten has ended without a report.
        None if message.state == MessageState::Running => become_uncertain(message, now),
        None => {}
        Some(Turn::Running) => {
            message.state = MessageState::Running;
            message.started_at.get_or_insert(now);
            message.ended_at = None;
        }
        Some(Turn::Ended {
            exit_code,
            is_stopped,
        }) => {
            message.state = match (is_stopped, exit_code) {
                (true, _) => MessageState::Stopped,
                (false, Some(0)) => MessageState::Succeeded,
                (false, _) => MessageState::Failed,
            };
            message.exit_code = *exit_code;
            message.started_at.get_or_insert(now);
            message.ended_at = Some(now);
        }
    }
}

fn become_uncertain(message: &mut Message, now: Timestamp) {
    if message.state != MessageState::Uncertain {
        message.state = MessageState::Uncertain;
        message.ended_at = Some(now);
    }
}

/// Returns the task whose end is the end of this session's run, or `None`. A run whose task was stopped,
/// or that has more to do, goes on.
pub fn finished_task<'m>(messages: &'m [Message], session: &str) -> Option<&'m Message> {
    if messages.iter().any(|message| !message.state.is_final()) {
        return None;
    }
    messages.iter().find(|message| {
        message.ends_run
            && message.session.as_deref() == Some(session)
            && matches!(
                message.state,
                MessageState::Succeeded | MessageState::Failed
            )
    })
}

/// Cancels a message. Returns `false` if the session may have it already.
pub fn cancel(message: &mut Message, now: Timestamp) -> bool {
    if message.state != MessageState::Queued {
        return message.state == MessageState::Cancelled;
    }
    message.state = MessageState::Cancelled;
    message.ended_at = Some(now);
    true
}

/// Requests the end of a message's turn: a queued one is cancelled, and the session is asked to stop
/// one that it may have. One that has ended stays as it is.
pub fn stop(message: &mut Message, now: Timestamp) {
    if !cancel(message, now) && !message.state.is_final() {
        message.is_stop_wanted = true;
    }
}

/// Body of `PUT /api/tabs/{id}/messages/{message}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMessage {
    /// Text.
    pub text: String,
}

/// Response of `GET /api/tabs/{id}/messages`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageList {
    /// Messages that have not ended and the newest ended ones, in the order of sending.
    #[serde(default, deserialize_with = "lenient::rows")]
    pub items: Vec<Message>,
}

/// Body of `POST /api/tabs/{id}/stop`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopTurn {
    /// The message whose turn is to end. It is named so that a late request stops no later one.
    pub message_id: MessageId,
}

/// Draft of a user in a tab, and the place up to which the user has read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Draft))]
#[serde(rename_all = "camelCase")]
pub struct TabDraft {
    /// Text.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub text: String,
    /// Number of times that it was stored.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub version: u64,
    /// Number of the last event that the user has seen; 0: none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub seen: u64,
}

/// Body of `PUT /api/tabs/{id}/draft`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDraft {
    /// Text.
    pub text: String,
    /// Version that it was made from; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// Body of `PUT /api/tabs/{id}/seen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seen {
    /// Number of the last event that the user has seen.
    pub event: u64,
}

#[cfg(test)]
mod tests;
