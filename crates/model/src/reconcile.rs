//! Reconciliation: the rule that turns observations into status; pure, with the time as an
//! argument.
//!
//! `reconcile(subject, previous status, observed, now)` returns the new status, its journal
//! entries, the actions for the engine, and the time of the next observation. Every engine, the
//! tests and the simulator run this same function.

mod ending;
mod leaving;
mod legacy;
mod recorder;
mod running;
mod starting;
mod subject;
#[cfg(test)]
mod tests;
mod waiting;

pub use ending::MOST_RESTARTS;
pub use leaving::timed_out;
pub(crate) use running::STARTED_AGAIN;
pub use subject::{Cadence, DesiredRun, Subject};

use crate::condition::{ConditionStatus, ConditionType};
use crate::ended_conditions;
use crate::observed::{Observed, Runner};
use crate::phase::{K8sStatus, StopState, derive_k8s_status, derive_phase};
use crate::reason;
use crate::time::{Millis, Timestamp};
use crate::transition::{NewTransition, Source};
use crate::workbench::WorkbenchStatus;
use recorder::ConditionRecorder;

/// Action for the engine. Each must be idempotent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Create the workbench's folder.
    EnsureVolume,
    /// Run the app's build steps.
    EnsureBuild,
    /// Start the process of the current run.
    StartJob,
    /// Give the process of the current run a new token.
    RenewToken,
    /// End the process of the current run: ask first, force it after the app's grace period.
    StopJob,
    /// Remove everything the engine keeps for the workbench.
    CleanUp,
}

/// Result of a reconciliation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The new status.
    pub status: WorkbenchStatus,
    /// The `k8sStatus`.
    pub k8s_status: K8sStatus,
    /// The changes, in order.
    pub transitions: Vec<NewTransition>,
    /// The exit code, if the run's process ended with one.
    pub exit_code: Option<i32>,
    /// Actions for the engine.
    pub actions: Vec<Action>,
    /// Time until the next observation; `None`: only after a command or an event.
    pub requeue_after: Option<Millis>,
    /// `true` if a deletion is complete: the row may be removed.
    pub forget: bool,
}

impl Outcome {
    /// Returns `true` if there is anything to store after this earlier status.
    pub fn has_changes(&self, before: &WorkbenchStatus) -> bool {
        self.forget
            || !self.transitions.is_empty()
            || self.exit_code.is_some()
            || self.status != *before
    }
}

/// Derives the new status and the actions from the observations.
pub fn reconcile(
    subject: &Subject,
    previous: &WorkbenchStatus,
    observed: &Observed,
    cadence: &Cadence,
    now: Timestamp,
) -> Outcome {
    let mut step = Step::begin(subject, previous, observed, cadence, now);
    step.not_ended();
    if subject.deleting {
        step.delete();
    } else if step.is_over {
        step.after_the_end();
    } else if let Some(cause) = step.cause_to_stop() {
        step.leave(&cause);
    } else {
        step.start();
    }
    step.finish()
}

/// Reconciliation in progress.
struct Step<'a> {
    subject: &'a Subject,
    observed: &'a Observed,
    cadence: &'a Cadence,
    now: Timestamp,
    recorder: ConditionRecorder<'a>,
    status: WorkbenchStatus,
    stop: StopState,
    exit_code: Option<i32>,
    actions: Vec<Action>,
    requeue_after: Option<Millis>,
    forget: bool,
    /// `true` if the run had already ended: its status is final.
    is_over: bool,
    /// `true` if changes may have happened at an unknown time.
    is_found: bool,
}

impl<'a> Step<'a> {
    fn begin(
        subject: &'a Subject,
        previous: &'a WorkbenchStatus,
        observed: &'a Observed,
        cadence: &'a Cadence,
        now: Timestamp,
    ) -> Self {
        let number = subject.run.as_ref().map_or(0, |run| run.number);
        let is_new_run = number != previous.run_number;
        let never_started = subject.run.is_none();
        let is_over = never_started || (!is_new_run && previous.phase.is_terminal());
        let generation = subject.answerable_generation(is_over);
        let (before, mut status) = if is_new_run {
            (&[][..], WorkbenchStatus::default())
        } else {
            (&previous.conditions[..], without_conditions(previous))
        };
        status.run_number = number;
        status.observed_generation = generation;
        let mut recorder = ConditionRecorder::open(before, generation, now);
        recorder.ensure_all_types();
        Self {
            subject,
            observed,
            cadence,
            now,
            is_over,
            // A new run had no known state before the restart.
            is_found: observed.after_restart && !is_new_run,
            stop: if never_started {
                StopState::Done
            } else {
                StopState::NotWished
            },
            recorder,
            status,
            exit_code: None,
            actions: Vec::new(),
            requeue_after: None,
            forget: false,
        }
    }

    /// Writes that the run has not ended, which an end replaces.
    fn not_ended(&mut self) {
        if self.is_over || matches!(self.observed.runner, Runner::Unobserved { .. }) {
            return;
        }
        for kind in [ConditionType::Completed, ConditionType::Failed] {
            self.recorder
                .set(kind, ConditionStatus::False, reason::NOT_ENDED, "");
        }
    }

    /// Writes the conditions of a run that has just ended in the past tense.
    fn settle(&mut self) {
        let is_new = !self.is_over || self.subject.run.is_none();
        if !is_new || !derive_phase(self.recorder.conditions(), self.stop).is_terminal() {
            return;
        }
        let ending = ended_conditions::Ending::of(self.recorder.conditions());
        for condition in self.recorder.conditions().to_vec() {
            if let Some(reported) = ending.settled(&condition) {
                self.recorder.set(
                    condition.kind,
                    reported.status,
                    &reported.reason,
                    &reported.message,
                );
            }
        }
    }

    fn finish(mut self) -> Outcome {
        self.settle();
        let source = if self.is_found {
            Source::Recovery
        } else {
            Source::Observation
        };
        let next_limit = self.next_limit();
        let idle_stop_at = self.idle_stop_at();
        let (conditions, transitions) = self.recorder.close(&source);
        self.status.phase = derive_phase(&conditions, self.stop);
        let is_over = self.status.phase.is_terminal();
        self.status.idle_stop_at = idle_stop_at.filter(|_| !is_over);
        let k8s_status = derive_k8s_status(&self.status.phase, &conditions);
        self.status.conditions = conditions;
        // After the end of the run a changed spec is not pending any more.
        self.status.observed_generation = self.subject.answerable_generation(is_over);
        legacy::fill_legacy(&mut self.status);
        let requeue_after = self
            .requeue_after
            .map(|pause| next_limit.map_or(pause, |limit| pause.min(limit)));
        Outcome {
            status: self.status,
            k8s_status,
            transitions,
            exit_code: self.exit_code,
            actions: self.actions,
            requeue_after,
            forget: self.forget,
        }
    }
}

/// Returns the status without its conditions, which the recorder keeps.
fn without_conditions(status: &WorkbenchStatus) -> WorkbenchStatus {
    WorkbenchStatus {
        observed_generation: status.observed_generation,
        run_number: status.run_number,
        phase: status.phase.clone(),
        start_time: status.start_time,
        ready_time: status.ready_time,
        completion_time: status.completion_time,
        stopped_reason: status.stopped_reason.clone(),
        idle_stop_at: None,
        job_name: status.job_name.clone(),
        runner_pod_name: status.runner_pod_name.clone(),
        message: status.message.clone(),
        is_error: status.is_error,
        conditions: Vec::new(),
    }
}

/// State of a precondition of the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precondition {
    Open,
    /// Unmet precondition; observed again after this time.
    Closed(Millis),
    Failed,
}
