//! A command of this page and its run are one job at every moment in between, whether the response
//! or the stream is quicker.

use super::*;
use vestibule_model::workbench::Workbench;

/// A moment of the page, and the earliest moment of this stream event.
type TimedInput = (usize, ActivityInput);

/// The page's own reports, step by step.
#[derive(Default)]
struct OfPage {
    last: u64,
    steps: Vec<ActivityInput>,
}

impl OfPage {
    fn begin(&mut self, request: Request) -> u64 {
        self.last += 1;
        self.steps.push(begin(self.last, request, Some("wb-1")));
        self.last
    }

    fn settle(&mut self, id: u64) {
        self.steps.push(ActivityInput::Settle(id));
    }

    /// Sends the response, and then the end of the request, in the order of the page's tasks.
    fn answer(&mut self, id: u64, desired: &str, run: &Run) {
        let text = serde_json::json!({
            "id": "wb-1", "workspaceId": "ws-1", "desired": desired,
            "run": {"id": run.id, "number": run.number, "status": run.status, "lastSeq": run.last_seq},
        });
        let workbench: Workbench = serde_json::from_value(text).expect("a workbench");
        self.steps.push(ActivityInput::Answer(Box::new(workbench)));
        self.settle(id);
    }
}

/// Returns the header's texts for every interleaving of page and stream.
fn labels_in_any_order(
    before: &Activity,
    page: &[ActivityInput],
    stream: &[TimedInput],
) -> Vec<Vec<String>> {
    fn go_on(
        activity: &Activity,
        place: (usize, usize),
        rest: (&[ActivityInput], &[TimedInput]),
        said: &[String],
        all: &mut Vec<Vec<String>>,
    ) {
        let mut said = said.to_vec();
        if place.0 > 0 && said.last() != Some(&label(activity)) {
            said.push(label(activity));
        }
        let (page, stream) = rest;
        if page.is_empty() && stream.is_empty() && !all.contains(&said) {
            all.push(said.clone());
        }
        if let Some((next, rest)) = page.split_first() {
            let mut activity = activity.clone();
            activity.take(next.clone(), BEGIN);
            go_on(
                &activity,
                (place.0 + 1, place.1),
                (rest, stream),
                &said,
                all,
            );
        }
        if let Some(((first, next), rest)) = stream.split_first()
            && *first <= place.0
        {
            let mut activity = activity.clone();
            activity.take(next.clone(), BEGIN);
            go_on(&activity, (place.0, place.1 + 1), (page, rest), &said, all);
        }
    }
    let mut all = Vec::new();
    go_on(before, (0, 0), (page, stream), &[], &mut all);
    all
}

/// Returns two other running workbenches.
fn others_run(first: Option<Run>) -> Activity {
    let others = [7, 8].map(|number| run(number, RunStatus::Running, 1));
    after([snapshot(4, others.into_iter().chain(first).collect())])
}

fn next_run(status: RunStatus, seq: u64) -> Run {
    Run {
        id: RunId::new("run-1-again"),
        number: 2,
        ..run(1, status, seq)
    }
}

#[test]
fn stop_is_shown_from_the_click_to_the_end() {
    use RunStatus::{Running, Stopped, Stopping};
    let before = others_run(Some(run(1, Running, 4)));
    let mut page = OfPage::default();
    let stop = page.begin(Request::Command(WorkbenchCommand::Stop));
    page.answer(stop, "Stopped", &run(1, Running, 6));
    // The command is reported before the stop; a new connection brings a snapshot.
    let still = [7, 8].map(|number| run(number, Running, 1));
    let stream = [
        (1, update(run(1, Running, 6))),
        (
            1,
            snapshot(6, [run(1, Running, 6)].into_iter().chain(still).collect()),
        ),
        (1, update(run(1, Stopping, 7))),
        (1, update(run(1, Stopped, 8))),
    ];
    let said = labels_in_any_order(&before, &page.steps, &stream);
    assert_eq!(said, [["Stopping Bench 1… +2", "Running: Bench 7 +1"]]);
}

#[test]
fn start_is_shown_from_the_click_to_the_end() {
    use RunStatus::{Pending, Running};
    let before = others_run(None);
    for request in [Request::Command(WorkbenchCommand::Start), Request::Create] {
        let mut page = OfPage::default();
        let start = page.begin(request);
        page.answer(start, "Running", &run(1, Pending, 5));
        let stream = [
            (1, update(run(1, Pending, 5))),
            (1, update(run(1, Pending, 6))),
            (1, update(run(1, Running, 7))),
        ];
        let said = labels_in_any_order(&before, &page.steps, &stream);
        assert_eq!(
            said,
            [[
                "Starting workbench… +2",
                "Starting Bench 1… +2",
                "Running: Bench 1 +2"
            ]]
        );
    }
}

/// Returns the page's part of a restart. It starts again once it has seen the end, which may be
/// before the stream reports it.
fn restart() -> (OfPage, usize) {
    let mut page = OfPage::default();
    let restart = page.begin(Request::Command(WorkbenchCommand::Restart(1)));
    let stop = page.begin(Request::Command(WorkbenchCommand::Stop));
    page.answer(stop, "Stopped", &run(1, RunStatus::Running, 6));
    let start = page.begin(Request::Command(WorkbenchCommand::Start));
    let asked = page.steps.len();
    page.answer(start, "Running", &next_run(RunStatus::Pending, 9));
    page.settle(restart);
    (page, asked)
}

fn restart_inputs(asked: usize) -> [TimedInput; 6] {
    use RunStatus::{Pending, Running, Stopped, Stopping};
    [
        (2, update(run(1, Running, 6))),
        (2, update(run(1, Stopping, 7))),
        (2, update(run(1, Stopped, 8))),
        (asked, update(next_run(Pending, 9))),
        (asked, update(next_run(Pending, 10))),
        (asked, update(next_run(Running, 11))),
    ]
}

#[test]
fn a_restart_is_one_job_from_the_click_to_ready() {
    let before = others_run(Some(run(1, RunStatus::Running, 4)));
    let (page, asked) = restart();
    let said = labels_in_any_order(&before, &page.steps, &restart_inputs(asked));
    assert_eq!(
        said,
        [[
            "Restarting Bench 1… +2",
            "Starting Bench 1… +2",
            "Running: Bench 1 +2"
        ]]
    );
}

#[test]
fn restart_beside_other_jobs_counts_once_at_every_moment() {
    let mut before = others_run(Some(run(1, RunStatus::Running, 4)));
    before.take(update(run(9, RunStatus::Failed, 5)), BEGIN);
    assert_eq!(label(&before), "Running: Bench 1 +2 1 failed");
    let (page, asked) = restart();
    let said = labels_in_any_order(&before, &page.steps, &restart_inputs(asked));
    assert_eq!(
        said,
        [[
            "Restarting Bench 1… +2 1 failed",
            "Starting Bench 1… +2 1 failed",
            "Running: Bench 1 +2 1 failed"
        ]]
    );
}

/// A start that fails ends the restart as well, however quickly it failed.
#[test]
fn failed_restart_is_only_the_failure() {
    let before = others_run(Some(run(1, RunStatus::Running, 4)));
    let (page, asked) = restart();
    let mut reported = restart_inputs(asked);
    reported[5].1 = update(next_run(RunStatus::Failed, 11));
    for said in labels_in_any_order(&before, &page.steps, &reported) {
        let (first, last) = (said.first().map(String::as_str), said.last());
        assert_eq!(first, Some("Restarting Bench 1… +2"));
        assert_eq!(
            last.map(String::as_str),
            Some("Running: Bench 7 +1 1 failed")
        );
        let others = said.iter().filter(|one| one.contains("Running"));
        assert_eq!(others.count(), 1, "{said:?}");
    }
}

#[test]
fn refused_command_claims_nothing_and_unconfirmed_one_expires() {
    let mut activity = others_run(Some(run(1, RunStatus::Running, 4)));
    let mut page = OfPage::default();
    let refused = page.begin(Request::Command(WorkbenchCommand::Stop));
    page.settle(refused);
    let stop = page.begin(Request::Command(WorkbenchCommand::Stop));
    page.answer(stop, "Stopped", &run(1, RunStatus::Running, 6));
    let mut said = Vec::new();
    for step in page.steps {
        activity.take(step, BEGIN);
        said.push(label(&activity));
    }
    let (stopping, running) = ("Stopping Bench 1… +2", "Running: Bench 1 +2");
    assert_eq!(said, [stopping, running, stopping, stopping, stopping]);
    let end = BEGIN + UNCONFIRMED;
    assert_eq!(activity.changes_at(BEGIN), Some(end));
    assert_eq!(label_at(&activity, end + Millis(-1)), stopping);
    assert_eq!(label_at(&activity, end), running);
    assert_eq!(activity.changes_at(end), None);
}

/// A snapshot from before a start says nothing about it; a later one without the run does.
#[test]
fn response_is_newer_than_an_older_snapshot() {
    let mut page = OfPage::default();
    let start = page.begin(Request::Command(WorkbenchCommand::Start));
    page.answer(start, "Running", &run(1, RunStatus::Pending, 9));
    let mut activity = after(page.steps);
    activity.take(snapshot(8, Vec::new()), BEGIN);
    assert_eq!(label(&activity), "Starting workbench…");
    activity.take(snapshot(9, Vec::new()), BEGIN);
    assert_eq!(label(&activity), "");
}

/// The workbench is gone before its stop was reported.
#[test]
fn removed_workbench_has_no_job() {
    let mut page = OfPage::default();
    let delete = page.begin(Request::Command(WorkbenchCommand::Delete));
    page.answer(delete, "Stopped", &run(1, RunStatus::Running, 9));
    let mut activity = others_run(Some(run(1, RunStatus::Running, 4)));
    for step in page.steps {
        activity.take(step, BEGIN);
        assert_eq!(label(&activity), "Stopping Bench 1… +2");
    }
    let id = RunId::new("run-1");
    let removed = vestibule_model::stream::RunRemoved { seq: 12, id };
    activity.take(ActivityInput::Event(Event::RunRemoved(removed)), BEGIN);
    assert_eq!(label(&activity), "Running: Bench 7 +1");
}
