//! Ends of jobs: in the panel, in announcements and in notifications.

use super::*;
use vestibule_model::stream::{Acknowledged, RunRemoved};

/// Returns the unacknowledged failures.
fn unacknowledged(activity: &Activity) -> Vec<JobKey> {
    let all = activity.jobs(JobScope::Mine, BEGIN);
    let failed = all.iter().filter(|seen| seen.needs_attention);
    failed.map(JobView::key).collect()
}

#[test]
fn failures_stay_until_they_are_acknowledged_on_any_device() {
    let failed = || run(1, RunStatus::Failed, 4);
    let much_later = at(3 * 3_600_000);
    let mut activity = after([snapshot(5, vec![failed()])]);
    assert_eq!(label_at(&activity, much_later), "1 failed");
    // It ended too long ago to be part of a snapshot.
    activity.take(snapshot(6, Vec::new()), much_later);
    assert_eq!(label_at(&activity, much_later), "1 failed");
    assert_eq!(unacknowledged(&activity), [JobKey::new("run:run-1")]);
    let keys = vec!["run:run-1".to_owned()];
    let elsewhere = ActivityInput::Event(Event::Acknowledged(Acknowledged { seq: 7, keys }));
    activity.take(elsewhere, much_later);
    assert_eq!(label_at(&activity, much_later), "");
    assert!(activity.jobs(JobScope::Mine, much_later).is_empty());

    // No failure is shown before the acknowledgements are known.
    let mut fresh = Activity::default();
    fresh.sign_in(Some(UserId::new("u-me")));
    fresh.take(snapshot(5, vec![failed()]), BEGIN);
    assert_eq!(label(&fresh), "");
    fresh.take(
        ActivityInput::Acknowledgements(vec!["run:run-2".to_owned()]),
        BEGIN,
    );
    assert_eq!(label(&fresh), "1 failed");
    let removed = RunRemoved {
        seq: 8,
        id: RunId::new("run-1"),
    };
    fresh.take(ActivityInput::Event(Event::RunRemoved(removed)), BEGIN);
    assert_eq!(label(&fresh), "");
}

#[test]
fn failure_is_history_after_a_retry() {
    let again = Run {
        id: RunId::new("run-again"),
        number: 2,
        ..run(1, RunStatus::Running, 6)
    };
    let mut activity = after([snapshot(7, vec![run(1, RunStatus::Failed, 4), again])]);
    assert_eq!(label(&activity), "Running: Bench 1");
    let second = Build {
        retry_of: Some(BuildId::new("bld-1")),
        ..build(2, BuildStatus::Succeeded)
    };
    activity.take(
        builds(1, vec![build(1, BuildStatus::Failed), second]),
        BEGIN,
    );
    assert_eq!(label(&activity), "Running: Bench 1");
    let jobs = activity.jobs(JobScope::Mine, BEGIN);
    let redone = |id: &str| {
        let job = jobs.iter().find(|job| job.key() == JobKey::new(id));
        job.and_then(|job| job.redone)
            .map(|build| build.id.as_str())
    };
    assert_eq!(
        redone("build:bld-1"),
        Some("bld-2"),
        "it leads to the newer"
    );
    assert_eq!(redone("build:bld-2"), None);
}

/// A build interrupted by the end of its server; the next start builds the app.
#[test]
fn failed_build_is_superseded_by_a_later_success_only() {
    let interrupted = build(1, BuildStatus::Failed);
    let later = |status| Build {
        workspace_id: interrupted.workspace_id.clone(),
        created_at: Some(at(60_000)),
        ..build(2, status)
    };
    assert!(interrupted.is_redone_by(&later(BuildStatus::Succeeded)));
    for status in [BuildStatus::Running, BuildStatus::Failed] {
        assert!(!interrupted.is_redone_by(&later(status)));
    }
    let of_another_app = Build {
        app: "notes".to_owned(),
        ..later(BuildStatus::Succeeded)
    };
    assert!(!interrupted.is_redone_by(&of_another_app));
    let done = build(1, BuildStatus::Succeeded);
    assert!(!done.is_redone_by(&later(BuildStatus::Succeeded)));
}

#[test]
fn time_limit_is_named_and_every_failure_has_its_cause() {
    let ended = |number, cause: &str, exit_code| Run {
        cause: Some(cause.to_owned()),
        exit_code,
        ..run(number, RunStatus::Failed, 6)
    };
    let mut activity = after([snapshot(5, vec![ended(1, "Timeout", None)])]);
    assert_eq!(label(&activity), "1 failed");
    assert_eq!(unacknowledged(&activity), [JobKey::new("run:run-1")]);
    activity.take(update(ended(2, "ExitCode", Some(7))), BEGIN);
    assert_eq!(label(&activity), "2 failed");
    let jobs = activity.jobs(JobScope::Mine, BEGIN);
    let mut reported: Vec<_> = jobs
        .iter()
        .map(|job| (job.stage.as_str(), job.why()))
        .collect();
    reported.sort();
    let why = |text: &str| Some(text.to_owned());
    assert_eq!(
        reported,
        [
            ("Failed", why("The app stopped with exit code 7.")),
            ("Timed out", why("The run reached its time limit.")),
        ]
    );
}

/// A start that fails with its build is one failure, not two.
#[test]
fn start_that_failed_with_its_build_is_shown_as_the_build() {
    let failed = Run {
        build_id: Some(BuildId::new("bld-1")),
        ..run(1, RunStatus::Failed, 4)
    };
    let activity = after([
        snapshot(5, vec![failed]),
        builds(1, vec![build(1, BuildStatus::Failed)]),
    ]);
    assert_eq!(label(&activity), "1 failed");
    assert_eq!(unacknowledged(&activity), [JobKey::new("build:bld-1")]);
}

#[test]
fn changes_are_announced_together_without_the_initial_state() {
    let mut activity = after([snapshot(1, vec![run(1, RunStatus::Pending, 1)])]);
    assert_eq!(activity.changes(), [], "it has been so, for all we know");
    activity.take(update(run(1, RunStatus::Running, 2)), BEGIN);
    activity.take(update(run(1, RunStatus::Running, 2)), BEGIN);
    activity.take(update(run(2, RunStatus::Failed, 3)), BEGIN);
    let mut announcements = AnnouncementQueue::default();
    for change in activity.changes() {
        announcements.push(change, BEGIN);
    }
    assert_eq!(announcements.take_due(at(500)), None);
    assert_eq!(announcements.wake_after(at(400)), Some(Millis(600)));
    let said = announcements.take_due(at(1_000));
    assert_eq!(said.as_deref(), Some("Bench 1: running. Bench 2: failed"));
    assert_eq!(
        (
            announcements.take_due(at(2_000)),
            announcements.wake_after(at(2_000))
        ),
        (None, None)
    );
    for number in 1..=9 {
        activity.take(update(run(number, RunStatus::Stopped, 9)), BEGIN);
    }
    for change in activity.changes() {
        announcements.push(change, BEGIN);
    }
    assert_eq!(
        announcements.take_due(at(1_000)).as_deref(),
        Some("9 jobs have changed")
    );
}

#[test]
fn end_of_a_long_job_causes_a_notification() {
    let mut activity = after([snapshot(
        1,
        vec![run(1, RunStatus::Pending, 1), run(2, RunStatus::Pending, 1)],
    )]);
    let slow = Run {
        ready_at: Some(at(31_000)),
        ..run(1, RunStatus::Running, 2)
    };
    let quick = Run {
        ready_at: Some(at(3_000)),
        ..run(2, RunStatus::Running, 2)
    };
    activity.take(update(slow), BEGIN);
    activity.take(update(quick), BEGIN);
    let long: Vec<bool> = activity
        .changes()
        .iter()
        .map(JobChange::is_end_of_long)
        .collect();
    assert_eq!(long, [true, false]);
}
