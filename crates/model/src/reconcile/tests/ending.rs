//! Ends of runs, and changes after Ready.

use super::*;

#[test]
fn each_end_has_its_own_status() {
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
            "ProgramNotFound",
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
        let result = Bench::ready()
            .sees(exited(how))
            .reconcile()
            .is(phase.clone(), k8s);
        let (kind, summary) = if phase == Phase::Completed {
            (ConditionType::Completed, reason::SESSION_COMPLETED)
        } else {
            (ConditionType::Failed, reason::SESSION_FAILED)
        };
        let result = result.shows(kind, ConditionStatus::True, word).shows(
            ConditionType::Ready,
            ConditionStatus::False,
            summary,
        );
        assert_eq!(result.outcome.exit_code, code);
        assert_eq!(result.outcome.status.completion_time, Some(at(9)));
        assert_eq!(
            result.outcome.status.is_error,
            phase == Phase::Failed,
            "a completed one is not red (FIELD 14)"
        );
    }
}

#[test]
fn external_signal_is_not_a_stop_by_a_user() {
    // FIELD 13: a stop for another cause is shown as "stopped by user".
    for how in [Exit::Signal(15), Exit::Code(143)] {
        let result = Bench::ready()
            .sees(exited(how))
            .reconcile()
            .is(Phase::Stopped, K8sStatus::Stopped);
        assert_eq!(
            result.outcome.status.stopped_reason.as_deref(),
            Some(reason::TERMINATED)
        );
    }
}

#[test]
fn a_dead_probe_after_ready_is_a_visible_regression() {
    let mut bench = Bench::ready();
    bench
        .sees(running(Probe::Failed("timed out".into())))
        .at(900)
        .reconcile()
        .is(Phase::Running, K8sStatus::Progressing)
        .shows(
            ConditionType::Ready,
            ConditionStatus::False,
            reason::PROBE_FAILED,
        );
    bench
        .sees(running(Probe::Succeeded))
        .reconcile()
        .is(Phase::Running, K8sStatus::Running);
}

#[test]
fn disappeared_job_is_lost_and_not_restarted() {
    let result = Bench::ready()
        .sees(prepared())
        .reconcile()
        .is(Phase::Failed, K8sStatus::Failed);
    result
        .shows(ConditionType::Failed, ConditionStatus::True, reason::LOST)
        .does(&[]);
}

/// Faults, KM5: only a deletion removes a Pod.
#[test]
fn job_that_nothing_but_a_deletion_removes_was_deleted() {
    let gone = Observed {
        absence: Some("Its Pod was deleted.".to_owned()),
        ..prepared()
    };
    let result = Bench::ready()
        .sees(gone)
        .reconcile()
        .is(Phase::Stopped, K8sStatus::Stopped);
    assert_eq!(
        result.outcome.status.stopped_reason.as_deref(),
        Some(reason::TERMINATED)
    );
}

/// Faults, KM5: the app was started again after the same code before.
#[test]
fn crash_loop_with_exit_code_1_ends_as_one() {
    for code in [1, 2] {
        let crashed = Observed {
            runner: Runner::Exited {
                job_name: "job".into(),
                at: at(9),
                how: Exit::Code(code),
                restarts: 3,
                asked: StopRequest::No,
                last_line: Some("no disk".into()),
            },
            ..prepared()
        };
        let result = Bench::ready().sees(crashed).reconcile().shows(
            ConditionType::Failed,
            ConditionStatus::True,
            reason::CRASH_LOOP_BACK_OFF,
        );
        let failed = find(&result.outcome.status.conditions, &ConditionType::Failed);
        let message = &failed.expect("a cause").message;
        assert!(message.contains("4 times"), "{message}");
        assert!(message.contains("no disk"), "{message}");
    }
}

/// Reliability review, finding 8.
#[test]
fn an_end_claims_nothing_that_was_not_seen() {
    let message = |bench: &mut Bench, code, kind| {
        let result = bench.sees(exited(Exit::Code(code))).reconcile();
        let conditions = &result.outcome.status.conditions;
        let found = conditions.iter().find(|condition| condition.kind == kind);
        found.map(|condition| condition.message.clone())
    };
    let early = message(&mut Bench::start_requested(), 0, ConditionType::Completed);
    assert!(early.is_some_and(|text| text.contains("before it answered")));
    let late = message(&mut Bench::ready(), 0, ConditionType::Completed);
    assert!(late.is_some_and(|text| !text.contains("before it answered")));
    let own = message(&mut Bench::ready(), 143, ConditionType::Ready);
    assert_eq!(own.as_deref(), Some("The app ended with exit code 143."));
}
