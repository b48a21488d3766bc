//! The reducer as a whole.

use super::*;
use crate::activity::JobScope;
use crate::fixtures::{BEGIN, shown_run};
use proptest::prelude::*;
use serde_json::json;
use vestibule_model::listing::ListVersion;
use vestibule_model::stream::{
    BuildUpdate, JournalEntry, RunUpdate, WorkbenchRemoved, WorkbenchUpdate,
};

/// Only answers about one workbench include its variables: a poll and the stream that take turns
/// must not change the signals (FIELD 26).
#[test]
fn an_answer_with_variables_is_no_change() {
    let mut state = Entities::default();
    let mut answer = workbench(1, 5);
    state.put_workbench(answer.clone(), Origin::Answer);
    answer.spec.env = Some([("K".to_owned(), "V".to_owned())].into());
    let updates = state.put_workbench(answer, Origin::Answer);
    assert_eq!(updates.workbenches.changed, []);
}

/// In use, M19: a page opened by its address stayed empty while its own request failed, though the
/// stream carried the workbench.
#[test]
fn the_stream_fills_a_page_whose_request_fails() {
    let mut state = Entities::default();
    assert!(state.apply(update(1, 5), BEGIN).topics.is_empty());
    state.follow(&Topic::Workbench(id(1)));
    state.sign_in(Some(UserId::new("u-1")));
    assert_eq!(
        state.apply(update(1, 6), BEGIN).workbenches.changed,
        [id(1)]
    );
    assert!(state.apply(update(2, 7), BEGIN).topics.is_empty());
    state.evict(&Topic::Workbench(id(1)), |_| false);
    assert!(state.apply(update(1, 8), BEGIN).topics.is_empty());
}

fn id(number: u64) -> WorkbenchId {
    WorkbenchId::new(format!("wb-{number}"))
}

fn workbench(number: u64, seq: u64) -> Workbench {
    serde_json::from_value(json!({
        "id": id(number), "workspaceId": "ws-1", "lastSeq": seq, "name": format!("Bench {number}"),
    }))
    .expect("a workbench")
}

fn update(number: u64, seq: u64) -> Event {
    let workbench = workbench(number, seq);
    Event::WorkbenchUpdate(WorkbenchUpdate {
        seq,
        id: workbench.id.clone(),
        workspace_id: workbench.workspace_id.clone(),
        k8s_status: workbench.k8s_status.clone(),
        phase: workbench.status.phase.clone(),
        generation: workbench.generation,
        workbench: Some(Box::new(workbench)),
    })
}

fn removed(number: u64, seq: u64) -> Event {
    Event::WorkbenchRemoved(WorkbenchRemoved {
        seq,
        id: id(number),
        workspace_id: WorkspaceId::new("ws-1"),
        deleted_by_name: None,
    })
}

fn run(number: u64, last_seq: u64) -> Run {
    Run {
        last_seq,
        ..shown_run(number)
    }
}

fn run_update(number: u64, seq: u64) -> Event {
    let run = run(number, seq);
    Event::RunUpdate(Box::new(RunUpdate { seq, run }))
}

fn snapshot(seq: u64, runs: Vec<Run>) -> Event {
    Event::Snapshot(Snapshot { seq, runs })
}

fn live() -> Entities {
    let mut store = Entities::default();
    store.sign_in(Some(UserId::new("u-me")));
    store.apply(snapshot(9, Vec::new()), BEGIN);
    store
}

fn list(seq: u64, rows: &[Workbench]) -> Listing {
    Listing {
        items: rows.to_vec(),
        seq: Some(seq),
        ..Listing::default()
    }
}

#[test]
fn an_event_is_applied_without_a_request_and_the_same_again_changes_nothing() {
    let mut store = live();
    let workspace = WorkspaceId::new("ws-1");
    let read = store
        .put_workbenches(&workspace, list(9, &[workbench(1, 4)]))
        .expect("it is whole");
    assert!(read.topics.contains(&Topic::Workbenches(workspace.clone())));
    let reported = store.apply(update(1, 10), BEGIN);
    assert_eq!(reported.topics, [Topic::Workbench(id(1))]);
    assert_eq!(reported.workbenches.changed, [id(1)]);
    assert_eq!(reported.refetch, Refetch::Nothing);
    assert_eq!(reported.workspaces, std::slice::from_ref(&workspace));
    assert_eq!(store.apply(update(1, 10), BEGIN).topics, []);
    let same = store.put_workbenches(&workspace, list(10, &[workbench(1, 10)]));
    assert_eq!(same, Some(Updates::default()), "FIELD 26");
    assert_eq!(store.workbenches().total(&workspace), Some(1));
    assert!(!store.workbenches().is_deleted(&id(1)));

    // Workbenches in lists that no view follows are not kept.
    let mut other = workbench(7, 11);
    other.workspace_id = WorkspaceId::new("ws-2");
    assert_eq!(
        store.put_workbench(other.clone(), Origin::Event),
        Updates::default()
    );
    let answer = store.put_workbench(other, Origin::Answer);
    assert_eq!(answer.topics, [Topic::Workbench(id(7))]);
    store.evict(&Topic::Workbench(id(7)), |_| false);
    assert_eq!(store.workbenches().get(&id(7)), None);
    store.evict(&Topic::Workbench(id(1)), |_| false);
    assert!(store.workbenches().get(&id(1)).is_some(), "it is listed");
    store.evict(&Topic::Workbenches(workspace), |_| false);
    assert_eq!(store.workbenches().get(&id(1)), None);
}

#[test]
fn first_snapshot_marks_outdated_data_and_a_later_one_requires_a_resync() {
    let mut store = Entities::default();
    store.put_workbench(workbench(1, 4), Origin::Answer);
    store.put_workbench(workbench(2, 8), Origin::Answer);
    let first = store.apply(snapshot(9, vec![run(1, 6), run(2, 8)]), BEGIN);
    assert_eq!(first.outdated, [id(1)]);
    assert_eq!(first.refetch, Refetch::Started { seq: 9 });
    let again = store.apply(snapshot(12, Vec::new()), BEGIN);
    assert_eq!(again.refetch, Refetch::Everything);
    assert_eq!(store.seq(), Some(12));
}

#[test]
fn newest_runs_mark_outdated_workbenches() {
    let mut store = Entities::default();
    store.put_workbench(workbench(1, 4), Origin::Answer);
    store.put_workbench(workbench(2, 8), Origin::Answer);
    let list = List::whole(vec![run(1, 6), run(2, 8), run(3, 9)]);
    let updates = store.put_runs(list, 1, BEGIN);
    assert_eq!(
        updates.outdated,
        [id(1)],
        "without a stream it is requested"
    );
}

#[test]
fn field_25_a_snapshot_removes_ghosts() {
    let mut store = live();
    store.apply(run_update(1, 10), BEGIN);
    let jobs = |store: &Entities| store.activity().jobs(JobScope::Everyone, BEGIN).len();
    assert_eq!(jobs(&store), 1);
    store.apply(snapshot(11, Vec::new()), BEGIN);
    assert_eq!(jobs(&store), 0);
}

#[test]
fn another_tabs_state_is_applied_unless_it_is_older() {
    let mut store = live();
    store.apply(run_update(1, 11), BEGIN);
    let older = Snapshot {
        seq: 10,
        runs: Vec::new(),
    };
    assert_eq!(store.join(older, BEGIN), Updates::default());
    assert_eq!(store.activity().runs().count(), 1);
    let newer = Snapshot {
        seq: 12,
        runs: vec![run(1, 11), run(2, 12)],
    };
    let joined = store.join(newer.clone(), BEGIN);
    assert_eq!(joined.refetch, Refetch::Nothing);
    assert_eq!(store.snapshot(), Some(newer));
}

/// A restored database reuses numbers.
#[test]
fn reset_numbers_void_known_data() {
    let mut store = live();
    store.put_workbench(workbench(1, 8), Origin::Answer);
    let anew = store.apply(snapshot(3, vec![run(2, 3)]), BEGIN);
    assert_eq!(anew.refetch, Refetch::Everything);
    assert_eq!(anew.workbenches.removed, [id(1)]);
    store.put_workbench(workbench(1, 2), Origin::Answer);
    assert!(store.workbenches().get(&id(1)).is_some());
}

#[test]
fn a_build_from_the_stream_needs_no_request() {
    let mut store = live();
    let build: Build =
        serde_json::from_value(json!({"id": "bld-1", "workspaceId": "ws-1", "status": "running"}))
            .expect("a build");
    let event = Event::BuildUpdate(Box::new(BuildUpdate {
        seq: 10,
        build: build.clone(),
    }));
    let reported = store.apply(event, BEGIN);
    assert_eq!(reported.topics, [Topic::Activity, Topic::Builds]);
    assert_eq!(store.builds_of(&build.workspace_id), [&build]);
    assert_eq!(store.build(&build.id), Some(&build));
}

#[test]
fn a_journal_grows_while_it_is_followed() {
    let mut store = live();
    let run = RunId::new("run-1");
    let entry = |seq: u64| {
        let transition = json!({"seq": seq, "runId": "run-1", "at": "2026-11-21T10:00:00Z"});
        let transition = serde_json::from_value(transition).expect("an entry");
        Event::Transition(Box::new(JournalEntry { seq, transition }))
    };
    assert_eq!(store.apply(entry(10), BEGIN), Updates::default());
    store.follow(&Topic::Journal(run.clone()));
    store.put_journal(&run, Vec::new(), Some(0));
    let reported = store.apply(entry(11), BEGIN);
    assert_eq!(reported.topics, [Topic::Journal(run.clone())]);
    store.evict(&Topic::Journal(run.clone()), |_| false);
    assert!(store.journals().get(&run).is_none());
}

#[test]
fn signing_out_forgets_everything() {
    let mut store = live();
    store.put_workbench(workbench(1, 8), Origin::Answer);
    store.apply(run_update(1, 10), BEGIN);
    store.sign_in(None);
    assert_eq!(store.seq(), None);
    assert!(store.workbenches().get(&id(1)).is_none());
    assert_eq!(store.activity(), &Activity::default());
}

/// Returns a change on the server: the workbench, and whether it is removed.
fn history() -> impl Strategy<Value = Vec<(u64, bool)>> {
    prop::collection::vec((0u64..4, prop::bool::weighted(0.2)), 0..30)
}

proptest! {
    /// FIELD 3, 18, 25: with events in order, some of them repeated, and responses from any moment
    /// in between, the last response leads to the newest state, and older reports never undo a
    /// removal.
    #[test]
    fn events_and_late_responses_reach_the_newest_state(
        history in history(),
        repeated in prop::collection::vec(any::<bool>(), 30),
        late in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..8),
    ) {
        let workspace = WorkspaceId::new("ws-1");
        let mut truth: Vec<std::collections::BTreeMap<u64, u64>> = vec![Default::default()];
        let mut events = Vec::new();
        for (number, is_removal) in history {
            let seq = 10 + events.len() as u64;
            let mut now = truth.last().cloned().unwrap_or_default();
            if is_removal {
                now.remove(&number);
                events.push(removed(number, seq));
            } else {
                now.insert(number, seq);
                events.push(update(number, seq));
            }
            truth.push(now);
        }
        let at = |moment: usize| {
            let rows: Vec<Workbench> = truth[moment].iter().map(|(n, seq)| workbench(*n, *seq)).collect();
            Listing {
                version: Some(ListVersion::new("e1", moment as u64)),
                ..list(9 + moment as u64, &rows)
            }
        };
        let mut store = live();
        store.put_workbenches(&workspace, at(0));
        for (place, event) in events.iter().enumerate() {
            store.apply(event.clone(), BEGIN);
            if repeated[place % repeated.len()] {
                prop_assert!(store.apply(event.clone(), BEGIN).workbenches.is_empty());
            }
            for (_, moment) in late.iter().filter(|(when, _)| when.index(events.len()) == place) {
                store.put_workbenches(&workspace, at(moment.index(place + 2)));
                let known = &truth[place + 1];
                for number in 0..4 {
                    let shown = store.workbenches().get(&id(number)).map(|row| row.version().0);
                    prop_assert_eq!(shown, known.get(&number).copied(), "{} at {}", number, place);
                }
            }
        }
        store.put_workbenches(&workspace, at(truth.len() - 1));
        let mut shown: Vec<u64> = store.workbenches().of_workspace(&workspace).map(|row| row.version().0).collect();
        shown.sort_unstable();
        let mut expected: Vec<u64> = truth.last().map(|rows| rows.values().copied().collect()).unwrap_or_default();
        expected.sort_unstable();
        prop_assert_eq!(shown, expected);
    }

    /// The next snapshot and list correct any missed event.
    #[test]
    fn resync_corrects_missed_events(
        history in history(),
        missed in prop::collection::vec(any::<bool>(), 30),
    ) {
        let workspace = WorkspaceId::new("ws-1");
        let mut truth = std::collections::BTreeMap::new();
        let mut store = live();
        store.put_workbenches(&workspace, list(9, &[]));
        let mut seq = 9;
        for (place, (number, is_removal)) in history.into_iter().enumerate() {
            seq += 1;
            let event = if is_removal {
                truth.remove(&number);
                removed(number, seq)
            } else {
                truth.insert(number, seq);
                update(number, seq)
            };
            if !missed[place] {
                store.apply(event, BEGIN);
            }
        }
        let resync = store.apply(snapshot(seq + 1, Vec::new()), BEGIN);
        prop_assert_eq!(resync.refetch, Refetch::Everything);
        let rows: Vec<Workbench> = truth.iter().map(|(n, seq)| workbench(*n, *seq)).collect();
        store.put_workbenches(&workspace, list(seq + 1, &rows));
        for number in 0..4 {
            let shown = store.workbenches().get(&id(number)).map(|row| row.version().0);
            prop_assert_eq!(shown, truth.get(&number).copied());
        }
    }
}

#[test]
fn a_renamed_workspace_is_known_from_the_event() {
    let mut store = live();
    let id = WorkspaceId::new("ws-1");
    let body = r#"{"seq": 10, "workspace": {"id": "ws-1", "name": "Lab"}}"#;
    let update = Event::parse("workspace-update", body).expect("an event");
    let updates = store.apply(update, BEGIN);
    assert_eq!(
        updates.topics,
        [Topic::Workspace(id.clone()), Topic::Workspaces]
    );
    assert_eq!(store.workspaces().name(&id), Some("Lab"));
    let body = r#"{"seq": 11, "id": "ws-1"}"#;
    let removed = Event::parse("workspace-removed", body).expect("an event");
    store.apply(removed, BEGIN);
    assert!(store.workspaces().is_deleted(&id));
}
