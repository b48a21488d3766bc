//! Header and panel in sequences of reports.

mod commands;
mod endings;
mod sources;

use super::*;
use crate::fixtures::{BEGIN, at, shown_run};
use crate::poll::Pace;
use vestibule_model::build::{BuildList, BuildStatus, BuildStep, StepStatus};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::list::List;
use vestibule_model::run::RunStatus;
use vestibule_model::stream::{BuildUpdate, RunUpdate, Snapshot};
use vestibule_model::time::Millis;

pub(super) fn run(number: u64, status: RunStatus, last_seq: u64) -> Run {
    let is_ready = matches!(status, RunStatus::Running | RunStatus::Stopping);
    let is_over = matches!(
        status,
        RunStatus::Failed | RunStatus::Stopped | RunStatus::Succeeded
    );
    Run {
        status,
        ready_at: is_ready.then_some(BEGIN),
        finished_at: is_over.then_some(BEGIN),
        last_seq,
        name: Some(format!("Bench {number}")),
        app: Some("lab".to_owned()),
        started_by: Some(UserId::new("u-me")),
        ..shown_run(number)
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

pub(super) fn snapshot(seq: u64, runs: Vec<Run>) -> ActivityInput {
    ActivityInput::Event(Event::Snapshot(Snapshot { seq, runs }))
}

pub(super) fn update(run: Run) -> ActivityInput {
    let seq = run.last_seq;
    ActivityInput::Event(Event::RunUpdate(Box::new(RunUpdate { seq, run })))
}

pub(super) fn builds(asked: u64, builds: Vec<Build>) -> ActivityInput {
    let list = BuildList {
        builds,
        next_cursor: None,
    };
    ActivityInput::Builds {
        asked,
        workspace: None,
        list,
    }
}

fn build_update(build: Build) -> ActivityInput {
    ActivityInput::Event(Event::BuildUpdate(Box::new(BuildUpdate { seq: 1, build })))
}

/// Returns the activity of a user without acknowledgements.
pub(super) fn activity() -> Activity {
    let mut activity = Activity::default();
    activity.sign_in(Some(UserId::new("u-me")));
    activity.take(ActivityInput::Acknowledgements(Vec::new()), BEGIN);
    activity
}

fn after(inputs: impl IntoIterator<Item = ActivityInput>) -> Activity {
    let mut activity = activity();
    for input in inputs {
        activity.take(input, BEGIN);
    }
    activity
}

/// Returns the header's text.
fn label(activity: &Activity) -> String {
    label_at(activity, BEGIN)
}

fn label_at(activity: &Activity, now: Timestamp) -> String {
    match activity.headline(JobScope::Mine, now) {
        Some(headline) => {
            let lead = headline.lead.map(|lead| lead.text());
            let more = (headline.more > 0).then(|| format!("+{}", headline.more));
            let failed = headline.failures.len();
            let failed = (failed > 0).then(|| format!("{failed} failed"));
            let parts: Vec<String> = lead.into_iter().chain(more).chain(failed).collect();
            parts.join(" ")
        }
        None => String::new(),
    }
}

/// Returns a run whose start is blocked by this reason.
fn held(number: u64, cause: &str, last_seq: u64) -> Run {
    Run {
        cause: Some(cause.to_owned()),
        ..run(number, RunStatus::Pending, last_seq)
    }
}

#[test]
fn blocked_start_is_no_plain_start() {
    let plain = run(1, RunStatus::Pending, 1);
    let mut activity = after([snapshot(2, vec![plain])]);
    assert_eq!(label(&activity), "Starting Bench 1…");
    activity.changes();
    activity.take(update(held(1, "SecretNotFound", 3)), BEGIN);
    assert_eq!(label(&activity), "Waiting for you: Bench 1");
    let said = activity.changes()[0].sentence();
    assert_eq!(said.as_deref(), Some("Bench 1: waiting for you"));
    activity.take(update(held(1, "StartDeadlineExceeded", 4)), BEGIN);
    assert_eq!(label(&activity), "Late: Bench 1");
    activity.take(update(held(2, "Unschedulable", 5)), BEGIN);
    assert_eq!(label(&activity), "Late: Bench 1 +1");
    let jobs = activity.jobs(JobScope::Mine, BEGIN);
    let reported: Vec<_> = jobs
        .iter()
        .map(|job| (job.stage.as_str(), job.why()))
        .collect();
    let why = |word| Some(vestibule_model::reason::sentence(word).to_owned());
    assert!(
        reported.contains(&("Late", why("StartDeadlineExceeded"))),
        "{reported:?}"
    );
    assert!(
        reported.contains(&("Waiting", why("Unschedulable"))),
        "{reported:?}"
    );
    // It ranks among starts: stops lead, queued builds follow.
    activity.take(update(run(3, RunStatus::Stopping, 6)), BEGIN);
    assert_eq!(label(&activity), "Stopping Bench 3… +2");
    activity.take(update(run(1, RunStatus::Running, 7)), BEGIN);
    activity.take(update(run(2, RunStatus::Pending, 8)), BEGIN);
    activity.take(update(run(3, RunStatus::Stopped, 9)), BEGIN);
    assert_eq!(label(&activity), "Starting Bench 2… +1");
}

fn begin(id: u64, request: Request, workbench: Option<&str>) -> ActivityInput {
    let workbench = workbench.map(WorkbenchId::new);
    ActivityInput::Begin {
        id,
        request,
        workbench,
    }
}

#[test]
fn workbench_is_described_in_the_words_of_the_table() {
    use RunStatus::{Pending, Running, Stopped, Stopping};
    let mut activity = after([builds(1, Vec::new()), snapshot(1, Vec::new())]);
    assert_eq!(label(&activity), "");
    let mut reported = |input| {
        activity.take(input, BEGIN);
        label(&activity)
    };
    let waiting = |seq| Run {
        build_id: Some(BuildId::new("bld-1")),
        ..run(1, Pending, seq)
    };
    assert_eq!(
        reported(begin(
            1,
            Request::Command(WorkbenchCommand::Start),
            Some("wb-1")
        )),
        "Starting workbench…"
    );
    assert_eq!(reported(update(run(1, Pending, 2))), "Starting Bench 1…");
    assert_eq!(reported(ActivityInput::Settle(1)), "Starting Bench 1…");
    assert_eq!(
        reported(build_update(build(1, BuildStatus::Pending))),
        "Starting Bench 1… +1"
    );
    assert_eq!(reported(update(waiting(3))), "Build queued…");
    assert_eq!(
        reported(build_update(build(1, BuildStatus::Running))),
        "Building Lab…"
    );
    assert_eq!(
        reported(build_update(build(1, BuildStatus::Succeeded))),
        "Starting Bench 1…"
    );
    let up = Run {
        ready_at: None,
        ..run(1, Running, 4)
    };
    assert_eq!(reported(update(up)), "Starting Bench 1…");
    assert_eq!(reported(update(run(1, Running, 5))), "Running: Bench 1");
    assert_eq!(
        reported(begin(2, Request::SaveSecret, None)),
        "Saving secret… +1"
    );
    reported(ActivityInput::Settle(2));
    assert_eq!(
        reported(begin(
            3,
            Request::Command(WorkbenchCommand::Stop),
            Some("wb-1")
        )),
        "Stopping Bench 1…"
    );
    assert_eq!(reported(update(run(1, Stopping, 6))), "Stopping Bench 1…");
    assert_eq!(reported(ActivityInput::Settle(3)), "Stopping Bench 1…");
    assert_eq!(reported(update(run(1, Stopped, 7))), "");
}

/// FIELD 27: "Server running" hides "Building".
#[test]
fn field_27_jobs_in_motion_lead_and_failures_are_counted() {
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
    // Two failed, one is stopping, one starting, one being built, one queued, two running.
    assert_eq!(label(&activity), "Stopping Bench 4… +5 2 failed");
    activity.take(
        ActivityInput::Acknowledge(vec![JobKey::new("build:bld-3")]),
        BEGIN,
    );
    assert_eq!(label(&activity), "Stopping Bench 4… +5 1 failed");
    activity.take(
        ActivityInput::Acknowledge(vec![JobKey::new("run:run-9")]),
        BEGIN,
    );
    assert_eq!(label(&activity), "Stopping Bench 4… +5");
    let rest = |gone: &[&str]| -> Vec<Run> {
        let runs = everything
            .iter()
            .filter(|run| !gone.contains(&run.id.as_str()));
        runs.cloned().collect()
    };
    activity.take(snapshot(10, rest(&["run-4"])), BEGIN);
    assert_eq!(label(&activity), "Starting Bench 3… +4");
    activity.take(builds(2, vec![jobs[0].clone()]), BEGIN);
    assert_eq!(label(&activity), "Starting Bench 3… +3");
    activity.take(snapshot(11, rest(&["run-4", "run-3"])), BEGIN);
    assert_eq!(label(&activity), "Build queued… +2");
    activity.take(builds(3, Vec::new()), BEGIN);
    assert_eq!(label(&activity), "Running: Bench 1 +1");
}

/// In use, M21: "Late: Never listens" stood in every header for 50 minutes.
#[test]
fn what_waits_does_not_hide_what_moves() {
    let starting = run(1, RunStatus::Pending, 1);
    let activity = after([snapshot(
        9,
        vec![held(2, "StartDeadlineExceeded", 2), starting],
    )]);
    assert_eq!(label(&activity), "Starting Bench 1… +1");
    let steady = run(1, RunStatus::Running, 1);
    let activity = after([snapshot(
        9,
        vec![held(2, "StartDeadlineExceeded", 2), steady],
    )]);
    assert_eq!(label(&activity), "Late: Bench 2 +1");
    let build = builds(1, vec![build(3, BuildStatus::Pending)]);
    let activity = after([snapshot(9, vec![held(2, "SecretNotFound", 2)]), build]);
    assert_eq!(label(&activity), "Build queued… +1");
}

/// Faults, E8: where images are pulled there are no builds.
#[test]
fn pull_of_an_image_is_shown_and_announced_as_one_start() {
    let mut activity = after([snapshot(1, vec![run(1, RunStatus::Pending, 1)])]);
    activity.changes();
    activity.take(update(held(1, "Pulling", 2)), BEGIN);
    assert_eq!(label(&activity), "Pulling the image of Bench 1…");
    assert_eq!(
        activity.jobs(JobScope::Mine, BEGIN)[0].group(),
        JobGroup::UnderWay
    );
    activity.take(update(run(1, RunStatus::Pending, 3)), BEGIN);
    assert_eq!(label(&activity), "Starting Bench 1…");
    assert_eq!(activity.changes(), []);
    assert_eq!(activity.pace_of_builds(false), Pace::Ended);
}

#[test]
fn summary_is_one_sentence() {
    let stages = [RunStatus::Pending, RunStatus::Running, RunStatus::Failed];
    let runs = (1..)
        .zip(stages)
        .map(|(number, status)| run(number, status, 1));
    let activity = after([snapshot(9, runs.collect())]);
    let sentence = |activity: &Activity| {
        let headline = activity.headline(JobScope::Mine, BEGIN).expect("something");
        headline.sentence()
    };
    assert_eq!(sentence(&activity), "Starting Bench 1…, 1 more, 1 failed");
    let failed = after([snapshot(9, vec![run(1, RunStatus::Failed, 1)])]);
    assert_eq!(sentence(&failed), "1 failed");
}

#[test]
fn jobs_of_others_are_shown_on_request() {
    let theirs = Run {
        started_by: Some(UserId::new("u-other")),
        ..run(1, RunStatus::Pending, 4)
    };
    let failed = Run {
        started_by: Some(UserId::new("u-other")),
        ..run(2, RunStatus::Failed, 4)
    };
    let activity = after([snapshot(5, vec![theirs, failed])]);
    assert_eq!(label(&activity), "");
    assert!(activity.jobs(JobScope::Mine, BEGIN).is_empty());
    let all = activity
        .headline(JobScope::Everyone, BEGIN)
        .expect("something");
    assert_eq!(
        (all.lead.map(|lead| lead.label), all.more),
        (Some(Label::Starting), 0),
        "their failures are theirs"
    );
    assert_eq!(activity.jobs(JobScope::Everyone, BEGIN).len(), 2);
    assert!(
        activity.jobs(JobScope::Everyone, at(700_000)).len() == 1,
        "for a while"
    );
}

#[test]
fn requests_are_counted_until_they_are_settled() {
    let mut activity = activity();
    let mut says_after = |input| {
        activity.take(input, BEGIN);
        label(&activity)
    };
    assert_eq!(
        says_after(begin(1, Request::SaveSecret, None)),
        "Saving secret…"
    );
    assert_eq!(
        says_after(begin(2, Request::Create, None)),
        "Starting workbench… +1"
    );
    for _ in 0..2 {
        assert_eq!(says_after(ActivityInput::Settle(2)), "Saving secret…");
    }
    assert_eq!(says_after(ActivityInput::Settle(1)), "");
}

#[test]
fn unknown_words_are_shown_without_a_claim() {
    let odd = RunStatus::Unknown("hibernating".to_owned());
    let activity = after([snapshot(1, vec![run(1, odd, 1)])]);
    assert_eq!(label(&activity), "");
    assert_eq!(
        activity.jobs(JobScope::Mine, BEGIN)[0].stage,
        JobStage::Unknown
    );
    assert_eq!(activity.pace_of_builds(true), Pace::Steady);
}

#[test]
fn panel_shows_important_jobs_first_and_removes_old_ones() {
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
    let jobs = activity.jobs(JobScope::Mine, BEGIN);
    let names: Vec<String> = jobs.iter().map(JobView::name).collect();
    assert_eq!(names, ["Bench 3", "Lab", "Bench 2", "Bench 1"]);
    assert_eq!(jobs[1].progress(), Some((2, 3)));
    let later = activity.jobs(JobScope::Mine, at(11 * 60_000));
    assert_eq!(later.len(), 3, "what was stopped is over for long");
}
