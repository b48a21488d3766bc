//! How far what the page shows can be believed, as the stream and the requests together say.

use super::{Feed, State};
use crate::stream::HEARTBEAT_EVERY;
use crate::time::{Millis, Timestamp};
use crate::trouble::Trouble;

/// For this long a lost stream is only said to reconnect: requests have time to take over.
pub const GRACE: Millis = Millis::from_secs(2);

/// An answer vouches for this long for what is asked about anyway, every five seconds or so.
const VOUCHES: Millis = Millis::from_secs(7);

/// How far what the page shows can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// News comes by itself, at once.
    Live,
    /// There is no stream, and requests are answered: news comes with the next one.
    Polling,
    /// The stream was lost a moment ago, and is sought.
    Reconnecting,
    /// Nothing is heard from the server.
    Stale {
        /// When something was heard last; none if nothing ever was.
        since: Option<Timestamp>,
        /// What requests run into, where any was sent.
        trouble: Trouble,
    },
    /// The browser has no network.
    Offline,
    /// The session is over.
    SignedOut,
}

/// What requests say about the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polled {
    /// What the last one ran into.
    trouble: Option<Trouble>,
    /// When that was.
    at: Timestamp,
    /// When it was last reached.
    good: Option<Timestamp>,
}

impl Polled {
    /// After one more request.
    pub(super) fn after(before: Option<Self>, trouble: Option<Trouble>, now: Timestamp) -> Self {
        let good = before.and_then(|before| before.good);
        Self {
            trouble,
            at: now,
            good: if trouble.is_none() { Some(now) } else { good },
        }
    }
}

impl Feed {
    /// Whether the last request ran into trouble.
    pub(super) fn is_in_trouble(&self) -> bool {
        self.polled.is_some_and(|polled| polled.trouble.is_some())
    }

    /// How far what the page shows can be believed. A request that fails counts at once: the page
    /// is not to say in one place that nothing is heard, and go on stating facts in another.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let good = self.polled.and_then(|polled| polled.good);
        let trouble = self.polled.and_then(|polled| polled.trouble);
        if self.state == State::SignedOut {
            Freshness::SignedOut
        } else if self.offline {
            Freshness::Offline
        } else if self.is_live() && !self.is_doubted() {
            Freshness::Live
        } else if trouble.is_none() && self.freshness_changes(now).is_some() {
            Freshness::Reconnecting
        } else if trouble.is_some() || self.lost.is_some_and(|lost| good < Some(lost)) {
            Freshness::Stale {
                since: good.max(self.heard),
                trouble: trouble.unwrap_or(Trouble::Silent),
            }
        } else {
            Freshness::Polling
        }
    }

    /// Whether a request shows that a stream which has not broken yet is one from before: nothing
    /// has been heard on it since nobody answered.
    fn is_doubted(&self) -> bool {
        self.polled.is_some_and(|Polled { trouble, at, .. }| {
            let is_silent_since = |time| self.heard.is_none_or(|heard| heard < time);
            match trouble {
                Some(Trouble::Unreachable | Trouble::BrokenOff) => is_silent_since(at),
                // One question may take long; a missing heartbeat says that it is the server.
                Some(Trouble::Slow) => is_silent_since(at + Millis(-HEARTBEAT_EVERY.0)),
                _ => false,
            }
        })
    }

    /// When the patience with a lost stream ends.
    pub(super) fn freshness_changes(&self, now: Timestamp) -> Option<Timestamp> {
        let good = self.polled.and_then(|polled| polled.good);
        let vouched = good.map(|good| good + VOUCHES);
        let end = self
            .lost
            .map(|lost| (lost + GRACE).max(vouched.unwrap_or(lost)));
        end.filter(|end| now < *end)
    }
}
