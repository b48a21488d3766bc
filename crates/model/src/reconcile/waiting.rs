//! Reconciliation of a job whose process has not started, and of one that is ended from outside.

use super::{Action, Step};
use crate::condition::{self, ConditionStatus, ConditionType};
use crate::observed::{Creation, Exit, ImageFault, Stage};
use crate::reason;

impl Step<'_> {
    /// Sets the conditions of a job by the stage that it has reached.
    pub(super) fn stage_reached(&mut self, stage: &Stage) {
        use ConditionStatus::{False, True};
        use ConditionType::{PodScheduled, RunnerStarted};
        let (scheduled, word, why) = match stage {
            Stage::Unscheduled => (False, reason::WAITING, "Waiting for a machine."),
            Stage::Unschedulable(why) => (False, reason::UNSCHEDULABLE, why.as_str()),
            _ => (True, reason::SCHEDULED, ""),
        };
        self.recorder.set(PodScheduled, scheduled, word, why);
        let (word, why) = match stage {
            Stage::Unscheduled | Stage::Unschedulable(_) => {
                (reason::WAITING, "Waiting for a machine.")
            }
            Stage::Creating(why) => (reason::CONTAINER_CREATING, why.as_str()),
            Stage::FailedMount(why) => (reason::FAILED_MOUNT, why.as_str()),
            Stage::Initializing(what) => (reason::POD_INITIALIZING, what.as_str()),
            Stage::Pulling(what) => (reason::PULLING, what.as_str()),
            Stage::ImageFault { fault, why, .. } => (fault.reason(), why.as_str()),
            Stage::Misconfigured(why) => (reason::CREATE_CONTAINER_CONFIG_ERROR, why.as_str()),
        };
        self.recorder.set(RunnerStarted, False, word, why);
    }

    /// Handles a job whose process has not started: `Ready` repeats what it waits for.
    pub(super) fn waiting(&mut self, stage: &Stage) {
        let mut pause = match stage {
            Stage::Unschedulable(_) => self.cadence.capacity,
            _ => self.cadence.starting,
        };
        if let Stage::ImageFault { fault, since, why } = stage {
            let limit = self.observed.limit_after(*since, self.cadence.image_grace);
            if *fault == ImageFault::InvalidName || self.now >= limit {
                self.fail(fault.reason(), why, self.now);
                // Nothing runs that could go on unseen; what was created is removed.
                self.actions.push(Action::StopJob);
                self.requeue_after = Some(self.cadence.stopping);
                return;
            }
            pause = pause.min(limit.since(self.now));
        }
        self.requeue_after = Some(pause);
        let Some(obstacle) = condition::blocker(self.recorder.steps_before_ready()).cloned() else {
            return;
        };
        if !self.late(&obstacle.message) {
            self.repeat(&obstacle);
        }
    }

    /// Handles a process that is being ended from outside: it cannot be used from now on.
    pub(super) fn disrupted(&mut self, how: &Exit) {
        let (reason, why) = disruption(how);
        self.not_running(reason, why);
        self.requeue_after = Some(self.cadence.stopping);
    }

    /// Returns how a job ended of which there is no trace: as `Ready` announced it, if it did.
    pub(super) fn vanished(&self) -> Exit {
        let why = self.recorder.message(&ConditionType::Ready).to_owned();
        match self.recorder.reason(&ConditionType::Ready) {
            reason::EVICTED => Exit::Evicted(why),
            reason::PREEMPTED => Exit::Preempted(why),
            reason::NODE_LOST => Exit::NodeLost(why),
            reason::TERMINATING => Exit::Deleted(why),
            _ => match &self.observed.absence {
                Some(why) => Exit::Deleted(why.clone()),
                None => Exit::Lost,
            },
        }
    }

    /// Writes why the job could not be created, and returns `true` if so.
    pub(super) fn creation_hindered(&mut self) -> bool {
        let (reason, why) = match &self.observed.creation {
            Creation::Unhindered => return false,
            Creation::Denied(why) => (reason::ADMISSION_DENIED, why),
            Creation::Failed(why) => (reason::CREATION_FAILED, why),
        };
        self.recorder.set(
            ConditionType::JobCreated,
            ConditionStatus::False,
            reason,
            why,
        );
        true
    }
}

/// Returns reason and sentence of an end from outside.
fn disruption(how: &Exit) -> (&'static str, &str) {
    match how {
        Exit::Evicted(why) => (reason::EVICTED, why),
        Exit::Preempted(why) => (reason::PREEMPTED, why),
        Exit::NodeLost(why) => (reason::NODE_LOST, why),
        Exit::Deleted(why) => (reason::TERMINATING, why),
        _ => (reason::TERMINATING, ""),
    }
}

impl ImageFault {
    /// Returns the word of Kubernetes.
    pub fn reason(self) -> &'static str {
        match self {
            Self::InvalidName => reason::INVALID_IMAGE_NAME,
            Self::Pull => reason::ERR_IMAGE_PULL,
            Self::BackOff => reason::IMAGE_PULL_BACK_OFF,
        }
    }
}
