use super::*;
use crate::condition::find;
use crate::observed::{AppState, Exit};
use crate::transition::TransitionKind;
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000) + Millis::from_secs(seconds)
}

/// A workbench under the rule, told as a story: wishes, observations and the time.
struct Bench {
    subject: Subject,
    status: WorkbenchStatus,
    observed: Observed,
    now: i64,
}

/// What one reconciliation made of it.
struct Told {
    outcome: Outcome,
}

impl Bench {
    /// Wished to run, 60 s for the start, nothing there yet.
    fn wished() -> Self {
        Self {
            subject: Subject {
                generation: 1,
                spec_generation: 1,
                desired: Desired::Running,
                deleting: false,
                run: Some(RunWish {
                    number: 1,
                    generation: 1,
                    start_deadline: at(60),
                }),
            },
            status: WorkbenchStatus::default(),
            observed: nothing(),
            now: 0,
        }
    }

    fn ready() -> Self {
        let mut bench = Self::wished();
        bench.sees(running(Probe::Succeeded));
        bench.look();
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

    fn wishes_stop(&mut self) -> &mut Self {
        self.subject.desired = Desired::Stopped;
        self.subject.generation += 1;
        self
    }

    fn look(&mut self) -> Told {
        let outcome = reconcile(
            &self.subject,
            &self.status,
            &self.observed,
            &Cadence::default(),
            at(self.now),
        );
        self.status = outcome.status.clone();
        Told { outcome }
    }
}

impl Told {
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
    Observed {
        volume: Volume::Absent,
        missing_secrets: Vec::new(),
        app: AppState::Available,
        capacity: Capacity::Available,
        runner: Runner::Absent,
        probe: Probe::NotTried,
    }
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
    };
    Observed {
        runner,
        probe,
        ..prepared()
    }
}

fn exited(how: Exit) -> Observed {
    Observed {
        runner: Runner::Exited {
            job_name: "job".into(),
            at: at(9),
            how,
        },
        ..prepared()
    }
}

#[test]
fn the_happy_path_goes_green_only_with_evidence() {
    use ConditionStatus::{False, True, Unobserved};
    let mut bench = Bench::wished();
    let first = bench
        .look()
        .is(Phase::Pending, K8sStatus::Progressing)
        .does(&[Action::EnsureVolume]);
    for kind in [
        ConditionType::JobCreated,
        ConditionType::RunnerStarted,
        ConditionType::Failed,
    ] {
        assert_eq!(
            find(&first.outcome.status.conditions, &kind).map(|c| &c.status),
            Some(&Unobserved)
        );
    }
    bench
        .sees(prepared())
        .look()
        .is(Phase::Pending, K8sStatus::Progressing)
        .shows(ConditionType::PvcReady, True, reason::BOUND)
        .shows(
            ConditionType::PodScheduled,
            Unobserved,
            reason::NOT_OBSERVED,
        )
        .does(&[Action::StartJob]);
    bench
        .sees(Observed {
            runner: Runner::Starting {
                job_name: "job".into(),
            },
            ..prepared()
        })
        .look()
        .is(Phase::Creating, K8sStatus::Progressing)
        .shows(
            ConditionType::RunnerStarted,
            False,
            reason::CONTAINER_CREATING,
        )
        .does(&[]);
    bench
        .sees(running(Probe::Failed("connection refused".into())))
        .look()
        .is(Phase::Running, K8sStatus::Progressing)
        .shows(ConditionType::Ready, False, reason::PROBE_PENDING);
    let ready = bench
        .sees(running(Probe::Succeeded))
        .look()
        .is(Phase::Running, K8sStatus::Running);
    assert_eq!(
        ready.outcome.requeue_after,
        Some(Cadence::default().monitoring),
        "it keeps looking (FIELD 12)"
    );
    assert!(
        bench.look().outcome.transitions.is_empty(),
        "nothing changed, nothing is told"
    );
}

#[test]
fn last_transition_time_moves_only_with_the_status_but_a_new_reason_is_told() {
    // FIELD 16: ContainerCreating → ImagePullBackOff must not be invisible.
    let mut bench = Bench::wished();
    bench
        .sees(running(Probe::Failed("refused".into())))
        .at(1)
        .look();
    let told = bench
        .sees(running(Probe::Failed("status 500".into())))
        .at(5)
        .look();
    let ready = find(&told.outcome.status.conditions, &ConditionType::Ready).expect("there");
    assert_eq!(ready.last_transition_time, Some(at(1)));
    let kinds: Vec<_> = told
        .outcome
        .transitions
        .iter()
        .map(|t| t.kind.clone())
        .collect();
    assert_eq!(kinds, [TransitionKind::Detail]);
}

#[test]
fn each_ending_is_a_different_one() {
    let cases = [
        (
            Exit::Code(0),
            Phase::Completed,
            K8sStatus::Complete,
            "Success",
            Some(0),
        ),
        (
            Exit::Code(1),
            Phase::Failed,
            K8sStatus::Failed,
            "SDKError",
            Some(1),
        ),
        (
            Exit::Code(2),
            Phase::Failed,
            K8sStatus::Failed,
            "PrerequisiteFailed",
            Some(2),
        ),
        (
            Exit::Code(7),
            Phase::Failed,
            K8sStatus::Failed,
            "ExitCode",
            Some(7),
        ),
        (
            Exit::Signal(11),
            Phase::Failed,
            K8sStatus::Failed,
            "ExitCode",
            Some(139),
        ),
        (
            Exit::Signal(9),
            Phase::Failed,
            K8sStatus::Failed,
            "ExitCode",
            Some(137),
        ),
        (
            Exit::NotFound("no such program: x".into()),
            Phase::Failed,
            K8sStatus::Failed,
            "ErrImagePull",
            None,
        ),
        (
            Exit::StartError("denied".into()),
            Phase::Failed,
            K8sStatus::Failed,
            "StartError",
            None,
        ),
        (Exit::Lost, Phase::Failed, K8sStatus::Failed, "Lost", None),
    ];
    for (how, phase, k8s, word, code) in cases {
        let told = Bench::ready()
            .sees(exited(how))
            .look()
            .is(phase.clone(), k8s);
        let kind = if phase == Phase::Completed {
            ConditionType::Completed
        } else {
            ConditionType::Failed
        };
        let told = told.shows(kind, ConditionStatus::True, word).shows(
            ConditionType::Ready,
            ConditionStatus::False,
            if word == "Success" {
                word
            } else {
                "NotRunning"
            },
        );
        assert_eq!(told.outcome.exit_code, code);
        assert_eq!(told.outcome.status.completion_time, Some(at(9)));
        assert_eq!(
            told.outcome.status.is_error,
            phase == Phase::Failed,
            "a completed one is not red (FIELD 14)"
        );
    }
}

#[test]
fn a_signal_from_outside_is_not_called_a_stop_by_a_person() {
    // FIELD 13: a stop for another cause is shown as "stopped by user".
    for how in [Exit::Signal(15), Exit::Code(143)] {
        let told = Bench::ready()
            .sees(exited(how))
            .look()
            .is(Phase::Stopped, K8sStatus::Stopped);
        assert_eq!(
            told.outcome.status.stopped_reason.as_deref(),
            Some(reason::TERMINATED)
        );
    }
}

#[test]
fn what_cannot_be_run_fails_at_once_and_says_why() {
    let cases = [
        (
            AppState::ProgramMissing("ttyd is not installed.".into()),
            reason::ERR_IMAGE_PULL,
        ),
        (AppState::Unknown, reason::INVALID_IMAGE_NAME),
        (
            AppState::BuildFailed("pip: no network".into()),
            reason::BUILD_FAILED,
        ),
    ];
    for (app, word) in cases {
        Bench::wished()
            .sees(Observed { app, ..prepared() })
            .look()
            .is(Phase::Failed, K8sStatus::Failed)
            .shows(ConditionType::Failed, ConditionStatus::True, word)
            .does(&[]);
    }
}

#[test]
fn obstacles_that_heal_are_waited_for() {
    let obstacles = [
        Observed {
            missing_secrets: vec!["TOKEN".into()],
            ..prepared()
        },
        Observed {
            capacity: Capacity::Full("8 of 8 places are taken.".into()),
            ..prepared()
        },
        Observed {
            volume: Volume::Failed("No space left on device.".into()),
            ..prepared()
        },
        Observed {
            app: AppState::Building("Step 1 of 2".into()),
            ..prepared()
        },
    ];
    for obstacle in obstacles {
        let mut bench = Bench::wished();
        let told = bench
            .sees(obstacle)
            .look()
            .is(Phase::Pending, K8sStatus::Progressing);
        assert!(!told.outcome.actions.contains(&Action::StartJob));
        assert!(
            told.outcome
                .requeue_after
                .is_some_and(|after| after <= Millis::from_secs(5)),
            "FIELD 15"
        );
        bench.sees(prepared()).look().does(&[Action::StartJob]);
        bench
            .sees(running(Probe::Succeeded))
            .look()
            .is(Phase::Running, K8sStatus::Running);
    }
}

#[test]
fn a_late_start_says_so_may_be_extended_and_may_still_make_it() {
    let silent = || running(Probe::Failed("no answer".into()));
    let mut bench = Bench::wished();
    bench.sees(silent()).at(59).look().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::PROBE_PENDING,
    );
    bench
        .at(60)
        .look()
        .is(Phase::Running, K8sStatus::Progressing)
        .shows(
            ConditionType::Ready,
            ConditionStatus::False,
            reason::START_DEADLINE_EXCEEDED,
        );
    bench
        .subject
        .run
        .as_mut()
        .expect("has a run")
        .start_deadline = at(120);
    bench.at(61).look().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::PROBE_PENDING,
    );
    bench
        .sees(running(Probe::Succeeded))
        .at(200)
        .look()
        .is(Phase::Running, K8sStatus::Running);
}

#[test]
fn a_late_blocked_start_forgets_its_lateness_when_extended() {
    let mut bench = Bench::wished();
    bench.sees(Observed {
        missing_secrets: vec!["TOKEN".into()],
        ..prepared()
    });
    bench.at(70).look().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::START_DEADLINE_EXCEEDED,
    );
    bench
        .subject
        .run
        .as_mut()
        .expect("has a run")
        .start_deadline = at(120);
    bench.at(71).look().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::WAITING,
    );
}

#[test]
fn a_dead_probe_after_ready_is_a_visible_regression() {
    let mut bench = Bench::ready();
    bench
        .sees(running(Probe::Failed("timed out".into())))
        .at(900)
        .look()
        .is(Phase::Running, K8sStatus::Progressing)
        .shows(
            ConditionType::Ready,
            ConditionStatus::False,
            reason::PROBE_FAILED,
        );
    bench
        .sees(running(Probe::Succeeded))
        .look()
        .is(Phase::Running, K8sStatus::Running);
}

#[test]
fn a_job_that_was_there_and_is_gone_is_lost_not_started_again() {
    let told = Bench::ready()
        .sees(prepared())
        .look()
        .is(Phase::Failed, K8sStatus::Failed);
    told.shows(ConditionType::Failed, ConditionStatus::True, reason::LOST)
        .does(&[]);
}

#[test]
fn stop_works_in_every_phase_and_a_late_success_does_not_undo_it() {
    let starting = Observed {
        runner: Runner::Starting {
            job_name: "job".into(),
        },
        ..prepared()
    };
    for seen in [
        nothing(),
        prepared(),
        starting,
        running(Probe::NotTried),
        running(Probe::Succeeded),
    ] {
        let mut bench = Bench::wished();
        bench.sees(seen.clone()).look();
        let told = bench.wishes_stop().look();
        if seen.runner != Runner::Absent {
            told.is(Phase::Stopping, K8sStatus::Progressing)
                .does(&[Action::StopJob]);
            bench
                .sees(running(Probe::Succeeded))
                .look()
                .is(Phase::Stopping, K8sStatus::Progressing);
            bench.sees(exited(Exit::Code(0))).look();
        }
        let told = bench
            .look()
            .is(Phase::Stopped, K8sStatus::Stopped)
            .does(&[]);
        assert_eq!(
            told.outcome.status.stopped_reason.as_deref(),
            Some(reason::USER_STOPPED)
        );
        bench
            .sees(running(Probe::Succeeded))
            .look()
            .is(Phase::Stopped, K8sStatus::Stopped)
            .does(&[Action::StopJob]);
    }
}

#[test]
fn a_new_run_begins_with_nothing_known() {
    let mut bench = Bench::ready();
    bench
        .sees(exited(Exit::Code(1)))
        .look()
        .is(Phase::Failed, K8sStatus::Failed);
    bench.subject.run = Some(RunWish {
        number: 2,
        generation: 2,
        start_deadline: at(200),
    });
    bench.subject.generation = 2;
    let told = bench
        .sees(prepared())
        .at(100)
        .look()
        .is(Phase::Pending, K8sStatus::Progressing);
    let told = told.shows(
        ConditionType::Failed,
        ConditionStatus::Unobserved,
        reason::NOT_OBSERVED,
    );
    assert_eq!(told.outcome.status.completion_time, None);
    assert_eq!(told.outcome.status.run_number, 2);
}

#[test]
fn an_edited_spec_stays_visibly_ahead_until_the_next_start() {
    let mut bench = Bench::ready();
    bench.subject.generation = 2;
    bench.subject.spec_generation = 2;
    assert_eq!(bench.look().outcome.status.observed_generation, 1);
    bench
        .wishes_stop()
        .sees(exited(Exit::Signal(15)))
        .look()
        .is(Phase::Stopped, K8sStatus::Stopped);
    assert_eq!(bench.look().outcome.status.observed_generation, 3);
}

#[test]
fn never_started_is_stopped_and_says_so() {
    let mut bench = Bench::wished();
    bench.subject.run = None;
    bench.subject.desired = Desired::Stopped;
    let told = bench
        .look()
        .is(Phase::Stopped, K8sStatus::Stopped)
        .does(&[]);
    assert_eq!(
        told.outcome.status.stopped_reason.as_deref(),
        Some(reason::NEVER_STARTED)
    );
    assert_eq!(told.outcome.requeue_after, None);
}

#[test]
fn delete_stops_then_clears_then_forgets() {
    let mut bench = Bench::ready();
    bench.subject.deleting = true;
    bench
        .look()
        .is(Phase::Stopping, K8sStatus::Progressing)
        .does(&[Action::StopJob]);
    bench
        .sees(exited(Exit::Signal(15)))
        .look()
        .does(&[Action::CleanUp]);
    assert!(bench.sees(nothing()).look().outcome.forget);
}

fn any_runner() -> impl Strategy<Value = Runner> {
    let job = || "job".to_owned();
    prop_oneof![
        Just(Runner::Absent),
        Just(Runner::Starting { job_name: job() }),
        Just(Runner::Running {
            job_name: job(),
            pod_name: "pod".into(),
            started_at: at(1)
        }),
        (0i32..4).prop_map(move |code| Runner::Exited {
            job_name: job(),
            at: at(9),
            how: Exit::Code(code)
        }),
        Just(Runner::Exited {
            job_name: job(),
            at: at(9),
            how: Exit::Lost
        }),
    ]
}

prop_compose! {
    fn any_observed()(
        volume in prop_oneof![Just(Volume::Absent), Just(Volume::Bound), Just(Volume::Failed("full".into()))],
        missing_secrets in prop_oneof![3 => Just(Vec::new()), 1 => Just(vec!["TOKEN".to_owned()])],
        app in prop_oneof![4 => Just(AppState::Available), 1 => Just(AppState::NotBuilt), 1 => Just(AppState::Unknown)],
        capacity in prop_oneof![3 => Just(Capacity::Available), 1 => Just(Capacity::Full("full".into()))],
        runner in any_runner(),
        probe in prop_oneof![Just(Probe::NotTried), Just(Probe::Succeeded), Just(Probe::Failed("no".into()))],
    ) -> Observed {
        Observed { volume, missing_secrets, app, capacity, runner, probe }
    }
}

proptest! {
    /// No invented greens, no ending that changes, nothing that is never looked at again.
    #[test]
    fn the_rules_hold_whatever_is_seen(looks in prop::collection::vec((any_observed(), 0i64..200, prop::bool::weighted(0.1)), 1..30)) {
        let mut bench = Bench::wished();
        for (observed, seconds, stop) in looks {
            if stop { bench.wishes_stop(); }
            let before = bench.status.clone();
            bench.sees(observed.clone()).at(seconds);
            let Outcome { status, k8s_status, transitions, actions, requeue_after, .. } = bench.look().outcome;

            prop_assert_eq!(status.conditions.len(), ConditionType::KNOWN.len());
            if k8s_status == K8sStatus::Running {
                prop_assert!(matches!(observed.runner, Runner::Running { .. }), "green without a process");
                prop_assert_eq!(&observed.probe, &Probe::Succeeded);
            }
            if before.phase.is_terminal() {
                let answered = WorkbenchStatus { observed_generation: status.observed_generation, ..before.clone() };
                prop_assert_eq!(&status, &answered, "the end was told differently");
            } else {
                prop_assert!(status.phase.is_terminal() || requeue_after.is_some(), "stuck");
            }
            if bench.subject.desired == Desired::Stopped {
                prop_assert!(!actions.contains(&Action::StartJob), "started against the wish");
            }
            if actions.contains(&Action::StartJob) {
                prop_assert!(observed.runner == Runner::Absent && observed.volume == Volume::Bound);
            }
            let changed = status.conditions.iter().filter(|c| find(&before.conditions, &c.kind) != Some(*c)
                && find(&before.conditions, &c.kind).is_none_or(|b| (&b.status, &b.reason, &b.message) != (&c.status, &c.reason, &c.message))).count();
            prop_assert_eq!(transitions.len(), changed, "the journal tells every change, once");
        }
    }
}
