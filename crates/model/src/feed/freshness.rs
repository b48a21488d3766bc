//! How far what the page shows can be believed, as the stream and the requests together say.

use super::{Feed, State};
use crate::time::{Millis, Timestamp};
use crate::trouble::Trouble;

/// For this long a lost stream is only said to reconnect: requests have time to take over.
pub const GRACE: Millis = Millis::from_secs(20);

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
    /// When it was last reached.
    good: Option<Timestamp>,
}

impl Polled {
    /// After one more request.
    pub(super) fn after(before: Option<Self>, trouble: Option<Trouble>, now: Timestamp) -> Self {
        let good = before.and_then(|before| before.good);
        Self {
            trouble,
            good: if trouble.is_none() { Some(now) } else { good },
        }
    }
}

impl Feed {
    /// How far what the page shows can be believed.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let good = self.polled.and_then(|polled| polled.good);
        let trouble = self.polled.and_then(|polled| polled.trouble);
        if self.state == State::SignedOut {
            Freshness::SignedOut
        } else if self.offline {
            Freshness::Offline
        } else if self.is_live() {
            Freshness::Live
        } else if self.freshness_changes(now).is_some() {
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

    /// When the patience with a lost stream ends.
    pub(super) fn freshness_changes(&self, now: Timestamp) -> Option<Timestamp> {
        self.lost.map(|lost| lost + GRACE).filter(|end| now < *end)
    }
}
