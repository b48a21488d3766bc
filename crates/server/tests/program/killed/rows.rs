//! The database of a killed server, compared with its earlier contents.

use super::commands::Commands;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;
use vestibule_model::condition::{Condition, ConditionType};
use vestibule_model::ids::RunId;
use vestibule_model::replay::replay;
use vestibule_model::run::{Run, RunStatus};
use vestibule_model::transition::{Transition, TransitionKind};
use vestibule_model::workbench::Workbench;
use vestibule_server::store::Store;

/// More runs than any workbench has here.
const MANY: u32 = 100_000;

/// The journals at the last check.
#[derive(Default)]
pub struct Rows {
    journals: HashMap<RunId, Vec<Transition>>,
    last_seq: u64,
    entries: usize,
    runs: usize,
}

impl Rows {
    /// Checks the database of a server that was killed.
    pub fn check(&mut self, data: &Path, commands: &mut Commands, round: u64) {
        let store = Store::open(data).unwrap_or_else(|error| panic!("after kill {round}: {error}"));
        let mut rows = BTreeMap::new();
        for workspace in store.workspaces().expect("workspaces") {
            for row in store.workbenches(&workspace.id).expect("workbenches") {
                rows.insert(row.id.clone(), row);
            }
        }
        commands.compare(&rows);
        let mut journals = HashMap::new();
        for row in rows.values() {
            self.check_workbench(&store, row, &mut journals);
        }
        let numbers: Vec<u64> = journals.values().flatten().map(|entry| entry.seq).collect();
        let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
        assert_eq!(distinct.len(), numbers.len(), "a number was given twice");
        self.last_seq = self.last_seq.max(distinct.last().copied().unwrap_or(0));
        self.journals = journals;
    }

    fn check_workbench(
        &mut self,
        store: &Store,
        row: &Workbench,
        journals: &mut HashMap<RunId, Vec<Transition>>,
    ) {
        let (mut runs, _) = store.runs(&row.id, None, MANY).expect("runs");
        runs.reverse();
        let numbers: Vec<u64> = runs.iter().map(|run| run.number).collect();
        let current = row.run.as_ref().map_or(0, |run| run.number);
        assert_eq!(numbers, (1..=current).collect::<Vec<_>>(), "{}", row.id);
        let mut generation_before = 0;
        for run in &runs {
            let journal = whole(store, &run.id);
            self.check_history(run, &journal);
            for command in journal.iter().filter(|e| e.kind == TransitionKind::Command) {
                assert!(
                    command.generation > generation_before,
                    "a command twice: {journal:#?}"
                );
                generation_before = command.generation;
            }
            check_status(row, run, &journal);
            journals.insert(run.id.clone(), journal);
        }
    }

    /// Checks that published entries stay, and new ones come after them.
    fn check_history(&mut self, run: &Run, journal: &[Transition]) {
        let before = self.journals.get(&run.id).map_or(&[][..], Vec::as_slice);
        self.runs += usize::from(before.is_empty());
        assert!(
            journal.starts_with(before),
            "{}: {before:#?} became {journal:#?}",
            run.id
        );
        let mut reported: HashMap<&ConditionType, &Transition> = HashMap::new();
        for (i, entry) in journal.iter().enumerate() {
            if i >= before.len() {
                self.entries += 1;
                assert!(entry.seq > self.last_seq, "an old number: {entry:?}");
            }
            if let Some(kind) = &entry.condition {
                let last = reported.insert(kind, entry);
                let from = last.and_then(|last| last.to.clone());
                assert_eq!(entry.from, from, "something between is missing: {entry:?}");
            }
        }
    }
}

fn whole(store: &Store, run: &RunId) -> Vec<Transition> {
    let mut journal: Vec<Transition> = Vec::new();
    loop {
        let after = journal.last().map_or(0, |entry| entry.seq);
        let (page, more) = store.journal(run, after).expect("a journal");
        journal.extend(page);
        if !more {
            return journal;
        }
    }
}

/// Checks that the journal alone yields the stored status.
fn check_status(row: &Workbench, run: &Run, journal: &[Transition]) {
    let reported = replay(journal);
    assert_eq!(reported.last_seq, run.last_seq, "{run:?}");
    if run.number == row.status.run_number {
        let stored = &row.status;
        assert_eq!(
            without_generation(&reported.conditions),
            without_generation(&stored.conditions)
        );
        assert_eq!(reported.phase, stored.phase, "{row:?}");
        assert_eq!(reported.k8s_status, row.k8s_status, "{row:?}");
    }
    if run.number > row.status.run_number {
        assert!(reported.conditions.is_empty(), "not observed yet: {run:?}");
    } else {
        assert_eq!(RunStatus::of_phase(&reported.phase), run.status, "{run:?}");
        assert_eq!(
            reported.phase.is_terminal(),
            run.finished_at.is_some(),
            "{run:?}"
        );
    }
    let is_current = row.run.as_ref().is_some_and(|r| r.number == run.number);
    assert!(is_current || run.finished_at.is_some(), "{run:?}");
}

/// Removes the generation, which may change without an entry.
fn without_generation(conditions: &[Condition]) -> Vec<Condition> {
    let without = |condition: &Condition| Condition {
        observed_generation: 0,
        ..condition.clone()
    };
    conditions.iter().map(without).collect()
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (runs, entries) = (self.runs, self.entries);
        write!(f, "{runs} runs, {entries} entries of journals")
    }
}
