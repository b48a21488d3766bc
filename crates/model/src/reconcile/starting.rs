//! Reconciliation of a start, up to the process.

use super::{Action, Precondition, Step};
use crate::condition::{self, Condition, ConditionStatus, ConditionType};
use crate::deadline;
use crate::observed::{AppAvailability, Capacity, Runner, Secrets, Volume};
use crate::reason;
use crate::time::{Millis, Timestamp};

/// Longest pause between two attempts to create what is refused.
const LONGEST_RETRY: Millis = Millis::from_secs(60);

impl Step<'_> {
    /// Handles a start: conditions from observations, in the order of a start.
    pub(super) fn start(&mut self) {
        if let Runner::Unobserved { since, why } = &self.observed.runner {
            return self.unobserved(*since, why);
        }
        let volume = self.volume();
        let secrets = self.secrets();
        let observed = self.observed;
        if observed.runner != Runner::Absent {
            return self.run(&observed.runner);
        }
        if self.recorder.holds(&ConditionType::JobCreated) {
            // The process existed, and now there is no trace of it.
            return self.end(&self.vanished(), self.now, 0);
        }
        let app = self.app();
        if app == Precondition::Failed {
            return;
        }
        let gates = [volume, secrets, app, self.capacity()];
        let soonest = gates.iter().filter_map(|gate| match gate {
            Precondition::Closed(pause) => Some(*pause),
            Precondition::Open | Precondition::Failed => None,
        });
        let pause = soonest.min();
        let begins = pause.is_none();
        let is_hindered = begins && self.creation_hindered();
        if begins {
            self.actions.push(Action::StartJob);
        }
        let retry = match is_hindered {
            true => self.retry_after(self.cadence.capacity),
            false => self.cadence.starting,
        };
        self.requeue_after = Some(pause.unwrap_or(retry));
        self.wait(
            app == Precondition::Open && !is_hindered,
            begins && !is_hindered,
        );
    }

    /// Writes what the steps that cannot begin yet wait for. `Ready` repeats the obstacle, so that
    /// one condition is enough to know why the app cannot be used.
    fn wait(&mut self, job_waits: bool, begins: bool) {
        use ConditionType::{JobCreated, PodScheduled, RunnerStarted};
        let steps = [
            (JobCreated, job_waits),
            (PodScheduled, self.observed.capacity == Capacity::Available),
            (RunnerStarted, true),
        ];
        // Their earlier reasons are no obstacle any more.
        let waiting = || steps.iter().filter(|(_, waits)| *waits);
        for (kind, _) in waiting() {
            self.recorder
                .set(kind.clone(), ConditionStatus::False, reason::WAITING, "");
        }
        let obstacle = condition::blocker(self.recorder.steps_before_ready()).cloned();
        let subject = match &obstacle {
            _ if begins => "the app's process",
            Some(found) => subject(found),
            None => "an earlier step",
        };
        let lacks_secrets = obstacle.is_some_and(|found| found.kind == ConditionType::SecretsReady);
        for (kind, _) in waiting() {
            let message = match kind {
                JobCreated if begins => "The process is being started.".to_owned(),
                _ => format!("Waiting for {subject}."),
            };
            let word = match kind {
                JobCreated if lacks_secrets => reason::WAITING_FOR_SECRETS,
                _ => reason::WAITING,
            };
            self.recorder
                .set(kind.clone(), ConditionStatus::False, word, &message);
        }
        let Some(obstacle) = condition::blocker(self.recorder.steps_before_ready()).cloned() else {
            return;
        };
        if !self.late(&obstacle.message) {
            self.repeat(&obstacle);
        }
    }

    /// Repeats in `Ready` what a start waits for.
    pub(super) fn repeat(&mut self, obstacle: &Condition) {
        let word = match obstacle.kind {
            ConditionType::SecretsReady => reason::SECRETS_NOT_READY,
            _ => obstacle.reason.as_str(),
        };
        self.not_running(word, &obstacle.message);
    }

    /// Returns the pause before a refused creation is tried again. It grows with the time since the request,
    /// and so doubles about every third time.
    fn retry_after(&self, least: Millis) -> Millis {
        let asked_at = self.subject.run.as_ref().map(|run| run.asked_at);
        let waited = asked_at.map_or(Millis(0), |asked_at| self.now.since(asked_at));
        Millis((waited.0 / 4).min(LONGEST_RETRY.0)).max(least)
    }

    fn volume(&mut self) -> Precondition {
        use ConditionStatus::{False, True};
        let is_up = self.observed.runner != Runner::Absent;
        let closed = Precondition::Closed(self.cadence.volume);
        let refused = Precondition::Closed(self.retry_after(self.cadence.volume));
        let (gate, status, reason, message) = match &self.observed.volume {
            Volume::Bound => (Precondition::Open, True, reason::BOUND, ""),
            Volume::Absent if is_up => (closed, False, reason::VOLUME_LOST, ""),
            Volume::Absent => (closed, False, reason::PROVISIONING, ""),
            Volume::Failed(why) => (refused, False, reason::PROVISION_FAILED, why.as_str()),
            Volume::Pending(what) => (closed, False, reason::PROVISIONING, what.as_str()),
            Volume::WithJob => (
                Precondition::Open,
                False,
                reason::WAIT_FOR_FIRST_CONSUMER,
                "",
            ),
            Volume::Resizing(what) => (Precondition::Open, True, reason::RESIZING, what.as_str()),
            Volume::Lost(why) => (closed, False, reason::VOLUME_LOST, why.as_str()),
        };
        if gate != Precondition::Open && !is_up {
            self.actions.push(Action::EnsureVolume);
        }
        self.recorder
            .set(ConditionType::PvcReady, status, reason, message);
        gate
    }

    fn secrets(&mut self) -> Precondition {
        use ConditionStatus::{False, True};
        let (status, reason, message) = match &self.observed.secrets {
            Secrets::Found => (True, reason::ALL_SECRETS_FOUND, String::new()),
            Secrets::Missing(names) => (
                False,
                reason::SECRET_NOT_FOUND,
                format!("Missing in this workspace: {}.", names.join(", ")),
            ),
            Secrets::Unreadable(why) => (False, reason::VERIFICATION_FAILED, why.clone()),
        };
        let gate = if status == True {
            Precondition::Open
        } else {
            Precondition::Closed(self.cadence.secrets)
        };
        self.recorder
            .set(ConditionType::SecretsReady, status, reason, &message);
        gate
    }

    fn app(&mut self) -> Precondition {
        let closed = Precondition::Closed(self.cadence.starting);
        let (gate, reason, message) = match &self.observed.app {
            AppAvailability::Available => return Precondition::Open,
            AppAvailability::Unknown => (Precondition::Failed, reason::APP_NOT_FOUND, ""),
            AppAvailability::Lacking(lack, what) => {
                (Precondition::Failed, lack.reason(), what.as_str())
            }
            AppAvailability::NotBuilt => (
                closed,
                reason::BUILD_QUEUED,
                "Its build is being asked for.",
            ),
            AppAvailability::Queued(what) => (closed, reason::BUILD_QUEUED, what.as_str()),
            AppAvailability::Building(what) => (closed, reason::BUILDING, what.as_str()),
            AppAvailability::BuildFailed(why) => {
                (Precondition::Failed, reason::BUILD_FAILED, why.as_str())
            }
        };
        if self.observed.app == AppAvailability::NotBuilt {
            self.actions.push(Action::EnsureBuild);
        }
        if gate == Precondition::Failed {
            self.fail(reason, message, self.now);
        } else {
            self.recorder.set(
                ConditionType::JobCreated,
                ConditionStatus::False,
                reason,
                message,
            );
        }
        gate
    }

    fn capacity(&mut self) -> Precondition {
        match &self.observed.capacity {
            // Capacity is not yet an assigned slot: the condition becomes True with the process.
            Capacity::Available => Precondition::Open,
            Capacity::Full(why) => {
                self.recorder.set(
                    ConditionType::PodScheduled,
                    ConditionStatus::False,
                    reason::UNSCHEDULABLE,
                    why,
                );
                Precondition::Closed(self.cadence.capacity)
            }
        }
    }

    /// Returns the deadline of the app's first response, or `None` once it has responded, and while
    /// the start waits.
    pub(super) fn start_limit(&self) -> Option<Timestamp> {
        let run = self.subject.run.as_ref()?;
        let limit =
            deadline::of_start(run.start_deadline, run.asked_at, self.recorder.conditions());
        let limit = limit.filter(|_| self.status.ready_time.is_none())?;
        let time = limit.since(run.asked_at);
        Some(self.observed.limit_after(run.asked_at, time))
    }

    /// Marks the start as late when its deadline has passed before the first response. The process
    /// continues: it may still become ready, and users may allow it more time.
    pub(super) fn late(&mut self, why: &str) -> bool {
        let is_late = self.start_limit().is_some_and(|limit| self.now >= limit);
        if is_late {
            self.recorder.set(
                ConditionType::Ready,
                ConditionStatus::False,
                reason::START_DEADLINE_EXCEEDED,
                why,
            );
        }
        is_late
    }
}

/// Returns the thing for which later steps wait.
fn subject(step: &Condition) -> &'static str {
    let is_hindered =
        [reason::CREATION_FAILED, reason::ADMISSION_DENIED].contains(&step.reason.as_str());
    match step.kind {
        ConditionType::PvcReady => "the workbench's folder",
        ConditionType::SecretsReady => "the secrets",
        ConditionType::JobCreated if is_hindered => "the app's Pod",
        ConditionType::JobCreated => "the app's build",
        ConditionType::PodScheduled => "a free slot",
        _ => "an earlier step",
    }
}
