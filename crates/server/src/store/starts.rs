//! How long the starts of an app took.

use super::{Result, Store};
use vestibule_model::expectation::Expectation;
use vestibule_model::time::Millis;

/// Read from the index alone, the newest first.
const LENGTHS: &str = "SELECT ready_at - started_at FROM runs
    WHERE app = ?1 AND ready_at IS NOT NULL ORDER BY started_at DESC";

impl Store {
    /// What the earlier starts of each app lead one to expect, in the order asked; none where there
    /// were too few. Only as many rows are read as count.
    pub fn expectations(&self, apps: &[String]) -> Result<Vec<Option<Expectation>>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(LENGTHS)?;
            let mut found = Vec::with_capacity(apps.len());
            for app in apps {
                let mut trouble = None;
                let lengths = statement
                    .query_map([app], |row| row.get(0).map(Millis))?
                    .map_while(|length| length.map_err(|error| trouble = Some(error)).ok());
                let expectation = Expectation::of_lengths(lengths);
                if let Some(error) = trouble {
                    return Err(error.into());
                }
                found.push(expectation);
            }
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lengths_of_starts_are_read_from_the_index_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let plan: String = store
            .read(|tx| {
                let sql = format!("EXPLAIN QUERY PLAN {LENGTHS}");
                Ok(tx.query_row(&sql, ["app"], |row| row.get("detail"))?)
            })
            .expect("a plan");
        assert!(plan.contains("COVERING INDEX runs_ready_by_app"), "{plan}");
    }
}
