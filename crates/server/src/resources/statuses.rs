//! Statuses in the resources: each commit of the controller is stored first, and shown in the resource then.

use super::{Resources, backoff, lock, pause, place};
use crate::command_store::on_store;
use std::sync::Arc;
use tokio::runtime::Handle;
use vestibule_engine::controller::{Commit, Record, StatusStore, StoreError};
use vestibule_kubernetes::cluster::StatusError;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::reconcile::Outcome;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::WorkbenchStatus;

/// The store of statuses, which are shown in resources too.
pub struct ResourceStatuses {
    resources: Arc<Resources>,
    runtime: Handle,
}

impl ResourceStatuses {
    /// Wraps the store of statuses. Has to be called within a tokio runtime.
    pub fn new(resources: Arc<Resources>) -> Self {
        Self {
            resources,
            runtime: Handle::current(),
        }
    }
}

impl StatusStore for ResourceStatuses {
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError> {
        self.resources.store.load(id)
    }

    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        self.resources.store.unsettled()
    }

    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<Commit, StoreError> {
        let id = &record.target.id;
        // The row goes with the workbench.
        let row = match outcome.forget {
            true => self.resources.store.resource_row(id)?,
            false => None,
        };
        let row = row.filter(|row| !row.is_gone);
        // Before the row goes: from then on the resource, which is still there, must not be adopted anew.
        if row.is_some() {
            lock(&self.resources.released).insert(id.clone());
        }
        let committed = self.resources.store.commit(record, outcome, at);
        let is_stored = committed
            .as_ref()
            .is_ok_and(|committed| committed.is_stored());
        if row.is_some() && !is_stored {
            lock(&self.resources.released).remove(id);
        }
        if is_stored {
            // Calls of the store are made on threads for blocking work.
            let _runtime = self.runtime.enter();
            self.resources.publish(record, outcome);
            match row {
                Some(row) => self.resources.release(id.clone(), row),
                None => self.resources.show_status(id.clone()),
            }
        }
        committed
    }
}

impl Resources {
    /// Shows the stored status of a workbench in its resource, unless that has it.
    pub(super) fn show_status(self: &Arc<Self>, id: WorkbenchId) {
        let mut queue = lock(&self.statuses);
        if let Some(again) = queue.get_mut(&id) {
            *again = true;
            return;
        }
        queue.insert(id.clone(), false);
        drop(queue);
        self.spawn(Arc::clone(self).write_statuses(id));
    }

    async fn write_statuses(self: Arc<Self>, id: WorkbenchId) {
        let mut backoff = backoff();
        loop {
            let written = {
                // Not closed while this task lives.
                let _turn = self.turns.acquire().await;
                self.write_status(&id).await
            };
            if let Err(why) = written {
                tracing::warn!(workbench = %id, why, "failed to show a status in its resource");
                tokio::time::sleep(pause(&mut backoff)).await;
                continue;
            }
            let mut queue = lock(&self.statuses);
            if !std::mem::replace(queue.entry(id.clone()).or_default(), false) {
                queue.remove(&id);
                return;
            }
        }
    }

    async fn write_status(&self, id: &WorkbenchId) -> Result<(), String> {
        let key = id.clone();
        let loaded = on_store(&self.store, move |store| store.load(&key)).await;
        let Some(record) = loaded.map_err(|error| error.to_string())? else {
            return Ok(());
        };
        let (workspace, status) = (&record.target.workspace_id, &record.status);
        let is_shown = self.cluster().shows_status(workspace, id, status);
        if is_shown || *status == WorkbenchStatus::default() {
            return Ok(());
        }
        if let Some(why) = self.engine.why_not_managing() {
            return Err(why.to_owned());
        }
        if let Some(manager) = self.cluster().status_of_others(workspace, id) {
            tracing::warn!(workbench = %id, manager, "a status written by another field manager is corrected");
        }
        match self.cluster().write_status(workspace, id, status).await {
            Ok(()) => Ok(()),
            Err(StatusError::Gone) => self.expect_gone(id).await,
            Err(error) => Err(error.to_string()),
        }
    }

    /// Fails if a resource is there that was said to be gone: it was only in the way of another change. The
    /// the report of a resource that appears show its status again.
    async fn expect_gone(&self, id: &WorkbenchId) -> Result<(), String> {
        let key = id.clone();
        let row = on_store(&self.store, move |store| store.resource_row(&key)).await;
        let Some(row) = row.map_err(|error| error.to_string())? else {
            return Ok(());
        };
        match self.cluster().has_session(&place(id, &row)).await {
            Ok(false) => Ok(()),
            Ok(true) => Err("the resource was changed at the same time".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}
