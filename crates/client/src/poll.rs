//! Polling: the pure machine behind `use_workbench_status`.
//!
//! It holds no data and no timer. The shell feeds it what happened, with the time and a random
//! number, and does what the returned [`Command`] says: abort, fetch, and wake it at a time.
//! What the views may say about how fresh their data is comes from [`Poller::freshness`].

mod freshness;
mod policy;
#[cfg(test)]
mod tests;

use crate::trouble::Trouble;
pub use freshness::Freshness;
pub use policy::{Failure, Pace, Policy};
use vestibule_model::backoff::Backoff;
use vestibule_model::time::{Millis, Timestamp};

/// The number of one request. Answers to any other than the newest are dropped (FIELD 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(u64);

/// Input of the machine.
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
    /// Another source, such as the event stream, reported the value: what an answer would say of it.
    Reported {
        /// How closely the value is to be followed.
        pace: Pace,
        /// Until when the start is expected to succeed, where the server gave a time.
        deadline: Option<Timestamp>,
    },
    /// There is news that somebody waits for: the answer to a wish that was just sent.
    Poke,
    /// The event stream says that there is news. A storm of it is asked about at a measured pace.
    News,
    /// Whether the event stream is live. While it is, polling is a safety net.
    Covered(bool),
    /// Another address answers again after it had failed, or the stream is back: the server may be
    /// well again. This shortens a pause once; after that, only an answer to this poller does.
    Recovered,
    /// A person wants it retried now, whatever happened before.
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

/// Commands to the shell, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Command {
    /// Abort the request under way.
    pub abort: bool,
    /// Send a request under this number.
    pub fetch: Option<RequestId>,
    /// This address answers again after it had failed: tell the other pollers and the stream, as
    /// [`Input::Recovered`].
    pub recovered: bool,
    /// Wake the machine after this long, instead of any earlier such wish; `None`: no timer at all.
    pub wake_after: Option<Millis>,
}

/// State of the machine, by what it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// An answer to the newest request. Left by the answer, a failure, or the request's own limit.
    Asking { since: Timestamp },
    /// The time of the next request. Left by waking at that time or by a poke.
    Waiting { until: Timestamp },
    /// The end of the pause after an error. Nothing shortens what `Retry-After` set.
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
    backoff: Backoff,
    /// The last failure; `None` after an answer.
    trouble: Option<Trouble>,
    /// Whether a pause was shortened since the last answer.
    is_hurried: bool,
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
    /// Returns a machine that wants to ask at once: wake it to begin.
    pub fn new(policy: Policy, now: Timestamp) -> Self {
        Self {
            policy,
            state: State::Waiting { until: now },
            begun: now,
            newest: 0,
            pace: Pace::Busy,
            deadline: None,
            last_good: None,
            backoff: Backoff::new(policy::FIRST_PAUSE, policy.max_backoff),
            trouble: None,
            is_hurried: false,
            ask_again: None,
            asked: None,
            covered: false,
            hidden: false,
            offline: false,
        }
    }

    /// Takes in what happened. `random` is uniform in 0..1 and spreads clients out.
    pub fn step(&mut self, input: Input, now: Timestamp, random: f64) -> Command {
        let (mut abort, mut recovered) = (false, false);
        match input {
            Input::Wake => abort = self.give_up_on_slow_answer(now, random),
            Input::Answered { id, pace, deadline } if self.is_awaited(id) => {
                recovered = self.trouble.is_some();
                self.answered(pace, deadline, now, random);
            }
            Input::Failed { id, failure } if self.is_awaited(id) => {
                self.failed(failure, now, random);
            }
            Input::Answered { .. } | Input::Failed { .. } => {}
            Input::Reported { pace, deadline } => self.reported(pace, deadline, now, random),
            Input::Poke => self.poke(now),
            // An address in trouble is not asked more often because there is more to ask about.
            Input::News if self.is_backing_off() => {}
            Input::News => self.poke(self.after_gap(now)),
            Input::Recovered => self.recover(now, random),
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
                    self.backoff.reset();
                    self.poke(now);
                }
            }
        }
        Command {
            abort,
            recovered,
            ..self.command(now)
        }
    }

    /// Returns `true` if a request is under way: its answer may tell what the stream tells.
    pub fn is_asking(&self) -> bool {
        matches!(self.state, State::Asking { .. })
    }

    /// Returns `true` if it waits after a failure.
    pub fn is_backing_off(&self) -> bool {
        matches!(self.state, State::BackingOff { .. })
    }

    /// Returns `true` if it was asked a moment ago.
    pub fn has_just_asked(&self, now: Timestamp) -> bool {
        self.asked
            .is_some_and(|asked| now.since(asked) < policy::JUST_NOW)
    }

    /// Returns `true` if an answer to this request is still wanted. Ask before showing its data.
    pub fn is_awaited(&self, id: RequestId) -> bool {
        matches!(self.state, State::Asking { .. }) && id.0 == self.newest
    }

    /// Returns how far what is on the screen can be believed.
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
                trouble: self.trouble.unwrap_or(Trouble::Silent),
            },
            State::Asking { since } if self.trouble.is_some() => Freshness::Stale {
                last_good: self.last_good,
                retry_at: since,
                trouble: self.trouble.unwrap_or(Trouble::Silent),
            },
            State::Asking { .. } | State::Waiting { .. } if self.last_good.is_none() => {
                Freshness::Loading
            }
            State::Asking { .. } | State::Waiting { .. } if self.is_late(now) => Freshness::Late,
            State::Asking { .. } | State::Waiting { .. } => Freshness::Live,
        }
    }

    /// Returns when the quick pace ends: the server's deadline where it gave one, else the policy's
    /// limit.
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
        self.backoff.reset();
        self.trouble = None;
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

    /// Follows a value that another source reported. The heartbeat of a start begins or goes on; it is
    /// not put off. What has ended needs no further request.
    fn reported(&mut self, pace: Pace, deadline: Option<Timestamp>, now: Timestamp, random: f64) {
        if self.pace != Pace::Busy && pace == Pace::Busy {
            self.begun = now;
        }
        self.pace = pace;
        self.deadline = deadline;
        let planned = match self.state {
            State::Waiting { until } => Some(until),
            State::Resting => None,
            State::Asking { .. } | State::BackingOff { .. } | State::Stopped(_) => return,
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

    /// Returns a machine that goes on where an earlier one has left the value.
    pub fn resuming(self, last_good: Option<Timestamp>) -> Self {
        Self { last_good, ..self }
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
        let (trouble, retry_after) = match failure {
            Failure::Passing {
                trouble,
                retry_after,
            } => (trouble, retry_after),
            // It may not be there yet.
            _ => (Trouble::Status(404), None),
        };
        self.trouble = Some(trouble);
        let until = match failure {
            // The server is well and answers: the page learns soon that there is no such thing.
            Failure::NotFound => now + policy::GRACE_PAUSE.scaled(0.5 + random),
            _ => self.backoff.retry_at(now, random, retry_after),
        };
        self.ask_again = None;
        self.state = State::BackingOff {
            until,
            not_before: now + retry_after.unwrap_or_default().max(policy::LEAST),
        };
    }

    /// Returns `true` if a 404 is normal, as just after a create (FIELD 10).
    fn is_in_grace(&self, now: Timestamp) -> bool {
        self.last_good.is_none() && now.since(self.begun) < self.policy.create_grace
    }

    /// Shortens a pause, once in a row of failures: however often others recover, an address that
    /// stays in trouble is asked at its own pace.
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
        self.backoff.reset();
        match self.state {
            State::Asking { .. } => self.ask_again = Some(now),
            _ => self.state = State::Waiting { until: now },
        }
    }

    /// Turns the state into what is to be done now.
    fn command(&mut self, now: Timestamp) -> Command {
        let idle = Command::default();
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
