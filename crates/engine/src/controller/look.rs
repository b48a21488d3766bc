//! One look at one workbench: load, observe, decide, store, act.

use super::{Record, StatusStore, StoreError};
use crate::Engine;
use crate::clock::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Observed;
use vestibule_model::reconcile::{Action, Outcome, reconcile};

/// How many calls to the store may be under way: more would only wait for its one writer, each on
/// a thread.
const STORE_CALLS: usize = 4;

/// What follows a look.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing is going on any more.
    Settled,
    /// Another look, at once. With what was done, if something was.
    Now(Option<Vec<Action>>),
    /// Another look, later. With what was done, if something was.
    After(Duration, Option<Vec<Action>>),
}

pub(super) struct Looker {
    engine: Arc<dyn Engine>,
    store: Arc<dyn StatusStore>,
    clock: Arc<dyn Clock>,
    store_calls: Arc<Semaphore>,
}

impl Looker {
    pub(super) fn new(
        engine: Arc<dyn Engine>,
        store: Arc<dyn StatusStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            engine,
            store,
            clock,
            store_calls: Arc::new(Semaphore::new(STORE_CALLS)),
        }
    }

    pub(super) async fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError> {
        self.call(|store| store.unsettled()).await
    }

    /// One look. `last` is what was done after the look before; `after_restart` says that this
    /// server has not looked at the workbench yet. An error was logged; it wants another try after
    /// a pause.
    pub(super) async fn look(
        &self,
        id: &WorkbenchId,
        last: Option<Vec<Action>>,
        after_restart: bool,
    ) -> Result<Next, ()> {
        let loaded = {
            let id = id.clone();
            self.call(move |store| store.load(&id)).await
        };
        let record = match loaded {
            Ok(Some(record)) => Arc::new(record),
            Ok(None) => return Ok(Next::Settled),
            Err(error) => {
                tracing::error!(workbench = %id, %error, "failed to load a workbench");
                return Err(());
            }
        };
        let observed = Observed {
            after_restart,
            ..self.engine.observe(&record.target).await
        };
        let now = self.clock.now();
        let cadence = self.engine.cadence();
        let outcome = Arc::new(reconcile(
            &record.subject,
            &record.status,
            &observed,
            &cadence,
            now,
        ));
        // Asked even when nothing has changed: a wish made since the record was read has to be
        // seen before anything is done.
        let committed = {
            let (record, outcome) = (Arc::clone(&record), Arc::clone(&outcome));
            self.call(move |store| store.commit(&record, &outcome, now))
                .await
        };
        match committed {
            Ok(true) => {}
            Ok(false) => return Ok(Next::Now(None)),
            Err(error) => {
                tracing::error!(workbench = %id, %error, "failed to store a workbench's status");
                return Err(());
            }
        }
        if outcome.status.phase != record.status.phase {
            tracing::info!(
                workbench = %id,
                run = outcome.status.run_number,
                phase = %outcome.status.phase,
                "a workbench's phase has changed"
            );
        }
        if outcome.forget {
            return Ok(Next::Settled);
        }
        self.act(&record, &outcome).await?;
        Ok(next(&outcome, last))
    }

    async fn act(&self, record: &Record, outcome: &Outcome) -> Result<(), ()> {
        for action in &outcome.actions {
            if let Err(error) = self.engine.apply(&record.target, action).await {
                tracing::warn!(workbench = %record.target.id, %error, "an action did not succeed");
                return Err(());
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
            .unwrap_or_else(|error| Err(StoreError(format!("the call broke off: {error}"))))
    }
}

/// When to look again: at once after something was done, so that its effect shows; but what was
/// done in vain is not done again and again without a pause.
fn next(outcome: &Outcome, last: Option<Vec<Action>>) -> Next {
    let actions = &outcome.actions;
    if !actions.is_empty() && last.as_ref() != Some(actions) {
        return Next::Now(Some(actions.clone()));
    }
    let done = (!actions.is_empty()).then(|| actions.clone());
    match outcome.requeue_after {
        Some(pause) => Next::After(pause.to_std(), done),
        None => Next::Settled,
    }
}
