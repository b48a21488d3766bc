//! Desired state of a workbench, and the intervals between observations.

use crate::time::{Millis, Timestamp};
use crate::workbench::{Desired, WorkbenchStatus};

/// Desired state of a workbench at the moment of reconciling.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Generation, raised by every command: start, stop, and changes of the spec.
    pub generation: u64,
    /// The generation at which the spec last changed.
    pub spec_generation: u64,
    /// Desired state.
    pub desired: Desired,
    /// `true` if it is being deleted, which includes a stop.
    pub deleting: bool,
    /// The current run, or `None` if it was never started.
    pub run: Option<DesiredRun>,
}

/// The desired run.
#[derive(Debug, Clone, PartialEq)]
pub struct DesiredRun {
    /// Number, from 1 for each workbench.
    pub number: u64,
    /// Generation of the request, and of the spec with which it runs.
    pub generation: u64,
    /// Time of the request.
    pub asked_at: Timestamp,
    /// Deadline of the start if it waits for nothing; see [`crate::deadline`].
    pub start_deadline: Timestamp,
    /// Time limit of the run from the start of its process; `None`: no limit.
    pub active_deadline: Option<Millis>,
    /// Time without use after which it is stopped, once the app has responded; `None`: never.
    pub idle_timeout: Option<Millis>,
}

impl Subject {
    /// Returns the generation that a status can answer: during a run, an edited spec is pending
    /// until the next start, and the observed generation stays behind, visibly.
    pub(super) fn answerable_generation(&self, is_over: bool) -> u64 {
        match &self.run {
            Some(run) if !is_over && self.spec_generation > run.generation => run.generation,
            _ => self.generation,
        }
    }
}

impl DesiredRun {
    /// Returns `true` if the run, which is not over, takes the spec of this generation: until it has a
    /// process or a Pod it follows the newest one.
    pub fn follows(&self, spec_generation: u64, status: &WorkbenchStatus) -> bool {
        spec_generation > self.generation && !status.has_job(self.number)
    }
}

/// Intervals between observations, by state. An engine with change events may observe less often;
/// one on this machine may observe more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// Interval while the folder (volume) is being created, or cannot be.
    pub volume: Millis,
    /// Interval while a secret is missing. Adding one triggers an observation at once.
    pub secrets: Millis,
    /// Interval while there is no free slot.
    pub capacity: Millis,
    /// Interval while the process is starting and does not respond yet.
    pub starting: Millis,
    /// Interval while it is running.
    pub monitoring: Millis,
    /// Interval while it is being stopped.
    pub stopping: Millis,
    /// Time for which an image that cannot be fetched is tried again, before the run fails.
    pub image_grace: Millis,
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
            image_grace: Millis(0),
        }
    }
}
