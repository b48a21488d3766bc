//! What notifies whoever looks at the header, told with real signals and a clock of our own.

use super::*;
use leptos::reactive::effect::ImmediateEffect;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vestibule_model::build::{Build, BuildList, BuildStatus};
use vestibule_model::feed::Event;
use vestibule_model::ids::UserId;
use vestibule_model::list::List;
use vestibule_model::run::Run;
use vestibule_model::stream::{BuildUpdate, RunUpdate, Snapshot};

const BEGIN: Timestamp = Timestamp::from_millis(1_795_255_200_000);

/// The header's part of the page, without the page.
struct Header {
    activity: Activity,
    headline: RwSignal<Option<Headline>>,
    is_awaited: RwSignal<bool>,
    notified: Arc<AtomicUsize>,
    _effects: [ImmediateEffect; 2],
}

impl Header {
    fn new() -> Self {
        let headline = RwSignal::new(None);
        let is_awaited = RwSignal::new(false);
        let notified = Arc::new(AtomicUsize::new(0));
        let (first, second) = (notified.clone(), notified.clone());
        let effects = [
            ImmediateEffect::new(move || {
                headline.track();
                first.fetch_add(1, Ordering::Relaxed);
            }),
            ImmediateEffect::new(move || {
                is_awaited.track();
                second.fetch_add(1, Ordering::Relaxed);
            }),
        ];
        Self {
            activity: Activity::default(),
            headline,
            is_awaited,
            notified,
            _effects: effects,
        }
    }

    fn take(&mut self, input: Input, now: Timestamp) {
        self.activity.take(input, now);
        self.look(now);
    }

    fn look(&self, now: Timestamp) {
        show(
            &self.activity,
            Scope::Mine,
            now,
            self.headline,
            self.is_awaited,
        );
    }

    /// How often anything was notified since this was asked last.
    fn notified(&self) -> usize {
        self.notified.swap(0, Ordering::Relaxed)
    }
}

fn run(number: u64, status: &str) -> Run {
    let text = format!(
        r#"{{"id":"run-{number}","workbenchId":"wb-{number}","workspaceId":"ws-1","projectId":"ws-1",
            "number":1,"status":"{status}","startedAt":"2026-11-21T09:59:00Z","lastSeq":{number},
            "finishedAt":"2026-11-21T10:00:00Z","startedBy":"u-me"}}"#
    );
    serde_json::from_str(&text).expect("a run")
}

fn build() -> Build {
    let text = r#"{"id":"bld-1","workspaceId":"ws-1","app":"lab","createdAt":"2026-11-21T09:59:00Z",
        "finishedAt":"2026-11-21T10:00:00Z","requestedBy":"u-me"}"#;
    let build: Build = serde_json::from_str(text).expect("a build");
    Build {
        status: BuildStatus::Succeeded,
        ..build
    }
}

fn snapshot(runs: &[Run]) -> Input {
    let (seq, runs) = (300, runs.to_vec());
    Input::Told(Event::Snapshot(Snapshot { seq, runs }))
}

/// FIELD 26: "Unchanged data still causes 12 state changes a minute." Everything that is heard and
/// asked in a minute in which nothing happens, and more of it than there is; each second it is
/// looked at.
#[test]
fn field_26_an_idle_minute_with_200_finished_runs_notifies_nothing() {
    let owner = Owner::new();
    owner.set();
    let mut header = Header::new();
    let runs: Vec<Run> = (1..=200)
        .map(|number| {
            run(
                number,
                ["stopped", "succeeded", "failed"][(number % 3) as usize],
            )
        })
        .collect();
    let failed = runs.iter().map(|run| run.key()).collect::<Vec<_>>();
    header.take(Input::SignedIn(UserId::new("u-me")), BEGIN);
    header.take(snapshot(&runs), BEGIN);
    header.take(Input::Acknowledgements(Vec::new()), BEGIN);
    assert!(
        header.headline.get_untracked().is_some(),
        "some have failed"
    );
    header.take(Input::Acknowledgements(failed.clone()), BEGIN);
    assert_eq!(header.headline.get_untracked(), None);
    let list = BuildList {
        builds: vec![build()],
        next_cursor: None,
    };
    let asked = header.activity.ask();
    let answer = list.clone();
    header.take(
        Input::Builds {
            asked,
            list: answer,
        },
        BEGIN,
    );
    assert!(header.notified() > 2, "what happens notifies");
    header.activity.changes();

    let settled = header.activity.clone();
    for second in 1..=60 {
        let now = BEGIN + Millis::from_secs(second);
        header.look(now);
        if second % 5 == 0 {
            let asked = header.activity.ask();
            let list = list.clone();
            let input = match second % 10 {
                0 => Input::Builds { asked, list },
                _ => Input::SameBuilds { asked },
            };
            header.take(input, now);
        }
        if second % 15 == 0 {
            // Another connection, and what it tells again.
            header.take(snapshot(&runs), now);
            for run in &runs {
                let (seq, run) = (run.last_seq, run.clone());
                let update = Box::new(RunUpdate { seq, run });
                header.take(Input::Told(Event::RunUpdate(update)), now);
            }
            let update = BuildUpdate {
                seq: 7,
                build: build(),
            };
            header.take(Input::Told(Event::BuildUpdate(Box::new(update))), now);
            let asked = header.activity.ask();
            let list = List::whole(runs.clone());
            header.take(Input::Runs { asked, list }, now);
            header.take(Input::Acknowledgements(failed.clone()), now);
        }
        assert_eq!(header.activity.changes_at(now), None, "no timer is set");
    }
    assert_eq!(header.notified(), 0);
    assert_eq!(
        header.activity.changes(),
        [],
        "nothing is said, and no row looks again"
    );
    let end = BEGIN + Millis::from_secs(60);
    assert_eq!(
        header.activity.jobs(Scope::Mine, end),
        settled.jobs(Scope::Mine, end),
        "the panel's rows are as they were"
    );
    assert_eq!(header.activity.pace_of_builds(), Pace::Steady);

    // The counting itself counts.
    let (seq, run) = (
        301,
        Run {
            last_seq: 301,
            ..run(201, "pending")
        },
    );
    let update = Box::new(RunUpdate { seq, run });
    header.take(Input::Told(Event::RunUpdate(update)), end);
    assert_eq!(header.notified(), 2);
}
