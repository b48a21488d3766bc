//! Steps of a start, in progress and after its end.

use super::steps::{StepState, steps};
use super::tests::{good_start, timeline_at};
use super::*;
use crate::fixtures::{at, condition, run, status};
use vestibule_model::condition::STEPS;

fn states(conditions: &[Condition], is_over: bool) -> Vec<StepState> {
    let all = steps(conditions, at(0), None, is_over);
    all.iter().map(|step| step.state).collect()
}

#[test]
fn steps_take_the_time_from_the_step_before() {
    let timeline = timeline_at(&good_start(), 10_000);
    let all = steps(
        &timeline.conditions_at(timeline.end),
        timeline.begin,
        None,
        false,
    );
    let took: Vec<_> = all
        .iter()
        .map(|s| s.length(timeline.end).map(|l| l.0))
        .collect();
    assert_eq!(
        took,
        [Some(90), Some(0), Some(50), Some(0), Some(0), Some(8_000)]
    );
    assert!(all.iter().all(|step| step.state == StepState::Done));
}

#[test]
fn field_11_no_step_is_done_without_an_observation() {
    use StepState::{Blocked, Doing, Done, Failed, NotReached, NotYet, Unknown};
    assert_eq!(
        states(&[], false),
        [Doing, NotYet, NotYet, NotYet, NotYet, NotYet]
    );
    assert_eq!(states(&[], true), [NotReached; 6]);
    // A later step is done: that proves nothing about earlier ones.
    let late = [condition("RunnerStarted", "True", "ContainerRunning")];
    assert_eq!(
        states(&late, false),
        [Unknown, Unknown, Unknown, Unknown, Done, NotYet]
    );
    let blocked = [
        condition("PVCReady", "True", "Bound"),
        condition("SecretsReady", "False", "SecretNotFound"),
        condition("JobCreated", "Perhaps", ""),
    ];
    assert_eq!(
        states(&blocked, false),
        [Done, Blocked, Unknown, NotYet, NotYet, NotYet]
    );
    let failed = [
        condition("PVCReady", "True", "Bound"),
        condition("RunnerStarted", "False", "ErrImagePull"),
        condition("Ready", "False", "NotRunning"),
    ];
    assert_eq!(
        states(&failed, true),
        [Done, NotReached, NotReached, NotReached, Failed, NotReached]
    );
    // `Ready` only sums up which step has failed, or for what it waits.
    let summed_up = [
        condition("PVCReady", "True", "Bound"),
        condition("RunnerStarted", "False", "SDKError"),
        condition("Ready", "False", "SessionFailed"),
    ];
    assert_eq!(
        states(&summed_up, true),
        [Done, NotReached, NotReached, NotReached, Failed, NotReached]
    );
    let waits = [
        condition("PVCReady", "True", "Bound"),
        condition("SecretsReady", "False", "SecretNotFound"),
        condition("JobCreated", "False", "WaitingForSecrets"),
        condition("Ready", "False", "SecretsNotReady"),
    ];
    assert_eq!(
        states(&waits, false),
        [Done, Blocked, NotYet, NotYet, NotYet, NotYet]
    );
}

#[test]
fn field_11_steps_done_before_the_end_count_as_reached() {
    let mut journal = good_start();
    journal.extend([
        status(20, 60_000, "RunnerStarted", "False", "NotRunning"),
        status(21, 60_000, "Ready", "False", "NotRunning"),
        status(22, 60_000, "Completed", "True", "Success"),
    ]);
    let ended = RunTimes {
        finished_at: Some(at(60_000)),
        ..run()
    };
    let reported = |timeline: &Timeline| -> Vec<_> {
        let all = timeline.steps();
        all.iter()
            .map(|s| (s.state, s.length(timeline.end)))
            .skip(3)
            .collect()
    };
    let timeline = Timeline::of(&ended, &journal, at(99_000));
    assert_eq!(
        reported(&timeline),
        [
            (StepState::Done, Some(Millis(0))),
            (StepState::Over, Some(Millis(0))),
            (StepState::Over, Some(Millis(8_000))),
        ]
    );
    // Without the app's response the step is not reached; while the run is in progress, it is lost,
    // not over.
    journal.remove(13);
    let timeline = Timeline::of(&ended, &journal, at(99_000));
    assert_eq!(reported(&timeline)[2], (StepState::NotReached, None));
    let live = timeline_at(&journal, 60_000);
    assert_eq!(reported(&live)[1].0, StepState::Doing);
}

/// Returns the states of the steps of a run that ended after a minute, and the duration of one of
/// them.
fn ended(journal: &[Transition], kind: &ConditionType) -> (Vec<StepState>, Option<Millis>, String) {
    let times = RunTimes {
        finished_at: Some(at(60_000)),
        ..run()
    };
    let timeline = Timeline::of(&times, journal, at(99_000));
    let all = timeline.steps();
    let step = all.iter().find(|step| step.kind == *kind).expect("a step");
    let states = all.iter().map(|step| step.state).collect();
    (states, step.length(timeline.end), step.message.clone())
}

#[test]
fn a_process_that_failed_is_the_failed_step_for_as_long_as_it_lived() {
    use StepState::{Done, Failed, NotReached, Over};
    let process = ConditionType::RunnerStarted;
    let mut journal = good_start();
    let mut failed = status(22, 60_000, "Failed", "True", "OOMKilled");
    failed.message = "The app used more than 512 MB.".to_owned();
    journal.extend([
        status(20, 60_000, "RunnerStarted", "False", "NotRunning"),
        status(21, 60_000, "Ready", "False", "NotRunning"),
        failed,
    ]);
    let up = journal.iter().find(|entry| {
        entry.condition.as_ref() == Some(&process) && entry.to == Some(ConditionStatus::True)
    });
    let lived = at(60_000).since(up.expect("it was up").at);
    assert!(lived > Millis(50_000), "{lived:?}");
    let (states, took, message) = ended(&journal, &process);
    assert_eq!(states, [Done, Done, Done, Done, Failed, Over]);
    assert_eq!(took, Some(lived));
    assert_eq!(message, "The app used more than 512 MB.");
    // It never responded.
    journal.remove(13);
    let (states, took, _) = ended(&journal, &process);
    assert_eq!(states, [Done, Done, Done, Done, Failed, NotReached]);
    assert_eq!(took, Some(lived));
    // Of several attempts the last one counts.
    journal.push(status(
        15,
        30_000,
        "RunnerStarted",
        "False",
        "CrashLoopBackOff",
    ));
    journal.push(status(
        16,
        40_000,
        "RunnerStarted",
        "True",
        "ContainerRunning",
    ));
    assert_eq!(ended(&journal, &process).1, Some(Millis(20_000)));
}

#[test]
fn run_that_failed_before_its_process_failed_at_the_first_open_step() {
    use StepState::{Done, Failed, NotReached};
    let journal = [
        status(1, 1_000, "PVCReady", "True", "Bound"),
        status(2, 2_000, "SecretsReady", "True", "AllSecretsFound"),
        status(3, 3_000, "JobCreated", "False", "Building"),
        status(4, 60_000, "RunnerStarted", "False", "NotRunning"),
        status(5, 60_000, "Failed", "True", "BuildFailed"),
    ];
    let (states, took, message) = ended(&journal, &ConditionType::JobCreated);
    let after = [NotReached; 3];
    assert_eq!(states[..3], [Done, Done, Failed]);
    assert_eq!(states[3..], after);
    assert_eq!((took, message.as_str()), (Some(Millis(58_000)), ""));
    // A step that reports its own failure is not repeated.
    let mut journal = journal.to_vec();
    journal[3].reason = "InvalidImageName".to_owned();
    journal.remove(2);
    let (states, ..) = ended(&journal, &ConditionType::JobCreated);
    assert_eq!(
        states,
        [Done, Done, NotReached, NotReached, Failed, NotReached]
    );
}

#[test]
fn a_lost_probe_counts_from_when_it_was_lost() {
    let mut ready = condition("Ready", "False", "ProbeFailed");
    ready.last_transition_time = Some(at(60_000));
    let mut conditions: Vec<_> = STEPS[..5]
        .iter()
        .map(|kind| condition(kind.as_str(), "True", "ContainerRunning"))
        .collect();
    conditions.push(ready);
    let all = steps(&conditions, at(0), None, false);
    assert_eq!(
        (all[5].state, all[5].length(at(61_000))),
        (StepState::Blocked, Some(Millis(1_000)))
    );
}

#[test]
fn a_process_that_is_started_again_counts_from_its_loss_not_from_the_start() {
    let reported = |ready: &str, process: (&str, &str, i64)| {
        let mut conditions: Vec<_> = STEPS[..4]
            .iter()
            .map(|kind| condition(kind.as_str(), "True", "ContainerRunning"))
            .collect();
        let (holds, reason, since) = process;
        conditions.push(Condition {
            last_transition_time: Some(at(since)),
            ..condition("RunnerStarted", holds, reason)
        });
        conditions.push(Condition {
            last_transition_time: Some(at(3_600_000)),
            ..condition("Ready", "False", ready)
        });
        let all = steps(&conditions, at(0), Some(at(12_000)), false);
        let now = at(3_603_000);
        [&all[4], &all[5]].map(|step| (step.state, step.length(now)))
    };
    // It crashed after an hour, and will be restarted.
    assert_eq!(
        reported("CrashLoopBackOff", ("False", "CrashLoopBackOff", 3_600_000)),
        [
            (StepState::Doing, Some(Millis(3_000))),
            (StepState::NotYet, None)
        ]
    );
    // It is running again: the duration is not in the conditions, and never an hour.
    assert_eq!(
        reported("ProbePending", ("True", "ContainerRunning", 3_602_000)),
        [
            (StepState::Done, None),
            (StepState::Doing, Some(Millis(3_000)))
        ]
    );
}

#[test]
fn unobserved_step_is_not_in_progress_while_a_later_one_waits() {
    use StepState::{Blocked, Done, NotYet};
    let held = [
        condition("PVCReady", "True", "Bound"),
        condition("SecretsReady", "True", "AllSecretsFound"),
        condition("JobCreated", "Unknown", "NotObserved"),
        condition("PodScheduled", "False", "Unschedulable"),
        condition("Ready", "Unknown", "NotObserved"),
    ];
    assert_eq!(
        states(&held, false),
        [Done, Done, NotYet, Blocked, NotYet, NotYet]
    );
    let all = steps(&held, at(0), None, false);
    assert_eq!(all[2].length(at(60_000)), None);
    assert!(all[3].length(at(60_000)).is_some());
}
