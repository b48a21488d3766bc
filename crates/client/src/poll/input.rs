//! Inputs and commands of the polling machine.

use super::policy::{Failure, Pace};
use vestibule_model::time::{Millis, Timestamp};

/// Number of a request. Responses to any but the newest are dropped (FIELD 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub(super) u64);

/// Input of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollInput {
    /// The requested wake-up time has come, or some other time: early and repeated wake-ups are
    /// harmless.
    Wake,
    /// A request got data, or "not modified".
    Answered {
        /// Number of the request.
        id: RequestId,
        /// Pace for the received value.
        pace: Pace,
        /// Deadline of the start, if the server gave one.
        deadline: Option<Timestamp>,
    },
    /// A request failed.
    Failed {
        /// Number of the request.
        id: RequestId,
        /// The failure.
        failure: Failure,
    },
    /// Another source, such as the event stream, reported the value.
    Reported {
        /// Pace for the reported value.
        pace: Pace,
        /// Deadline of the start, if the server gave one.
        deadline: Option<Timestamp>,
    },
    /// An expected change: the result of a command that was just sent.
    Refresh,
    /// The event stream reports a change. Many of them cause few requests.
    Changed,
    /// `true` if the event stream is live. If so, polling is a safety net.
    Covered(bool),
    /// Another address responds again after failures, or the stream is back: the server may be well
    /// again. This shortens a pause once; after that, only a response to this poller does.
    Recovered,
    /// The user requests a retry, whatever happened before.
    Retry,
    /// The page was hidden.
    Hidden,
    /// The page is visible again.
    Shown,
    /// The browser is offline.
    Offline,
    /// The browser is online again.
    Online,
}

/// Commands to the shell, executed in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PollCommand {
    /// Abort the current request.
    pub abort: bool,
    /// Send a request with this number.
    pub fetch: Option<RequestId>,
    /// `true` if the address responds again after failures: notify the other pollers and the stream by
    /// [`PollInput::Recovered`].
    pub recovered: bool,
    /// Replace the timer: wake the machine after this long; `None`: no timer.
    pub wake_after: Option<Millis>,
}
