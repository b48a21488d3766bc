//! When to ask the server again: the pure machine behind `use_workbench_status`.
//!
//! It holds no data and no timer. The shell feeds it what happened, with the time and a random
//! number, and does what the returned [`Command`] says: abort, fetch, and wake it at a time.
//! What the views may say about how fresh their data is comes from [`Poller::freshness`].

mod freshness;
mod policy;
#[cfg(test)]
mod tests;

use crate::time::{Millis, Timestamp};
use crate::trouble::Trouble;
pub use freshness::Freshness;
pub(crate) use policy::within;
pub use policy::{Failure, Pace, Policy};

/// The number of one request. Answers to any other than the newest are dropped (FIELD 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(u64);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The time has come that the last command asked to be woken at, or some other time: being
    /// woken too early or twice does no harm.
    Wake,
    /// A request was answered with data, or with "not modified".
    Answered {
        /// Which request.
        id: RequestId,
        /// How closely what the answer shows is to be followed.
        pace: Pace,
        /// Until when the start is expected to succeed, where the server gave a time.
        deadline: Option<Timestamp>,
    },
    /// A request failed.
    Failed {
        /// Which request.
        id: RequestId,
        /// How.
        failure: Failure,
    },
    /// There is news that somebody waits for: the answer to a wish that was just sent.
    Poke,
    /// The event stream says that there is news. A storm of it is asked about at a measured pace.
    News,
    /// Whether the event stream tells what happens. While it does, asking is a safety net.
    Covered(bool),
    /// A person wants it tried again now, whatever happened before.
    Retry,
    /// The page was hidden.
    Hidden,
    /// The page is seen again.
    Shown,
    /// The browser says that there is no network.
    Offline,
    /// The browser says that there is a network again.
    Online,
}

/// What the shell is to do, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Command {
    /// Abort the request under way.
    pub abort: bool,
    /// Send a request under this number.
    pub fetch: Option<RequestId>,
    /// Wake the machine after this long, instead of any earlier such wish; none: no timer at all.
    pub wake_after: Option<Millis>,
}

/// What the machine waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// An answer to the newest request. Left by the answer, a failure, or the request's own limit.
    Asking { since: Timestamp },
    /// The time of the next request. Left by waking at that time or by a poke.
    Waiting { until: Timestamp },
    /// The end of the pause after an error. A poke does not shorten what `Retry-After` set.
    BackingOff {
        until: Timestamp,
        not_before: Timestamp,
    },
    /// Nothing: it has ended. Left by a poke, a retry, or the page being shown again.
    Resting,
    /// Nothing: asking again cannot help. Left only by a retry.
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
    failures: u32,
    /// What the last failure was; it says nothing while there is none.
    trouble: Trouble,
    missing: u32,
    /// News came while a request was under way: its answer may be older than the news. When to
    /// ask again.
    ask_again: Option<Timestamp>,
    /// When the newest request was sent.
    asked: Option<Timestamp>,
    covered: bool,
    hidden: bool,
    offline: bool,
}

impl Poller {
    /// A machine that wants to ask at once: wake it to begin.
    pub fn new(policy: Policy, now: Timestamp) -> Self {
        Self {
            policy,
            state: State::Waiting { until: now },
            begun: now,
            newest: 0,
            pace: Pace::Busy,
            deadline: None,
            last_good: None,
            failures: 0,
            trouble: Trouble::Silent,
            missing: 0,
            ask_again: None,
            asked: None,
            covered: false,
            hidden: false,
            offline: false,
        }
    }

    /// Takes in what happened. `random` is uniform in 0..1 and spreads clients out.
    pub fn step(&mut self, input: Input, now: Timestamp, random: f64) -> Command {
        let mut abort = false;
        match input {
            Input::Wake => abort = self.give_up_on_slow_answer(now, random),
            Input::Answered { id, pace, deadline } if self.is_awaited(id) => {
                self.answered(pace, deadline, now, random);
            }
            Input::Failed { id, failure } if self.is_awaited(id) => {
                self.failed(failure, now, random);
            }
            Input::Answered { .. } | Input::Failed { .. } => {}
            Input::Poke => self.poke(now),
            Input::News => self.poke(self.after_gap(now)),
            Input::Covered(covered) => self.cover(covered, now, random),
            Input::Retry => self.retry(now),
            Input::Hidden => self.hidden = true,
            Input::Shown => {
                let was_hidden = std::mem::replace(&mut self.hidden, false);
                if was_hidden {
                    self.poke(now);
                }
            }
            Input::Offline => {
                self.offline = true;
                if let State::Asking { .. } = self.state {
                    abort = true;
                    self.state = State::Waiting { until: now };
                }
            }
            Input::Online => {
                let was_offline = std::mem::replace(&mut self.offline, false);
                if was_offline {
                    self.failures = 0;
                    self.poke(now);
                }
            }
        }
        self.command(abort, now)
    }

    /// Whether a request is under way: its answer may tell what the stream tells.
    pub fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking { .. })
    }

    /// Whether it waits after a failure.
    pub fn is_backing_off(&self) -> bool {
        matches!(self.state, State::BackingOff { .. })
    }

    /// Whether it was asked a moment ago.
    pub fn has_just_asked(&self, now: Timestamp) -> bool {
        self.asked
            .is_some_and(|asked| now.since(asked) < policy::JUST_NOW)
    }

    /// Whether an answer to this request is still wanted. Ask before showing its data.
    pub fn is_awaited(&self, id: RequestId) -> bool {
        matches!(self.state, State::Asking { .. }) && id.0 == self.newest
    }

    /// How far what is on the screen can be believed.
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
                trouble: self.trouble,
            },
            State::Asking { since } if self.failures > 0 => Freshness::Stale {
                last_good: self.last_good,
                retry_at: since,
                trouble: self.trouble,
            },
            State::Asking { .. } | State::Waiting { .. } if self.last_good.is_none() => {
                Freshness::Loading
            }
            State::Asking { .. } | State::Waiting { .. } if self.is_late(now) => Freshness::Late,
            State::Asking { .. } | State::Waiting { .. } => Freshness::Live,
        }
    }

    /// When the quick pace ends: the server's deadline where it gave one, else the policy's limit.
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
        self.failures = 0;
        self.missing = 0;
        self.state = if let Some(until) = self.ask_again.take() {
            State::Waiting { until }
        } else if self.pace == Pace::Ended {
            State::Resting
        } else {
            State::Waiting {
                until: now + policy::jittered(self.interval(now), random),
            }
        };
    }

    fn interval(&self, now: Timestamp) -> Millis {
        let is_quick = self.pace == Pace::Busy && !self.is_late(now);
        self.policy.interval(is_quick, self.covered)
    }

    /// Once the stream is lost, asking takes over: within one interval, and everybody at a moment
    /// of their own (FIELD 31).
    fn cover(&mut self, covered: bool, now: Timestamp, random: f64) {
        let was_covered = std::mem::replace(&mut self.covered, covered);
        if let (State::Waiting { until }, true, false) = (self.state, was_covered, covered) {
            let span = self.interval(now).min(self.policy.takeover);
            let soon = now + within(span, random);
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
            Failure::NotFound if self.is_missing_for_good(now) => Some(Freshness::Gone),
            Failure::Refused(status) => Some(Freshness::Refused(status)),
            Failure::NotFound | Failure::Passing { .. } => None,
        };
        if let Some(why) = stopped {
            self.state = State::Stopped(why);
            return;
        }
        let (trouble, retry_after) = match failure {
            Failure::Passing {
                trouble,
                retry_after,
            } => (trouble, retry_after.unwrap_or_default()),
            // It may not be there yet.
            _ => (Trouble::Status(404), Millis(0)),
        };
        self.trouble = trouble;
        // The server is well and answers: nobody is to wait long for the word that it is not there.
        let failures = match failure {
            Failure::NotFound => self.failures.min(1),
            _ => self.failures,
        };
        let pause = self.policy.backoff(failures, random).max(retry_after);
        self.failures = self.failures.saturating_add(1);
        self.ask_again = None;
        self.state = State::BackingOff {
            until: now + pause,
            not_before: now + retry_after.max(policy::LEAST),
        };
    }

    /// Counts a 404. Just after a create it is normal for a while (FIELD 10); later three in a row
    /// mean that it is gone.
    fn is_missing_for_good(&mut self, now: Timestamp) -> bool {
        self.missing += 1;
        let in_grace = self.last_good.is_none() && now.since(self.begun) < self.policy.create_grace;
        self.missing >= self.policy.missing_limit && !in_grace
    }

    fn give_up_on_slow_answer(&mut self, now: Timestamp, random: f64) -> bool {
        let State::Asking { since } = self.state else {
            return false;
        };
        let too_slow = now.since(since) >= self.policy.request_timeout;
        if too_slow {
            let failure = Failure::Passing {
                trouble: Trouble::Slow,
                retry_after: None,
            };
            self.failed(failure, now, random);
        }
        too_slow
    }

    /// It is to be asked at a time, or sooner if that was the plan.
    fn poke(&mut self, at: Timestamp) {
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
        self.failures = 0;
        self.missing = 0;
        match self.state {
            State::Asking { .. } => self.ask_again = Some(now),
            _ => self.state = State::Waiting { until: now },
        }
    }

    /// Turns the state into what is to be done now.
    fn command(&mut self, abort: bool, now: Timestamp) -> Command {
        let idle = Command {
            abort,
            fetch: None,
            wake_after: None,
        };
        let due = match self.state {
            State::Resting | State::Stopped(_) => return idle,
            State::Asking { since } => {
                let left = (since + self.policy.request_timeout).since(now);
                return Command {
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
            // The browser's word is not proof: it is tried at the slowest pace all the same.
            let at = due.max(self.last_try() + self.policy.max_backoff);
            return self.ask_or_wait(at, idle, now);
        }
        self.ask_or_wait(due, idle, now)
    }

    fn last_try(&self) -> Timestamp {
        self.last_good.unwrap_or(self.begun)
    }

    fn ask_or_wait(&mut self, due: Timestamp, idle: Command, now: Timestamp) -> Command {
        if now < due {
            return Command {
                wake_after: Some(due.since(now)),
                ..idle
            };
        }
        self.newest += 1;
        self.asked = Some(now);
        self.state = State::Asking { since: now };
        Command {
            fetch: Some(RequestId(self.newest)),
            wake_after: Some(self.policy.request_timeout),
            ..idle
        }
    }
}
