//! The reconcile loop: observe, reconcile, store, act.
//!
//! A workbench has a task of its own until it is settled: until it is in the wanted state, nothing of
//! it runs and nothing is left to clean up. A settled workbench has neither task nor timer; a command
//! or a change reported by the engine wakes it.

mod clock_steps;
mod reconciler;
mod status_log;
mod store;
#[cfg(test)]
mod tests;
pub mod timing;

pub use store::{Commit, Record, StatusStore, StoreError};

use crate::Engine;
use crate::clock::{Clock, SystemClock};
use crate::log;
use reconciler::Reconciler;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use timing::{NextStep, ReconcileOutcome, ReconcileTiming};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestibule_model::ids::WorkbenchId;

/// Handle of the running loop. Cheap to clone.
#[derive(Clone)]
pub struct Controller {
    shared: Arc<Shared>,
}

struct Shared {
    reconciler: Reconciler,
    runtime: Handle,
    tasks: TaskTracker,
    closing: CancellationToken,
    active: Mutex<HashMap<WorkbenchId, Arc<Waker>>>,
    /// `true` once every workbench that was unsettled when the server last ended has its task. Tasks
    /// spawned earlier, because of a command for example, begin after a restart as well.
    has_recovered: AtomicBool,
}

/// Wakes the task of one workbench. A wake-up during a reconciliation is kept.
#[derive(Default)]
struct Waker {
    notify: Notify,
    woken: AtomicBool,
}

impl Waker {
    fn wake(&self) {
        self.woken.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    /// Returns `true` if it was woken since the last reconciliation began.
    fn is_woken(&self) -> bool {
        self.woken.load(Ordering::Acquire)
    }

    /// Clears earlier wake-ups: the reconciliation that begins sees every command so far.
    fn reset(&self) {
        self.woken.store(false, Ordering::Release);
    }

    async fn woken(&self) {
        while !self.is_woken() {
            self.notify.notified().await;
        }
    }
}

impl Controller {
    /// Starts the loop: every unsettled workbench is reconciled once, then by cadence and on changes.
    /// Has to be called within a tokio runtime.
    pub fn start(engine: Arc<dyn Engine>, store: Arc<dyn StatusStore>) -> Self {
        Self::start_with_clock(engine, store, Arc::new(SystemClock))
    }

    /// Starts the loop with another clock.
    pub fn start_with_clock(
        engine: Arc<dyn Engine>,
        store: Arc<dyn StatusStore>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let changes = engine.take_changes();
        let shared = Arc::new(Shared {
            reconciler: Reconciler::new(engine, store, clock),
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            active: Mutex::default(),
            has_recovered: AtomicBool::new(false),
        });
        let controller = Self { shared };
        let listener = controller.clone();
        controller.spawn_until_closing(async move {
            // Before any change is heard: the first reconciliation has to know that the server was started.
            listener.recover().await;
            let Some(mut changes) = changes else {
                return;
            };
            while let Some(id) = changes.recv().await {
                listener.enqueue(&id);
            }
        });
        controller
    }

    /// Reconciles a workbench now, because of a new command for example.
    pub fn enqueue(&self, id: &WorkbenchId) {
        let shared = &self.shared;
        if shared.closing.is_cancelled() {
            return;
        }
        let mut active = shared.active();
        if let Some(waker) = active.get(id) {
            waker.wake();
            return;
        }
        let after_restart = !shared.has_recovered.load(Ordering::Acquire);
        let waker = Arc::new(Waker::default());
        active.insert(id.clone(), Arc::clone(&waker));
        let task = Arc::clone(shared).reconcile_until_settled(id.clone(), waker, after_restart);
        shared.tasks.spawn_on(task, &shared.runtime);
    }

    /// Returns the number of unsettled workbenches.
    pub fn active_count(&self) -> usize {
        self.shared.active().len()
    }

    /// Ends the loop: observations in progress finish, and no new ones begin. The workbenches keep
    /// running.
    pub async fn shut_down(&self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// Reconciles every workbench that was not settled when the server last ended.
    async fn recover(&self) {
        let mut backoff = timing::backoff();
        loop {
            match self.shared.reconciler.unsettled().await {
                Ok(ids) => {
                    for id in ids {
                        self.enqueue(&id);
                    }
                    self.shared.has_recovered.store(true, Ordering::Release);
                    return;
                }
                Err(error) => {
                    log::guarded(|| {
                        tracing::error!(%error, "failed to list the unsettled workbenches");
                    });
                    tokio::time::sleep(backoff.pause(1.0, None).to_std()).await;
                }
            }
        }
    }

    fn spawn_until_closing(&self, work: impl Future<Output = ()> + Send + 'static) {
        let closing = self.shared.closing.clone();
        let work = async move {
            closing.run_until_cancelled(work).await;
        };
        self.shared.tasks.spawn_on(work, &self.shared.runtime);
    }
}

impl Shared {
    fn active(&self) -> MutexGuard<'_, HashMap<WorkbenchId, Arc<Waker>>> {
        // Every change to the map is one call, so it is complete even after a panic.
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reconciles one workbench until it is settled.
    async fn reconcile_until_settled(
        self: Arc<Self>,
        id: WorkbenchId,
        waker: Arc<Waker>,
        after_restart: bool,
    ) {
        let _entry = ActiveEntry {
            shared: &self,
            id: &id,
            waker: &waker,
        };
        let mut timing = ReconcileTiming::new(after_restart);
        while !self.closing.is_cancelled() {
            waker.reset();
            let reconciled = self.reconcile(&id, &timing).await;
            match timing.after(reconciled) {
                NextStep::Rest if self.remove_settled(&id, &waker) => return,
                NextStep::Rest | NextStep::Immediate => {}
                NextStep::Pause(pause) => self.wait(&waker, pause).await,
            }
        }
    }

    /// Runs one reconciliation as a task of its own, so that a panic costs that one and not the workbench.
    async fn reconcile(
        self: &Arc<Self>,
        id: &WorkbenchId,
        timing: &ReconcileTiming,
    ) -> ReconcileOutcome {
        let reconciliation = {
            let (shared, id, timing) = (Arc::clone(self), id.clone(), timing.clone());
            async move { shared.reconciler.reconcile(&id, &timing).await }
        };
        self.runtime.spawn(reconciliation).await.unwrap_or_else(|error| {
            log::guarded(|| {
                tracing::error!(workbench = %id, %error, "the reconciliation of a workbench panicked");
            });
            ReconcileOutcome::Broken
        })
    }

    async fn wait(&self, waker: &Waker, pause: Duration) {
        tokio::select! {
            () = waker.woken() => {}
            () = tokio::time::sleep(pause) => {}
            () = self.closing.cancelled() => {}
        }
    }

    /// Removes a settled workbench from the active ones, unless it was woken in the meantime.
    fn remove_settled(&self, id: &WorkbenchId, waker: &Waker) -> bool {
        let mut active = self.active();
        // Wake-ups need the map's lock: none can be missed after this check.
        if waker.is_woken() {
            return false;
        }
        active.remove(id);
        true
    }
}

/// Entry of a workbench in [`Shared::active`], removed when its task ends in whatever way. A stale
/// entry would swallow every later wake-up.
struct ActiveEntry<'a> {
    shared: &'a Shared,
    id: &'a WorkbenchId,
    waker: &'a Arc<Waker>,
}

impl Drop for ActiveEntry<'_> {
    fn drop(&mut self) {
        let mut active = self.shared.active();
        // After it was removed as settled, another task may have its entry here already.
        let is_own = active
            .get(self.id)
            .is_some_and(|waker| Arc::ptr_eq(waker, self.waker));
        if is_own {
            active.remove(self.id);
        }
    }
}
