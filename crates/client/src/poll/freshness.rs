//! Freshness of polled data.

use crate::trouble::Trouble;
use vestibule_model::time::Timestamp;

/// Freshness of the data on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Nothing has been heard yet.
    Loading,
    /// The last answer is as recent as the pace wants it.
    Live,
    /// The last answer was good, but the start is taking longer than it was given.
    Late,
    /// Asking fails and is retried; the data on the screen is from `last_good`.
    Stale {
        /// When the last good answer came.
        last_good: Option<Timestamp>,
        /// When it is retried.
        retry_at: Timestamp,
        /// What the last try ran into.
        trouble: Trouble,
    },
    /// The browser has no network; the data on the screen is from `last_good`.
    Offline {
        /// When the last good answer came.
        last_good: Option<Timestamp>,
    },
    /// It has ended, and is not asked about any more.
    Ended,
    /// The session is over: sign in and come back.
    SignedOut,
    /// One may not see it.
    Forbidden,
    /// It is not there (any more).
    Gone,
    /// The server refuses the question itself; the status it gave.
    Refused(u16),
}

impl Freshness {
    /// Returns `true` if it is not there any more, for this person at least. Nothing else that goes
    /// wrong with asking takes anything away (FIELD 9).
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Gone | Self::Forbidden)
    }
}
