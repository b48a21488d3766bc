//! The rule, tested by sequences of commands and observations.

mod condition_tense;
mod ending;
mod limits;
mod properties;
mod starting;
mod stopping;
mod unobserved;
mod waiting;

use super::*;
use crate::condition::{ConditionStatus, ConditionType, find};
use crate::observed::{
    AppAvailability, Capacity, ClockStep, Creation, Exit, ImageFault, Lack, Probe, Restarted,
    RunToken, Runner, Secrets, Stage, StopRequest, Volume,
};
use crate::phase::Phase;
use crate::reason;
use crate::transition::TransitionKind;
use crate::workbench::Desired;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000) + Millis::from_secs(seconds)
}

/// A workbench under test: commands, observations and the time.
struct Bench {
    subject: Subject,
    status: WorkbenchStatus,
    observed: Observed,
    now: i64,
}

/// Result of one reconciliation.
struct Reconciled {
    outcome: Outcome,
}

impl Bench {
    /// Returns a workbench that should run, with 60 s for the start and no resource yet.
    fn start_requested() -> Self {
        Self {
            subject: Subject {
                generation: 1,
                spec_generation: 1,
                desired: Desired::Running,
                deleting: false,
                run: Some(DesiredRun {
                    number: 1,
                    generation: 1,
                    asked_at: at(0),
                    start_deadline: at(60),
                    active_deadline: None,
                    idle_timeout: None,
                }),
            },
            status: WorkbenchStatus::default(),
            observed: nothing(),
            now: 0,
        }
    }

    fn ready() -> Self {
        let mut bench = Self::start_requested();
        bench.sees(running(Probe::Succeeded));
        bench.reconcile();
        bench
    }

    fn sees(&mut self, observed: Observed) -> &mut Self {
        self.observed = observed;
        self
    }

    fn at(&mut self, seconds: i64) -> &mut Self {
        self.now = seconds;
        self
    }

    fn stop(&mut self) -> &mut Self {
        self.subject.desired = Desired::Stopped;
        self.subject.generation += 1;
        self
    }

    fn reconcile(&mut self) -> Reconciled {
        let outcome = reconcile(
            &self.subject,
            &self.status,
            &self.observed,
            &Cadence::default(),
            at(self.now),
        );
        self.status = outcome.status.clone();
        Reconciled { outcome }
    }
}

impl Reconciled {
    #[track_caller]
    fn is(self, phase: Phase, k8s: K8sStatus) -> Self {
        assert_eq!(
            (&self.outcome.status.phase, &self.outcome.k8s_status),
            (&phase, &k8s)
        );
        self
    }

    #[track_caller]
    fn shows(self, kind: ConditionType, status: ConditionStatus, reason: &str) -> Self {
        let condition = find(&self.outcome.status.conditions, &kind).expect("every type is there");
        assert_eq!(
            (&condition.status, condition.reason.as_str()),
            (&status, reason),
            "{kind}"
        );
        self
    }

    #[track_caller]
    fn does(self, actions: &[Action]) -> Self {
        assert_eq!(self.outcome.actions, actions);
        self
    }
}

fn nothing() -> Observed {
    Observed::default()
}

fn prepared() -> Observed {
    Observed {
        volume: Volume::Bound,
        ..nothing()
    }
}

fn running(probe: Probe) -> Observed {
    let runner = Runner::Running {
        job_name: "job".into(),
        pod_name: "pod".into(),
        started_at: at(1),
        restarted: None,
        note: None,
    };
    Observed {
        runner,
        probe,
        ..prepared()
    }
}

/// Returns an end without a request.
fn exited(how: Exit) -> Observed {
    ended(how, 0, StopRequest::No)
}

/// Returns an end after this number of restarts.
fn ended(how: Exit, restarts: u32, asked: StopRequest) -> Observed {
    Observed {
        runner: Runner::Exited {
            job_name: "job".into(),
            at: at(9),
            how,
            restarts,
            asked,
            last_line: None,
        },
        ..prepared()
    }
}
