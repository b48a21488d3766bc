//! Events on the channels of a socket.

use vestibule_engine::sessions::Output;
use vestibule_model::tab::queue::Message;
use vestibule_model::tab::transcript::TranscriptEvent;

/// Event on a channel.
pub(super) struct Event {
    /// The attachment, since a number may be used again.
    pub(super) of: u64,
    pub(super) payload: Payload,
}

/// Content of an event.
pub(super) enum Payload {
    /// Output of a terminal.
    Output(Output),
    /// A terminal has taken this many bytes of the channel's stream of input.
    Taken(u64),
    /// Events of a transcript.
    Events(Vec<TranscriptEvent>),
    /// Messages to an agent.
    Queue(Vec<Message>),
    /// The session has ended.
    End,
}
