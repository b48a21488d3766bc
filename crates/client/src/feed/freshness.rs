//! Freshness of the page, from the stream and the requests together.

use crate::trouble::Trouble;
use vestibule_model::stream::HEARTBEAT_EVERY;
use vestibule_model::time::{Millis, Timestamp};

/// Time that requests have to take over from a lost stream before the page says that it hears
/// nothing: builds are polled every five seconds, and an answer may take a moment.
const TAKEOVER: Millis = Millis::from_secs(7);

/// Freshness of everything on the page.
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
        /// When something was heard last, or `None` if nothing ever was.
        since: Option<Timestamp>,
        /// What requests run into, where any was sent.
        trouble: Trouble,
    },
    /// The browser has no network.
    Offline,
    /// The session is over.
    SignedOut,
}

/// Outcome of requests.
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

/// Everything that decides the freshness of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signals {
    /// Whether the session is over.
    pub(super) is_signed_out: bool,
    /// Whether the browser has no network.
    pub(super) is_offline: bool,
    /// Whether the stream is live, here or in the leading tab.
    pub(super) is_live: bool,
    /// The time of the last event.
    pub(super) heard: Option<Timestamp>,
    /// The time at which the stream was lost.
    pub(super) lost: Option<Timestamp>,
    /// The outcome of requests.
    pub(super) polled: Option<Polled>,
}

impl Signals {
    /// Returns the freshness. A request that fails counts at once: the page must not say in one place
    /// that the server is silent, and state facts in another.
    pub(super) fn freshness(&self, now: Timestamp) -> Freshness {
        let good = self.polled.and_then(|polled| polled.good);
        let trouble = self.polled.and_then(|polled| polled.trouble);
        if self.is_signed_out {
            Freshness::SignedOut
        } else if self.is_offline {
            Freshness::Offline
        } else if self.is_live && !self.is_doubted() {
            Freshness::Live
        } else if trouble.is_none() && self.lost.is_none_or(|lost| good >= Some(lost)) {
            Freshness::Polling
        } else if trouble.is_none() && takeover_ends(self.lost, now).is_some() {
            Freshness::Reconnecting
        } else {
            Freshness::Stale {
                since: good.max(self.heard),
                trouble: trouble.unwrap_or(Trouble::Silent),
            }
        }
    }

    /// Returns `true` if a failed request shows that the stream is dead although it has not broken:
    /// no event came since.
    fn is_doubted(&self) -> bool {
        self.polled.is_some_and(|Polled { trouble, at, .. }| {
            let is_silent_since = |time| self.heard.is_none_or(|heard| heard < time);
            match trouble {
                Some(Trouble::Unreachable | Trouble::BrokenOff) => is_silent_since(at),
                // One request may take long; a missing heartbeat shows that it is the server.
                Some(Trouble::Slow) => is_silent_since(at + Millis(-HEARTBEAT_EVERY.0)),
                _ => false,
            }
        })
    }
}

/// Returns when the time for requests to take over ends, or `None` if it has ended.
pub(super) fn takeover_ends(lost: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    lost.map(|lost| lost + TAKEOVER).filter(|end| now < *end)
}
