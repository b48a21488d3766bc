//! The builder: runs the requested builds in order, a limited number at a time.
//!
//! Requests and results are in the store: the builder keeps nothing that would be lost with the
//! server. The next server reports the builds that ran as interrupted and keeps those that waited.

mod store;
#[cfg(test)]
mod tests;

pub use store::{BuildStore, Dismissal, OpenBuild};

use crate::Engine;
use crate::builds::{BuildOrder, BuildOutcome, BuildVerdict, Progress};
use crate::clock::{Clock, SystemClock};
use crate::controller::StoreError;
use crate::log;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestibule_model::build::BuildReason;
use vestibule_model::build::queue::{self, QueueEntry};
use vestibule_model::ids::{BuildId, WorkbenchId};

/// Pause after a failure of the store.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes a workbench that waits for a build.
pub type Enqueue = Box<dyn Fn(&WorkbenchId) + Send + Sync>;

/// Handle of the running builder. Cheap to clone.
#[derive(Clone)]
pub struct Builder {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Arc<dyn Engine>,
    store: Arc<dyn BuildStore>,
    clock: SystemClock,
    most: usize,
    enqueue: Enqueue,
    runtime: Handle,
    tasks: TaskTracker,
    closing: CancellationToken,
    /// The builds in progress.
    running: Mutex<HashMap<BuildId, CancellationToken>>,
}

impl Builder {
    /// Starts the builder with at most `most` builds at a time; those of the last server are reported
    /// as interrupted. Has to be called within a tokio runtime.
    pub fn start(
        engine: Arc<dyn Engine>,
        store: Arc<dyn BuildStore>,
        most: usize,
        enqueue: Enqueue,
    ) -> Self {
        let shared = Arc::new(Shared {
            engine,
            store,
            clock: SystemClock,
            most,
            enqueue,
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            running: Mutex::default(),
        });
        let working = Arc::clone(&shared).work();
        shared.tasks.spawn_on(working, &shared.runtime);
        Self { shared }
    }

    /// Prevents further builds from starting.
    pub fn close(&self) {
        self.shared.closing.cancel();
    }

    /// Waits until the results of the running builds are stored. Shut their engine down first.
    pub async fn shut_down(&self) {
        self.close();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Shared {
    async fn work(self: Arc<Self>) {
        let changed = self.store.builds_changed();
        if self.retry("recover builds", Self::recover).await.is_none() {
            return;
        }
        self.clear_logs().await;
        while !self.closing.is_cancelled() {
            if self
                .retry("schedule builds", Self::schedule)
                .await
                .is_none()
            {
                return;
            }
            self.closing.run_until_cancelled(changed.notified()).await;
        }
    }

    /// Retries until `work` succeeds; returns `None` when the server ends before that.
    async fn retry<T, F: Future<Output = Result<T, StoreError>>>(
        self: &Arc<Self>,
        what: &'static str,
        work: impl Fn(Arc<Self>) -> F,
    ) -> Option<T> {
        loop {
            match work(Arc::clone(self)).await {
                Ok(done) => return Some(done),
                Err(error) => log::guarded(|| tracing::error!(%error, "failed to {what}")),
            }
            let pause = tokio::time::sleep(PAUSE);
            self.closing.run_until_cancelled(pause).await?;
        }
    }

    /// Handles the open builds of the last server.
    async fn recover(self: Arc<Self>) -> Result<(), StoreError> {
        for build in self.call(|store| store.open_builds()).await? {
            let id = build.id;
            if build.is_running {
                let app = build.app;
                log::guarded(|| {
                    tracing::warn!(build = %id, app, "a build was interrupted by the end of the last server");
                });
                self.dismiss(id, Dismissal::Interrupted).await?;
                continue;
            }
            match self.engine.blueprint(&build.app, &build.parameters).await {
                None => self.dismiss(id, Dismissal::AppGone).await?,
                Some(now) if now.content == build.content => {}
                Some(now) => {
                    self.call(move |store| store.redraw_build(&id, &now))
                        .await?;
                }
            }
        }
        Ok(())
    }

    /// Starts, cancels and dismisses builds as the queue demands.
    async fn schedule(self: Arc<Self>) -> Result<(), StoreError> {
        let mut open = self.call(|store| store.open_builds()).await?;
        self.cancel(&open);
        for build in open.extract_if(.., |build| !build.is_running && !build.is_wanted) {
            self.dismiss(build.id, Dismissal::Unwanted).await?;
        }
        let mut entries = Vec::with_capacity(open.len());
        for build in &open {
            let blueprint = self.engine.blueprint(&build.app, &build.parameters).await;
            entries.push(QueueEntry {
                id: build.id.clone(),
                content: build.content.clone(),
                is_running: build.is_running,
                is_built: blueprint.is_some_and(|b| b.is_built && b.content == build.content),
            });
        }
        let decision = queue::decide(&entries, self.most);
        for id in decision.cached {
            self.dismiss(id, Dismissal::Cached).await?;
        }
        for build in open.into_iter().filter(|b| decision.start.contains(&b.id)) {
            self.begin(build).await?;
        }
        Ok(())
    }

    /// Cancels the builds whose cancellation is requested, and those of workspaces that are gone.
    fn cancel(&self, open: &[OpenBuild]) {
        for (id, token) in self.running().iter() {
            let build = open.iter().find(|build| build.id == *id);
            if build.is_none_or(|build| build.is_cancelled) {
                token.cancel();
            }
        }
    }

    async fn dismiss(self: &Arc<Self>, id: BuildId, why: Dismissal) -> Result<(), StoreError> {
        let at = self.clock.now();
        let ended = id.clone();
        self.call(move |store| store.dismiss_build(&id, why, at))
            .await?;
        self.wake_waiting(&ended).await;
        Ok(())
    }

    async fn begin(self: &Arc<Self>, build: OpenBuild) -> Result<(), StoreError> {
        let (id, at) = (build.id.clone(), self.clock.now());
        if self.closing.is_cancelled() {
            return Ok(());
        }
        if !self.call(move |store| store.begin_build(&id, at)).await? {
            return Ok(());
        }
        let cancel = CancellationToken::new();
        self.running().insert(build.id.clone(), cancel.clone());
        let doing = Arc::clone(self).build(build, cancel);
        self.tasks.spawn_on(doing, &self.runtime);
        Ok(())
    }

    /// Runs one build and stores its result.
    async fn build(self: Arc<Self>, build: OpenBuild, cancel: CancellationToken) {
        let id = build.id.clone();
        self.wake_waiting(&id).await;
        let (progress, updates) = mpsc::unbounded_channel();
        let app = build.app.clone();
        let order = BuildOrder {
            id: build.id,
            app: build.app,
            parameters: build.parameters,
            content: build.content,
            cancel,
            progress,
        };
        log::guarded(|| tracing::info!(build = %id, app = order.app, "building an app"));
        let engine = Arc::clone(&self.engine);
        // A task of its own, so that a panic costs this build alone.
        let building = self.runtime.spawn(async move { engine.build(order).await });
        self.follow(&id, updates).await;
        let ended = building.await.unwrap_or_else(|error| {
            log::guarded(|| tracing::error!(build = %id, %error, "a build panicked"));
            let why = "The build was aborted by an internal error.".to_owned();
            BuildOutcome {
                verdict: BuildVerdict::Failed(BuildReason::StepNotStarted, why),
                progress: Progress::default(),
            }
        });
        log::guarded(|| match &ended.verdict {
            BuildVerdict::Failed(reason, why) => {
                tracing::warn!(build = %id, app, %reason, why, "a build has failed");
            }
            verdict => tracing::info!(build = %id, app, ?verdict, "a build has ended"),
        });
        let (at, ended) = (self.clock.now(), Arc::new(ended));
        // The build counts as running until this is stored.
        self.retry("store how a build ended", |shared| {
            let (id, ended) = (id.clone(), Arc::clone(&ended));
            async move {
                shared
                    .call(move |store| store.end_build(&id, &ended, at))
                    .await
            }
        })
        .await;
        self.running().remove(&id);
        self.wake_waiting(&id).await;
        self.clear_logs().await;
        self.store.builds_changed().notify_one();
    }

    /// Stores the progress of a build until it ends. Of several updates only the last counts.
    async fn follow(self: &Arc<Self>, id: &BuildId, mut updates: UnboundedReceiver<Progress>) {
        while let Some(mut progress) = updates.recv().await {
            while let Ok(newer) = updates.try_recv() {
                progress = newer;
            }
            let build = id.clone();
            let noted = self.call(move |store| store.note_build(&build, &progress));
            if let Err(error) = noted.await {
                log::guarded(|| {
                    tracing::warn!(build = %id, %error, "failed to store the progress of a build");
                });
            }
            self.wake_waiting(id).await;
        }
    }

    /// Wakes the workbenches that wait for a build.
    async fn wake_waiting(self: &Arc<Self>, id: &BuildId) {
        let build = id.clone();
        match self
            .call(move |store| store.waiting_for_build(&build))
            .await
        {
            Ok(waiting) => waiting.iter().for_each(&self.enqueue),
            // They are checked again anyway.
            Err(error) => log::guarded(|| {
                tracing::warn!(build = %id, %error, "failed to find the workbenches that wait for a build");
            }),
        }
    }

    /// Removes the output of builds that are no longer kept.
    async fn clear_logs(self: &Arc<Self>) {
        match self.call(|store| store.kept_builds()).await {
            Ok(ids) => self.engine.keep_build_logs(ids).await,
            Err(error) => log::guarded(|| {
                tracing::warn!(%error, "failed to list the kept builds");
            }),
        }
    }

    async fn call<T: Send + 'static>(
        self: &Arc<Self>,
        call: impl FnOnce(&dyn BuildStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || call(&*store))
            .await
            .unwrap_or_else(|error| {
                Err(StoreError(format!("a call to the store panicked: {error}")))
            })
    }

    fn running(&self) -> MutexGuard<'_, HashMap<BuildId, CancellationToken>> {
        // Every change to the map is one call, so it is complete even after a panic.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
