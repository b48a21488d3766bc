//! Precedence of several sources.

use super::*;

/// FIELD 25: a run deleted while disconnected stays for ever; so do all jobs after sign-out. An
/// out-of-order poll revives a finished build.
#[test]
fn field_25_removed_jobs_do_not_survive() {
    let mut activity = after([snapshot(5, vec![run(1, RunStatus::Pending, 4)])]);
    activity.take(snapshot(9, Vec::new()), BEGIN);
    assert_eq!(label(&activity), "");
    activity.take(update(run(1, RunStatus::Pending, 4)), BEGIN);
    assert_eq!(label(&activity), "", "an update that the snapshot knows of");

    let (first, second) = (activity.ask(), activity.ask());
    activity.take(
        builds(second, vec![build(1, BuildStatus::Succeeded)]),
        BEGIN,
    );
    activity.take(builds(first, vec![build(1, BuildStatus::Running)]), BEGIN);
    assert_eq!(label(&activity), "");
    let third = activity.ask();
    activity.take(builds(third, vec![build(1, BuildStatus::Running)]), BEGIN);
    assert_eq!(label(&activity), "", "what has ended does not run again");

    activity.take(update(run(2, RunStatus::Pending, 10)), BEGIN);
    assert_eq!(label(&activity), "Starting Bench 2…");
    activity.sign_in(None);
    assert_eq!(activity, Activity::default());
}

/// Stream events during a request are not undone by its response.
#[test]
fn response_does_not_undo_later_events() {
    let mut activity = activity();
    let asked = activity.ask();
    activity.take(build_update(build(1, BuildStatus::Pending)), BEGIN);
    activity.take(update(run(1, RunStatus::Pending, 4)), BEGIN);
    activity.take(builds(asked, Vec::new()), BEGIN);
    let list = List::whole(Vec::new());
    activity.take(
        ActivityInput::Runs {
            asked,
            list: list.clone(),
        },
        BEGIN,
    );
    assert_eq!(label(&activity), "Starting Bench 1… +1");
    let asked = activity.ask();
    activity.take(builds(asked, Vec::new()), BEGIN);
    activity.take(ActivityInput::Runs { asked, list }, BEGIN);
    assert_eq!(label(&activity), "");
}

/// A page of a list says nothing about jobs older than its oldest row.
#[test]
fn page_of_a_list_affects_only_its_range() {
    let mut activity = activity();
    let begun = |number, seconds: i64| Run {
        started_at: at(seconds * 1_000),
        ..run(number, RunStatus::Pending, 4)
    };
    activity.take(
        snapshot(5, vec![begun(1, 0), begun(2, 60), begun(3, 120)]),
        BEGIN,
    );
    let asked = activity.ask();
    let list = List {
        items: vec![begun(2, 60)],
        next_cursor: Some("more".to_owned()),
        unreadable: 0,
    };
    activity.take(ActivityInput::Runs { asked, list }, BEGIN);
    assert_eq!(
        label(&activity),
        "Starting Bench 2… +1",
        "the first, and the second"
    );
}

/// Registers a job before the server reports it.
fn register(activity: &mut Activity, key: &str, label: Label, seq: u64, since: Timestamp) {
    let (runs, builds) = (&activity.runs, &activity.builds);
    let registered = Registered {
        key: JobKey::new(key),
        label,
        since,
        seq,
        run: None,
    };
    activity
        .commands
        .register(registered, activity.asked, |key| {
            reported(runs, builds, key)
        });
}

#[test]
fn registered_job_bridges_the_gap_and_expires() {
    const KEY: &str = "run:run-1";
    let mut activity = after([snapshot(1, Vec::new())]);
    register(&mut activity, KEY, Label::Starting, 0, BEGIN);
    register(&mut activity, KEY, Label::Starting, 0, at(5_000));
    assert_eq!(label(&activity), "Starting workbench…");
    assert_eq!(
        activity.changes_at(BEGIN),
        Some(BEGIN + UNCONFIRMED),
        "the same again extends nothing"
    );
    assert_eq!(label_at(&activity, BEGIN + UNCONFIRMED), "", "unconfirmed");
    // From then on the server's reports count.
    activity.take(update(run(1, RunStatus::Running, 3)), BEGIN);
    assert_eq!(label(&activity), "Running: Bench 1");
    register(&mut activity, KEY, Label::Stopping, 0, BEGIN);
    assert_eq!(label(&activity), "Stopping Bench 1…");
    activity.take(update(run(1, RunStatus::Running, 3)), BEGIN);
    assert_eq!(
        label(&activity),
        "Stopping Bench 1…",
        "the same again says nothing"
    );
    activity.take(update(run(1, RunStatus::Stopped, 4)), BEGIN);
    assert_eq!(label(&activity), "");
    assert_eq!(activity.changes_at(BEGIN), None);

    // A response that was overtaken by later reports changes nothing.
    let mut activity = after([update(run(1, RunStatus::Running, 5))]);
    register(&mut activity, KEY, Label::Starting, 5, BEGIN);
    assert_eq!(label(&activity), "Running: Bench 1");

    let mut activity = after([]);
    register(&mut activity, "build:bld-7", Label::Queued, 0, BEGIN);
    assert_eq!(label(&activity), "Build queued…");
    let asked = activity.ask();
    activity.take(builds(asked, Vec::new()), BEGIN);
    assert_eq!(label(&activity), "", "the server has no such build");
}

/// FIELD 26: unchanged data still causes 12 state changes a minute.
#[test]
fn field_26_equal_data_changes_nothing() {
    let runs: Vec<Run> = (0..200).map(|n| run(n, RunStatus::Stopped, n)).collect();
    let mut activity = after([
        snapshot(300, runs.clone()),
        builds(1, vec![build(1, BuildStatus::Succeeded)]),
    ]);
    activity.changes();
    let before = activity.clone();
    activity.take(snapshot(300, runs), BEGIN);
    activity.take(builds(1, vec![build(1, BuildStatus::Succeeded)]), BEGIN);
    assert_eq!(activity, before);
    assert_eq!(activity.changes(), []);
    assert_eq!(activity.pace_of_builds(true), Pace::Steady);
}
