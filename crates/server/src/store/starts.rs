//! Lengths of an app's starts.

use super::expectations::expectation;
use super::{Result, Store};
use vestibule_model::expectation::Expectation;

/// Query of an app's newest starts, read from the index alone.
const LENGTHS: &str = "SELECT ready_at - started_at FROM runs
    WHERE app = ?1 AND ready_at IS NOT NULL ORDER BY started_at DESC";

impl Store {
    /// Returns the expected length of a start of each app, or `None` where there were too few
    /// starts. It reads only the rows that count.
    pub fn expectations(&self, apps: &[String]) -> Result<Vec<Option<Expectation>>> {
        self.read(|tx| {
            let expectations = apps.iter().map(|app| expectation(tx, LENGTHS, app));
            expectations.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::time::Millis;

    #[test]
    fn the_lengths_of_starts_are_read_from_the_index_alone() {
        let plan = Store::plan_for_app(LENGTHS);
        assert!(plan.contains("COVERING INDEX runs_ready_by_app"), "{plan}");
    }

    #[test]
    fn the_starts_of_before_their_apps_were_noted_count_too() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut raw = rusqlite::Connection::open(Store::path_in(dir.path())).expect("a database");
        rusqlite_migration::Migrations::from_slice(super::super::migrations::MIGRATIONS)
            .to_version(&mut raw, 3)
            .expect("the form before");
        raw.execute_batch(
            "INSERT INTO workspaces VALUES ('ws-1', 'Lab', 'u-1', 0, 0);
             INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
                 spec_generation, created_by, created_at, updated_at)
             VALUES ('wb-1', 'ws-1', 'one', 'notebook', '{}', 'Stopped', 1, 1, 'u-1', 0, 0);",
        )
        .expect("a workbench");
        for number in 1..=5 {
            raw.execute(
                "INSERT INTO runs (id, workbench_id, number, generation, status, started_at,
                     start_deadline, ready_at, finished_at)
                 VALUES ('run-' || ?1, 'wb-1', ?1, 1, 'succeeded', ?1 * 60000, 0,
                     ?1 * 60000 + 4000, ?1 * 60000 + 9000)",
                [number],
            )
            .expect("a run");
        }
        drop(raw);
        let store = Store::open(dir.path()).expect("brought up to this form");
        let apps = ["notebook".to_owned(), "editor".to_owned()];
        let found = store.expectations(&apps).expect("the store works");
        let lengths = std::iter::repeat_n(Millis(4_000), 5);
        assert_eq!(found, [Expectation::of_lengths(lengths), None]);
        assert!(found[0].is_some(), "five are enough");
        let run = vestibule_model::ids::RunId::new("run-1");
        assert_eq!(store.run_log(&run).expect("the store works"), None);
    }
}
