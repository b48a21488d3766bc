//! Polling: the pure state machine behind `use_workbench_status`.
//!
//! The poller holds no data and no timer. The shell feeds it inputs with the time and a random number, and
//! executes the returned [`PollCommand`]s: abort, fetch, and wake it at a time. [`Poller::freshness`]
//! returns the freshness of the data.

mod freshness;
mod input;
mod policy;
#[cfg(test)]
mod tests;

use crate::connection_error::ConnectionError;
pub use freshness::Freshness;
pub use input::{PollCommand, PollInput, RequestId};
pub use policy::{Failure, Pace, Policy};
use vestibule_model::backoff::Backoff;
use vestibule_model::time::{Millis, Timestamp};

/// State of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A request is in flight. Exits: response, failure, or timeout.
    Asking { since: Timestamp },
    /// Waiting for the next request. Exits: the due time, or a change.
    Waiting { until: Timestamp },
    /// Pause after a failure. Nothing shortens the time that `Retry-After` set.
    BackingOff {
        until: Timestamp,
        not_before: Timestamp,
    },
    /// The resource has ended. Exits: a change, a retry, or the page being shown again.
    Resting,
    /// Another request cannot help. Exit: a retry.
    Stopped(Freshness),
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Poller {
    policy: Policy,
    state: State,
    begun: Timestamp,
    newest: u64,
    pace: Pace,
    deadline: Option<Timestamp>,
    last_good: Option<Timestamp>,
    /// The address has responded with a value, which an event of the stream doesn't prove.
    has_answered: bool,
    backoff: Backoff,
    /// The last failure; `None` after a response.
    cause: Option<ConnectionError>,
    /// `true` if a pause was shortened since the last response.
    is_hurried: bool,
    /// Time of the next request because of a change that was reported during a request, whose
    /// response may be older.
    ask_again: Option<Timestamp>,
    /// Time of the newest request.
    asked: Option<Timestamp>,
    covered: bool,
    hidden: bool,
    offline: bool,
}

impl Poller {
    /// Creates a machine that requests at once: wake it to begin.
    pub fn new(policy: Policy, now: Timestamp) -> Self {
        Self {
            policy,
            state: State::Waiting { until: now },
            begun: now,
            newest: 0,
            pace: Pace::Busy,
            deadline: None,
            last_good: None,
            has_answered: false,
            backoff: Backoff::new(policy::FIRST_PAUSE, policy.max_backoff),
            cause: None,
            is_hurried: false,
            ask_again: None,
            asked: None,
            covered: false,
            hidden: false,
            offline: false,
        }
    }

    /// Applies an input. `random` is uniform in 0..1 and spreads clients.
    pub fn step(&mut self, input: PollInput, now: Timestamp, random: f64) -> PollCommand {
        let (mut abort, mut recovered) = (false, false);
        match input {
            PollInput::Wake => abort = self.give_up_on_slow_answer(now, random),
            PollInput::Answered { id, pace, deadline } if self.is_awaited(id) => {
                recovered = self.cause.is_some();
                self.answered(pace, deadline, now, random);
            }
            PollInput::Failed { id, failure } if self.is_awaited(id) => {
                self.failed(failure, now, random);
            }
            PollInput::Answered { .. } | PollInput::Failed { .. } => {}
            PollInput::Reported { pace, deadline } => self.reported(pace, deadline, now, random),
            PollInput::Refresh => self.schedule(now),
            // A failing address is not requested more often because of more changes.
            PollInput::Changed if self.is_backing_off() => {}
            PollInput::Changed => self.schedule(self.after_gap(now)),
            PollInput::Recovered => self.recover(now, random),
            PollInput::Covered(covered) => self.cover(covered, now, random),
            PollInput::Retry => self.retry(now),
            PollInput::Hidden => self.hidden = true,
            PollInput::Shown => {
                let was_hidden = std::mem::replace(&mut self.hidden, false);
                if was_hidden {
                    self.schedule(now);
                }
            }
            PollInput::Offline => {
                self.offline = true;
                if let State::Asking { .. } = self.state {
                    abort = true;
                    self.state = State::Waiting { until: now };
                }
            }
            PollInput::Online => {
                let was_offline = std::mem::replace(&mut self.offline, false);
                if was_offline {
                    self.backoff.reset();
                    self.schedule(now);
                }
            }
        }
        PollCommand {
            abort,
            recovered,
            ..self.command(now)
        }
    }

    /// Returns `true` if a request is in flight, whose response may report the same as the stream.
    pub fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking { .. })
    }

    /// Returns `true` if it waits after a failure.
    pub fn is_backing_off(&self) -> bool {
        matches!(self.state, State::BackingOff { .. })
    }

    /// Returns `true` if the response to this request is still wanted. Call this before using its
    /// data.
    pub fn is_awaited(&self, id: RequestId) -> bool {
        matches!(self.state, State::Asking { .. }) && id.0 == self.newest
    }

    /// Returns the freshness of the data.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        match self.state {
            State::Stopped(why) => why,
            State::Resting => Freshness::Ended,
            _ if self.offline => Freshness::Offline {
                last_good: self.last_good,
            },
            State::BackingOff { until, .. } => Freshness::Stale {
                last_good: self.last_good,
                retry_at: until,
                cause: self.cause.unwrap_or(ConnectionError::Silent),
            },
            State::Asking { since } if self.cause.is_some() => Freshness::Stale {
                last_good: self.last_good,
                retry_at: since,
                cause: self.cause.unwrap_or(ConnectionError::Silent),
            },
            State::Asking { .. } | State::Waiting { .. } if self.last_good.is_none() => {
                Freshness::Loading
            }
            State::Asking { .. } | State::Waiting { .. } if self.is_late(now) => Freshness::Late,
            State::Asking { .. } | State::Waiting { .. } => Freshness::Live,
        }
    }

    /// Returns the end of the short interval: the server's deadline, or else the policy's limit.
    pub fn limit(&self) -> Timestamp {
        self.deadline.unwrap_or(self.begun + self.policy.limit)
    }

    fn is_late(&self, now: Timestamp) -> bool {
        self.pace == Pace::Busy && now >= self.limit()
    }

    fn answered(&mut self, pace: Pace, deadline: Option<Timestamp>, now: Timestamp, random: f64) {
        if self.pace != Pace::Busy && pace == Pace::Busy {
            self.begun = now;
        }
        self.pace = pace;
        self.deadline = deadline;
        self.last_good = Some(now);
        self.has_answered = true;
        self.backoff.reset();
        self.cause = None;
        self.is_hurried = false;
        self.state = if let Some(until) = self.ask_again.take() {
            State::Waiting { until }
        } else if self.pace == Pace::Ended {
            State::Resting
        } else {
            State::Waiting {
                until: now + self.interval(now).scaled(0.8 + 0.4 * random),
            }
        };
    }

    /// Applies a value that another source reported. The heartbeat of a start begins or continues;
    /// it is not delayed. An ended resource needs no further request.
    fn reported(&mut self, pace: Pace, deadline: Option<Timestamp>, now: Timestamp, random: f64) {
        if self.pace != Pace::Busy && pace == Pace::Busy {
            self.begun = now;
        }
        self.pace = pace;
        self.deadline = deadline;
        let planned = match self.state {
            State::Waiting { until } => Some(until),
            State::Resting => None,
            State::Stopped(_) => return,
            // The value is as good as a response, though the address may still fail.
            State::Asking { .. } | State::BackingOff { .. } => {
                self.last_good = Some(now);
                return;
            }
        };
        self.last_good = Some(now);
        if pace == Pace::Ended {
            self.state = State::Resting;
            return;
        }
        let next = now + self.interval(now).scaled(0.8 + 0.4 * random);
        self.state = State::Waiting {
            until: planned.map_or(next, |planned| planned.min(next)),
        };
    }

    /// Creates a machine that continues with the value of an earlier one.
    pub fn resuming(self, last_good: Option<Timestamp>) -> Self {
        Self {
            last_good,
            has_answered: last_good.is_some(),
            ..self
        }
    }

    fn interval(&self, now: Timestamp) -> Millis {
        let is_quick = self.pace == Pace::Busy && !self.is_late(now);
        self.policy.interval(is_quick, self.covered)
    }

    /// Polls after the loss of the stream: within one interval, at a random time (FIELD 31).
    fn cover(&mut self, covered: bool, now: Timestamp, random: f64) {
        let was_covered = std::mem::replace(&mut self.covered, covered);
        if let (State::Waiting { until }, true, false) = (self.state, was_covered, covered) {
            let span = self.interval(now).min(self.policy.takeover);
            let soon = now + span.scaled(random);
            self.state = State::Waiting {
                until: until.min(soon),
            };
        }
    }

    fn after_gap(&self, now: Timestamp) -> Timestamp {
        self.asked
            .map_or(now, |asked| now.max(asked + self.policy.news_gap))
    }

    fn failed(&mut self, failure: Failure, now: Timestamp, random: f64) {
        let stopped = match failure {
            Failure::Unauthorized => Some(Freshness::SignedOut),
            Failure::Forbidden => Some(Freshness::Forbidden),
            Failure::Gone => Some(Freshness::Gone),
            Failure::NotFound if !self.is_in_grace(now) => Some(Freshness::Gone),
            Failure::Refused(status) => Some(Freshness::Refused(status)),
            Failure::NotFound | Failure::Passing { .. } => None,
        };
        if let Some(why) = stopped {
            self.state = State::Stopped(why);
            return;
        }
        let (cause, retry_after) = match failure {
            Failure::Passing { cause, retry_after } => (cause, retry_after),
            // The resource may not exist yet.
            _ => (ConnectionError::Status(404), None),
        };
        self.cause = Some(cause);
        let until = match failure {
            // The server responds: the page learns soon that the resource does not exist.
            Failure::NotFound => now + policy::GRACE_PAUSE.scaled(0.5 + random),
            _ => self.backoff.retry_at(now, random, retry_after),
        };
        self.ask_again = None;
        self.state = State::BackingOff {
            until,
            not_before: now + retry_after.unwrap_or_default().max(policy::LEAST),
        };
    }

    /// Returns `true` if a 404 is normal, as just after creation (FIELD 10).
    fn is_in_grace(&self, now: Timestamp) -> bool {
        !self.has_answered && now.since(self.begun) < self.policy.create_grace
    }

    /// Shortens a pause, once in a row of failures: however often others recover, a failing address
    /// is requested at its own pace.
    fn recover(&mut self, now: Timestamp, random: f64) {
        if let State::BackingOff { until, not_before } = self.state
            && !std::mem::replace(&mut self.is_hurried, true)
        {
            let soon = (now + policy::SOON.scaled(random)).max(not_before);
            self.state = State::BackingOff {
                until: until.min(soon),
                not_before,
            };
        }
    }

    fn give_up_on_slow_answer(&mut self, now: Timestamp, random: f64) -> bool {
        let State::Asking { since } = self.state else {
            return false;
        };
        let too_slow = now.since(since) >= self.policy.request_timeout;
        if too_slow {
            let failure = Failure::Passing {
                cause: ConnectionError::Slow,
                retry_after: None,
            };
            self.failed(failure, now, random);
        }
        too_slow
    }

    /// Schedules a request, or keeps an earlier schedule.
    fn schedule(&mut self, at: Timestamp) {
        match self.state {
            State::Asking { .. } => {
                self.ask_again = Some(self.ask_again.map_or(at, |planned| planned.min(at)));
            }
            State::Waiting { until } => {
                self.state = State::Waiting {
                    until: until.min(at),
                };
            }
            State::Resting => self.state = State::Waiting { until: at },
            State::BackingOff { until, not_before } => {
                self.state = State::BackingOff {
                    until: until.min(at.max(not_before)),
                    not_before,
                };
            }
            State::Stopped(_) => {}
        }
    }

    fn retry(&mut self, now: Timestamp) {
        self.backoff.reset();
        match self.state {
            State::Asking { .. } => self.ask_again = Some(now),
            _ => self.state = State::Waiting { until: now },
        }
    }

    /// Returns the command for the current state.
    fn command(&mut self, now: Timestamp) -> PollCommand {
        let idle = PollCommand::default();
        let due = match self.state {
            State::Resting | State::Stopped(_) => return idle,
            State::Asking { since } => {
                let left = (since + self.policy.request_timeout).since(now);
                return PollCommand {
                    wake_after: Some(left.max(Millis(0))),
                    ..idle
                };
            }
            State::Waiting { until } | State::BackingOff { until, .. } => until,
        };
        if self.hidden {
            return idle;
        }
        if self.offline {
            // The browser's offline state is no proof: requests continue at the slowest pace.
            let at = due.max(self.last_try() + self.policy.max_backoff);
            return self.ask_or_wait(at, idle, now);
        }
        self.ask_or_wait(due, idle, now)
    }

    fn last_try(&self) -> Timestamp {
        self.last_good.unwrap_or(self.begun)
    }

    fn ask_or_wait(&mut self, due: Timestamp, idle: PollCommand, now: Timestamp) -> PollCommand {
        if now < due {
            return PollCommand {
                wake_after: Some(due.since(now)),
                ..idle
            };
        }
        self.newest += 1;
        self.asked = Some(now);
        self.state = State::Asking { since: now };
        PollCommand {
            fetch: Some(RequestId(self.newest)),
            wake_after: Some(self.policy.request_timeout),
            ..idle
        }
    }
}
