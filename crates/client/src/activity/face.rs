//! Content of the indicator: the jobs, or that they are not known.

use super::headline::Headline;
use crate::connection_error::ConnectionError;
use crate::poll;
use crate::stream::StreamFreshness;
use vestibule_model::time::{Millis, Timestamp};

/// Time for which a failing request is not yet a lost source.
const GRACE: Millis = Millis::from_secs(2);

/// Content of the indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndicatorContent {
    /// Jobs are in progress.
    Jobs(Headline),
    /// The server is not reachable: the state of the jobs is unknown.
    Stale {
        /// Time of the last contact.
        since: Option<Timestamp>,
        /// The error, or `None` if it is not known.
        cause: ConnectionError,
    },
    /// The browser is offline.
    Offline,
}

impl IndicatorContent {
    /// Returns the content, or `None` while there is no activity. A lost source is shown as such:
    /// "Building…" would be a guess.
    pub fn of(headline: Option<Headline>, trust: Trust) -> Option<Self> {
        match trust {
            Trust::Sure => headline.map(Self::Jobs),
            Trust::Stale { since, cause } => Some(Self::Stale { since, cause }),
            Trust::Offline => Some(Self::Offline),
        }
    }
}

/// Reliability of the known jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// All sources are current.
    Sure,
    /// A source is lost.
    Stale {
        /// Time of the last contact.
        since: Option<Timestamp>,
        /// The error, or `None` if it is not known.
        cause: ConnectionError,
    },
    /// The browser is offline.
    Offline,
}

impl Trust {
    /// Derives the reliability from the stream and from the requests about builds and runs. Runs
    /// are only polled without the stream.
    pub fn of(
        stream: StreamFreshness,
        builds: poll::Freshness,
        runs: poll::Freshness,
        now: Timestamp,
    ) -> Self {
        let lost = |polled: poll::Freshness| match polled {
            poll::Freshness::Stale {
                last_good, cause, ..
            } => {
                // A source that never responded is not lost: an older server has no builds.
                let is_long = last_good.is_some_and(|good| now.since(good) >= GRACE);
                is_long.then_some(Self::Stale {
                    since: last_good,
                    cause,
                })
            }
            _ => None,
        };
        let is_offline = matches!(builds, poll::Freshness::Offline { .. });
        match stream {
            StreamFreshness::Offline => Self::Offline,
            // A stream that never opened has no contact; requests may have.
            StreamFreshness::Stale { since, cause } => Self::Stale {
                since: since.max(last_contact(builds)).max(last_contact(runs)),
                cause,
            },
            StreamFreshness::Live | StreamFreshness::SignedOut => {
                lost(builds).unwrap_or(Self::Sure)
            }
            _ if is_offline => Self::Offline,
            StreamFreshness::Polling | StreamFreshness::Reconnecting => {
                lost(builds).or(lost(runs)).unwrap_or(Self::Sure)
            }
        }
    }
}

/// Returns the last contact of a lost source.
fn last_contact(polled: poll::Freshness) -> Option<Timestamp> {
    match polled {
        poll::Freshness::Stale { last_good, .. } => last_good,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::headline::LeadJob;
    use super::super::label::Label;
    use super::*;
    use crate::fixtures::{BEGIN, at};

    fn headline(label: Label, more: usize) -> Headline {
        let lead = LeadJob {
            label,
            name: "JupyterLab".to_owned(),
            progress: None,
        };
        Headline {
            lead: Some(lead),
            more,
            failures: Vec::new(),
        }
    }

    /// FIELD 26: with the API down for an hour it still says "Building".
    #[test]
    fn field_26_lost_source_is_shown_without_claims() {
        let stale = |last_good| poll::Freshness::Stale {
            last_good,
            retry_at: at(0),
            cause: ConnectionError::Status(503),
        };
        let live = poll::Freshness::Live;
        let face = |stream, builds, runs| {
            let trust = Trust::of(stream, builds, runs, at(3_600_000));
            IndicatorContent::of(Some(headline(Label::Building, 1)), trust)
        };
        let building = Some(IndicatorContent::Jobs(headline(Label::Building, 1)));
        let lost_by = |cause| {
            let since = Some(BEGIN);
            Some(IndicatorContent::Stale { since, cause })
        };
        let stream = StreamFreshness::Stale {
            since: Some(BEGIN),
            cause: ConnectionError::Unreachable,
        };
        assert_eq!(
            face(stream, live, live),
            lost_by(ConnectionError::Unreachable)
        );
        let never_live = StreamFreshness::Stale {
            since: None,
            cause: ConnectionError::Unreachable,
        };
        assert_eq!(
            face(never_live, stale(Some(BEGIN)), live),
            lost_by(ConnectionError::Unreachable)
        );
        let lost = lost_by(ConnectionError::Status(503));
        assert_eq!(face(StreamFreshness::Live, stale(Some(BEGIN)), live), lost);
        assert_eq!(
            face(StreamFreshness::Polling, live, stale(Some(BEGIN))),
            lost
        );
        assert_eq!(
            face(StreamFreshness::Offline, live, live),
            Some(IndicatorContent::Offline)
        );
        // Runs are not polled while the stream is live; a short interruption is no loss.
        assert_eq!(
            face(StreamFreshness::Live, live, stale(Some(BEGIN))),
            building
        );
        let just_now = stale(Some(at(3_599_000)));
        assert_eq!(
            face(StreamFreshness::Reconnecting, just_now, live),
            building
        );
        assert_eq!(face(StreamFreshness::Live, stale(None), live), building);
        assert_eq!(IndicatorContent::of(None, Trust::Sure), None);
    }
}
