//! The one rule by which observations become status: pure, with the time as an argument.
//!
//! `reconcile(subject, previous status, observed, now)` gives the new status, the journal entries
//! that lead there, what the engine is to do, and when to look again. Every engine, the tests and
//! the simulator run this same function.

mod book;
mod ending;
#[cfg(test)]
mod tests;

use crate::condition::{ConditionStatus, ConditionType};
use crate::observed::{AppState, Capacity, Exit, Observed, Probe, Runner, Volume};
use crate::phase::{K8sStatus, Phase, StopState, derive_k8s_status, derive_phase};
use crate::reason;
use crate::time::{Millis, Timestamp};
use crate::transition::{NewTransition, Source};
use crate::workbench::{Desired, WorkbenchStatus};
use book::Book;

/// What is wanted of a workbench at the moment of reconciling.
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
    /// The current run; none if it was never started.
    pub run: Option<RunWish>,
}

/// The run that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct RunWish {
    /// Counted per workbench, from 1.
    pub number: u64,
    /// The generation at which it was asked for: the spec it runs with.
    pub generation: u64,
    /// Until when the start is expected to succeed.
    pub start_deadline: Timestamp,
}

impl Subject {
    /// The generation that a status can answer to: while a run lasts, an edited spec waits for the
    /// next start, and the observed generation stays behind, visibly.
    fn answerable_generation(&self, is_over: bool) -> u64 {
        match &self.run {
            Some(run) if !is_over && self.spec_generation > run.generation => run.generation,
            _ => self.generation,
        }
    }
}

/// How often to look, by what is going on. An engine that hears of changes by itself may look less
/// often; one on this machine may look more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    /// While the process is being brought up and does not answer yet.
    pub starting: Millis,
    /// While something stands in the way that heals by itself.
    pub blocked: Millis,
    /// While it runs and answers: it keeps being looked at.
    pub monitoring: Millis,
    /// While it is being stopped.
    pub stopping: Millis,
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            starting: Millis::from_secs(2),
            blocked: Millis::from_secs(5),
            monitoring: Millis::from_secs(5),
            stopping: Millis::from_secs(1),
        }
    }
}

/// What the engine is to do. Each must be harmless when it is already done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make the workbench's folder.
    EnsureVolume,
    /// Run the app's build steps.
    EnsureBuild,
    /// Start the process of the current run.
    StartJob,
    /// End the process of the current run: ask first, force it after the app's grace period.
    StopJob,
    /// Remove everything the engine keeps for the workbench.
    CleanUp,
}

/// The result of reconciling.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The new status.
    pub status: WorkbenchStatus,
    /// The one word for it.
    pub k8s_status: K8sStatus,
    /// What has changed, in order.
    pub transitions: Vec<NewTransition>,
    /// The exit code, where the run's process ended with one.
    pub exit_code: Option<i32>,
    /// What is to be done now.
    pub actions: Vec<Action>,
    /// When to look again; none: not until something is wished or heard.
    pub requeue_after: Option<Millis>,
    /// Whether everything that a deletion needs has been seen to be done: the row may go.
    pub forget: bool,
}

/// Decides what the observations mean, and what is to be done.
pub fn reconcile(
    subject: &Subject,
    previous: &WorkbenchStatus,
    observed: &Observed,
    cadence: &Cadence,
    now: Timestamp,
) -> Outcome {
    let mut step = Step::begin(subject, previous, observed, cadence, now);
    if subject.deleting {
        step.delete();
    } else if step.is_over {
        step.after_the_end();
    } else if subject.desired == Desired::Stopped {
        step.stop();
    } else {
        step.start();
    }
    step.finish()
}

/// One reconciliation under way.
struct Step<'a> {
    subject: &'a Subject,
    observed: &'a Observed,
    cadence: &'a Cadence,
    now: Timestamp,
    book: Book,
    status: WorkbenchStatus,
    stop: StopState,
    exit_code: Option<i32>,
    actions: Vec<Action>,
    requeue_after: Option<Millis>,
    forget: bool,
    /// Whether the run had already ended: its truth does not change any more.
    is_over: bool,
}

impl<'a> Step<'a> {
    fn begin(
        subject: &'a Subject,
        previous: &WorkbenchStatus,
        observed: &'a Observed,
        cadence: &'a Cadence,
        now: Timestamp,
    ) -> Self {
        let mut status = previous.clone();
        let number = subject.run.as_ref().map_or(0, |run| run.number);
        let is_new_run = number != previous.run_number;
        let never_started = subject.run.is_none();
        let is_over = never_started || (!is_new_run && previous.phase.is_terminal());
        status.observed_generation = subject.answerable_generation(is_over);
        let mut book = Book::new(
            std::mem::take(&mut status.conditions),
            status.observed_generation,
            now,
        );
        if is_new_run {
            status = WorkbenchStatus {
                run_number: number,
                observed_generation: status.observed_generation,
                ..WorkbenchStatus::default()
            };
            book.forget_all();
        }
        book.ensure_all_types();
        Self {
            subject,
            observed,
            cadence,
            now,
            is_over,
            stop: if never_started {
                StopState::Done
            } else {
                StopState::NotWished
            },
            book,
            status,
            exit_code: None,
            actions: Vec::new(),
            requeue_after: None,
            forget: false,
        }
    }

    /// The wish is to run: conditions from observations, in the order of a start.
    fn start(&mut self) {
        let volume = self.volume();
        let secrets = self.secrets();
        let runner = self.observed.runner.clone();
        if runner != Runner::Absent {
            self.job_exists(&runner);
            self.probe(&runner);
            return;
        }
        if self.book.holds(&ConditionType::JobCreated) {
            // It was there, and now there is no trace of it.
            return self.end(&Exit::Lost, self.now);
        }
        let app = self.app();
        if app == Gate::Failed {
            return;
        }
        let capacity = self.capacity();
        if [volume, secrets, app, capacity]
            .iter()
            .all(|gate| *gate == Gate::Open)
        {
            self.book.set(
                ConditionType::JobCreated,
                ConditionStatus::False,
                reason::WAITING,
                "The process is being started.",
            );
            self.actions.push(Action::StartJob);
            self.requeue_after = Some(self.cadence.starting);
        } else {
            self.requeue_after = Some(if app == Gate::Passing {
                self.cadence.starting
            } else {
                self.cadence.blocked
            });
        }
        self.late("The start waits for what the conditions name.");
    }

    fn volume(&mut self) -> Gate {
        use ConditionStatus::{False, True};
        let (gate, status, reason, message) = match &self.observed.volume {
            Volume::Bound => (Gate::Open, True, reason::BOUND, String::new()),
            Volume::Absent => (Gate::Passing, False, reason::VOLUME_PENDING, String::new()),
            Volume::Failed(why) => (
                Gate::Blocked,
                False,
                reason::PROVISIONING_FAILED,
                why.clone(),
            ),
        };
        if gate != Gate::Open && self.observed.runner == Runner::Absent {
            self.actions.push(Action::EnsureVolume);
        }
        self.book
            .set(ConditionType::PvcReady, status, reason, &message);
        gate
    }

    fn secrets(&mut self) -> Gate {
        let missing = &self.observed.missing_secrets;
        if missing.is_empty() {
            self.book.set(
                ConditionType::SecretsReady,
                ConditionStatus::True,
                reason::SECRETS_FOUND,
                "",
            );
            return Gate::Open;
        }
        let message = format!("Missing in this workspace: {}.", missing.join(", "));
        self.book.set(
            ConditionType::SecretsReady,
            ConditionStatus::False,
            reason::SECRET_MISSING,
            &message,
        );
        Gate::Blocked
    }

    fn app(&mut self) -> Gate {
        let (gate, reason, message) = match &self.observed.app {
            AppState::Available => return Gate::Open,
            AppState::Unknown => (Gate::Failed, reason::INVALID_IMAGE_NAME, String::new()),
            AppState::ProgramMissing(what) => (Gate::Failed, reason::ERR_IMAGE_PULL, what.clone()),
            AppState::NotBuilt => (Gate::Passing, reason::BUILDING, String::new()),
            AppState::Building(what) => (Gate::Passing, reason::BUILDING, what.clone()),
            AppState::BuildFailed(why) => (Gate::Failed, reason::BUILD_FAILED, why.clone()),
        };
        if self.observed.app == AppState::NotBuilt {
            self.actions.push(Action::EnsureBuild);
        }
        if gate == Gate::Failed {
            self.fail(reason, &message, self.now);
        } else {
            self.book.set(
                ConditionType::JobCreated,
                ConditionStatus::False,
                reason,
                &message,
            );
        }
        gate
    }

    fn capacity(&mut self) -> Gate {
        match &self.observed.capacity {
            // That there is room is not yet a place: it becomes True with the process.
            Capacity::Available => Gate::Open,
            Capacity::Full(why) => {
                self.book.set(
                    ConditionType::PodScheduled,
                    ConditionStatus::False,
                    reason::UNSCHEDULABLE,
                    why,
                );
                Gate::Blocked
            }
        }
    }

    fn job_exists(&mut self, runner: &Runner) {
        use ConditionStatus::{False, True};
        let (job_name, started) = match runner {
            Runner::Absent => return,
            Runner::Starting { job_name } => (job_name, None),
            Runner::Running {
                job_name,
                pod_name,
                started_at,
            } => (job_name, Some((pod_name, *started_at))),
            Runner::Exited { job_name, .. } => (job_name, None),
        };
        self.status.job_name = Some(job_name.clone());
        self.book
            .set(ConditionType::JobCreated, True, reason::JOB_CREATED, "");
        self.book
            .set(ConditionType::PodScheduled, True, reason::SCHEDULED, "");
        if let Some((pod_name, started_at)) = started {
            self.status.runner_pod_name = Some(pod_name.clone());
            self.status.start_time.get_or_insert(started_at);
            self.book
                .set(ConditionType::RunnerStarted, True, reason::STARTED, "");
        } else if matches!(runner, Runner::Starting { .. }) {
            self.book.set(
                ConditionType::RunnerStarted,
                False,
                reason::CONTAINER_CREATING,
                "",
            );
        }
    }

    fn probe(&mut self, runner: &Runner) {
        if let Runner::Exited { how, at, .. } = runner {
            return self.end(how, *at);
        }
        let was_ready = self.book.holds(&ConditionType::Ready)
            || self.book.reason(&ConditionType::Ready) == reason::PROBE_FAILED;
        match &self.observed.probe {
            Probe::Succeeded => {
                self.book.set(
                    ConditionType::Ready,
                    ConditionStatus::True,
                    reason::PROBE_SUCCEEDED,
                    "",
                );
                self.requeue_after = Some(self.cadence.monitoring);
                return;
            }
            Probe::Failed(why) if was_ready => {
                self.book.set(
                    ConditionType::Ready,
                    ConditionStatus::False,
                    reason::PROBE_FAILED,
                    why,
                );
            }
            Probe::Failed(why) if !self.late(why) => {
                self.book.set(
                    ConditionType::Ready,
                    ConditionStatus::False,
                    reason::PROBE_PENDING,
                    why,
                );
            }
            Probe::NotTried if !self.late("") => {
                self.book.set(
                    ConditionType::Ready,
                    ConditionStatus::False,
                    reason::PROBE_PENDING,
                    "",
                );
            }
            Probe::Failed(_) | Probe::NotTried => {}
        }
        self.requeue_after = Some(self.cadence.starting);
    }

    /// Says so when the start deadline has passed. The process lives on: it may still make it, and
    /// people may allow it more time.
    fn late(&mut self, why: &str) -> bool {
        let is_late = self
            .subject
            .run
            .as_ref()
            .is_some_and(|run| self.now >= run.start_deadline);
        if is_late {
            self.book.set(
                ConditionType::Ready,
                ConditionStatus::False,
                reason::START_DEADLINE_EXCEEDED,
                why,
            );
        } else if self.book.reason(&ConditionType::Ready) == reason::START_DEADLINE_EXCEEDED {
            self.book.set(
                ConditionType::Ready,
                ConditionStatus::False,
                reason::WAITING,
                why,
            );
        }
        is_late
    }

    /// The wish is to stop, in whatever phase it is.
    fn stop(&mut self) {
        match &self.observed.runner {
            Runner::Starting { .. } | Runner::Running { .. } => self.ask_to_stop(),
            Runner::Exited { at, .. } => self.stopped(*at),
            Runner::Absent => self.stopped(self.now),
        }
    }

    fn ask_to_stop(&mut self) {
        self.stop = StopState::Underway;
        self.book.set(
            ConditionType::Ready,
            ConditionStatus::False,
            reason::STOPPING,
            "",
        );
        self.actions.push(Action::StopJob);
        self.requeue_after = Some(self.cadence.stopping);
    }

    fn stopped(&mut self, at: Timestamp) {
        self.stop = StopState::Done;
        self.not_running(reason::USER_STOPPED);
        self.status.stopped_reason = Some(reason::USER_STOPPED.to_owned());
        self.status.completion_time.get_or_insert(at);
    }

    /// The run is over. What is left of it is cleared away; its story stays as it was told.
    fn after_the_end(&mut self) {
        if self.subject.run.is_none() {
            self.status.stopped_reason = Some(reason::NEVER_STARTED.to_owned());
        }
        if matches!(
            self.observed.runner,
            Runner::Starting { .. } | Runner::Running { .. }
        ) {
            self.actions.push(Action::StopJob);
            self.requeue_after = Some(self.cadence.stopping);
        }
        self.keep_phase();
    }

    /// It is to go: stopped first, then cleared away, then forgotten.
    fn delete(&mut self) {
        match (&self.observed.runner, self.is_over) {
            (Runner::Starting { .. } | Runner::Running { .. }, false) => self.ask_to_stop(),
            (Runner::Starting { .. } | Runner::Running { .. }, true) => self.after_the_end(),
            (Runner::Absent | Runner::Exited { .. }, is_over) => {
                if is_over {
                    self.keep_phase();
                } else {
                    self.stopped(self.now);
                }
                self.forget = self.observed.volume == Volume::Absent
                    && self.observed.runner == Runner::Absent;
                if !self.forget {
                    self.actions.push(Action::CleanUp);
                    self.requeue_after = Some(self.cadence.stopping);
                }
            }
        }
    }

    fn keep_phase(&mut self) {
        if self.status.phase == Phase::Stopped || self.subject.run.is_none() {
            self.stop = StopState::Done;
        }
    }

    fn not_running(&mut self, reason: &str) {
        for kind in [ConditionType::RunnerStarted, ConditionType::Ready] {
            self.book.set(kind, ConditionStatus::False, reason, "");
        }
    }

    fn fail(&mut self, reason: &str, message: &str, at: Timestamp) {
        self.not_running(reason::NOT_RUNNING);
        if matches!(
            reason,
            reason::ERR_IMAGE_PULL | reason::INVALID_IMAGE_NAME | reason::START_ERROR
        ) {
            self.book.set(
                ConditionType::RunnerStarted,
                ConditionStatus::False,
                reason,
                message,
            );
        }
        self.book.set(
            ConditionType::Completed,
            ConditionStatus::False,
            reason,
            message,
        );
        self.book.set(
            ConditionType::Failed,
            ConditionStatus::True,
            reason,
            message,
        );
        self.status.completion_time.get_or_insert(at);
        self.requeue_after = None;
    }

    fn finish(mut self) -> Outcome {
        let (conditions, transitions) = self.book.close(&Source::Observation);
        self.status.phase = derive_phase(&conditions, self.stop);
        let k8s_status = derive_k8s_status(&self.status.phase, &conditions);
        self.status.conditions = conditions;
        ending::fill_legacy(&mut self.status);
        Outcome {
            status: self.status,
            k8s_status,
            transitions,
            exit_code: self.exit_code,
            actions: self.actions,
            requeue_after: self.requeue_after,
            forget: self.forget,
        }
    }
}

/// Whether a precondition of the start is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    Passing,
    Blocked,
    Failed,
}
