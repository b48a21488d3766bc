//! Conditions in the right tense: what waits, what is in progress, and what was.

use super::*;
use crate::condition::{Condition, STEPS};
use crate::reason::ReasonKind;

fn all(result: &Reconciled) -> &[Condition] {
    &result.outcome.status.conditions
}

#[track_caller]
fn message<'a>(result: &'a Reconciled, kind: &ConditionType) -> &'a str {
    &find(all(result), kind)
        .expect("every type is there")
        .message
}

fn without_secret() -> Observed {
    Observed {
        secrets: Secrets::Missing(vec!["TOKEN".into()]),
        ..prepared()
    }
}

#[test]
fn missing_secret_is_the_reason_of_ready_and_of_no_other_step() {
    use ConditionStatus::False;
    let result = Bench::start_requested().sees(without_secret()).reconcile();
    let result = result
        .shows(ConditionType::SecretsReady, False, reason::SECRET_NOT_FOUND)
        .shows(
            ConditionType::JobCreated,
            False,
            reason::WAITING_FOR_SECRETS,
        )
        .shows(ConditionType::PodScheduled, False, reason::WAITING)
        .shows(ConditionType::RunnerStarted, False, reason::WAITING)
        .shows(ConditionType::Ready, False, reason::SECRETS_NOT_READY)
        .shows(ConditionType::Completed, False, reason::NOT_ENDED)
        .shows(ConditionType::Failed, False, reason::NOT_ENDED);
    assert_eq!(
        message(&result, &ConditionType::Ready),
        "Missing in this workspace: TOKEN."
    );
    assert_eq!(
        message(&result, &ConditionType::PodScheduled),
        "Waiting for the secrets."
    );
}

#[test]
fn finished_build_is_not_told_while_something_else_is_missing() {
    let mut bench = Bench::start_requested();
    let building = Observed {
        app: AppAvailability::Building("Step 2 of 3".into()),
        ..without_secret()
    };
    bench.sees(building).reconcile().shows(
        ConditionType::JobCreated,
        ConditionStatus::False,
        reason::BUILDING,
    );
    bench.sees(without_secret()).reconcile().shows(
        ConditionType::JobCreated,
        ConditionStatus::False,
        reason::WAITING_FOR_SECRETS,
    );
}

#[test]
fn failed_build_leaves_no_step_of_it_in_progress() {
    use ConditionStatus::False;
    let mut bench = Bench::start_requested();
    let with = |app| Observed { app, ..prepared() };
    bench
        .sees(with(AppAvailability::Building("Step 2 of 3".into())))
        .reconcile();
    let result = bench
        .sees(with(AppAvailability::BuildFailed("pip: no network".into())))
        .reconcile()
        .shows(ConditionType::JobCreated, False, reason::BUILD_FAILED)
        .shows(ConditionType::PodScheduled, False, reason::NOT_REACHED)
        .shows(ConditionType::RunnerStarted, False, reason::NOT_REACHED)
        .shows(ConditionType::Ready, False, reason::SESSION_FAILED);
    assert_eq!(message(&result, &ConditionType::Ready), "pip: no network");
}

#[test]
fn stopped_start_says_what_it_waited_for_in_the_past_tense() {
    use ConditionStatus::False;
    let mut bench = Bench::start_requested();
    bench.sees(without_secret()).reconcile();
    let result = bench
        .stop()
        .reconcile()
        .is(Phase::Stopped, K8sStatus::Stopped)
        .shows(ConditionType::SecretsReady, False, reason::SECRET_NOT_FOUND)
        .shows(ConditionType::JobCreated, False, reason::NOT_REACHED)
        .shows(ConditionType::Ready, False, reason::SESSION_STOPPED)
        .shows(ConditionType::Failed, False, reason::USER_STOPPED);
    assert_eq!(
        message(&result, &ConditionType::SecretsReady),
        "Missing in this workspace: TOKEN. That was so when the run ended."
    );
}

#[test]
fn no_condition_speaks_in_the_present_after_the_end() {
    let ends = [
        exited(Exit::Code(0)),
        exited(Exit::Code(7)),
        exited(Exit::Lost),
        exited(Exit::Signal(15)),
    ];
    let starts = [prepared(), without_secret(), running(Probe::Succeeded)];
    for (start, end) in starts.iter().flat_map(|s| ends.iter().map(move |e| (s, e))) {
        let mut bench = Bench::start_requested();
        bench.sees(start.clone()).reconcile();
        let result = bench.sees(end.clone()).reconcile();
        for condition in all(&result) {
            let kind = reason::lookup(&condition.reason).map(|known| known.kind);
            assert!(
                condition.status != ConditionStatus::Unobserved
                    && kind != Some(ReasonKind::Passing)
                    && condition.reason != reason::NOT_ENDED,
                "{condition:?}"
            );
        }
    }
}

#[test]
fn workbench_that_was_never_started_has_nothing_unknown() {
    let mut bench = Bench::start_requested();
    bench.subject.run = None;
    bench.subject.desired = Desired::Stopped;
    let result = bench.reconcile().is(Phase::Stopped, K8sStatus::Stopped);
    for kind in &STEPS {
        let found = find(all(&result), kind).map(|c| c.reason.as_str());
        assert_eq!(found, Some(reason::NEVER_STARTED), "{kind}");
    }
}

#[test]
fn failure_quotes_the_last_error_of_the_output() {
    let mut failed = exited(Exit::Code(1));
    if let Runner::Exited { last_line, .. } = &mut failed.runner {
        *last_line = Some("ModuleNotFoundError: No module named 'x'".into());
    }
    let result = Bench::ready().sees(failed).reconcile();
    let quoted = "The app stopped with exit code 1: it reported an error. \
        From the end of its output: \u{201c}ModuleNotFoundError: No module named 'x'\u{201d}.";
    assert_eq!(message(&result, &ConditionType::Failed), quoted);
    assert_eq!(message(&result, &ConditionType::Ready), quoted);
}

/// Faults, RH2.
#[test]
fn failure_before_the_first_answer_names_what_the_sandbox_hides() {
    let hides = "The sandbox hides /srv/main.py. The line `mounts = [\"/srv\"]` in the app's catalogue entry shows it.";
    let failed = Observed {
        hidden: Some(hides.into()),
        ..exited(Exit::Code(1))
    };
    let early = Bench::start_requested().sees(failed.clone()).reconcile();
    let told = message(&early, &ConditionType::Failed);
    assert!(told.ends_with(hides), "{told}");
    let late = Bench::ready().sees(failed).reconcile();
    let told = message(&late, &ConditionType::Failed);
    assert!(!told.contains("sandbox"), "it has answered: {told}");
}

#[test]
fn quoted_sentence_of_the_output_has_one_full_stop() {
    let mut failed = exited(Exit::Code(1));
    if let Runner::Exited { last_line, .. } = &mut failed.runner {
        *last_line = Some("Something is wrong here.".into());
    }
    let result = Bench::ready().sees(failed).reconcile();
    let message = message(&result, &ConditionType::Failed);
    assert!(
        message.ends_with("output: \u{201c}Something is wrong here.\u{201d}"),
        "{message}"
    );
}

#[test]
fn limit_that_ended_a_run_is_named() {
    let mut bench = Bench::ready();
    bench.subject.run.as_mut().expect("a run").active_deadline = Some(Millis::from_secs(15));
    bench.at(90).reconcile();
    let result = bench
        .sees(ended(Exit::Signal(15), 0, StopRequest::Gently))
        .reconcile();
    assert_eq!(
        message(&result, &ConditionType::Failed),
        "The run reached its time limit of 15 s."
    );
}

/// The limit of a run is kept by its supervisor, also while the server is away.
#[test]
fn time_limit_kept_without_a_server_is_a_timeout() {
    let result = Bench::ready()
        .sees(exited(Exit::TimedOut(timed_out(Millis::from_secs(15)))))
        .reconcile()
        .is(Phase::Failed, K8sStatus::Killed)
        .shows(
            ConditionType::Failed,
            ConditionStatus::True,
            reason::TIMEOUT,
        );
    assert_eq!(
        message(&result, &ConditionType::Ready),
        "The run reached its time limit of 15 s."
    );
}

#[test]
fn what_could_not_be_observed_is_unknown() {
    let unseen = Observed {
        runner: Runner::Unobserved {
            since: at(0),
            why: "too many open files".into(),
        },
        ..nothing()
    };
    Bench::start_requested()
        .sees(unseen)
        .reconcile()
        .shows(
            ConditionType::Ready,
            ConditionStatus::Unobserved,
            reason::NOT_OBSERVED,
        )
        .shows(
            ConditionType::Failed,
            ConditionStatus::Unobserved,
            reason::NOT_OBSERVED,
        );
}
