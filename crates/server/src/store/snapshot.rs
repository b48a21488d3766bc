//! Snapshot of the database, for several reads that belong together.

use super::rendered::Detail;
use super::{Result, Store, workbench_rows};
use rusqlite::Transaction;
use std::sync::Arc;
use vestibule_model::ids::WorkbenchId;

/// Snapshot of the database.
#[derive(Debug)]
pub struct Snapshot<'a> {
    pub(super) store: &'a Store,
    pub(super) tx: &'a Transaction<'a>,
}

impl Snapshot<'_> {
    /// Returns the JSON of one workbench.
    pub fn workbench_json(&self, id: &WorkbenchId) -> Result<Option<Arc<str>>> {
        workbench_rows::find_as(self.tx, id, |row| {
            self.store.rendered.of(row, Detail::Whole)
        })
    }
}
