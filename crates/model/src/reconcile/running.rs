//! Reconciliation of a running process: its state, its responses and its time limits.

use super::ending::{MOST_RESTARTS, exit_code, given_up};
use super::{Action, Step};
use crate::condition::{ConditionStatus, ConditionType};
use crate::observed::{Exit, Probe, Restarted, RunToken, Runner};
use crate::phase::StopState;
use crate::reason;
use crate::time::{Millis, Timestamp};

/// Time for which an engine may fail to observe before the status says so.
const UNOBSERVED_GRACE: Millis = Millis::from_secs(30);

impl Step<'_> {
    /// Handles a process that exists or existed.
    pub(super) fn run(&mut self, runner: &Runner) {
        let pod_name = self.status.runner_pod_name.clone();
        self.job_exists(runner);
        match runner {
            Runner::Absent => {}
            Runner::Unobserved { since, why } => self.unobserved(*since, why),
            Runner::Starting { .. } => self.not_answering(None),
            Runner::Waiting { stage, .. } => self.waiting(stage),
            Runner::Disrupted { how, .. } => self.disrupted(how),
            Runner::Running { .. } => {
                if self.observed.token == RunToken::Due {
                    self.actions.push(Action::RenewToken);
                }
                match &self.observed.probe {
                    Probe::Succeeded => self.answering(""),
                    Probe::SucceededBut(remark) => self.answering(remark),
                    Probe::Failed(why) => self.not_answering(Some(why)),
                    Probe::NotTried => self.not_answering(None),
                    // The readiness of an earlier process says nothing about this one.
                    Probe::Inconclusive(why) | Probe::Busy(why)
                        if !self.recorder.holds(&ConditionType::Ready)
                            || pod_name != self.status.runner_pod_name =>
                    {
                        self.not_answering(Some(why));
                    }
                    Probe::Inconclusive(_) => self.requeue_soon(),
                    Probe::Busy(why) => {
                        self.answering(why);
                        self.requeue_soon();
                    }
                }
            }
            Runner::BackOff { restarts, how, .. } => self.back_off(*restarts, how),
            Runner::Exited {
                how, at, restarts, ..
            } => self.end(how, *at, *restarts),
        }
    }

    /// Sets the conditions that the existence of a process implies.
    pub(super) fn job_exists(&mut self, runner: &Runner) {
        use ConditionStatus::{False, True};
        let job_name = match runner {
            Runner::Absent | Runner::Unobserved { .. } => return,
            Runner::Starting { job_name }
            | Runner::Waiting { job_name, .. }
            | Runner::Running { job_name, .. }
            | Runner::Disrupted { job_name, .. }
            | Runner::BackOff { job_name, .. }
            | Runner::Exited { job_name, .. } => job_name,
        };
        note(&mut self.status.job_name, job_name);
        self.recorder
            .set(ConditionType::JobCreated, True, reason::CREATED, "");
        if let Runner::Waiting { stage, .. } = runner {
            return self.stage_reached(stage);
        }
        self.recorder
            .set(ConditionType::PodScheduled, True, reason::SCHEDULED, "");
        match runner {
            Runner::Starting { .. } => self.recorder.set(
                ConditionType::RunnerStarted,
                False,
                reason::PROCESS_STARTING,
                "",
            ),
            Runner::Running {
                pod_name,
                started_at,
                restarted,
                note: remark,
                ..
            } => {
                note(&mut self.status.runner_pod_name, pod_name);
                self.status.start_time.get_or_insert(*started_at);
                // A crash that was over before the observation is journaled with its restart.
                let crash = restarted.as_ref().map(Restarted::described);
                let sentences: Vec<_> = remark.iter().chain(&crash).map(String::as_str).collect();
                self.recorder.set(
                    ConditionType::RunnerStarted,
                    True,
                    reason::CONTAINER_RUNNING,
                    &sentences.join(" "),
                );
            }
            Runner::Absent
            | Runner::Unobserved { .. }
            | Runner::Waiting { .. }
            | Runner::Disrupted { .. }
            | Runner::BackOff { .. }
            | Runner::Exited { .. } => {}
        }
    }

    /// Keeps the known state while the engine cannot observe. After a while the message says so.
    pub(super) fn unobserved(&mut self, since: Timestamp, why: &str) {
        let ready = crate::condition::find(self.recorder.conditions(), &ConditionType::Ready);
        if let Some(ready) = ready.filter(|_| self.now.since(since) >= UNOBSERVED_GRACE) {
            let (status, reason) = (ready.status.clone(), ready.reason.clone());
            let message =
                format!("Last known state; the server can't check on the app now: {why}.");
            self.recorder
                .set(ConditionType::Ready, status, &reason, &message);
        }
        self.requeue_after = Some(self.cadence.monitoring);
    }

    fn requeue_soon(&mut self) {
        self.requeue_after = Some(Millis(self.cadence.monitoring.0 / 2));
    }

    fn answering(&mut self, remark: &str) {
        self.status.ready_time.get_or_insert(self.now);
        self.recorder.set(
            ConditionType::Ready,
            ConditionStatus::True,
            reason::SESSION_RUNNING,
            remark,
        );
        self.requeue_after = Some(self.cadence.monitoring);
    }

    fn not_answering(&mut self, why: Option<&str>) {
        let answered = self.recorder.holds(&ConditionType::Ready)
            || self.recorder.reason(&ConditionType::Ready) == reason::PROBE_FAILED;
        let reason = match why {
            Some(_) if answered => Some(reason::PROBE_FAILED),
            _ if self.late(why.unwrap_or_default()) => None,
            _ => Some(reason::PROBE_PENDING),
        };
        if let Some(reason) = reason {
            self.recorder.set(
                ConditionType::Ready,
                ConditionStatus::False,
                reason,
                why.unwrap_or_default(),
            );
        }
        self.requeue_after = Some(self.cadence.starting);
    }

    fn back_off(&mut self, restarts: u32, how: &Exit) {
        if restarts > MOST_RESTARTS {
            return self.give_up(restarts, how);
        }
        let message = format!(
            "The app stopped {} and is started again after a pause (restart {}).",
            how.described(),
            restarts + 1
        );
        let mut kinds = vec![ConditionType::RunnerStarted];
        if !self.late(&message) {
            kinds.push(ConditionType::Ready);
        }
        for kind in kinds {
            self.recorder.set(
                kind,
                ConditionStatus::False,
                reason::CRASH_LOOP_BACK_OFF,
                &message,
            );
        }
        self.requeue_after = Some(self.cadence.starting);
    }

    /// Ends a run that is not restarted. It fails once nothing of it is left: reported earlier, a
    /// lost request to stop would leave it running unseen.
    fn give_up(&mut self, restarts: u32, how: &Exit) {
        let message = given_up(restarts, how);
        self.recorder.set(
            ConditionType::RunnerStarted,
            ConditionStatus::False,
            reason::CRASH_LOOP_BACK_OFF,
            &message,
        );
        self.exit_code = exit_code(how);
        self.ask_to_stop(reason::CRASH_LOOP_BACK_OFF);
    }

    /// Returns the exceeded limit of a living process, or `None`.
    pub(super) fn limit_passed(&self) -> Option<&'static str> {
        let passed =
            |limit: Option<Timestamp>| limit.is_some_and(|at| self.is_up() && self.now >= at);
        if passed(self.active_limit()) {
            Some(reason::TIMEOUT)
        } else if passed(self.idle_limit()) {
            Some(reason::IDLE)
        } else {
            None
        }
    }

    /// Returns the time until the next limit takes effect, or is told.
    pub(super) fn next_limit(&self) -> Option<Millis> {
        let limits = [
            self.start_limit(),
            self.active_limit(),
            self.idle_limit(),
            self.idle_warning(),
        ];
        limits
            .into_iter()
            .flatten()
            .filter(|at| *at > self.now)
            .min()
            .map(|at| at.since(self.now))
    }

    fn active_limit(&self) -> Option<Timestamp> {
        let limit = self.subject.run.as_ref()?.active_deadline?;
        self.status
            .start_time
            .map(|start| self.observed.limit_after(start, limit))
    }

    /// Returns the time of a stop for idleness that is near, while nothing else ends the run.
    pub(super) fn idle_stop_at(&self) -> Option<Timestamp> {
        let is_going_on =
            self.is_up() && self.stop == StopState::NotWished && !self.subject.deleting;
        let is_near = is_going_on && self.now >= self.idle_warning()?;
        self.idle_limit().filter(|_| is_near)
    }

    /// Returns when a stop for idleness is near.
    fn idle_warning(&self) -> Option<Timestamp> {
        let limit = self.subject.run.as_ref()?.idle_timeout?;
        Some(self.idle_limit()? - warning_before(limit))
    }

    fn idle_limit(&self) -> Option<Timestamp> {
        let limit = self.subject.run.as_ref()?.idle_timeout?;
        let ready = self.status.ready_time?;
        let used = self.observed.last_used.map_or(ready, |at| at.max(ready));
        Some(self.observed.limit_after(used, limit))
    }
}

/// Returns how long before a stop for idleness the status tells it: a fifth of the limit, and five
/// minutes at most.
fn warning_before(limit: Millis) -> Millis {
    Millis(limit.0 / 5).min(Millis::from_secs(5 * 60))
}

/// Part of the message of `RunnerStarted` when it is True again after a crash.
pub(crate) const STARTED_AGAIN: &str = "was started again";

impl Restarted {
    /// Returns a sentence that is unique among the restarts of a run.
    fn described(&self) -> String {
        let Self {
            how,
            times,
            most,
            in_all,
        } = self;
        let in_all = match in_all > times {
            true => format!(", {in_all} in all"),
            false => String::new(),
        };
        let how = how.described();
        format!("The app stopped {how} and {STARTED_AGAIN} (restart {times} of {most}{in_all}).")
    }
}

/// Sets a name if it is not set already.
fn note(place: &mut Option<String>, name: &str) {
    if place.as_deref() != Some(name) {
        *place = Some(name.to_owned());
    }
}
