//! Freshness of the page, from the stream and the requests together.

use crate::connection_error::ConnectionError;
use vestibule_model::stream::HEARTBEAT_EVERY;
use vestibule_model::time::{Millis, Timestamp};

/// Time in which requests take over from a lost stream before the page counts as stale: builds are
/// polled every five seconds, and a response may take a moment.
const TAKEOVER: Millis = Millis::from_secs(7);

/// The same for a network failure, which is no answer at all: pages are polled every two to three
/// seconds.
const UNREACHABLE: Millis = Millis::from_secs(3);

/// Freshness of everything on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamFreshness {
    /// The stream is live.
    Live,
    /// No stream; requests get responses, and updates come by polling.
    Polling,
    /// The stream was lost a moment ago and is reconnecting.
    Reconnecting,
    /// The server is unreachable.
    Stale {
        /// Time of the last contact, or `None` if there was none.
        since: Option<Timestamp>,
        /// The error of requests, or `None` if none was sent.
        cause: ConnectionError,
    },
    /// The browser is offline.
    Offline,
    /// The session has ended.
    SignedOut,
}

/// Outcome of requests.
#[derive(Debug, Clone, Copy)]
pub(super) struct PollingState {
    /// Error of the last one, or `None` if it succeeded.
    cause: Option<ConnectionError>,
    /// Time of the last one.
    at: Timestamp,
    /// Time of the last response.
    good: Option<Timestamp>,
}

impl PollingState {
    /// Returns the outcome after one more request.
    pub(super) fn after(
        before: Option<Self>,
        cause: Option<ConnectionError>,
        now: Timestamp,
    ) -> Self {
        let good = before.and_then(|before| before.good);
        Self {
            cause,
            at: now,
            good: if cause.is_none() { Some(now) } else { good },
        }
    }
}

/// Inputs of the freshness.
#[derive(Debug, Clone, Copy)]
pub(super) struct FreshnessInput {
    /// `true` if the session is over.
    pub(super) is_signed_out: bool,
    /// `true` if the browser has no network.
    pub(super) is_offline: bool,
    /// `true` if the stream is live, here or in the leading tab.
    pub(super) is_live: bool,
    /// The time of the last event.
    pub(super) received: Option<Timestamp>,
    /// Time at which the stream was lost.
    pub(super) lost: Option<Timestamp>,
    /// The outcome of requests.
    pub(super) polled: Option<PollingState>,
}

impl FreshnessInput {
    /// Returns the freshness. Contact is lost when nothing was answered for a time: one address that
    /// fails while others answer says nothing about the rest.
    pub(super) fn freshness(&self, now: Timestamp) -> StreamFreshness {
        let good = self.polled.and_then(|polled| polled.good);
        let is_in_contact = self.contact_ends(now).is_some();
        let cause = self.polled.and_then(|polled| polled.cause);
        let cause = cause.filter(|_| !is_in_contact);
        if self.is_signed_out {
            StreamFreshness::SignedOut
        } else if self.is_offline {
            StreamFreshness::Offline
        } else if self.is_live && (is_in_contact || !self.is_doubted()) {
            StreamFreshness::Live
        } else if cause.is_none() && self.lost.is_none_or(|lost| good >= Some(lost)) {
            StreamFreshness::Polling
        } else if cause.is_none() && takeover_ends(self.lost, now).is_some() {
            StreamFreshness::Reconnecting
        } else {
            StreamFreshness::Stale {
                since: good.max(self.received),
                cause: cause.unwrap_or(ConnectionError::Silent),
            }
        }
    }

    /// Returns when contact counts as lost after a failed request, or `None` if it is lost, or if the
    /// last request did not fail.
    pub(super) fn contact_ends(&self, now: Timestamp) -> Option<Timestamp> {
        let cause = self.polled?.cause?;
        let tolerance = match cause {
            ConnectionError::Unreachable | ConnectionError::BrokenOff => UNREACHABLE,
            _ => TAKEOVER,
        };
        let contact = self.polled?.good.max(self.received)?;
        Some(contact + tolerance).filter(|end| now < *end)
    }

    /// Returns `true` if a failed request shows that an apparently open stream is dead: no event
    /// came since.
    fn is_doubted(&self) -> bool {
        self.polled.is_some_and(|PollingState { cause, at, .. }| {
            let is_silent_since = |time| self.received.is_none_or(|received| received < time);
            match cause {
                Some(ConnectionError::Unreachable | ConnectionError::BrokenOff) => {
                    is_silent_since(at)
                }
                // A slow request is no proof; a missing heartbeat is.
                Some(ConnectionError::Slow) => is_silent_since(at + Millis(-HEARTBEAT_EVERY.0)),
                _ => false,
            }
        })
    }
}

/// Returns when the time for requests to take over ends, or `None` if it has ended.
pub(super) fn takeover_ends(lost: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    lost.map(|lost| lost + TAKEOVER).filter(|end| now < *end)
}
