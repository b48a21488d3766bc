//! Stop, for any cause, and deletion: possible in every phase.

use super::{Action, Step};
use crate::condition::{ConditionStatus, ConditionType};
use crate::duration::humanize;
use crate::observed::{Exit, Runner, StopRequest, Volume};
use crate::phase::{Phase, StopState};
use crate::reason;
use crate::time::{Millis, Timestamp};
use crate::workbench::Desired;

impl Step<'_> {
    /// Returns the reason of a stop, or `None`: the first cause stays until the run has stopped.
    pub(super) fn cause_to_stop(&self) -> Option<String> {
        if let Some(cause) = &self.status.stopped_reason {
            return Some(cause.clone());
        }
        if self.subject.desired == Desired::Stopped {
            return Some(reason::USER_STOPPED.to_owned());
        }
        self.limit_passed().map(str::to_owned)
    }

    /// Stops the run in any phase.
    pub(super) fn leave(&mut self, cause: &str) {
        match &self.observed.runner {
            Runner::Unobserved { .. }
            | Runner::Starting { .. }
            | Runner::Waiting { .. }
            | Runner::Running { .. }
            | Runner::Disrupted { .. }
            | Runner::BackOff { .. } => {
                self.ask_to_stop(cause);
            }
            // The end came before the request, which must not be reported as its cause (FIELD 13).
            Runner::Exited {
                asked: StopRequest::No,
                how,
                at,
                restarts,
                ..
            } if *how != Exit::Lost => {
                self.job_exists(&self.observed.runner);
                self.status.stopped_reason = None;
                self.end(how, *at, *restarts);
            }
            Runner::Exited {
                at,
                asked: stop_request,
                ..
            } => self.left(cause, *at, *stop_request),
            Runner::Absent => self.left(cause, self.now, StopRequest::Gently),
        }
    }

    pub(super) fn ask_to_stop(&mut self, cause: &str) {
        self.stop = StopState::Underway;
        self.status.stopped_reason = Some(cause.to_owned());
        let stopping = reason::sentence(reason::STOPPING);
        let message = match cause {
            reason::USER_STOPPED => String::new(),
            reason::CRASH_LOOP_BACK_OFF => format!("{stopping} It crashed again and again."),
            cause => format!("{stopping} {}", self.why_stopped(cause)),
        };
        self.recorder.set(
            ConditionType::Ready,
            ConditionStatus::False,
            reason::STOPPING,
            &message,
        );
        self.actions.push(Action::StopJob);
        self.requeue_after = Some(self.cadence.stopping);
    }

    fn left(&mut self, cause: &str, at: Timestamp, stop_request: StopRequest) {
        if cause == reason::CRASH_LOOP_BACK_OFF {
            // The message about its crashes is more useful than the kind of the stop.
            let message = self
                .recorder
                .message(&ConditionType::RunnerStarted)
                .to_owned();
            return self.fail(cause, &message, at);
        }
        let why = self.why_stopped(cause);
        let message = match stop_request {
            StopRequest::Forcibly => {
                format!("{why} It did not end within its grace period and was killed.")
            }
            StopRequest::No | StopRequest::Gently => why,
        };
        if reason::is_kill(cause) {
            return self.fail(cause, &message, at);
        }
        self.stop = StopState::Done;
        self.not_running(cause, &message);
        self.status.stopped_reason = Some(cause.to_owned());
        self.status.completion_time.get_or_insert(at);
    }

    /// Returns the sentence about the cause of a stop, with the limit that was reached.
    fn why_stopped(&self, cause: &str) -> String {
        let run = self.subject.run.as_ref();
        match cause {
            reason::TIMEOUT => run.and_then(|run| run.active_deadline).map(timed_out),
            reason::IDLE => run
                .and_then(|run| run.idle_timeout)
                .map(|limit| format!("Stopped because nobody used it for {}.", humanize(limit))),
            _ => None,
        }
        .unwrap_or_else(|| reason::sentence(cause).to_owned())
    }

    /// Cleans up after the end of a run. Its conditions stay as they are.
    pub(super) fn after_the_end(&mut self) {
        if self.subject.run.is_none() {
            self.status.stopped_reason = Some(reason::NEVER_STARTED.to_owned());
        }
        if self.is_up() {
            self.actions.push(Action::StopJob);
            self.requeue_after = Some(self.cadence.stopping);
        }
        self.keep_phase();
    }

    /// Deletes the workbench: stop, clean up, remove.
    pub(super) fn delete(&mut self) {
        if self.is_over {
            self.after_the_end();
        } else {
            let cause = self.cause_to_stop();
            self.leave(cause.as_deref().unwrap_or(reason::USER_STOPPED));
        }
        if self.is_up() {
            return;
        }
        self.forget =
            self.observed.volume == Volume::Absent && self.observed.runner == Runner::Absent;
        if !self.forget {
            self.actions.push(Action::CleanUp);
            self.requeue_after = Some(self.cadence.stopping);
        }
    }

    pub(super) fn is_up(&self) -> bool {
        matches!(
            self.observed.runner,
            Runner::Unobserved { .. }
                | Runner::Starting { .. }
                | Runner::Waiting { .. }
                | Runner::Running { .. }
                | Runner::Disrupted { .. }
                | Runner::BackOff { .. }
        )
    }

    fn keep_phase(&mut self) {
        if self.status.phase == Phase::Stopped || self.subject.run.is_none() {
            self.stop = StopState::Done;
        }
    }

    /// Reports the end of a run that has not failed; [`crate::ended_conditions`] derives the other conditions.
    pub(super) fn not_running(&mut self, reason: &str, message: &str) {
        self.recorder.set(
            ConditionType::Ready,
            ConditionStatus::False,
            reason,
            message,
        );
    }

    pub(super) fn fail(&mut self, reason: &str, message: &str, at: Timestamp) {
        if matches!(
            reason,
            reason::PROGRAM_NOT_FOUND
                | reason::SANDBOX_REQUIRED
                | reason::NO_IMAGE
                | reason::ERR_IMAGE_PULL
                | reason::IMAGE_PULL_BACK_OFF
                | reason::INVALID_IMAGE_NAME
                | reason::APP_NOT_FOUND
                | reason::START_ERROR
        ) {
            self.recorder.set(
                ConditionType::RunnerStarted,
                ConditionStatus::False,
                reason,
                message,
            );
        }
        self.recorder.set(
            ConditionType::Failed,
            ConditionStatus::True,
            reason,
            message,
        );
        self.status.completion_time.get_or_insert(at);
        self.requeue_after = None;
    }
}

/// Returns the sentence about a run that reached its time limit, which every engine uses.
pub fn timed_out(limit: Millis) -> String {
    format!("The run reached its time limit of {}.", humanize(limit))
}
