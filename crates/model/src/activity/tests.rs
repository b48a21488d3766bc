use super::*;
use crate::build::{BuildStatus, BuildStep, StepStatus};
use crate::fixtures::{BEGIN, at};
use crate::ids::{WorkbenchId, WorkspaceId};
use crate::run::RunStatus;
use crate::stream::{Acknowledged, BuildUpdate, RunRemoved, RunUpdate, Snapshot};

pub(super) fn run(number: u64, status: RunStatus, last_seq: u64) -> Run {
    let is_ready = matches!(status, RunStatus::Running | RunStatus::Stopping);
    let is_over = matches!(
        status,
        RunStatus::Failed | RunStatus::Stopped | RunStatus::Succeeded
    );
    Run {
        id: RunId::new(format!("run-{number}")),
        workbench_id: WorkbenchId::new(format!("wb-{number}")),
        workspace_id: WorkspaceId::new("ws-1"),
        project_id: WorkspaceId::new("ws-1"),
        number: 1,
        status,
        cause: None,
        started_at: BEGIN,
        ready_at: is_ready.then_some(BEGIN),
        finished_at: is_over.then_some(BEGIN),
        exit_code: None,
        last_seq,
        name: Some(format!("Bench {number}")),
        app: Some("lab".to_owned()),
        started_by: Some(UserId::new("u-me")),
        started_by_name: None,
        build_id: None,
        acknowledged: false,
    }
}

pub(super) fn build(number: u64, status: BuildStatus) -> Build {
    let text = format!(
        r#"{{"id":"bld-{number}","workspaceId":"ws-{number}","app":"lab","appTitle":"Lab",
            "createdAt":"2026-11-21T10:00:00Z","requestedBy":"u-me"}}"#
    );
    let mut build: Build = serde_json::from_str(&text).expect("a build");
    build.finished_at = matches!(
        status,
        BuildStatus::Failed | BuildStatus::Succeeded | BuildStatus::Cancelled
    )
    .then_some(BEGIN);
    build.status = status;
    build
}

pub(super) fn snapshot(seq: u64, runs: Vec<Run>) -> Input {
    Input::Told(Event::Snapshot(Snapshot { seq, runs }))
}

pub(super) fn update(run: Run) -> Input {
    let seq = run.last_seq;
    Input::Told(Event::RunUpdate(Box::new(RunUpdate { seq, run })))
}

pub(super) fn builds(asked: u64, builds: Vec<Build>) -> Input {
    let list = BuildList {
        builds,
        next_cursor: None,
    };
    Input::Builds { asked, list }
}

fn build_update(build: Build) -> Input {
    Input::Told(Event::BuildUpdate(Box::new(BuildUpdate { seq: 1, build })))
}

/// Somebody is there, and has taken note of nothing.
pub(super) fn activity() -> Activity {
    let mut activity = Activity::default();
    activity.take(Input::SignedIn(UserId::new("u-me")), BEGIN);
    activity.take(Input::Acknowledgements(Vec::new()), BEGIN);
    activity
}

fn after(inputs: impl IntoIterator<Item = Input>) -> Activity {
    let mut activity = activity();
    for input in inputs {
        activity.take(input, BEGIN);
    }
    activity
}

/// What the header says, as a person reads it.
fn says(activity: &Activity) -> String {
    says_at(activity, BEGIN)
}

fn says_at(activity: &Activity, now: Timestamp) -> String {
    match activity.headline(Scope::Mine, now) {
        Some(headline) if headline.more > 0 => {
            format!("{} +{}", headline.label.text(), headline.more)
        }
        Some(headline) => headline.label.text(),
        None => String::new(),
    }
}

fn asking(requests: &[(Request, Option<&str>)]) -> Input {
    let mut registry = Registry::new();
    for (request, workbench) in requests {
        registry.begin(*request, workbench.map(WorkbenchId::new), BEGIN);
    }
    Input::Own(registry)
}

#[test]
fn the_life_of_a_workbench_is_told_in_the_words_of_the_table() {
    use RunStatus::{Pending, Running, Stopped, Stopping};
    let mut activity = after([builds(1, Vec::new()), snapshot(1, Vec::new())]);
    assert_eq!(says(&activity), "");
    let mut told = |input| {
        activity.take(input, BEGIN);
        says(&activity)
    };
    let waiting = |seq| Run {
        build_id: Some(BuildId::new("bld-1")),
        ..run(1, Pending, seq)
    };
    assert_eq!(
        told(asking(&[(Request::Start, Some("wb-1"))])),
        "Starting server…"
    );
    assert_eq!(told(update(run(1, Pending, 2))), "Starting server…");
    assert_eq!(told(asking(&[])), "Starting server…");
    assert_eq!(
        told(build_update(build(1, BuildStatus::Pending))),
        "Starting server… +1"
    );
    assert_eq!(told(update(waiting(3))), "Build queued…");
    assert_eq!(
        told(build_update(build(1, BuildStatus::Running))),
        "Building…"
    );
    assert_eq!(
        told(build_update(build(1, BuildStatus::Succeeded))),
        "Starting server…"
    );
    let up = Run {
        ready_at: None,
        ..run(1, Running, 4)
    };
    assert_eq!(told(update(up)), "Starting server…");
    assert_eq!(told(update(run(1, Running, 5))), "Server running (1)");
    assert_eq!(
        told(asking(&[(Request::SaveSecret, None)])),
        "Saving secret…"
    );
    assert_eq!(
        told(asking(&[(Request::Stop, Some("wb-1"))])),
        "Stopping server…"
    );
    assert_eq!(told(update(run(1, Stopping, 6))), "Stopping server…");
    assert_eq!(told(asking(&[])), "Stopping server…");
    assert_eq!(told(update(run(1, Stopped, 7))), "");
}

/// FIELD 27: "Server running" hides "Building".
#[test]
fn field_27_what_is_more_important_hides_what_is_less_so() {
    let mut failed = run(9, RunStatus::Failed, 9);
    failed.ready_at = None;
    let everything = vec![
        run(1, RunStatus::Running, 1),
        run(2, RunStatus::Running, 1),
        run(3, RunStatus::Pending, 1),
        run(4, RunStatus::Stopping, 1),
        failed,
    ];
    let jobs = vec![
        build(1, BuildStatus::Pending),
        build(2, BuildStatus::Running),
        build(3, BuildStatus::Failed),
    ];
    let mut activity = after([snapshot(9, everything.clone()), builds(1, jobs.clone())]);
    // Two failed, one stops, one starts, one is built, one waits; the two that run do nothing.
    assert_eq!(says(&activity), "Build failed +5");
    activity.take(Input::Acknowledge(vec![JobKey::new("build:bld-3")]), BEGIN);
    assert_eq!(says(&activity), "Server failed +4");
    activity.take(Input::Acknowledge(vec![JobKey::new("run:run-9")]), BEGIN);
    assert_eq!(says(&activity), "Stopping server… +3");
    let rest = |gone: &[&str]| -> Vec<Run> {
        let runs = everything
            .iter()
            .filter(|run| !gone.contains(&run.id.as_str()));
        runs.cloned().collect()
    };
    activity.take(snapshot(10, rest(&["run-4"])), BEGIN);
    assert_eq!(says(&activity), "Building… +2");
    activity.take(builds(2, vec![jobs[0].clone()]), BEGIN);
    assert_eq!(says(&activity), "Starting server… +1");
    activity.take(snapshot(11, rest(&["run-4", "run-3"])), BEGIN);
    assert_eq!(says(&activity), "Build queued…");
    activity.take(builds(3, Vec::new()), BEGIN);
    assert_eq!(says(&activity), "Server running (2)");
    let headline = activity.headline(Scope::Mine, BEGIN).expect("something");
    assert_eq!(headline.sentence(), "Server running (2)");
}

/// FIELD 25: a run deleted while disconnected stays for ever; so do all jobs after sign-out. An
/// out-of-order poll revives a finished build.
#[test]
fn field_25_no_ghost_outlives_what_the_server_says() {
    let mut activity = after([snapshot(5, vec![run(1, RunStatus::Pending, 4)])]);
    activity.take(snapshot(9, Vec::new()), BEGIN);
    assert_eq!(says(&activity), "");
    activity.take(update(run(1, RunStatus::Pending, 4)), BEGIN);
    assert_eq!(says(&activity), "", "an update that the snapshot knows of");

    let (first, second) = (activity.ask(), activity.ask());
    activity.take(
        builds(second, vec![build(1, BuildStatus::Succeeded)]),
        BEGIN,
    );
    activity.take(builds(first, vec![build(1, BuildStatus::Running)]), BEGIN);
    assert_eq!(says(&activity), "");
    let third = activity.ask();
    activity.take(builds(third, vec![build(1, BuildStatus::Running)]), BEGIN);
    assert_eq!(says(&activity), "", "what has ended does not run again");

    activity.take(update(run(2, RunStatus::Pending, 10)), BEGIN);
    assert_eq!(says(&activity), "Starting server…");
    activity.take(Input::SignedOut, BEGIN);
    assert_eq!(activity, Activity::default());
}

/// What the stream tells while a request is under way is not undone by its answer.
#[test]
fn an_answer_says_nothing_of_what_came_after_the_question() {
    let mut activity = activity();
    let asked = activity.ask();
    activity.take(build_update(build(1, BuildStatus::Pending)), BEGIN);
    activity.take(update(run(1, RunStatus::Pending, 4)), BEGIN);
    activity.take(builds(asked, Vec::new()), BEGIN);
    let list = List::whole(Vec::new());
    activity.take(
        Input::Runs {
            asked,
            list: list.clone(),
        },
        BEGIN,
    );
    assert_eq!(says(&activity), "Starting server… +1");
    let asked = activity.ask();
    activity.take(builds(asked, Vec::new()), BEGIN);
    activity.take(Input::Runs { asked, list }, BEGIN);
    assert_eq!(says(&activity), "");
}

/// A page of a list says nothing of what is older than its oldest row.
#[test]
fn a_page_judges_only_what_would_be_on_it() {
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
    activity.take(Input::Runs { asked, list }, BEGIN);
    assert_eq!(
        says(&activity),
        "Starting server… +1",
        "the first, and the second"
    );
}

#[test]
fn failures_stay_until_they_are_acknowledged_on_whatever_device() {
    let failed = || run(1, RunStatus::Failed, 4);
    let much_later = at(3 * 3_600_000);
    let mut activity = after([snapshot(5, vec![failed()])]);
    assert_eq!(says_at(&activity, much_later), "Server failed");
    // It ended too long ago for a snapshot to have it.
    activity.take(snapshot(6, Vec::new()), much_later);
    assert_eq!(says_at(&activity, much_later), "Server failed");
    assert_eq!(activity.unacknowledged(), [JobKey::new("run:run-1")]);
    let keys = vec!["run:run-1".to_owned()];
    let elsewhere = Input::Told(Event::Acknowledged(Acknowledged { seq: 7, keys }));
    activity.take(elsewhere, much_later);
    assert_eq!(says_at(&activity, much_later), "");
    assert!(activity.jobs(Scope::Mine, much_later).is_empty());

    // Until it is known what was acknowledged, nobody is alarmed.
    let mut fresh = Activity::default();
    fresh.take(Input::SignedIn(UserId::new("u-me")), BEGIN);
    fresh.take(snapshot(5, vec![failed()]), BEGIN);
    assert_eq!(says(&fresh), "");
    fresh.take(Input::Acknowledgements(vec!["run:run-2".to_owned()]), BEGIN);
    assert_eq!(says(&fresh), "Server failed");
    let removed = RunRemoved {
        seq: 8,
        id: RunId::new("run-1"),
    };
    fresh.take(Input::Told(Event::RunRemoved(removed)), BEGIN);
    assert_eq!(says(&fresh), "");
}

#[test]
fn a_failure_is_history_once_it_was_tried_again() {
    let again = Run {
        id: RunId::new("run-again"),
        number: 2,
        ..run(1, RunStatus::Running, 6)
    };
    let mut activity = after([snapshot(7, vec![run(1, RunStatus::Failed, 4), again])]);
    assert_eq!(says(&activity), "Server running (1)");
    let second = Build {
        retry_of: Some(BuildId::new("bld-1")),
        ..build(2, BuildStatus::Succeeded)
    };
    activity.take(
        builds(1, vec![build(1, BuildStatus::Failed), second]),
        BEGIN,
    );
    assert_eq!(says(&activity), "Server running (1)");
}

/// One thing went wrong, not two.
#[test]
fn a_start_that_failed_with_its_build_is_told_by_the_build() {
    let failed = Run {
        build_id: Some(BuildId::new("bld-1")),
        ..run(1, RunStatus::Failed, 4)
    };
    let activity = after([
        snapshot(5, vec![failed]),
        builds(1, vec![build(1, BuildStatus::Failed)]),
    ]);
    assert_eq!(says(&activity), "Build failed");
    assert_eq!(activity.unacknowledged(), [JobKey::new("build:bld-1")]);
}

#[test]
fn what_others_began_is_seen_when_it_is_asked_for() {
    let theirs = Run {
        started_by: Some(UserId::new("u-other")),
        ..run(1, RunStatus::Pending, 4)
    };
    let failed = Run {
        started_by: Some(UserId::new("u-other")),
        ..run(2, RunStatus::Failed, 4)
    };
    let activity = after([snapshot(5, vec![theirs, failed])]);
    assert_eq!(says(&activity), "");
    assert!(activity.jobs(Scope::Mine, BEGIN).is_empty());
    let all = activity
        .headline(Scope::Everyone, BEGIN)
        .expect("something");
    assert_eq!(
        (all.label, all.more),
        (Label::Starting, 0),
        "their failures are theirs"
    );
    assert_eq!(activity.jobs(Scope::Everyone, BEGIN).len(), 2);
    assert!(
        activity.jobs(Scope::Everyone, at(700_000)).len() == 1,
        "for a while"
    );
}

#[test]
fn a_registered_job_bridges_the_gap_and_is_no_ghost() {
    let key = || JobKey::new("run:run-1");
    let mut registry = Registry::new();
    registry.register(key(), Label::Starting, 0, BEGIN);
    registry.register(key(), Label::Starting, 0, at(5_000));
    assert_eq!(registry.registered().count(), 1, "idempotent");
    let mut activity = after([snapshot(1, Vec::new()), Input::Own(registry.clone())]);
    assert_eq!(says(&activity), "Starting server…");
    assert_eq!(activity.changes_at(BEGIN), Some(BEGIN + UNCONFIRMED));
    assert_eq!(
        says_at(&activity, BEGIN + UNCONFIRMED),
        "",
        "nobody confirmed it"
    );
    // What the server says of it counts from then on.
    activity.take(update(run(1, RunStatus::Running, 3)), BEGIN);
    assert_eq!(says(&activity), "Server running (1)");
    registry.register(key(), Label::Stopping, 0, BEGIN);
    activity.take(Input::Own(registry.clone()), BEGIN);
    assert_eq!(says(&activity), "Stopping server…");
    activity.take(update(run(1, RunStatus::Running, 3)), BEGIN);
    assert_eq!(
        says(&activity),
        "Stopping server…",
        "the same again says nothing"
    );
    activity.take(update(run(1, RunStatus::Stopped, 4)), BEGIN);
    assert_eq!(says(&activity), "");
    registry.complete(&key());
    registry.complete(&key());
    activity.take(Input::Own(registry), BEGIN);
    assert_eq!(says(&activity), "");
    assert_eq!(activity.changes_at(BEGIN), None);

    // An answer that was overtaken by what it led to says nothing.
    let mut registry = Registry::new();
    registry.register(key(), Label::Starting, 5, BEGIN);
    let activity = after([update(run(1, RunStatus::Running, 5)), Input::Own(registry)]);
    assert_eq!(says(&activity), "Server running (1)");

    let mut registry = Registry::new();
    registry.register(JobKey::new("build:bld-7"), Label::Queued, 0, BEGIN);
    let mut activity = after([Input::Own(registry)]);
    assert_eq!(says(&activity), "Build queued…");
    let asked = activity.ask();
    activity.take(builds(asked, Vec::new()), BEGIN);
    assert_eq!(says(&activity), "", "the server has no such build");
}

#[test]
fn requests_are_counted_until_they_are_settled() {
    let mut registry = Registry::new();
    let first = registry.begin(Request::SaveSecret, None, BEGIN);
    let second = registry.begin(Request::Create, None, BEGIN);
    let mut activity = activity();
    let mut says_of = |registry: &Registry| {
        activity.take(Input::Own(registry.clone()), BEGIN);
        says(&activity)
    };
    assert_eq!(says_of(&registry), "Starting server… +1");
    registry.settle(second);
    registry.settle(second);
    assert_eq!(says_of(&registry), "Saving secret…");
    registry.settle(first);
    assert_eq!(says_of(&registry), "");
}

#[test]
fn words_of_another_version_are_shown_and_claim_nothing() {
    let odd = RunStatus::Unknown("hibernating".to_owned());
    let activity = after([snapshot(1, vec![run(1, odd, 1)])]);
    assert_eq!(says(&activity), "");
    assert_eq!(activity.jobs(Scope::Mine, BEGIN)[0].stage, Stage::Unknown);
    assert!(!activity.is_busy());
}

#[test]
fn the_panel_has_the_important_first_and_forgets_what_was() {
    let mut stepping = build(2, BuildStatus::Running);
    stepping.steps = vec![
        BuildStep {
            status: StepStatus::Succeeded,
            ..BuildStep::default()
        },
        BuildStep {
            status: StepStatus::Running,
            ..BuildStep::default()
        },
        BuildStep::default(),
    ];
    let runs = vec![
        run(1, RunStatus::Stopped, 1),
        run(2, RunStatus::Running, 1),
        run(3, RunStatus::Failed, 1),
    ];
    let activity = after([snapshot(1, runs), builds(1, vec![stepping])]);
    let jobs = activity.jobs(Scope::Mine, BEGIN);
    let names: Vec<String> = jobs.iter().map(Seen::name).collect();
    assert_eq!(names, ["Bench 3", "Lab", "Bench 2", "Bench 1"]);
    assert_eq!(jobs[1].progress(), Some((2, 3)));
    let later = activity.jobs(Scope::Mine, at(11 * 60_000));
    assert_eq!(later.len(), 3, "what was stopped is over for long");
}

#[test]
fn changes_are_said_together_and_what_was_so_before_is_not_said() {
    let mut activity = after([snapshot(1, vec![run(1, RunStatus::Pending, 1)])]);
    assert_eq!(activity.changes(), [], "it has been so, for all we know");
    activity.take(update(run(1, RunStatus::Running, 2)), BEGIN);
    activity.take(update(run(1, RunStatus::Running, 2)), BEGIN);
    activity.take(update(run(2, RunStatus::Failed, 3)), BEGIN);
    let mut speech = Speech::default();
    for change in activity.changes() {
        speech.hear(change, BEGIN);
    }
    assert_eq!(speech.say(at(500)), None);
    assert_eq!(speech.wake_after(at(400)), Some(Millis(600)));
    let said = speech.say(at(1_000));
    assert_eq!(
        said.as_deref(),
        Some("Bench 1: server running. Bench 2: server failed")
    );
    assert_eq!(
        (speech.say(at(2_000)), speech.wake_after(at(2_000))),
        (None, None)
    );
    for number in 1..=9 {
        activity.take(update(run(number, RunStatus::Stopped, 9)), BEGIN);
    }
    for change in activity.changes() {
        speech.hear(change, BEGIN);
    }
    assert_eq!(
        speech.say(at(1_000)).as_deref(),
        Some("9 jobs have changed")
    );
}

#[test]
fn the_end_of_a_long_job_is_worth_a_notice() {
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
        .map(Change::is_end_of_long)
        .collect();
    assert_eq!(long, [true, false]);
}

/// FIELD 26: unchanged data still causes 12 state changes a minute.
#[test]
fn field_26_the_same_again_changes_nothing() {
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
    assert!(!activity.is_busy());
}
