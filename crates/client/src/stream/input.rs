//! Inputs and commands of the event stream's machine.

use crate::connection_error::ConnectionError;
use vestibule_model::time::Millis;

/// Input of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamInput {
    /// The requested wake-up time has come, or some other time: early and repeated wake-ups are
    /// harmless.
    Wake,
    /// The connection received an event with this number; heartbeats have none.
    Received(Option<u64>),
    /// The connection broke, or could not be opened. Repeated errors are harmless (FIELD 29).
    Failed {
        /// The browser has given up for good: the response was no stream (FIELD 30).
        refused: bool,
    },
    /// Result of a probe: whether the session has ended.
    Probed {
        /// A response had status 401.
        signed_out: bool,
    },
    /// The leader is this tab now.
    Elected,
    /// Another tab took over.
    Deposed,
    /// The leader sent a message with its newest number and the state of its stream.
    Relayed {
        /// Number of the forwarded event.
        id: Option<u64>,
        /// `true` if its stream is live.
        live: bool,
    },
    /// A request got a response or failed.
    Polled {
        /// The failure; `None` if the server itself responded.
        cause: Option<ConnectionError>,
    },
    /// An address responds again after failures. This shortens a pause once; after that, only a
    /// lasting connection does.
    Recovered,
    /// The page was hidden.
    Hidden,
    /// The page is visible again.
    Shown,
    /// The browser is offline.
    Offline,
    /// The browser is online again.
    Online,
    /// `true` if the user wants notifications while the page is hidden.
    Awaited(bool),
    /// The session has ended.
    SignedOut,
}

/// Request for leadership among tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadershipRequest {
    /// Wait until there is no leader.
    Queue,
    /// Take over from a silent leader.
    Steal,
}

/// Commands to the shell, executed in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamCommand {
    /// Close the connection.
    pub close: bool,
    /// Release leadership.
    pub resign: bool,
    /// Open a connection that resumes after [`super::StreamMachine::last`].
    pub connect: bool,
    /// Send a normal request to check the session.
    pub probe: bool,
    /// Request leadership.
    pub seek: Option<LeadershipRequest>,
    /// Ask the leader for its state.
    pub ask: bool,
    /// Broadcast to the other tabs whether the stream is live.
    pub tell: bool,
    /// The stream is live again: notify the pollers by [`crate::poll::PollInput::Recovered`].
    pub recovered: bool,
    /// Replace the timer: wake the machine after this long; `None`: no timer.
    pub wake_after: Option<Millis>,
}
