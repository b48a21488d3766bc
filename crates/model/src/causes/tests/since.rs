//! Time of a cause: when it began, and not when something else did.

use super::said;
use crate::causes::*;
use crate::condition::Condition;
use crate::fixtures::{at, command_entry, condition, status};
use crate::transition::Transition;

#[test]
fn first_event_is_the_begin_of_the_cause_and_no_repetition() {
    let now = said(
        "RunnerStarted",
        "False",
        "ImagePullBackOff",
        "Back-off pulling image",
    );
    let mut journal = [
        status(9, 9_000, "RunnerStarted", "False", "ImagePullBackOff"),
        status(2, 100, "RunnerStarted", "False", "ContainerCreating"),
        status(5, 4_000, "RunnerStarted", "False", "ImagePullBackOff"),
    ];
    let found = |journal: &[Transition]| {
        find(&Evidence {
            conditions: std::slice::from_ref(&now),
            journal,
            ..Evidence::default()
        })
        .and_then(|cause| cause.first)
    };
    let first = FirstEvent {
        seq: Some(5),
        at: at(4_000),
    };
    assert_eq!(found(&journal), Some(first));
    // The same cause in other words is the same cause.
    journal[2].reason = "ErrImagePull".to_owned();
    journal[2].message = "Cannot pull the image.".to_owned();
    assert_eq!(found(&journal), Some(first));
    let by_condition = FirstEvent {
        seq: None,
        at: at(0),
    };
    assert_eq!(found(&[]), Some(by_condition));
}

#[test]
fn event_before_a_recovery_is_not_the_first() {
    let now = condition("Ready", "False", "ProbeFailed");
    let journal = [
        status(1, 1_000, "Ready", "False", "ProbeFailed"),
        status(2, 2_000, "Ready", "True", "SessionRunning"),
        status(3, 3_000, "Ready", "False", "ProbeFailed"),
    ];
    let found = find(&Evidence {
        conditions: &[now],
        journal: &journal,
        ..Evidence::default()
    });
    let first = found.and_then(|cause| cause.first);
    assert_eq!(first.and_then(|event| event.seq), Some(3));
}

#[test]
fn a_start_is_late_since_its_deadline_and_not_since_it_began() {
    let entry = |seq, millis, word: &str| {
        let mut entry = status(seq, millis, "Ready", "False", word);
        entry.message = "The app answers / with status 500.".to_owned();
        entry
    };
    let mut journal = vec![
        entry(1, 1_000, "ProbePending"),
        entry(2, 10_000, "StartDeadlineExceeded"),
    ];
    let now = said(
        "Ready",
        "False",
        "StartDeadlineExceeded",
        "The app answers / with status 500.",
    );
    let since = |journal: &[Transition]| {
        let found = find(&Evidence {
            conditions: std::slice::from_ref(&now),
            journal,
            ..Evidence::default()
        });
        let cause = found.expect("told");
        assert_eq!((cause.key, cause.level), ("answers-wrongly", Level::Late));
        cause.first.map(|event| event.at)
    };
    assert_eq!(since(&journal), Some(at(10_000)));
    // It was given more time, and was late a second time.
    journal.push(entry(3, 15_000, "ProbePending"));
    journal.push(entry(4, 40_000, "StartDeadlineExceeded"));
    assert_eq!(since(&journal), Some(at(40_000)));
    // The time since it is not ready is irrelevant.
    assert_eq!(since(&[]), None);
}

#[test]
fn crashes_count_from_the_last_one_and_finally_from_the_last_restart() {
    let crash = |seq, millis, kind: &str, message: &str| {
        let mut entry = status(seq, millis, kind, "False", "CrashLoopBackOff");
        message.clone_into(&mut entry.message);
        entry
    };
    let again = |n: u32| {
        format!(
            "The app stopped with exit code 3 and is started again after a pause (restart {n})."
        )
    };
    let over = "The app stopped 4 times, the last time with exit code 3; it is not started again.";
    let mut ended = crash(9, 41_000, "Failed", over);
    ended.to = Some("True".into());
    let journal = [
        crash(1, 1_000, "RunnerStarted", &again(1)),
        crash(2, 1_000, "Ready", &again(1)),
        // The second one was ready again before the next observation.
        crash(3, 9_000, "RunnerStarted", &again(2)),
        crash(4, 9_000, "Ready", &again(2)),
        status(5, 12_000, "RunnerStarted", "True", "ContainerRunning"),
        crash(6, 20_000, "RunnerStarted", &again(3)),
        crash(7, 20_000, "Ready", &again(3)),
        crash(8, 40_000, "RunnerStarted", over),
        ended,
    ];
    let reported = |condition: Condition, upto: usize| {
        let found = find(&Evidence {
            conditions: &[condition],
            journal: &journal[..upto],
            ..Evidence::default()
        });
        let cause = found.expect("told");
        (cause.key, cause.who, cause.first.map(|event| event.at))
    };
    let runner = |message: &str| said("RunnerStarted", "False", "CrashLoopBackOff", message);
    let wait = ResolvedBy::Wait;
    assert_eq!(
        reported(runner(&again(1)), 2),
        ("restarting", wait, Some(at(1_000)))
    );
    assert_eq!(
        reported(runner(&again(2)), 4),
        ("restarting", wait, Some(at(9_000)))
    );
    let loops = "crash-loop";
    assert_eq!(
        reported(runner(&again(3)), 7),
        (loops, ResolvedBy::You, Some(at(20_000)))
    );
    let failed = said("Failed", "True", "CrashLoopBackOff", over);
    assert_eq!(
        reported(failed, 9),
        (loops, ResolvedBy::You, Some(at(40_000)))
    );
}

#[test]
fn stop_begins_with_the_command() {
    let journal = [
        command_entry(7, 5_000, "Stop"),
        status(8, 5_100, "Ready", "False", "Stopping"),
        status(9, 6_000, "Ready", "False", "UserStopped"),
    ];
    let found = find(&Evidence {
        conditions: &[condition("Ready", "False", "UserStopped")],
        stopped_reason: Some("UserStopped"),
        journal: &journal,
        ..Evidence::default()
    });
    let first = found.and_then(|cause| cause.first);
    assert_eq!(first.and_then(|event| event.seq), Some(7));
}
