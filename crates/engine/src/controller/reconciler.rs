//! Observation of a workbench: load, observe, reconcile, store, act.

use super::clock_steps::ClockSteps;
use super::timing::{ReconcileOutcome, ReconcileTiming};
use super::{Commit, Record, StatusStore, StoreError, status_log};
use crate::Engine;
use crate::clock::Clock;
use crate::log;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{self, Outcome};

/// Maximum number of concurrent calls to the store: more would only wait for its one writer, each
/// on a thread.
const STORE_CALLS: usize = 4;

/// A failure that has been logged.
struct Logged;

pub(super) struct Reconciler {
    engine: Arc<dyn Engine>,
    store: Arc<dyn StatusStore>,
    clock: Arc<dyn Clock>,
    steps: ClockSteps,
    store_calls: Arc<Semaphore>,
}

impl Reconciler {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        store: Arc<dyn StatusStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            engine,
            store,
            clock,
            steps: ClockSteps::default(),
            store_calls: Arc::new(Semaphore::new(STORE_CALLS)),
        }
    }

    pub(super) async fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        self.call(|store| store.unsettled()).await
    }

    /// Reconciles the workbench once. Failures are logged here.
    pub(super) async fn reconcile(
        &self,
        id: &WorkbenchId,
        timing: &ReconcileTiming,
    ) -> ReconcileOutcome {
        self.try_reconcile(id, timing)
            .await
            .unwrap_or(ReconcileOutcome::Broken)
    }

    async fn try_reconcile(
        &self,
        id: &WorkbenchId,
        timing: &ReconcileTiming,
    ) -> Result<ReconcileOutcome, Logged> {
        let loaded = {
            let id = id.clone();
            self.call(move |store| store.load(&id)).await
        };
        let record = match loaded {
            Ok(Some(record)) => Arc::new(record),
            Ok(None) => return Ok(ReconcileOutcome::Settled),
            Err(error) => {
                tracing::error!(workbench = %id, %error, "failed to load a workbench");
                return Err(Logged);
            }
        };
        let observed = self.engine.observe(&record.target).await;
        let now = self.clock.now();
        let observed = Observed {
            after_restart: timing.is_after_restart(),
            clock_steps: self.steps.until(now, Instant::now()),
            ..observed
        };
        let cadence = self.engine.cadence();
        let outcome = Arc::new(reconcile::reconcile(
            &record.subject,
            &record.status,
            &observed,
            &cadence,
            now,
        ));
        if outcome.actions.is_empty() && !outcome.has_changes(&record.status) {
            // The usual case. A command stored since then wakes the task again.
            return Ok(timing.of(&outcome));
        }
        // Needed even if nothing has changed: a command stored since the record was read must be
        // noticed before any action.
        let committed = {
            let (record, outcome) = (Arc::clone(&record), Arc::clone(&outcome));
            self.call(move |store| store.commit(&record, &outcome, now))
                .await
        };
        let committed = match committed {
            Ok(Commit::Overtaken) => return Ok(ReconcileOutcome::Overtaken),
            Ok(committed) => committed,
            Err(error) => {
                tracing::error!(workbench = %id, name = record.name, %error, "failed to store a workbench's status");
                return Err(Logged);
            }
        };
        log::guarded(|| status_log::log_changes(&record, &outcome.status));
        if !outcome.forget && self.act(&record, &outcome).await.is_err() {
            return Ok(ReconcileOutcome::ActionFailed);
        }
        if committed == Commit::NextRun {
            return Ok(ReconcileOutcome::Acted(outcome.actions.clone()));
        }
        Ok(timing.of(&outcome))
    }

    async fn act(&self, record: &Record, outcome: &Outcome) -> Result<(), Logged> {
        for action in &outcome.actions {
            if let Err(error) = self.engine.apply(&record.target, action).await {
                let (id, name) = (&record.target.id, &record.name);
                tracing::warn!(workbench = %id, name, %error, "an action failed");
                return Err(Logged);
            }
        }
        Ok(())
    }

    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn StatusStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = Arc::clone(&self.store_calls).acquire_owned().await;
        let store = Arc::clone(&self.store);
        let called = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            call(&*store)
        });
        called
            .await
            .unwrap_or_else(|error| Err(StoreError(format!("the call panicked: {error}"))))
    }
}
