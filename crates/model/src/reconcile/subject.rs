//! Desired state of a workbench, and the intervals between observations.

use crate::time::{Millis, Timestamp};
use crate::workbench::Desired;

/// Desired state of a workbench at the moment of reconciling.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Raised with every wish, to start, to stop or to change the spec.
    pub generation: u64,
    /// The generation at which the spec last changed.
    pub spec_generation: u64,
    /// Whether it should run.
    pub desired: Desired,
    /// Whether it is to be deleted, which includes being stopped.
    pub deleting: bool,
    /// The current run, or `None` if it was never started.
    pub run: Option<RunWish>,
}

/// The run that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct RunWish {
    /// Counted per workbench, from 1.
    pub number: u64,
    /// The generation at which it was asked for: the spec it runs with.
    pub generation: u64,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until when the start is to succeed where it waits for nothing; see [`crate::deadline`].
    pub start_deadline: Timestamp,
    /// How long the run may last from the moment its process came up; `None`: without limit.
    pub active_deadline: Option<Millis>,
    /// After how long without use it is stopped, once the app has answered; `None`: never.
    pub idle_timeout: Option<Millis>,
}

impl Subject {
    /// Returns the generation that a status can answer to: while a run lasts, an edited spec waits
    /// for the next start, and the observed generation stays behind, visibly.
    pub(super) fn answerable_generation(&self, is_over: bool) -> u64 {
        match &self.run {
            Some(run) if !is_over && self.spec_generation > run.generation => run.generation,
            _ => self.generation,
        }
    }
}

/// Intervals between observations, by state. An engine that hears of changes by itself may look
/// less often; one on this machine may look more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// While the folder (volume) is being made, or cannot be.
    pub volume: Millis,
    /// While a secret is missing. Whoever adds one has the workbench looked at right then.
    pub secrets: Millis,
    /// While there is no room.
    pub capacity: Millis,
    /// While the process is being brought up and does not answer yet.
    pub starting: Millis,
    /// While it runs and answers: it keeps being looked at.
    pub monitoring: Millis,
    /// While it is being stopped.
    pub stopping: Millis,
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            volume: Millis::from_secs(5),
            secrets: Millis::from_secs(30),
            capacity: Millis::from_secs(5),
            starting: Millis::from_secs(2),
            monitoring: Millis::from_secs(5),
            stopping: Millis::from_secs(1),
        }
    }
}
