//! Freshness of polled data.

use crate::trouble::Trouble;
use vestibule_model::time::Timestamp;

/// Freshness of the data on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// No response yet.
    Loading,
    /// The last response is recent.
    Live,
    /// The last response was good, but the start exceeds its time limit.
    Late,
    /// Requests fail and are retried; the data is from `last_good`.
    Stale {
        /// Time of the last good response.
        last_good: Option<Timestamp>,
        /// Time of the next attempt.
        retry_at: Timestamp,
        /// Failure of the last attempt.
        trouble: Trouble,
    },
    /// The browser is offline; the data is from `last_good`.
    Offline {
        /// Time of the last good response.
        last_good: Option<Timestamp>,
    },
    /// The resource has ended and is not polled any more.
    Ended,
    /// The session has ended.
    SignedOut,
    /// Forbidden.
    Forbidden,
    /// Not found, or deleted.
    Gone,
    /// The server refuses the request with this status.
    Refused(u16),
}

impl Freshness {
    /// Returns `true` if the resource is gone, at least for this user. No other failure removes
    /// data (FIELD 9).
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Gone | Self::Forbidden)
    }
}
