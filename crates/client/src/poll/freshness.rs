//! Freshness of polled data.

use crate::connection_error::ConnectionError;
use crate::stream::StreamFreshness;
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
        cause: ConnectionError,
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
    /// Missing or deleted.
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

    /// Returns the error that makes the data stale, and the time of the last contact; `None` while
    /// it is as current as it should be. Data that isn't requested at the moment is as current as
    /// the stream that would report its changes.
    pub fn staleness(
        self,
        stream: StreamFreshness,
    ) -> Option<(ConnectionError, Option<Timestamp>)> {
        let of_stream = match stream {
            StreamFreshness::Stale { since, cause } => Some((cause, since)),
            StreamFreshness::Live
            | StreamFreshness::Polling
            | StreamFreshness::Reconnecting
            | StreamFreshness::Offline
            | StreamFreshness::SignedOut => None,
        };
        match self {
            Self::Stale {
                cause, last_good, ..
            } => {
                let since = of_stream.and_then(|(_, since)| since);
                Some((cause, last_good.max(since)))
            }
            Self::Loading | Self::Live | Self::Late | Self::Ended | Self::SignedOut => of_stream,
            Self::Offline { .. } | Self::Forbidden | Self::Gone | Self::Refused(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::at;

    /// Reliability review, finding 16: a running app is polled twice a minute, so its own requests
    /// notice up to 30 s late that the server is unreachable.
    #[test]
    fn data_between_two_requests_is_as_stale_as_the_stream() {
        let away = StreamFreshness::Stale {
            since: Some(at(9)),
            cause: ConnectionError::Unreachable,
        };
        let polled = [Freshness::Live, Freshness::Late, Freshness::Ended];
        for freshness in polled {
            let staleness = freshness.staleness(away);
            assert_eq!(staleness, Some((ConnectionError::Unreachable, Some(at(9)))));
            assert_eq!(freshness.staleness(StreamFreshness::Polling), None);
        }
        assert_eq!(Freshness::Gone.staleness(away), None);
    }

    #[test]
    fn own_error_comes_first_and_the_last_contact_counts() {
        let failing = Freshness::Stale {
            last_good: Some(at(3)),
            retry_at: at(12),
            cause: ConnectionError::Status(503),
        };
        let streams = [
            (StreamFreshness::Live, at(3)),
            (
                StreamFreshness::Stale {
                    since: Some(at(9)),
                    cause: ConnectionError::Unreachable,
                },
                at(9),
            ),
        ];
        for (stream, since) in streams {
            let staleness = failing.staleness(stream);
            assert_eq!(staleness, Some((ConnectionError::Status(503), Some(since))));
        }
    }
}
