//! Timing of the loop without its timers, so that the simulator runs the same code.

use std::time::Duration;
use vestibule_model::backoff::Backoff;
use vestibule_model::reconcile::{Action, Outcome};
use vestibule_model::time::Millis;

/// Maximum number of reconciliations without a pause between them: more would be an endless loop.
const MAX_IMMEDIATE: u32 = 8;
/// Pause after that many.
const IMMEDIATE_PAUSE: Duration = Duration::from_millis(250);

/// Returns the backoff after failures. It has no jitter: nothing else retries at the same time.
pub(super) fn backoff() -> Backoff {
    Backoff::new(Millis(250), Millis::from_secs(10))
}

/// Result of a reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReconcileOutcome {
    /// The workbench is settled, or gone.
    Settled,
    /// A newer command came in between: nothing was stored, and nothing done.
    Overtaken,
    /// Actions that the last reconciliation did not have: their effect should show at once.
    Acted(Vec<Action>),
    /// Another reconciliation is due after this time. With the actions that were repeated.
    Later(Duration, Vec<Action>),
    /// The outcome was stored, but the engine failed to carry out its actions.
    ActionFailed,
    /// The store failed, or the reconciliation panicked: nothing was stored.
    Broken,
}

/// Next step of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// The loop waits until it is woken.
    Rest,
    /// The next reconciliation at once.
    Immediate,
    /// The next reconciliation after this time, or when it is woken.
    Pause(Duration),
}

/// Timing of the reconciliations of one workbench, from a wake-up until it is settled.
#[derive(Debug, Clone)]
pub struct ReconcileTiming {
    backoff: Backoff,
    done: Vec<Action>,
    rounds: u32,
    after_restart: bool,
}

impl ReconcileTiming {
    /// Creates the timing. `after_restart`: this is the first reconciliation since the server was started.
    pub fn new(after_restart: bool) -> Self {
        Self {
            backoff: backoff(),
            done: Vec::new(),
            rounds: 0,
            after_restart,
        }
    }

    /// Returns `true` if no reconciliation since a restart has been stored yet.
    pub fn is_after_restart(&self) -> bool {
        self.after_restart
    }

    /// Returns what a stored outcome leads to once its actions are done: another reconciliation at once, so
    /// that their effect shows, but not when the same actions are repeated.
    pub fn of(&self, outcome: &Outcome) -> ReconcileOutcome {
        let actions = &outcome.actions;
        if outcome.forget {
            return ReconcileOutcome::Settled;
        }
        if !actions.is_empty() && *actions != self.done {
            return ReconcileOutcome::Acted(actions.clone());
        }
        match outcome.requeue_after {
            Some(pause) => ReconcileOutcome::Later(pause.to_std(), actions.clone()),
            None => ReconcileOutcome::Settled,
        }
    }

    /// Returns what follows a reconciliation.
    pub fn after(&mut self, outcome: ReconcileOutcome) -> NextStep {
        // A status that was not stored had no effect.
        self.after_restart &= matches!(
            outcome,
            ReconcileOutcome::Overtaken | ReconcileOutcome::Broken
        );
        self.done.clear();
        match outcome {
            ReconcileOutcome::Settled => NextStep::Rest,
            ReconcileOutcome::Overtaken => self.immediate(),
            ReconcileOutcome::Acted(actions) => {
                self.done = actions;
                self.immediate()
            }
            ReconcileOutcome::Later(pause, actions) => {
                self.done = actions;
                self.backoff.reset();
                self.rounds = 0;
                NextStep::Pause(pause)
            }
            ReconcileOutcome::ActionFailed | ReconcileOutcome::Broken => {
                NextStep::Pause(self.backoff.pause(1.0, None).to_std())
            }
        }
    }

    fn immediate(&mut self) -> NextStep {
        self.rounds += 1;
        if self.rounds <= MAX_IMMEDIATE {
            NextStep::Immediate
        } else {
            NextStep::Pause(IMMEDIATE_PAUSE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_stored_outcome_after_a_restart_ends_the_recovery() {
        let mut timing = ReconcileTiming::new(true);
        for outcome in [ReconcileOutcome::Broken, ReconcileOutcome::Overtaken] {
            timing.after(outcome);
            assert!(timing.is_after_restart(), "nothing was stored");
        }
        assert!(matches!(
            timing.after(ReconcileOutcome::ActionFailed),
            NextStep::Pause(_)
        ));
        assert!(!timing.is_after_restart(), "it was stored");
    }
}
