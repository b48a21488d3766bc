//! Starts and their obstacles.

use super::*;

#[test]
fn steps_become_true_only_with_evidence() {
    use ConditionStatus::{False, True};
    let mut bench = Bench::start_requested();
    let first = bench
        .reconcile()
        .is(Phase::Pending, K8sStatus::Progressing)
        .does(&[Action::EnsureVolume]);
    for kind in [
        ConditionType::JobCreated,
        ConditionType::RunnerStarted,
        ConditionType::Failed,
    ] {
        assert_eq!(
            find(&first.outcome.status.conditions, &kind).map(|c| &c.status),
            Some(&False)
        );
    }
    bench
        .sees(prepared())
        .reconcile()
        .is(Phase::Pending, K8sStatus::Progressing)
        .shows(ConditionType::PvcReady, True, reason::BOUND)
        .shows(ConditionType::PodScheduled, False, reason::WAITING)
        .does(&[Action::StartJob]);
    bench
        .sees(Observed {
            runner: Runner::Starting {
                job_name: "job".into(),
            },
            ..prepared()
        })
        .reconcile()
        .is(Phase::Creating, K8sStatus::Progressing)
        .shows(
            ConditionType::RunnerStarted,
            False,
            reason::PROCESS_STARTING,
        )
        .does(&[]);
    bench
        .sees(running(Probe::Failed("connection refused".into())))
        .reconcile()
        .is(Phase::Running, K8sStatus::Progressing)
        .shows(ConditionType::Ready, False, reason::PROBE_PENDING);
    let ready = bench
        .sees(running(Probe::Succeeded))
        .reconcile()
        .is(Phase::Running, K8sStatus::Running);
    assert_eq!(
        ready.outcome.requeue_after,
        Some(Cadence::default().monitoring),
        "it keeps observing (FIELD 12)"
    );
    assert!(
        bench.reconcile().outcome.transitions.is_empty(),
        "nothing changed, nothing is told"
    );
}

#[test]
fn last_transition_time_moves_only_with_the_status_but_a_new_reason_is_journaled() {
    // FIELD 16: ContainerCreating → ImagePullBackOff must not be invisible.
    let mut bench = Bench::start_requested();
    bench
        .sees(running(Probe::Failed("refused".into())))
        .at(1)
        .reconcile();
    let result = bench
        .sees(running(Probe::Failed("status 500".into())))
        .at(5)
        .reconcile();
    let ready = find(&result.outcome.status.conditions, &ConditionType::Ready).expect("there");
    assert_eq!(ready.last_transition_time, Some(at(1)));
    let kinds: Vec<_> = result
        .outcome
        .transitions
        .iter()
        .map(|t| t.kind.clone())
        .collect();
    assert_eq!(kinds, [TransitionKind::Detail]);
}

#[test]
fn app_that_cannot_run_fails_at_once_with_the_reason() {
    let cases = [
        (
            AppAvailability::Lacking(Lack::Program, "ttyd is not installed.".into()),
            reason::PROGRAM_NOT_FOUND,
        ),
        (
            AppAvailability::Lacking(Lack::Sandbox, "There is no sandbox.".into()),
            reason::SANDBOX_REQUIRED,
        ),
        (
            AppAvailability::Lacking(Lack::Image, "It has no image.".into()),
            reason::NO_IMAGE,
        ),
        (AppAvailability::Unknown, reason::APP_NOT_FOUND),
        (
            AppAvailability::BuildFailed("pip: no network".into()),
            reason::BUILD_FAILED,
        ),
    ];
    for (app, word) in cases {
        Bench::start_requested()
            .sees(Observed { app, ..prepared() })
            .reconcile()
            .is(Phase::Failed, K8sStatus::Failed)
            .shows(ConditionType::Failed, ConditionStatus::True, word)
            .does(&[]);
    }
}

#[test]
fn slot_lost_at_the_last_moment_blocks_the_start() {
    use ConditionStatus::False;
    let full = "8 of 8 places are taken.";
    let mut bench = Bench::start_requested();
    bench.sees(prepared()).reconcile().does(&[Action::StartJob]);
    let result = bench
        .sees(Observed {
            capacity: Capacity::Full(full.into()),
            ..prepared()
        })
        .reconcile()
        .shows(ConditionType::JobCreated, False, reason::WAITING)
        .shows(ConditionType::PodScheduled, False, reason::UNSCHEDULABLE)
        .does(&[]);
    let status = result.outcome.status;
    assert_eq!(status.message.as_deref(), Some(full), "FIELD 15");
    assert_eq!(
        find(&status.conditions, &ConditionType::JobCreated).map(|c| c.message.as_str()),
        Some("Waiting for a free slot."),
        "nothing is being started"
    );
}

#[test]
fn start_waits_for_obstacles_that_can_pass() {
    let obstacles = [
        Observed {
            secrets: Secrets::Missing(vec!["TOKEN".into()]),
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
            app: AppAvailability::Queued("Build queued; it is the next one.".into()),
            ..prepared()
        },
        Observed {
            app: AppAvailability::Building("Step 1 of 2".into()),
            ..prepared()
        },
    ];
    for obstacle in obstacles {
        let mut bench = Bench::start_requested();
        let result = bench
            .sees(obstacle)
            .reconcile()
            .is(Phase::Pending, K8sStatus::Progressing);
        assert!(!result.outcome.actions.contains(&Action::StartJob));
        assert!(
            result
                .outcome
                .requeue_after
                .is_some_and(|after| after <= Millis::from_secs(30)),
            "FIELD 15"
        );
        bench.sees(prepared()).reconcile().does(&[Action::StartJob]);
        bench
            .sees(running(Probe::Succeeded))
            .reconcile()
            .is(Phase::Running, K8sStatus::Running);
    }
}

#[test]
fn late_start_is_reported_and_may_be_extended_or_succeed() {
    let silent = || running(Probe::Failed("no answer".into()));
    let mut bench = Bench::start_requested();
    bench.sees(silent()).reconcile();
    bench.at(59).reconcile().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::PROBE_PENDING,
    );
    bench
        .at(60)
        .reconcile()
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
    bench.at(61).reconcile().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::PROBE_PENDING,
    );
    bench
        .sees(running(Probe::Succeeded))
        .at(200)
        .reconcile()
        .is(Phase::Running, K8sStatus::Running);
}

#[test]
fn waiting_does_not_make_a_start_late() {
    let mut bench = Bench::start_requested();
    bench.sees(Observed {
        secrets: Secrets::Missing(vec!["TOKEN".into()]),
        ..prepared()
    });
    let result = bench.at(70).reconcile().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::SECRETS_NOT_READY,
    );
    result.shows(
        ConditionType::SecretsReady,
        ConditionStatus::False,
        reason::SECRET_NOT_FOUND,
    );
    // Its whole time begins with the process.
    bench.sees(running(Probe::Failed("no answer".into())));
    bench.at(100).reconcile();
    bench.at(159).reconcile().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::PROBE_PENDING,
    );
    bench.at(160).reconcile().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::START_DEADLINE_EXCEEDED,
    );
}

#[test]
fn a_new_run_begins_with_nothing_known() {
    let mut bench = Bench::ready();
    bench
        .sees(exited(Exit::Code(1)))
        .reconcile()
        .is(Phase::Failed, K8sStatus::Failed);
    bench.subject.run = Some(DesiredRun {
        number: 2,
        generation: 2,
        asked_at: at(100),
        start_deadline: at(200),
        active_deadline: None,
        idle_timeout: None,
    });
    bench.subject.generation = 2;
    let result = bench
        .sees(prepared())
        .at(100)
        .reconcile()
        .is(Phase::Pending, K8sStatus::Progressing);
    let result = result.shows(
        ConditionType::Failed,
        ConditionStatus::False,
        reason::NOT_ENDED,
    );
    assert_eq!(result.outcome.status.completion_time, None);
    assert_eq!(result.outcome.status.run_number, 2);
}

#[test]
fn an_edited_spec_stays_visibly_ahead_until_the_next_start() {
    let mut bench = Bench::ready();
    bench.subject.generation = 2;
    bench.subject.spec_generation = 2;
    assert_eq!(bench.reconcile().outcome.status.observed_generation, 1);
    bench
        .stop()
        .sees(ended(Exit::Signal(15), 0, StopRequest::Gently))
        .reconcile()
        .is(Phase::Stopped, K8sStatus::Stopped);
    assert_eq!(bench.reconcile().outcome.status.observed_generation, 3);
}

#[test]
fn never_started_workbench_is_stopped() {
    let mut bench = Bench::start_requested();
    bench.subject.run = None;
    bench.subject.desired = Desired::Stopped;
    let result = bench
        .reconcile()
        .is(Phase::Stopped, K8sStatus::Stopped)
        .does(&[]);
    assert_eq!(
        result.outcome.status.stopped_reason.as_deref(),
        Some(reason::NEVER_STARTED)
    );
    assert_eq!(result.outcome.requeue_after, None);
}
