//! Timing of the loop without its timers, so that the simulator runs the same code.

use std::time::Duration;
use vestibule_model::backoff::Backoff;
use vestibule_model::reconcile::{Action, Outcome};
use vestibule_model::time::Millis;

/// Maximum number of looks without a pause between them: more would be an endless loop.
const MAX_IMMEDIATE: u32 = 8;
/// Pause after that many.
const IMMEDIATE_PAUSE: Duration = Duration::from_millis(250);

/// Returns the backoff after failures. It has no jitter: nothing else retries at the same time.
pub(super) fn backoff() -> Backoff {
    Backoff::new(Millis(250), Millis::from_secs(10))
}

/// Result of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookOutcome {
    /// The workbench is settled, or gone.
    Settled,
    /// A newer command came in between: nothing was stored, and nothing done.
    Overtaken,
    /// Actions that the last look did not have: their effect should show at once.
    Acted(Vec<Action>),
    /// Another look is due after this time. With the actions that were repeated.
    Later(Duration, Vec<Action>),
    /// The store or the engine failed, or the look panicked.
    Broken,
}

/// Next step of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextLook {
    /// The loop waits until it is woken.
    Rest,
    /// The next look.
    Look,
    /// The next look after this time, or when it is woken.
    Pause(Duration),
}

/// Timing of the looks at one workbench, from a wake-up until it is settled.
#[derive(Debug, Clone)]
pub struct LookTiming {
    backoff: Backoff,
    done: Vec<Action>,
    looks: u32,
    after_restart: bool,
}

impl LookTiming {
    /// Creates the timing. `after_restart`: this is the first look since the server was started.
    pub fn new(after_restart: bool) -> Self {
        Self {
            backoff: backoff(),
            done: Vec::new(),
            looks: 0,
            after_restart,
        }
    }

    /// Returns `true` if no look since a restart has been stored yet.
    pub fn is_after_restart(&self) -> bool {
        self.after_restart
    }

    /// Returns what a stored outcome leads to once its actions are done: another look at once, so
    /// that their effect shows, but not when the same actions are repeated.
    pub fn of(&self, outcome: &Outcome) -> LookOutcome {
        let actions = &outcome.actions;
        if outcome.forget {
            return LookOutcome::Settled;
        }
        if !actions.is_empty() && *actions != self.done {
            return LookOutcome::Acted(actions.clone());
        }
        match outcome.requeue_after {
            Some(pause) => LookOutcome::Later(pause.to_std(), actions.clone()),
            None => LookOutcome::Settled,
        }
    }

    /// Returns what follows a look.
    pub fn after(&mut self, looked: LookOutcome) -> NextLook {
        // A status that was not stored had no effect.
        self.after_restart &= matches!(looked, LookOutcome::Overtaken | LookOutcome::Broken);
        self.done.clear();
        match looked {
            LookOutcome::Settled => NextLook::Rest,
            LookOutcome::Overtaken => self.immediate(),
            LookOutcome::Acted(actions) => {
                self.done = actions;
                self.immediate()
            }
            LookOutcome::Later(pause, actions) => {
                self.done = actions;
                self.backoff.reset();
                self.looks = 0;
                NextLook::Pause(pause)
            }
            LookOutcome::Broken => NextLook::Pause(self.backoff.pause(1.0, None).to_std()),
        }
    }

    fn immediate(&mut self) -> NextLook {
        self.looks += 1;
        if self.looks <= MAX_IMMEDIATE {
            NextLook::Look
        } else {
            NextLook::Pause(IMMEDIATE_PAUSE)
        }
    }
}
