//! The client's end of the event stream: the pure machine that keeps one connection per browser.
//!
//! The tabs of one browser elect a leader. It holds the connection and tells the others what it
//! hears; they follow its word. The machine holds no connection, no lock and no timer: the shell
//! feeds it what happened, with the time and a random number, and does what the returned
//! [`Command`] says. Where tabs cannot hear each other the shell says [`Input::Elected`] at once,
//! and each has a connection of its own.

mod freshness;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;
mod word;

use crate::trouble::Trouble;
pub use freshness::Freshness;
use freshness::{Polled, Signals, takeover_ends};
use vestibule_model::backoff::Backoff;
use vestibule_model::stream::HEARTBEAT_EVERY;
use vestibule_model::time::{Millis, Timestamp};
pub use word::Word;

/// A stream that has said nothing for this long is dead: more than two heartbeats are missing.
pub const DEAD_AFTER: Millis = Millis::from_secs(40);

/// Time limit for the first event of a connection, which the server sends at once.
pub const PATIENCE: Millis = Millis::from_secs(15);

/// A page that is hidden for longer gives its connection up.
pub const HIDDEN_LIMIT: Millis = Millis::from_secs(60);

/// The first reconnect comes within this, at random: after a server's restart everybody is thrown
/// out in the same moment (FIELD 31).
pub const FIRST_SPREAD: Millis = Millis::from_secs(4);

/// Once a request has shown that the server is back, the stream is sought within this.
pub const SOON: Millis = Millis::from_secs(1);

/// The longest pause between two tries to reach the server.
pub const MAX_BACKOFF: Millis = Millis::from_secs(30);

/// The longest pause where the server was reached and refused the stream.
pub const MAX_REFUSED: Millis = Millis::from_secs(300);

/// Input of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The time has come that the last command asked to be woken at, or some other time: being
    /// woken too early or twice does no harm.
    Wake,
    /// An event came from the connection; its number, which heartbeats do not have.
    Heard(Option<u64>),
    /// The connection broke, or none came about. Bursts of these do no harm (FIELD 29).
    Failed {
        /// The browser has given up for good: it was answered, and not with a stream (FIELD 30).
        refused: bool,
    },
    /// The answer to a probe: whether the session is over.
    Probed {
        /// A 401.
        signed_out: bool,
    },
    /// This tab leads now.
    Elected,
    /// Another tab took the lead.
    Deposed,
    /// The leader said something; its newest number, and whether its stream is live.
    Told {
        /// The number of the event it passed on.
        id: Option<u64>,
        /// Whether it hears the server.
        live: bool,
    },
    /// A request was answered, or could not be.
    Polled {
        /// The failure; `None` if the server itself answered.
        trouble: Option<Trouble>,
    },
    /// An address answers again after it had failed. This shortens a pause once; after that, only
    /// a connection that holds does.
    Recovered,
    /// The page was hidden.
    Hidden,
    /// The page is seen again.
    Shown,
    /// The browser says that there is no network.
    Offline,
    /// The browser says that there is a network again.
    Online,
    /// Whether the person wants to be told of an end while the page is hidden.
    Awaited(bool),
    /// The session is over.
    SignedOut,
}

/// Request for the lead among tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seek {
    /// Wait until nobody has it.
    Queue,
    /// Take it: whoever has it says nothing any more.
    Steal,
}

/// Commands to the shell, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Command {
    /// Close the connection.
    pub close: bool,
    /// Give the lead up.
    pub resign: bool,
    /// Open a connection. What was heard last is [`Feed::last`].
    pub connect: bool,
    /// Ask the server by a normal request whether the session holds.
    pub probe: bool,
    /// Ask for the lead.
    pub seek: Option<Seek>,
    /// Ask the leader how things stand.
    pub ask: bool,
    /// Tell the other tabs whether the stream is live.
    pub tell: bool,
    /// The stream is live after it had failed: tell the pollers, as [`crate::poll::Input::Recovered`].
    pub recovered: bool,
    /// Wake the machine after this long, instead of any earlier such wish; `None`: no timer at all.
    pub wake_after: Option<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Another tab leads. Left by being elected; after a long silence the lead is taken.
    Following { patient_until: Timestamp },
    /// A connection was begun. Left by its first event, by its failure, or by its slowness.
    Connecting { since: Timestamp },
    /// Events come. Left by a failure or by silence.
    Open { since: Timestamp },
    /// A pause before the next try.
    Waiting { until: Timestamp },
    /// It was refused; a request finds out why. Left by its answer, or after a while without one.
    Probing { since: Timestamp },
    /// Hidden for long: nothing at all. Left by being shown.
    Resting,
    /// The session is over. Never left: whoever signs in gets a new machine.
    SignedOut,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Feed {
    state: State,
    /// The newest number that was heard, here or from the leader.
    last: Option<u64>,
    /// Since when nothing has been missed: the last event, of any kind and from anybody.
    heard: Option<Timestamp>,
    /// Since when the stream is not live although it was, or should have been.
    lost: Option<Timestamp>,
    /// Whether the leader, another tab, hears the server.
    leader_is_live: bool,
    backoff: Backoff,
    /// Whether a pause was shortened since the last connection that held.
    is_hurried: bool,
    was_refused: bool,
    hidden_since: Option<Timestamp>,
    awaited: bool,
    offline: bool,
    polled: Option<Polled>,
}

impl Feed {
    /// Returns a machine that wants to follow or lead: wake it to begin.
    pub fn new() -> Self {
        Self {
            state: State::Resting,
            last: None,
            heard: None,
            lost: None,
            leader_is_live: false,
            backoff: Backoff::new(FIRST_SPREAD, MAX_BACKOFF),
            is_hurried: false,
            was_refused: false,
            hidden_since: None,
            awaited: false,
            offline: false,
            polled: None,
        }
    }

    /// Returns the newest number that was heard: what to resume after.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Returns `true` if this tab leads, and what it hears is to be told to the others.
    pub fn leads(&self) -> bool {
        use State::{Connecting, Open, Probing, Waiting};
        matches!(
            self.state,
            Connecting { .. } | Open { .. } | Waiting { .. } | Probing { .. }
        )
    }

    /// Returns `true` if news comes by itself, here or through the leader.
    pub fn is_live(&self) -> bool {
        match self.state {
            State::Open { .. } => true,
            State::Following { .. } => self.leader_is_live,
            _ => false,
        }
    }

    /// Returns how far the data on the page can be trusted.
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        let signals = Signals {
            is_signed_out: self.state == State::SignedOut,
            is_offline: self.offline,
            is_live: self.is_live(),
            heard: self.heard,
            lost: self.lost,
            polled: self.polled,
        };
        signals.freshness(now)
    }

    /// Takes in what happened. `random` is uniform in 0..1 and spreads clients out.
    pub fn step(&mut self, input: Input, now: Timestamp, random: f64) -> Command {
        let mut command = Command::default();
        let was_live = self.is_live();
        // A clock that was set back must not keep a dead stream alive.
        self.heard = self.heard.map(|heard| heard.min(now));
        match input {
            Input::Wake => {}
            Input::Heard(id) => {
                let was_failing = self.backoff.failures() > 0;
                self.hear(id, now);
                command.recovered = was_failing && !was_live && self.is_live();
            }
            Input::Failed { refused } => self.failed(refused, now, random, &mut command),
            Input::Probed { signed_out } => self.probed(signed_out, now, random, &mut command),
            Input::Elected => self.elected(now, &mut command),
            Input::Deposed if self.leads() => {
                command.close = true;
                // Behind the thief, should it go.
                command.seek = Some(Seek::Queue);
                self.follow(now, random);
                self.leader_is_live = false;
            }
            Input::Told { id, live } => self.told(id, live, now, random),
            Input::Polled { trouble } => {
                self.polled = Some(Polled::after(self.polled, trouble, now));
            }
            Input::Recovered => {
                if !std::mem::replace(&mut self.is_hurried, true) {
                    self.seek_soon(now, random);
                }
            }
            Input::Hidden => self.hidden_since = self.hidden_since.or(Some(now)),
            Input::Shown => self.hidden_since = None,
            Input::Awaited(awaited) => self.awaited = awaited,
            Input::Offline => self.offline = true,
            Input::Online => self.online(now, random, &mut command),
            Input::SignedOut => {
                command.close = true;
                command.resign = self.leads();
                self.state = State::SignedOut;
            }
            Input::Deposed => {}
        }
        self.advance(now, random, &mut command);
        self.note_loss(was_live, now);
        // While it is not live the leader says at every step that it is there, or it would be deposed.
        command.tell = self.leads() && (!self.is_live() || !was_live);
        command.wake_after = self.due(now);
        command
    }

    fn hear(&mut self, id: Option<u64>, now: Timestamp) {
        match self.state {
            State::Connecting { .. } => self.state = State::Open { since: now },
            State::Open { .. } => {}
            // What a connection that was given up still had to say.
            _ => return,
        }
        self.heard = Some(now);
        self.was_refused = false;
        self.last = id.or(self.last);
    }

    fn told(&mut self, id: Option<u64>, live: bool, now: Timestamp, random: f64) {
        if let State::Following { .. } = self.state {
            self.follow(now, random);
            self.leader_is_live = live;
            if live {
                self.heard = Some(now);
                self.last = id.or(self.last);
            }
        }
    }

    fn failed(&mut self, refused: bool, now: Timestamp, random: f64, command: &mut Command) {
        match self.state {
            State::Connecting { .. } => {}
            // It stood for a while: this is no server that drops everybody at once.
            State::Open { since } if now.since(since) >= HEARTBEAT_EVERY => self.settle(),
            State::Open { .. } => {}
            // A burst of errors is one failure (FIELD 29).
            _ => return,
        }
        command.close = true;
        if refused {
            command.probe = true;
            self.state = State::Probing { since: now };
        } else {
            self.back_off(now, random);
        }
    }

    fn probed(&mut self, signed_out: bool, now: Timestamp, random: f64, command: &mut Command) {
        if let State::Probing { .. } = self.state {
            if signed_out {
                command.resign = true;
                self.state = State::SignedOut;
            } else {
                self.was_refused = true;
                self.back_off(now, random);
            }
        }
    }

    fn elected(&mut self, now: Timestamp, command: &mut Command) {
        match self.state {
            State::Following { .. } => {
                self.settle();
                self.connect(now, command);
            }
            // It took too long: nobody is there to look any more.
            State::Resting | State::SignedOut => command.resign = true,
            _ => {}
        }
    }

    fn online(&mut self, now: Timestamp, random: f64, command: &mut Command) {
        if !std::mem::replace(&mut self.offline, false) {
            return;
        }
        self.settle();
        match self.state {
            // The connection may hang on a network that is gone; what was missed is sent again.
            State::Open { .. } | State::Connecting { .. } => {
                command.close = true;
                self.connect(now, command);
            }
            _ => self.seek_soon(now, random),
        }
    }

    /// Forgets the failures: the server is well, or the network is another one.
    fn settle(&mut self) {
        self.backoff.reset();
        self.is_hurried = false;
    }

    /// Cuts a pause short. An office comes back at once: not everybody in the same moment.
    fn seek_soon(&mut self, now: Timestamp, random: f64) {
        if let State::Waiting { until } = self.state {
            let soon = now + SOON.scaled(random);
            self.state = State::Waiting {
                until: until.min(soon),
            };
        }
    }

    /// What time alone brings about.
    fn advance(&mut self, now: Timestamp, random: f64, command: &mut Command) {
        let is_hidden_for_long = self.rests_at().is_some_and(|at| now >= at);
        match self.state {
            State::SignedOut => {}
            State::Resting if self.hidden_since.is_none() => {
                self.follow(now, random);
                command.seek = Some(Seek::Queue);
                command.ask = true;
            }
            State::Resting => {}
            _ if is_hidden_for_long => {
                command.close |= self.leads();
                command.resign |= self.leads();
                command.connect = false;
                command.seek = None;
                self.leader_is_live = false;
                self.state = State::Resting;
            }
            State::Following { patient_until } if now >= patient_until => {
                self.follow(now, random);
                self.leader_is_live = false;
                // Nobody is looking here: whoever is seen may take it.
                if self.hidden_since.is_none() {
                    command.seek = Some(Seek::Steal);
                }
            }
            State::Following { .. } => {}
            State::Connecting { since } if now.since(since) >= PATIENCE => {
                command.close = true;
                self.back_off(now, random);
            }
            State::Open { .. } if now >= self.dead_at(now) => {
                self.failed(false, now, random, command);
            }
            State::Probing { since } if now.since(since) >= PATIENCE => self.back_off(now, random),
            State::Waiting { until } if now >= until => self.connect(now, command),
            State::Connecting { .. }
            | State::Open { .. }
            | State::Probing { .. }
            | State::Waiting { .. } => {}
        }
    }

    fn follow(&mut self, now: Timestamp, random: f64) {
        // Not all followers take the lead in the same moment.
        self.state = State::Following {
            patient_until: now + DEAD_AFTER + HEARTBEAT_EVERY.scaled(random),
        };
    }

    fn connect(&mut self, now: Timestamp, command: &mut Command) {
        command.connect = true;
        self.state = State::Connecting { since: now };
    }

    fn back_off(&mut self, now: Timestamp, random: f64) {
        self.backoff.limit(if self.was_refused {
            MAX_REFUSED
        } else {
            MAX_BACKOFF
        });
        self.state = State::Waiting {
            until: self.backoff.retry_at(now, random, None),
        };
    }

    fn note_loss(&mut self, was_live: bool, now: Timestamp) {
        if self.is_live() || matches!(self.state, State::Resting | State::SignedOut) {
            self.lost = None;
        } else if was_live || matches!(self.state, State::Waiting { .. } | State::Probing { .. }) {
            self.lost = self.lost.or(Some(now));
        }
    }

    fn dead_at(&self, now: Timestamp) -> Timestamp {
        self.heard.unwrap_or(now) + DEAD_AFTER
    }

    /// Returns when a page that nobody looks at gives its connection up.
    fn rests_at(&self) -> Option<Timestamp> {
        let hidden = self.hidden_since.filter(|_| !self.awaited);
        hidden.map(|since| since + HIDDEN_LIMIT)
    }

    /// Returns when something happens by itself.
    fn due(&self, now: Timestamp) -> Option<Millis> {
        let of_state = match self.state {
            State::Resting | State::SignedOut => return None,
            State::Following { patient_until } => patient_until,
            State::Connecting { since } | State::Probing { since } => since + PATIENCE,
            State::Open { .. } => self.dead_at(now),
            // Followers want to hear something meanwhile.
            State::Waiting { until } => until.min(now + HEARTBEAT_EVERY),
        };
        let due = [
            Some(of_state),
            self.rests_at(),
            takeover_ends(self.lost, now),
        ];
        let first = due.into_iter().flatten().min()?;
        Some(first.since(now).max(Millis(0)))
    }
}

impl Default for Feed {
    fn default() -> Self {
        Self::new()
    }
}
