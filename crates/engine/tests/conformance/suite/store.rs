//! A store in memory with the rules of the real one. It keeps every journal and holds each status
//! against it.

use super::check;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use vestibule_engine::controller::{Record, StatusStore, StoreError};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::phase::K8sStatus;
use vestibule_model::reconcile::Outcome;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;

/// A workbench in the store.
#[derive(Debug, Clone)]
pub struct Row {
    pub record: Record,
    pub k8s_status: K8sStatus,
    pub exit_code: Option<i32>,
    /// Of the current run.
    pub journal: Vec<Transition>,
}

#[derive(Default)]
pub struct Store {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    rows: HashMap<WorkbenchId, Row>,
    last_seq: u64,
    faults: Vec<String>,
}

impl Store {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test panics with the lock")
    }

    pub fn insert(&self, record: Record) {
        let row = Row {
            k8s_status: K8sStatus::default(),
            exit_code: None,
            journal: Vec::new(),
            record,
        };
        self.inner().rows.insert(row.record.target.id.clone(), row);
    }

    pub fn row(&self, id: &WorkbenchId) -> Option<Row> {
        self.inner().rows.get(id).cloned()
    }

    /// Wishes something, which raises the generation.
    pub fn wish(&self, id: &WorkbenchId, wish: impl FnOnce(&mut Row)) {
        if let Some(row) = self.inner().rows.get_mut(id) {
            row.record.subject.generation += 1;
            wish(row);
        }
    }

    /// What was ever wrong with what the controller stored.
    pub fn faults(&self) -> Vec<String> {
        self.inner().faults.clone()
    }
}

impl StatusStore for Store {
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        Ok(self.row(id).map(|row| row.record))
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        Ok(self.inner().rows.keys().cloned().collect())
    }

    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let inner = &mut *self.inner();
        let id = &record.target.id;
        let Some(row) = inner.rows.get_mut(id) else {
            return Ok(false);
        };
        let is_current = row.record.subject.generation == record.subject.generation
            && row.record.target.run == record.target.run;
        if !is_current {
            return Ok(false);
        }
        if outcome.forget {
            inner.rows.remove(id);
            return Ok(true);
        }
        row.record.status = outcome.status.clone();
        row.k8s_status = outcome.k8s_status.clone();
        row.exit_code = outcome.exit_code.or(row.exit_code);
        if let Some(run) = &record.target.run {
            for entry in &outcome.transitions {
                inner.last_seq += 1;
                let entry = entry.clone();
                row.journal
                    .push(entry.numbered(inner.last_seq, run.id.clone(), at));
            }
        }
        inner.faults.extend(check::faults(row));
        Ok(true)
    }
}
