//! Inconclusive observations: the engine could not observe, or the app missed one response.

use super::*;

fn unobserved() -> Observed {
    Observed {
        runner: Runner::Unobserved {
            since: at(20),
            why: "Too many open files (os error 24)".to_owned(),
        },
        ..nothing()
    }
}

fn inconclusive() -> Observed {
    running(Probe::Inconclusive(
        "The app did not answer within 1 s.".to_owned(),
    ))
}

#[test]
fn failed_observation_changes_nothing_and_is_not_journaled() {
    let mut bench = Bench::ready();
    let result = bench.sees(unobserved()).at(21).reconcile();
    assert!(result.outcome.transitions.is_empty());
    assert!(result.outcome.requeue_after.is_some());
    result.is(Phase::Running, K8sStatus::Running).does(&[]);
}

#[test]
fn failed_observation_is_reported_after_a_while_and_the_status_stays() {
    let mut bench = Bench::ready();
    let result = bench.sees(unobserved()).at(50).reconcile();
    assert_eq!(result.outcome.transitions.len(), 1);
    assert_eq!(result.outcome.transitions[0].kind, TransitionKind::Detail);
    let message = &result.outcome.transitions[0].message;
    assert!(message.starts_with("Last known state"), "{message}");
    result.is(Phase::Running, K8sStatus::Running);
    let result = bench.sees(running(Probe::Succeeded)).at(55).reconcile();
    assert_eq!(result.outcome.transitions.len(), 1, "the app answers again");
}

#[test]
fn stop_works_while_the_engine_cannot_observe() {
    let mut bench = Bench::ready();
    bench
        .stop()
        .sees(unobserved())
        .at(21)
        .reconcile()
        .is(Phase::Stopping, K8sStatus::Progressing)
        .does(&[Action::StopJob]);
}

#[test]
fn deletion_keeps_a_workbench_that_cannot_be_observed() {
    let mut bench = Bench::ready();
    bench.subject.deleting = true;
    let result = bench.sees(unobserved()).at(21).reconcile();
    assert!(!result.outcome.forget);
    result.does(&[Action::StopJob]);
}

/// Reliability review, finding 3.
#[test]
fn busy_app_stays_ready_and_its_status_says_so() {
    let busy = "The app may be busy. The app did not answer within 1 s.";
    let mut bench = Bench::ready();
    let result = bench
        .sees(running(Probe::Busy(busy.to_owned())))
        .at(21)
        .reconcile();
    assert_eq!(result.outcome.transitions.len(), 1);
    assert_eq!(result.outcome.transitions[0].kind, TransitionKind::Detail);
    result.is(Phase::Running, K8sStatus::Running).shows(
        ConditionType::Ready,
        ConditionStatus::True,
        reason::SESSION_RUNNING,
    );
    let message = bench.status.message.clone().unwrap_or_default();
    assert_eq!(message, busy);
    let result = bench.sees(inconclusive()).at(23).reconcile();
    assert!(result.outcome.transitions.is_empty());
    // It proves nothing about an app that was never ready.
    let mut starting = Bench::start_requested();
    let result = starting
        .sees(running(Probe::Busy(busy.to_owned())))
        .reconcile();
    result.is(Phase::Running, K8sStatus::Progressing);
}

#[test]
fn one_missed_answer_of_a_ready_app_changes_nothing() {
    let mut bench = Bench::ready();
    let result = bench.sees(inconclusive()).at(21).reconcile();
    assert!(result.outcome.transitions.is_empty());
    result.is(Phase::Running, K8sStatus::Running);
}

#[test]
fn inconclusive_answer_never_makes_an_app_ready() {
    let mut bench = Bench::start_requested();
    bench.sees(inconclusive()).at(21).reconcile().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::PROBE_PENDING,
    );
    let mut bench = Bench::ready();
    let mut next = inconclusive();
    if let Runner::Running { pod_name, .. } = &mut next.runner {
        *pod_name = "the next process".to_owned();
    }
    bench.sees(next).at(21).reconcile().shows(
        ConditionType::Ready,
        ConditionStatus::False,
        reason::PROBE_FAILED,
    );
}
