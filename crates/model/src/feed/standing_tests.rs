//! News in every order, twice and broken: what is known in the end is the newest.

use super::*;
use crate::fixtures::{BEGIN, shown_run};
use proptest::prelude::*;

fn run(number: u64, last_seq: u64) -> Run {
    Run {
        last_seq,
        ..shown_run(number)
    }
}

fn update(number: u64, last_seq: u64) -> Event {
    Event::RunUpdate(Box::new(RunUpdate {
        seq: last_seq,
        run: run(number, last_seq),
    }))
}

fn removed(number: u64, seq: u64) -> Event {
    Event::RunRemoved(RunRemoved {
        seq,
        id: RunId::new(format!("run-{number}")),
    })
}

fn words(number: u64, seq: u64) -> Event {
    Event::WorkbenchUpdate(WorkbenchUpdate {
        seq,
        id: WorkbenchId::new(format!("wb-{number}")),
        workspace_id: WorkspaceId::new("ws-1"),
        k8s_status: K8sStatus::Running,
        phase: Phase::Running,
        generation: seq / 7,
    })
}

fn gone(number: u64, seq: u64) -> Event {
    Event::WorkbenchRemoved(WorkbenchRemoved {
        seq,
        id: WorkbenchId::new(format!("wb-{number}")),
        workspace_id: WorkspaceId::new("ws-1"),
    })
}

fn workspace(number: u64, seq: u64, name: Option<&str>) -> Event {
    Event::Workspace(WorkspaceNews {
        seq,
        id: WorkspaceId::new(format!("ws-{number}")),
        name: name.map(str::to_owned),
    })
}

fn snapshot(seq: u64, runs: &[(u64, u64)]) -> Snapshot {
    Snapshot {
        seq,
        runs: runs.iter().map(|(n, seq)| run(*n, *seq)).collect(),
    }
}

/// What a reader sees.
fn seen(standing: &Standing) -> (Vec<Run>, Vec<Newest>) {
    (standing.runs.clone(), standing.newest.clone())
}

#[test]
fn field_25_a_snapshot_drives_out_what_is_gone_and_everything_is_looked_at_again() {
    let mut standing = Standing::default();
    let first = standing.take(Event::Snapshot(snapshot(5, &[(1, 4), (2, 5)])));
    assert_eq!(first.len(), 3, "what is shown may be older than that");
    assert_eq!(first.last(), Some(&News::Beginning));
    let again = standing.take(Event::Snapshot(snapshot(9, &[(2, 8)])));
    assert_eq!(again, [News::Everything]);
    assert_eq!(standing.runs(), [run(2, 8)]);
}

#[test]
fn field_25_a_late_update_revives_no_removed_run() {
    let mut standing = Standing::default();
    standing.take(Event::Snapshot(snapshot(5, &[(1, 4)])));
    let news = standing.take(removed(1, 6));
    assert_eq!(news, [News::Removed(RunId::new("run-1"))]);
    assert_eq!(standing.take(update(1, 5)), []);
    assert_eq!(standing.take(removed(1, 6)), []);
    assert_eq!(standing.runs(), []);
}

#[test]
fn field_25_a_late_update_revives_no_removed_workbench_and_another_of_its_name_is_news() {
    let mut standing = Standing::default();
    standing.take(Event::Snapshot(snapshot(5, &[])));
    standing.take(words(1, 6));
    let news = standing.take(gone(1, 8));
    let id = WorkbenchId::new("wb-1");
    assert_eq!(news, [News::Gone { id, seq: 8 }]);
    assert_eq!(standing.take(words(1, 7)), []);
    assert_eq!(standing.take(gone(1, 8)), []);
    assert_eq!(standing.newest(&WorkbenchId::new("wb-1")), None);
    assert_eq!(standing.take(words(1, 9)).len(), 1, "made again");
    assert_eq!(standing.take(gone(1, 8)), [], "that was the one before");
}

#[test]
fn what_becomes_of_a_workspace_is_news_once_and_nothing_older_undoes_it() {
    let mut standing = Standing::default();
    standing.take(Event::Snapshot(snapshot(5, &[])));
    let told = |name: Option<&str>| {
        [News::Workspace {
            id: WorkspaceId::new("ws-1"),
            name: name.map(str::to_owned),
        }]
    };
    assert_eq!(
        standing.take(workspace(1, 7, Some("New"))),
        told(Some("New"))
    );
    assert_eq!(standing.take(workspace(1, 7, Some("New"))), [], "resumed");
    assert_eq!(standing.take(workspace(1, 6, Some("Old"))), []);
    assert_eq!(standing.take(workspace(2, 6, Some("Other"))).len(), 1);
    assert_eq!(standing.take(workspace(1, 8, None)), told(None));
    assert_eq!(standing.take(workspace(1, 7, Some("New"))), []);
    assert_eq!(standing.seq(), Some(8));
}

#[test]
fn events_of_workspaces_are_read_with_what_is_not_known_of_them() {
    let read = |kind: &str, data: &str| Event::read(kind, data);
    let named = r#"{"seq":7,"id":"ws-1","name":"New","colour":{"of":["a","newer"]}}"#;
    assert_eq!(
        read("workspace-update", named),
        Some(workspace(1, 7, Some("New")))
    );
    for kind in ["workspace-removed", "workspace-moved"] {
        let expected = (kind == "workspace-removed").then(|| workspace(1, 7, None));
        assert_eq!(read(kind, named), expected);
        assert_eq!(read(kind, r#"{"seq":7}"#), None);
    }
    for name in ["null", "7", "\"\""] {
        let data = format!(r#"{{"seq":7,"id":"ws-1","name":{name}}}"#);
        assert_eq!(
            read("workspace-update", &data),
            None,
            "{name} is no removal"
        );
    }
}

#[test]
fn another_tabs_snapshot_is_taken_unless_it_is_older() {
    let mut standing = Standing::default();
    standing.take(Event::Snapshot(snapshot(5, &[(1, 4)])));
    standing.take(update(1, 7));
    assert_eq!(standing.take_over(snapshot(6, &[(1, 4)])), []);
    assert_eq!(standing.runs(), [run(1, 7)]);
    let news = standing.take_over(snapshot(8, &[(1, 8)]));
    assert!(!news.contains(&News::Everything), "{news:?}");
    assert_eq!(standing.runs(), [run(1, 8)]);
    assert_eq!(standing.snapshot(), Some(snapshot(8, &[(1, 8)])));
}

#[test]
fn field_7_one_bad_event_is_no_event() {
    assert_eq!(Event::read("run-update", "{"), None);
    assert_eq!(Event::read("heartbeat", r#"{"serverTime":"?"}"#), None);
    assert_eq!(Event::read("something-new", "{}"), None);
    let event = Event::read(
        "workbench-update",
        r#"{"seq":3,"id":"wb-1","workspaceId":"ws-1","k8sStatus":null,"phase":"Napping"}"#,
    );
    assert!(
        matches!(event, Some(Event::WorkbenchUpdate(_))),
        "{event:?}"
    );
    let event = Event::read("snapshot", r#"{"seq":3,"runs":[7,{"id":"run-1"}]}"#);
    assert_eq!(event, Some(Event::Snapshot(snapshot(3, &[]))));
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0u64..6, 10u64..60).prop_map(|(n, seq)| update(n, seq)),
        4 => (0u64..6, 10u64..60).prop_map(|(n, seq)| words(n, seq)),
        1 => (0u64..6).prop_map(|n| removed(n, 60)),
        1 => (0u64..6, 10u64..60).prop_map(|(n, seq)| gone(n, seq)),
        1 => (0u64..6, 10u64..60).prop_map(|(n, seq)| workspace(n, seq, Some("Lab"))),
    ]
}

#[test]
fn of_a_workbench_that_is_started_over_and_over_the_newest_runs_are_remembered() {
    let mut standing = Standing::default();
    for number in 1..=1_000 {
        let run = Run {
            workbench_id: WorkbenchId::new("wb-1"),
            number,
            finished_at: Some(BEGIN),
            ..run(number, number)
        };
        let told = standing.take(Event::RunUpdate(Box::new(RunUpdate { seq: number, run })));
        assert_eq!(told.len(), 1, "each is news");
    }
    standing.take(update(1_001, 1_001));
    let mut numbers: Vec<u64> = standing.runs().iter().map(|run| run.last_seq).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [997, 998, 999, 1_000, 1_001]);
}

proptest! {
    /// FIELD 3, 18, 25: in any order and told any number of times, the newest is what is known.
    #[test]
    fn order_and_repetition_do_not_matter(
        told in prop::collection::vec(event(), 0..40).prop_flat_map(|told| {
            let shuffled = Just(told.iter().chain(&told).cloned().collect::<Vec<_>>()).prop_shuffle();
            (Just(told), shuffled)
        }),
    ) {
        let (told, shuffled) = told;
        let begin = || {
            let mut standing = Standing::default();
            standing.take(Event::Snapshot(snapshot(9, &[(1, 3), (2, 9)])));
            standing
        };
        let (mut one, mut other) = (begin(), begin());
        for event in told { one.take(event); }
        for event in shuffled {
            other.take(event.clone());
            prop_assert_eq!(other.take(event), vec![], "told twice, it is no news");
        }
        prop_assert_eq!(seen(&one), seen(&other));
    }
}
