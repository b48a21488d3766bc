//! The client's end of the event stream: a pure state machine that keeps one connection per
//! browser.
//!
//! The tabs of one browser elect a leader. It holds the connection and forwards its events to the
//! other tabs, the followers. The machine holds no connection, no lock and no timer: the shell
//! feeds it inputs with the time and a random number, and executes the returned [`StreamCommand`]s. Where
//! tabs cannot communicate the shell sends [`StreamInput::Elected`] at once, and each tab has its own
//! connection.

mod freshness;
mod input;
#[cfg(test)]
mod page_tests;
mod tab_message;
#[cfg(test)]
mod tests;

pub use freshness::StreamFreshness;
use freshness::{FreshnessInput, PollingState, takeover_ends};
pub use input::{LeadershipRequest, StreamCommand, StreamInput};
pub use tab_message::TabMessage;
use vestibule_model::backoff::Backoff;
use vestibule_model::stream::HEARTBEAT_EVERY;
use vestibule_model::time::{Millis, Timestamp};

/// A stream without an event for this long is dead: more than two heartbeats are missing.
pub const DEAD_AFTER: Millis = Millis::from_secs(40);

/// Time limit for the first event of a connection, which the server sends at once.
pub const PATIENCE: Millis = Millis::from_secs(15);

/// Time after which a hidden page closes its connection.
pub const HIDDEN_LIMIT: Millis = Millis::from_secs(60);

/// The first reconnect comes at a random time within this: a server restart disconnects all clients
/// at once (FIELD 31).
pub const FIRST_SPREAD: Millis = Millis::from_secs(4);

/// After a request has shown that the server is back, the stream reconnects within this.
pub const SOON: Millis = Millis::from_secs(1);

/// Longest pause between two attempts to reach the server.
pub const MAX_BACKOFF: Millis = Millis::from_secs(30);

/// Longest pause after the server refused the stream.
pub const MAX_REFUSED: Millis = Millis::from_secs(300);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Another tab leads. Exits: election; after a long silence this tab takes over.
    Following { patient_until: Timestamp },
    /// A connection is opening. Exits: its first event, its failure, or a timeout.
    Connecting { since: Timestamp },
    /// Events arrive. Exits: failure or silence.
    Open { since: Timestamp },
    /// Pause before the next attempt.
    Waiting { until: Timestamp },
    /// The stream was refused; a request finds out why. Exits: its response, or a timeout.
    Probing { since: Timestamp },
    /// Hidden for long: no connection. Exit: the page is shown.
    Resting,
    /// The session has ended. No exit: the next sign-in creates a new machine.
    SignedOut,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct StreamMachine {
    state: State,
    /// Newest event number, received here or from the leader.
    last: Option<u64>,
    /// Time of the last event of any kind, from any tab.
    last_received: Option<Timestamp>,
    /// Time since which the stream is not live.
    lost: Option<Timestamp>,
    /// `true` if the leader's stream is live.
    leader_is_live: bool,
    backoff: Backoff,
    /// `true` if a pause was shortened since the last lasting connection.
    is_hurried: bool,
    was_refused: bool,
    hidden_since: Option<Timestamp>,
    awaited: bool,
    offline: bool,
    polled: Option<PollingState>,
}

impl StreamMachine {
    /// Creates a machine; wake it to begin.
    pub fn new() -> Self {
        Self {
            state: State::Resting,
            last: None,
            last_received: None,
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

    /// Returns the newest number, from which to resume.
    pub fn last(&self) -> Option<u64> {
        self.last
    }

    /// Returns `true` if this tab leads and forwards its events to the others.
    pub fn leads(&self) -> bool {
        use State::{Connecting, Open, Probing, Waiting};
        matches!(
            self.state,
            Connecting { .. } | Open { .. } | Waiting { .. } | Probing { .. }
        )
    }

    /// Returns `true` if events arrive, here or through the leader.
    pub fn is_live(&self) -> bool {
        match self.state {
            State::Open { .. } => true,
            State::Following { .. } => self.leader_is_live,
            _ => false,
        }
    }

    /// Returns the freshness of the page's data.
    pub fn freshness(&self, now: Timestamp) -> StreamFreshness {
        self.signals().freshness(now)
    }

    fn signals(&self) -> FreshnessInput {
        FreshnessInput {
            is_signed_out: self.state == State::SignedOut,
            is_offline: self.offline,
            is_live: self.is_live(),
            received: self.last_received,
            lost: self.lost,
            polled: self.polled,
        }
    }

    /// Applies an input. `random` is uniform in 0..1 and spreads clients.
    pub fn step(&mut self, input: StreamInput, now: Timestamp, random: f64) -> StreamCommand {
        let mut command = StreamCommand::default();
        let was_live = self.is_live();
        // A clock that was set back must not keep a dead stream alive.
        self.last_received = self
            .last_received
            .map(|last_received| last_received.min(now));
        match input {
            StreamInput::Wake => {}
            StreamInput::Received(id) => {
                let was_failing = self.backoff.failures() > 0;
                self.received(id, now);
                command.recovered = was_failing && !was_live && self.is_live();
            }
            StreamInput::Failed { refused } => self.failed(refused, now, random, &mut command),
            StreamInput::Probed { signed_out } => {
                self.probed(signed_out, now, random, &mut command);
            }
            StreamInput::Elected => self.elected(now, &mut command),
            StreamInput::Deposed if self.leads() => {
                command.close = true;
                // Queued behind the new leader.
                command.seek = Some(LeadershipRequest::Queue);
                self.follow(now, random);
                self.leader_is_live = false;
            }
            StreamInput::Relayed { id, live } => self.relayed(id, live, now, random),
            StreamInput::Polled { cause } => {
                self.polled = Some(PollingState::after(self.polled, cause, now));
            }
            StreamInput::Recovered => {
                if !std::mem::replace(&mut self.is_hurried, true) {
                    self.seek_soon(now, random);
                }
            }
            StreamInput::Hidden => self.hidden_since = self.hidden_since.or(Some(now)),
            StreamInput::Shown => self.hidden_since = None,
            StreamInput::Awaited(awaited) => self.awaited = awaited,
            StreamInput::Offline => self.offline = true,
            StreamInput::Online => self.online(now, random, &mut command),
            StreamInput::SignedOut => {
                command.close = true;
                command.resign = self.leads();
                self.state = State::SignedOut;
            }
            StreamInput::Deposed => {}
        }
        self.advance(now, random, &mut command);
        self.note_loss(was_live, now);
        // Without a live stream the leader repeats its state, or it would be replaced.
        command.tell = self.leads() && (!self.is_live() || !was_live);
        command.wake_after = self.due(now);
        command
    }

    fn received(&mut self, id: Option<u64>, now: Timestamp) {
        match self.state {
            State::Connecting { .. } => self.state = State::Open { since: now },
            State::Open { .. } => {}
            // Late event of a closed connection.
            _ => return,
        }
        self.last_received = Some(now);
        self.was_refused = false;
        self.last = id.or(self.last);
    }

    fn relayed(&mut self, id: Option<u64>, live: bool, now: Timestamp, random: f64) {
        if let State::Following { .. } = self.state {
            self.follow(now, random);
            self.leader_is_live = live;
            if live {
                self.last_received = Some(now);
                self.last = id.or(self.last);
            }
        }
    }

    fn failed(&mut self, refused: bool, now: Timestamp, random: f64, command: &mut StreamCommand) {
        match self.state {
            State::Connecting { .. } => {}
            // The connection lasted: this server does not drop every client at once.
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

    fn probed(
        &mut self,
        signed_out: bool,
        now: Timestamp,
        random: f64,
        command: &mut StreamCommand,
    ) {
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

    fn elected(&mut self, now: Timestamp, command: &mut StreamCommand) {
        match self.state {
            State::Following { .. } => {
                self.settle();
                self.connect(now, command);
            }
            // The page was hidden for too long.
            State::Resting | State::SignedOut => command.resign = true,
            _ => {}
        }
    }

    fn online(&mut self, now: Timestamp, random: f64, command: &mut StreamCommand) {
        if !std::mem::replace(&mut self.offline, false) {
            return;
        }
        self.settle();
        match self.state {
            // The connection may hang on an old network; missed events are sent again.
            State::Open { .. } | State::Connecting { .. } => {
                command.close = true;
                self.connect(now, command);
            }
            _ => self.seek_soon(now, random),
        }
    }

    /// Resets the failures: the server is well, or the network is another one.
    fn settle(&mut self) {
        self.backoff.reset();
        self.is_hurried = false;
    }

    /// Cuts a pause short, at a random time, so that the clients of one network don't return at
    /// once.
    fn seek_soon(&mut self, now: Timestamp, random: f64) {
        if let State::Waiting { until } = self.state {
            let soon = now + SOON.scaled(random);
            self.state = State::Waiting {
                until: until.min(soon),
            };
        }
    }

    /// Applies the effects of time.
    fn advance(&mut self, now: Timestamp, random: f64, command: &mut StreamCommand) {
        let is_hidden_for_long = self.rests_at().is_some_and(|at| now >= at);
        match self.state {
            State::SignedOut => {}
            State::Resting if self.hidden_since.is_none() => {
                self.follow(now, random);
                command.seek = Some(LeadershipRequest::Queue);
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
                // A hidden leader releases leadership for a visible tab.
                if self.hidden_since.is_none() {
                    command.seek = Some(LeadershipRequest::Steal);
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
        // Followers don't take over all at once.
        self.state = State::Following {
            patient_until: now + DEAD_AFTER + HEARTBEAT_EVERY.scaled(random),
        };
    }

    fn connect(&mut self, now: Timestamp, command: &mut StreamCommand) {
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
        self.last_received.unwrap_or(now) + DEAD_AFTER
    }

    /// Returns when a hidden page closes its connection.
    fn rests_at(&self) -> Option<Timestamp> {
        let hidden = self.hidden_since.filter(|_| !self.awaited);
        hidden.map(|since| since + HIDDEN_LIMIT)
    }

    /// Returns the next time at which something changes without an input.
    fn due(&self, now: Timestamp) -> Option<Millis> {
        let of_state = match self.state {
            State::Resting | State::SignedOut => return None,
            State::Following { patient_until } => patient_until,
            State::Connecting { since } | State::Probing { since } => since + PATIENCE,
            State::Open { .. } => self.dead_at(now),
            // Followers expect a message meanwhile.
            State::Waiting { until } => until.min(now + HEARTBEAT_EVERY),
        };
        let due = [
            Some(of_state),
            self.rests_at(),
            takeover_ends(self.lost, now),
            self.signals().contact_ends(now),
        ];
        let first = due.into_iter().flatten().min()?;
        Some(first.since(now).max(Millis(0)))
    }
}

impl Default for StreamMachine {
    fn default() -> Self {
        Self::new()
    }
}
