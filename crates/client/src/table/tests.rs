//! The table against a simple, slow implementation.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use vestibule_model::ids::UserId;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Workbench;

fn workbench(id: &str, name: &str, state: &str, seq: u64) -> Workbench {
    let text = serde_json::json!({
        "id": id, "workspaceId": "ws-a", "name": name, "app": "files", "generation": 1,
        "k8sStatus": state, "createdBy": "u-ada",
        "desired": "Running",
        "status": {"phase": "Running", "runNumber": 1, "message": "All is well."},
        "run": {"id": "run-a", "number": 1, "lastSeq": seq, "startedAt": "2026-11-21T10:00:00Z"},
    });
    serde_json::from_value(text).expect("readable")
}

fn of(workbench: &Workbench) -> TableRow {
    TableRow::of(workbench, "Your files", "Ada Lovelace")
}

fn row(id: &str, name: &str, state: &str, seq: u64) -> TableRow {
    of(&workbench(id, name, state, seq))
}

fn table(rows: &[(&str, &str, &str)]) -> Table {
    let mut table = Table::default();
    let rows = rows.iter().map(|(id, name, state)| row(id, name, state, 1));
    table.merge(rows.collect(), &[]);
    table
}

fn names(table: &Table) -> Vec<&str> {
    table.rows().map(|row| row.name.as_str()).collect()
}

const THREE: [(&str, &str, &str); 3] = [
    ("wb-1", "beta", "Running"),
    ("wb-2", "Alpha 10", "Failed"),
    ("wb-3", "alpha 9", "Stopped"),
];

#[test]
fn rows_are_sorted_by_the_column() {
    let mut table = table(&THREE);
    assert_eq!(names(&table), ["alpha 9", "Alpha 10", "beta"]);
    table.set_sort(table.sort().pressed(SortKey::Name));
    assert_eq!(names(&table), ["beta", "Alpha 10", "alpha 9"]);
    table.set_sort(table.sort().pressed(SortKey::State));
    assert_eq!(names(&table), ["Alpha 10", "beta", "alpha 9"]);
    let counts: Vec<_> = table.states().into_iter().map(|(_, n)| n).collect();
    assert_eq!(counts, [1, 1, 1]);
}

#[test]
fn rows_without_a_value_come_last_in_both_directions() {
    let never = workbench("wb-9", "never", "Hibernated", 1);
    let mut table = table(&THREE.map(|(id, name, _)| (id, name, "Progressing")));
    table.put(of(&never));
    for descending in [false, true] {
        table.set_sort(Sort {
            key: SortKey::TimeInState,
            descending,
        });
        assert_eq!(names(&table)[3], "never");
        assert_eq!(
            names(&table)[0],
            "alpha 9",
            "equal rows are in the order of names"
        );
    }
}

#[test]
fn search_ignores_case_in_any_script() {
    let rows = [
        ("wb-1", "Straße", "Running"),
        ("wb-2", "ΟΔΟΣ", "Running"),
        ("wb-3", "Ünïcode 日本語", "Failed"),
    ];
    let mut table = table(&rows);
    for (text, expected) in [
        ("STRASSE", vec!["Straße"]),
        ("οδος", vec!["ΟΔΟΣ"]),
        ("ünÏ 日本", vec!["Ünïcode 日本語"]),
        ("  FILES  well ", vec!["Straße", "Ünïcode 日本語", "ΟΔΟΣ"]),
        ("straße nothing", vec![]),
    ] {
        table.set_filter(TableFilter::default().searching(text));
        assert_eq!(names(&table), expected, "{text}");
    }
    table.set_filter(TableFilter::default().in_states(vec![State::Failed]));
    assert_eq!(names(&table), ["Ünïcode 日本語"]);
    table.set_filter(TableFilter::default().of_owner(Some(UserId::new("u-bob"))));
    assert_eq!((table.count(), table.total()), (0, 3));
}

#[test]
fn visible_text_of_a_row_is_found() {
    let row = |name: &str, app: &str, title: &str, owner: &str| {
        let mut workbench = workbench(name, name, "Stopped", 1);
        (workbench.app, workbench.created_by_name) = (app.into(), Some("Ada Lovelace".into()));
        TableRow::of(&workbench, title, owner)
    };
    let mut table = Table::default();
    let rows = vec![
        row("a", "demo-licensed", "One licence", "Ada Lovelace"),
        row("b", "alpha", "Zeppelin", "You"),
    ];
    table.merge(rows, &[]);
    for (text, expected) in [
        ("one lic", &["a"][..]),
        ("DEMO-lic", &["a"]),
        ("you zep", &["b"]),
        ("lovelace", &["a", "b"]),
        ("licence you", &[]),
    ] {
        table.set_filter(TableFilter::default().searching(text));
        assert_eq!(names(&table), expected, "{text}");
    }
    table.set_filter(TableFilter::default());
    table.set_sort(Sort::default().pressed(SortKey::App));
    assert_eq!(names(&table), ["a", "b"], "by the titles, not by the ids");
    // The title of an app is known later than the app.
    let change = table.put(row("b", "alpha", "Airship", "You"));
    assert_eq!(
        change,
        RowChange::Changed {
            is_recounted: false,
            place: RowMove::Moved { from: 1, to: 0 },
        }
    );
    assert_eq!(names(&table), ["b", "a"]);
}

#[test]
fn filter_distinguishes_the_states_of_the_rows() {
    let row = |id: &str, k8s: &str, cause: &str| {
        let mut workbench = workbench(id, id, k8s, 1);
        let status = serde_json::json!({"phase": "Failed", "runNumber": 1, "conditions": [
            {"type": "Failed", "status": "True", "reason": cause}]});
        workbench.status = serde_json::from_value(status).expect("readable");
        of(&workbench)
    };
    let mut table = Table::default();
    let rows = vec![
        row("a", "Killed", "Timeout"),
        row("b", "Killed", "OOMKilled"),
        row("c", "Killed", "Timeout"),
        row("d", "Failed", "ExitCode"),
    ];
    table.merge(rows, &[]);
    let counts = table.states();
    let counts: Vec<_> = counts
        .iter()
        .map(|(s, count)| (s.as_str(), *count))
        .collect();
    assert_eq!(counts, [("Failed", 1), ("Killed", 1), ("Timed out", 2)]);
    table.set_filter(TableFilter::default().in_states(vec![State::TimedOut]));
    assert_eq!(names(&table), ["a", "c"]);
}

#[test]
fn change_names_its_position_and_whether_the_counts_differ() {
    let changed = |is_recounted, place| RowChange::Changed {
        is_recounted,
        place,
    };
    let mut table = table(&THREE);
    let mut update = workbench("wb-3", "alpha 9", "Stopped", 2);
    update.status.message = Some("It ended.".to_owned());
    assert_eq!(table.put(of(&update)), changed(false, RowMove::Same(0)));
    assert_eq!(table.put(of(&update)), RowChange::Nothing);
    let mut put = |name, state| table.put(row("wb-3", name, state, 3));
    let moved = RowMove::Moved { from: 0, to: 2 };
    assert_eq!(put("zeta", "Stopped"), changed(false, moved));
    assert_eq!(put("zeta", "Running"), changed(true, RowMove::Same(2)));
    table.set_filter(TableFilter::default().searching("zeta"));
    let left = table.put(row("wb-3", "eta", "Running", 4));
    assert_eq!(left, changed(false, RowMove::Left(0)));
    let hidden = table.put(row("wb-8", "theta", "Stopped", 1));
    assert_eq!(hidden, changed(true, RowMove::Hidden));
    let entered = table.put(row("wb-8", "zeta 2", "Stopped", 2));
    assert_eq!(entered, changed(false, RowMove::Entered(0)));
    assert_eq!(table.remove(&WorkbenchId::new("wb-8")), Some(0));
    assert_eq!(table.remove(&WorkbenchId::new("wb-8")), None);
}

#[test]
fn many_rows_at_once_are_sorted() {
    let mut table = table(&THREE);
    let rows = vec![
        row("wb-2", "zeta", "Running", 2),
        row("wb-4", "new", "Progressing", 1),
    ];
    table.merge(rows, &[WorkbenchId::new("wb-3"), WorkbenchId::new("wb-9")]);
    assert_eq!(names(&table), ["beta", "new", "zeta"]);
}

#[test]
fn selection_survives_everything_but_the_removal_of_its_rows() {
    let mut table = table(&THREE);
    let id = WorkbenchId::new;
    table.toggle(&id("wb-3"));
    table.select_to(&id("wb-2"));
    assert!(table.is_selected(&id("wb-2")) && !table.is_selected(&id("wb-1")));
    table.put(row("wb-3", "zeta", "Failed", 2));
    table.set_sort(table.sort().pressed(SortKey::Name));
    table.set_filter(TableFilter::default().searching("zeta"));
    let selected: Vec<_> = table.selected().iter().map(|r| r.id.as_str()).collect();
    assert_eq!(selected, ["wb-3", "wb-2"]);
    assert_eq!(table.hidden_selected(), 1);
    table.merge(Vec::new(), &[id("wb-1"), id("wb-3")]);
    assert!(!table.is_selected(&id("wb-3")));
    table.toggle(&id("wb-3"));
    assert!(
        !table.is_selected(&id("wb-3")),
        "what is not there cannot be selected"
    );
    table.set_filter(TableFilter::default());
    table.select_all();
    assert_eq!(table.selected().len(), 1);
    table.clear_selection();
    assert!(table.selected().is_empty());
}

#[test]
fn time_in_state_counts_from_the_observation() {
    let at = |text| Timestamp::parse(text);
    let since = |state: &str, more: serde_json::Value| {
        let mut workbench = workbench("wb-1", "a", state, 1);
        workbench.status = serde_json::from_value(more).expect("readable");
        of(&workbench).since
    };
    let ready = serde_json::json!({"phase": "Running", "conditions": [
        {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T10:00:08Z"}]});
    assert_eq!(since("Running", ready.clone()), at("2026-11-21T10:00:08Z"));
    assert_eq!(since("Progressing", ready), at("2026-11-21T10:00:08Z"));
    let creating = serde_json::json!({"phase": "Creating"});
    assert_eq!(
        since("Progressing", creating.clone()),
        at("2026-11-21T10:00:00Z")
    );
    let failed = serde_json::json!({"phase": "Failed", "completionTime": "2026-11-21T10:00:03Z"});
    assert_eq!(since("Failed", failed), at("2026-11-21T10:00:03Z"));
    assert_eq!(since("Hibernated", creating), None);
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u8, u8, u64),
    Remove(u8),
    Merge(Vec<(u8, u8, u8, u64)>, Vec<u8>),
    Sort(SortKey, bool),
    Search(String),
    Toggle(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let update = || (0u8..8, 0u8..6, 0u8..7, 0u64..5);
    let one = prop_oneof![
        6 => update().prop_map(|(id, name, state, seq)| Step::Put(id, name, state, seq)),
        1 => (0u8..8).prop_map(Step::Remove),
        1 => (proptest::collection::vec(update(), 0..8), proptest::collection::vec(0u8..8, 0..4))
            .prop_map(|(rows, gone)| Step::Merge(rows, gone)),
        1 => (proptest::sample::select(SortKey::ALL.to_vec()), any::<bool>())
            .prop_map(|(key, descending)| Step::Sort(key, descending)),
        1 => "[ABb1]{0,1}".prop_map(Step::Search),
        1 => (0u8..8).prop_map(Step::Toggle),
    ];
    proptest::collection::vec(one, 0..60)
}

fn made((id, name, state, seq): (u8, u8, u8, u64)) -> TableRow {
    const NAMES: [&str; 6] = ["a", "A", "b10", "b9", "B", ""];
    const STATES: [&str; 7] = [
        "Running",
        "Progressing",
        "Stopped",
        "Killed",
        "Failed",
        "Complete",
        "Odd",
    ];
    let mut made = workbench(
        &format!("wb-{id}"),
        NAMES[usize::from(name)],
        STATES[usize::from(state)],
        seq,
    );
    if name == 3 {
        made.run = None;
    }
    of(&made)
}

fn apply(table: &mut Table, slow: &mut BTreeMap<WorkbenchId, TableRow>, step: Step) {
    match step {
        Step::Put(id, name, state, seq) => {
            let row = made((id, name, state, seq));
            let before = table.place_of(&row.id);
            let change = table.put(row.clone());
            let after = table.place_of(&row.id);
            if let RowChange::Changed { place, .. } = change {
                let expected = match (before, after) {
                    (None, None) => RowMove::Hidden,
                    (None, Some(to)) => RowMove::Entered(to),
                    (Some(from), None) => RowMove::Left(from),
                    (Some(from), Some(to)) if from == to => RowMove::Same(to),
                    (Some(from), Some(to)) => RowMove::Moved { from, to },
                };
                assert_eq!(place, expected);
            }
            slow.insert(row.id.clone(), row);
        }
        Step::Remove(id) => {
            let id = WorkbenchId::new(format!("wb-{id}"));
            assert_eq!(table.place_of(&id), table.remove(&id));
            slow.remove(&id);
        }
        Step::Merge(rows, gone) => {
            let rows: Vec<TableRow> = rows.into_iter().map(made).collect();
            let gone = gone.iter().map(|id| WorkbenchId::new(format!("wb-{id}")));
            let gone: Vec<WorkbenchId> = gone
                .filter(|id| rows.iter().all(|row| row.id != *id))
                .collect();
            slow.retain(|id, _| !gone.contains(id));
            for row in &rows {
                slow.insert(row.id.clone(), row.clone());
            }
            table.merge(rows, &gone);
        }
        Step::Sort(key, descending) => table.set_sort(Sort { key, descending }),
        Step::Search(text) => table.set_filter(TableFilter::default().searching(&text)),
        Step::Toggle(id) => table.toggle(&WorkbenchId::new(format!("wb-{id}"))),
    }
}

proptest! {
    #[test]
    fn shown_rows_and_their_order_are_correct_after_any_change(steps in steps()) {
        let (mut table, mut slow) = (Table::default(), BTreeMap::new());
        let mut picked = BTreeSet::new();
        for step in steps {
            if let Step::Toggle(id) = step {
                let id = WorkbenchId::new(format!("wb-{id}"));
                if slow.contains_key(&id) && !picked.remove(&id) {
                    picked.insert(id);
                }
            }
            apply(&mut table, &mut slow, step);
            let mut expected: Vec<TableRow> =
                slow.values().filter(|row| table.filter().admits(row)).cloned().collect();
            let sort = table.sort();
            expected.sort_by(|a, b| sort.compare(a, b));
            prop_assert_eq!(table.rows().cloned().collect::<Vec<_>>(), expected);
            prop_assert_eq!(table.total(), slow.len());
            for (place, row) in table.rows().enumerate() {
                prop_assert_eq!(table.place_of(&row.id), Some(place));
            }
            let mut states = BTreeMap::<State, usize>::new();
            for row in slow.values() {
                *states.entry(row.state).or_default() += 1;
            }
            let counted: BTreeMap<State, usize> = table.states().into_iter().collect();
            prop_assert_eq!(counted, states);
            picked.retain(|id| slow.contains_key(id));
            let selected: BTreeSet<_> = table.selected().iter().map(|r| r.id.clone()).collect();
            prop_assert_eq!(selected.len(), table.selected().len());
            prop_assert_eq!(&selected, &picked);
        }
    }
}
