//! Polling policy, and the meaning of HTTP statuses for it.

use crate::connection_error::ConnectionError;
use vestibule_model::config::PollConfig;
use vestibule_model::phase::K8sStatus;
use vestibule_model::time::Millis;
use vestibule_model::workbench::Workbench;

/// Pace of polling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// In motion.
    Busy,
    /// Steady: a slow watch.
    Steady,
    /// Ended; only a command changes it.
    Ended,
}

impl Pace {
    /// Returns the pace for one workbench. One with an unknown status is polled at the short
    /// interval.
    pub fn of(workbench: &Workbench) -> Self {
        if workbench.deleting {
            return Self::Busy;
        }
        match &workbench.k8s_status {
            K8sStatus::Running => Self::Steady,
            K8sStatus::Progressing | K8sStatus::Unknown(_) => Self::Busy,
            status if status.is_terminal() && workbench.desires_another_run() => Self::Busy,
            K8sStatus::Stopped | K8sStatus::Killed | K8sStatus::Failed | K8sStatus::Complete => {
                Self::Ended
            }
        }
    }

    /// Returns the pace for a list. Polling of a list never ends, because others may start
    /// workbenches (FIELD 19).
    pub fn of_list<'a>(workbenches: impl IntoIterator<Item = &'a Workbench>) -> Self {
        let mut workbenches = workbenches.into_iter();
        if workbenches.any(|workbench| Self::of(workbench) == Self::Busy) {
            Self::Busy
        } else {
            Self::Steady
        }
    }
}

/// Failure of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// 401: the session has ended. The only failure that signs out (FIELD 9).
    Unauthorized,
    /// 403: forbidden.
    Forbidden,
    /// 404: not found, or not yet.
    NotFound,
    /// 410: deleted.
    Gone,
    /// Network error, unreadable body, 408, 425, 429 or 5xx: may pass.
    Passing {
        /// Kind of the error.
        cause: ConnectionError,
        /// `Retry-After`: a minimum.
        retry_after: Option<Millis>,
    },
    /// Any other 4xx: a repetition cannot help.
    Refused(u16),
}

impl Failure {
    /// Returns the failure for an HTTP status that is not a success.
    pub fn of_status(status: u16, retry_after: Option<Millis>) -> Self {
        let passing = Self::Passing {
            cause: ConnectionError::Status(status),
            retry_after,
        };
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            410 => Self::Gone,
            408 | 425 | 429 => passing,
            400..=499 => Self::Refused(status),
            _ => passing,
        }
    }
}

/// Intervals and limits of polling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Interval while something is in motion.
    pub interval: Millis,
    /// Interval while everything is steady, and for late starts.
    pub watch_interval: Millis,
    /// Duration of the short interval where the server gave no deadline.
    pub limit: Millis,
    /// Longest pause after failures, unless `Retry-After` asks for more.
    pub max_backoff: Millis,
    /// Timeout of a request.
    pub request_timeout: Millis,
    /// Time after creation within which a 404 is normal, because the resource may not be visible
    /// yet. After it, and with zero at once, a 404 means that the resource is gone.
    pub create_grace: Millis,
    /// Interval between two requests while something is under way and the event stream is live.
    pub covered_interval: Millis,
    /// Shortest time between two requests that the event stream causes.
    pub news_gap: Millis,
    /// Factor by which the watch is slower while the event stream is live.
    pub safety: i64,
    /// Time within which polling takes over once the stream is lost, where the interval is longer.
    pub takeover: Millis,
}

/// Shortest pause after a failure, even if the user requests a retry.
pub(super) const LEAST: Millis = Millis(250);

/// Longest first pause after a failure.
pub(super) const FIRST_PAUSE: Millis = Millis::from_secs(1);

/// Time between two requests for jobs in progress, or without the stream. Contact with the server
/// counts as lost a moment after it.
const JOBS: Millis = Millis::from_secs(5);

/// Usual pause after a 404 just after creation.
pub(super) const GRACE_PAUSE: Millis = Millis::from_secs(1);

/// Time within which a poller retries after another address has recovered.
pub(super) const SOON: Millis = Millis::from_secs(1);

impl From<PollConfig> for Policy {
    fn from(config: PollConfig) -> Self {
        let at_least = |value: i64, least: i64| Millis(value.max(least));
        Self {
            // At most one request a second, also if the server sets a shorter interval.
            interval: at_least(config.interval, 1_000),
            watch_interval: at_least(config.watch_interval, 1_000),
            covered_interval: at_least(config.watch_interval, 1_000),
            limit: at_least(config.limit, 1_000),
            max_backoff: at_least(config.max_backoff, 1_000),
            request_timeout: Millis::from_secs(15),
            create_grace: Millis::from_secs(10),
            news_gap: Millis::from_secs(1),
            safety: 4,
            takeover: Millis::from_secs(2),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        PollConfig::default().into()
    }
}

impl Policy {
    /// Returns the policy for the jobs of the activity indicator: builds in progress are requested every
    /// five seconds, beside a live stream too; `safety` slows the rest down.
    pub fn of_jobs(self, safety: i64) -> Self {
        Self {
            interval: JOBS,
            covered_interval: JOBS,
            watch_interval: JOBS,
            news_gap: Millis::from_secs(2),
            takeover: Millis::from_secs(1),
            safety,
            ..self
        }
    }

    /// Returns the interval between two requests.
    pub(super) fn interval(&self, is_quick: bool, covered: bool) -> Millis {
        match (is_quick, covered) {
            (true, false) => self.interval,
            (true, true) => self.covered_interval,
            (false, false) => self.watch_interval,
            (false, true) => Millis(self.watch_interval.0.saturating_mul(self.safety)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_grouped_by_their_consequence() {
        let of = |status| Failure::of_status(status, None);
        assert_eq!(of(401), Failure::Unauthorized);
        assert_eq!(of(403), Failure::Forbidden);
        assert_eq!(of(404), Failure::NotFound);
        assert_eq!(of(410), Failure::Gone);
        for status in [400, 409, 418, 422] {
            assert_eq!(of(status), Failure::Refused(status));
        }
        for status in [302, 408, 425, 429, 500, 502, 503, 507] {
            assert!(matches!(of(status), Failure::Passing { .. }), "{status}");
        }
    }
}
