//! Checks of one observation: its outcome against the earlier status, the commands and the
//! observation. The rules are written here a second time, independently of the code under test.

use super::checks::*;
use vestibule_model::condition::{Condition, ConditionType, find, holds};
use vestibule_model::observed::{
    AppAvailability, Exit, Observed, Probe, Runner, Secrets, StopRequest, Volume,
};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason::{self, ReasonKind};
use vestibule_model::reconcile::{Action, Outcome, Subject};
use vestibule_model::transition::{NewTransition, Source, TransitionKind};
use vestibule_model::workbench::{Desired, WorkbenchStatus};

/// Observation, with its input and its outcome.
pub struct Case<'a> {
    pub subject: &'a Subject,
    pub before: &'a WorkbenchStatus,
    pub observed: &'a Observed,
    pub outcome: &'a Outcome,
}

impl Case<'_> {
    /// Judges one observation.
    pub fn judge(&self) -> Verdict {
        self.greens()?;
        self.restarts()?;
        self.times()?;
        self.generations()?;
        self.obstacles()?;
        self.end()?;
        self.stop()?;
        self.actions()?;
        self.legacy()
    }

    fn status(&self) -> &WorkbenchStatus {
        &self.outcome.status
    }

    fn is_new_run(&self) -> bool {
        self.before.run_number != self.status().run_number
    }

    fn was_over(&self) -> bool {
        !self.is_new_run() && self.before.phase.is_terminal()
    }

    fn before(&self, kind: &ConditionType) -> Option<&Condition> {
        find(&self.before.conditions, kind).filter(|_| !self.is_new_run())
    }

    /// Returns `true` if this observation itself shows that a condition holds.
    fn shows(&self, kind: &ConditionType) -> bool {
        let runner = &self.observed.runner;
        match kind {
            ConditionType::PvcReady => self.observed.volume == Volume::Bound,
            ConditionType::SecretsReady => self.observed.secrets == Secrets::Found,
            ConditionType::JobCreated | ConditionType::PodScheduled => *runner != Runner::Absent,
            ConditionType::RunnerStarted => matches!(runner, Runner::Running { .. }),
            ConditionType::Ready => {
                matches!(runner, Runner::Running { .. }) && self.observed.probe == Probe::Succeeded
            }
            ConditionType::Completed => matches!(
                runner,
                Runner::Exited {
                    how: Exit::Code(0),
                    ..
                }
            ),
            ConditionType::Failed => {
                !matches!(runner, Runner::Starting { .. } | Runner::Running { .. })
            }
            ConditionType::Unknown(_) => false,
        }
    }

    fn greens(&self) -> Verdict {
        let seen = &self.observed;
        for kind in ConditionType::KNOWN {
            let (old, new) = (self.before(kind), find(&self.status().conditions, kind));
            let Some(new) = new else {
                return Err((NO_INVENTED_GREENS, format!("{kind} is not written at all")));
            };
            let turned = new.is_true() && !old.is_some_and(Condition::is_true);
            hold(!turned || self.shows(kind), NO_INVENTED_GREENS, || {
                format!("{kind} became True on {seen:?}")
            })?;
        }
        let now = &self.status().conditions;
        let leaves = self.status().phase == Phase::Stopping;
        for (kind, excused) in [
            (ConditionType::Ready, self.was_over()),
            (ConditionType::RunnerStarted, self.was_over() || leaves),
        ] {
            hold(
                excused || !holds(now, &kind) || self.shows(&kind),
                REGRESSIONS_SHOW,
                || format!("{kind} stays True on {seen:?}"),
            )?;
        }
        let green = self.outcome.k8s_status == K8sStatus::Running;
        let is_ready = holds(now, &ConditionType::Ready);
        hold(
            green == (is_ready && self.status().phase == Phase::Running),
            NO_INVENTED_GREENS,
            || {
                format!(
                    "k8sStatus is {} in {}",
                    self.outcome.k8s_status,
                    self.status().phase
                )
            },
        )?;
        for entry in &self.outcome.transitions {
            // A new run has no known state that could have changed between two observations.
            let source = match seen.after_restart && !self.is_new_run() {
                true => Source::Recovery,
                false => Source::Observation,
            };
            hold(entry.source == source, NO_INVENTED_GREENS, || {
                format!("{:?} says so instead of {source:?}", entry.source)
            })?;
        }
        Ok(())
    }

    /// Checks the restarts. FIELD 12: includes a crash that was over before the observation.
    fn restarts(&self) -> Verdict {
        let (status, before) = (self.status(), &self.before.runner_pod_name);
        let is_another =
            !self.is_new_run() && before.is_some() && *before != status.runner_pod_name;
        if !is_another || status.phase != Phase::Running {
            return Ok(());
        }
        let reported = |entry: &NewTransition| same(entry, &ConditionType::RunnerStarted);
        hold(
            self.outcome.transitions.iter().any(reported),
            RESTARTS_ARE_TOLD,
            || format!("{before:?} became {:?}", status.runner_pod_name),
        )
    }

    fn times(&self) -> Verdict {
        for new in &self.status().conditions {
            let Some(old) = self.before(&new.kind) else {
                continue;
            };
            let moved = old.last_transition_time != new.last_transition_time;
            // By a clock that was set back the same moment may come twice.
            hold(
                !moved || old.status != new.status,
                TIME_MOVES_WITH_STATUS,
                || format!("{} moved with its status {}", new.kind, new.status),
            )?;
            let shows = |kind: TransitionKind| {
                let reported = |e: &&_| same(e, &new.kind);
                self.outcome
                    .transitions
                    .iter()
                    .filter(reported)
                    .filter(|e| e.kind == kind)
                    .count()
            };
            let changed = usize::from(old.status != new.status);
            let reworded = old.reason != new.reason || old.message != new.message;
            let detailed = usize::from(changed == 0 && reworded);
            hold(
                shows(TransitionKind::Status) == changed
                    && shows(TransitionKind::Detail) == detailed,
                JOURNAL_IS_STATUS,
                || format!("a change of {} is not told, or told twice", new.kind),
            )?;
        }
        Ok(())
    }

    fn generations(&self) -> Verdict {
        let status = self.status();
        let most = self.subject.generation;
        let ahead = status
            .conditions
            .iter()
            .any(|c| c.observed_generation > most);
        hold(
            status.observed_generation <= most && !ahead,
            GENERATION_NEVER_AHEAD,
            || {
                format!(
                    "{} is answered, {most} is requested",
                    status.observed_generation
                )
            },
        )?;
        let run = self.subject.run.as_ref().map_or(0, |run| run.generation);
        let waits = !status.phase.is_terminal() && self.subject.spec_generation > run;
        let expected = if waits { run } else { most };
        hold(
            status.observed_generation == expected,
            GENERATION_NEVER_AHEAD,
            || {
                format!(
                    "{} is answered instead of {expected}",
                    status.observed_generation
                )
            },
        )
    }

    fn obstacles(&self) -> Verdict {
        // A run that is being stopped has its cause already.
        let was_leaving = self.before.stopped_reason.is_some() && !self.is_new_run();
        let ended = self.status().phase == Phase::Failed && !self.was_over() && !was_leaving;
        if !ended || self.observed.runner != Runner::Absent {
            return Ok(());
        }
        let failed = self.status().condition(&ConditionType::Failed);
        let reason = failed.map_or("", |c| c.reason.as_str());
        let had_job = self
            .before(&ConditionType::JobCreated)
            .is_some_and(Condition::is_true);
        let is_hopeless = matches!(
            self.observed.app,
            AppAvailability::Unknown
                | AppAvailability::Lacking(..)
                | AppAvailability::BuildFailed(_)
        );
        let kind = reason::lookup(reason).map(|reason| reason.kind);
        hold(
            (had_job || is_hopeless)
                && matches!(kind, Some(ReasonKind::Permanent | ReasonKind::Killed)),
            OBSTACLES_END_NOTHING,
            || format!("it failed for {reason} on {:?}", self.observed),
        )
    }

    fn end(&self) -> Verdict {
        let status = self.status();
        if self.was_over() {
            let answered = WorkbenchStatus {
                observed_generation: status.observed_generation,
                ..self.before.clone()
            };
            return hold(
                *status == answered && self.outcome.transitions.is_empty(),
                ENDS_STAY,
                || format!("{:?} became {status:?}", self.before),
            );
        }
        if !status.phase.is_terminal() {
            return Ok(());
        }
        let now = &status.conditions;
        let reported = (
            holds(now, &ConditionType::Completed),
            holds(now, &ConditionType::Failed),
            &self.outcome.k8s_status,
        );
        let cause = match &status.phase {
            Phase::Failed => find(now, &ConditionType::Failed).map(|c| c.reason.as_str()),
            Phase::Completed => find(now, &ConditionType::Completed).map(|c| c.reason.as_str()),
            _ => status.stopped_reason.as_deref(),
        };
        let cause = cause.unwrap_or_default();
        let expected = match reason::lookup(cause).map(|reason| reason.kind) {
            Some(ReasonKind::Ended) if cause == reason::SUCCESS => {
                (true, false, &K8sStatus::Complete)
            }
            Some(ReasonKind::Ended) => (false, false, &K8sStatus::Stopped),
            Some(ReasonKind::Killed) => (false, true, &K8sStatus::Killed),
            _ => (false, true, &K8sStatus::Failed),
        };
        hold(reported == expected, ENDS_ARE_CLEAR, || {
            format!("{reported:?} for {cause}, which means {expected:?}")
        })?;
        hold(
            status.completion_time.is_some() || status.run_number == 0,
            ENDS_ARE_CLEAR,
            || "nothing says when it ended".to_owned(),
        )?;
        let causes = self.causes();
        hold(causes.iter().any(|c| c == cause), ENDS_ARE_CLEAR, || {
            format!(
                "{cause} is told, not one of {causes:?}, on {:?}",
                self.observed.runner
            )
        })
    }

    /// Returns the permitted causes of an end, by the observation and the commands.
    fn causes(&self) -> Vec<String> {
        let is_wished = self.subject.desired == Desired::Stopped || self.subject.deleting;
        let before = self
            .before
            .stopped_reason
            .as_ref()
            .filter(|_| !self.is_new_run());
        let mut stops: Vec<String> = before.cloned().into_iter().collect();
        if stops.is_empty() && is_wished {
            stops.push(reason::USER_STOPPED.to_owned());
        }
        if self.subject.run.is_none() {
            return vec![reason::NEVER_STARTED.to_owned()];
        }
        let by_itself = match &self.observed.runner {
            Runner::Exited {
                how,
                asked,
                restarts,
                ..
            } => {
                if (*asked != StopRequest::No || *how == Exit::Lost) && !stops.is_empty() {
                    return stops;
                }
                cause_of(how, *restarts)
            }
            Runner::Absent if stops.is_empty() => match &self.observed.app {
                AppAvailability::Unknown => reason::APP_NOT_FOUND,
                AppAvailability::Lacking(lack, _) => lack.reason(),
                AppAvailability::BuildFailed(_) => reason::BUILD_FAILED,
                _ => reason::LOST,
            },
            Runner::Absent => return stops,
            Runner::BackOff { .. }
            | Runner::Starting { .. }
            | Runner::Waiting { .. }
            | Runner::Running { .. }
            | Runner::Disrupted { .. }
            | Runner::Unobserved { .. } => "no end at all",
        };
        let lost = reason::LOST.to_owned();
        let had_job = self
            .before(&ConditionType::JobCreated)
            .is_some_and(Condition::is_true);
        if self.observed.runner == Runner::Absent && had_job {
            return vec![lost];
        }
        vec![by_itself.to_owned()]
    }

    fn stop(&self) -> Verdict {
        let status = self.status();
        let was_leaving = !self.is_new_run() && self.before.phase == Phase::Stopping;
        hold(
            !was_leaving || status.phase == Phase::Stopping || status.phase.is_terminal(),
            STOP_IS_HONOURED,
            || format!("it was stopping and is {}", status.phase),
        )?;
        let is_wished = self.subject.desired == Desired::Stopped || self.subject.deleting;
        let has_run = self.subject.run.is_some();
        let goes = matches!(status.phase, Phase::Stopping) || status.phase.is_terminal();
        hold(!is_wished || !has_run || goes, STOP_IS_HONOURED, || {
            format!("a stop is requested and it is {}", status.phase)
        })?;
        let (old, new) = (&self.before.stopped_reason, &status.stopped_reason);
        let still = !self.is_new_run() && !self.was_over() && was_leaving;
        hold(
            !still || new.is_none() && status.phase.is_terminal() || ended_by(status) || old == new,
            FIRST_CAUSE_STAYS,
            || format!("{old:?} became {new:?}"),
        )
    }

    fn actions(&self) -> Verdict {
        let does = |action: &Action| self.outcome.actions.contains(action);
        let status = self.status();
        let is_wished = self.subject.desired == Desired::Running && !self.subject.deleting;
        hold(
            !does(&Action::StartJob) || is_wished,
            STOP_IS_HONOURED,
            || "it is started against the command".to_owned(),
        )?;
        let fits = self.observed.runner == Runner::Absent && !status.phase.is_terminal();
        hold(!does(&Action::StartJob) || fits, ONE_PROCESS, || {
            format!(
                "it is started in {} on {:?}",
                status.phase, self.observed.runner
            )
        })?;
        hold(
            !does(&Action::CleanUp) || self.subject.deleting,
            OUTPUT_IS_KEPT,
            || "it is cleared away though nobody deletes it".to_owned(),
        )?;
        let is_up = !matches!(self.observed.runner, Runner::Absent | Runner::Exited { .. });
        hold(
            !self.outcome.forget || (self.subject.deleting && !is_up),
            ONE_PROCESS,
            || "it is forgotten while a process is up".to_owned(),
        )?;
        let waits = status.phase.is_terminal() && !self.subject.deleting;
        hold(
            waits || self.outcome.forget || self.outcome.requeue_after.is_some(),
            NOTHING_STUCK,
            || format!("nobody rounds again at what is {}", status.phase),
        )
    }

    fn legacy(&self) -> Verdict {
        let status = self.status();
        let is_told = status.message.as_ref().is_some_and(|text| !text.is_empty());
        hold(
            is_told && status.is_error == (status.phase == Phase::Failed),
            OLD_CLIENTS,
            || {
                format!(
                    "{:?}, {} in {}",
                    status.message, status.is_error, status.phase
                )
            },
        )
    }
}

fn same(entry: &NewTransition, kind: &ConditionType) -> bool {
    entry.condition.as_ref() == Some(kind)
}

/// Returns `true` if it ended by itself with a signal from outside while it was being stopped.
fn ended_by(status: &WorkbenchStatus) -> bool {
    status.stopped_reason.as_deref() == Some(reason::TERMINATED) && status.phase.is_terminal()
}

fn cause_of(how: &Exit, restarts: u32) -> &'static str {
    match how {
        Exit::Code(0) => reason::SUCCESS,
        Exit::Code(1 | 2) if restarts > 0 => reason::CRASH_LOOP_BACK_OFF,
        Exit::Code(1) => reason::SDK_ERROR,
        Exit::Code(2) => reason::PREREQUISITE_FAILED,
        Exit::Code(143) | Exit::Signal(15) => reason::TERMINATED,
        Exit::Code(_) | Exit::Signal(_) if restarts > 0 => reason::CRASH_LOOP_BACK_OFF,
        Exit::Code(_) | Exit::Signal(_) => reason::EXIT_CODE,
        Exit::NotFound(_) => reason::PROGRAM_NOT_FOUND,
        Exit::StartError(_) => reason::START_ERROR,
        Exit::OutOfMemory(_) => reason::OOM_KILLED,
        Exit::Evicted(_) => reason::EVICTED,
        Exit::Preempted(_) => reason::PREEMPTED,
        Exit::NodeLost(_) => reason::NODE_LOST,
        Exit::Deleted(_) => reason::TERMINATED,
        Exit::TimedOut(_) => reason::TIMEOUT,
        Exit::Lost => reason::LOST,
    }
}
