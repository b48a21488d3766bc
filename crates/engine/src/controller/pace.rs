//! When to look again: the loop's rule apart from its timers, so that a simulation can run the very
//! same.

use super::backoff::Backoff;
use std::time::Duration;
use vestibule_model::reconcile::{Action, Outcome};

/// How many looks may follow each other without a pause: more are going round in circles.
const MOST_HURRIED: u32 = 8;
/// The pause for those.
const HURRY_PAUSE: Duration = Duration::from_millis(250);

/// What a look led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// Nothing is going on any more: the workbench is settled, or gone.
    Settled,
    /// A newer wish came in between: nothing was stored, and nothing done.
    Overtaken,
    /// Something was done that was not done the last time: its effect is to show at once.
    Acted(Vec<Action>),
    /// Another look is due after this time. With what was done again, if something was.
    Later(Duration, Vec<Action>),
    /// The store or the engine could not do what was asked, or the look broke off.
    Broken,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing, until somebody wakes it.
    Rest,
    /// The next look.
    Look,
    /// The next look after this time, or when somebody wakes it.
    Pause(Duration),
}

/// How the looks at one workbench follow each other, from the moment somebody woke it until it
/// rests.
#[derive(Debug, Clone)]
pub struct Pace {
    backoff: Backoff,
    done: Vec<Action>,
    hurried: u32,
    after_restart: bool,
}

impl Pace {
    /// `after_restart`: nobody has looked at it since the server was started.
    pub fn new(after_restart: bool) -> Self {
        Self {
            backoff: Backoff::default(),
            done: Vec::new(),
            hurried: 0,
            after_restart,
        }
    }

    /// Whether the next look is the first one after a restart that tells anybody anything.
    pub fn is_after_restart(&self) -> bool {
        self.after_restart
    }

    /// What a stored outcome leads to, once its actions are carried out: another look at once, so
    /// that their effect shows; but what was done in vain is not done again and again without a
    /// pause.
    pub fn of(&self, outcome: &Outcome) -> Looked {
        let actions = &outcome.actions;
        if outcome.forget {
            return Looked::Settled;
        }
        if !actions.is_empty() && *actions != self.done {
            return Looked::Acted(actions.clone());
        }
        match outcome.requeue_after {
            Some(pause) => Looked::Later(pause.to_std(), actions.clone()),
            None => Looked::Settled,
        }
    }

    /// What follows a look.
    pub fn after(&mut self, looked: Looked) -> Then {
        // One whose status was not stored has told nobody anything.
        self.after_restart &= matches!(looked, Looked::Overtaken | Looked::Broken);
        self.done.clear();
        match looked {
            Looked::Settled => Then::Rest,
            Looked::Overtaken => self.hurry(),
            Looked::Acted(actions) => {
                self.done = actions;
                self.hurry()
            }
            Looked::Later(pause, actions) => {
                self.done = actions;
                self.backoff = Backoff::default();
                self.hurried = 0;
                Then::Pause(pause)
            }
            Looked::Broken => Then::Pause(self.backoff.next()),
        }
    }

    fn hurry(&mut self) -> Then {
        self.hurried += 1;
        if self.hurried <= MOST_HURRIED {
            Then::Look
        } else {
            Then::Pause(HURRY_PAUSE)
        }
    }
}
