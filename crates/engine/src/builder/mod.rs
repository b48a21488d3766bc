//! The builder: has the builds done that are asked for, so many at once and in order.
//!
//! What is asked for stands in the store, and what becomes of it is written there: nothing is known
//! here that would be lost with the server. What ran when it ended is told as interrupted by the
//! next one, and what waited goes on waiting.

mod store;
#[cfg(test)]
mod tests;

pub use store::{BuildStore, Dismissal, OpenBuild};

use crate::Engine;
use crate::builds::{Ended, Order, Progress, Verdict};
use crate::clock::{Clock, SystemClock};
use crate::controller::StoreError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vestibule_model::build::BuildReason;
use vestibule_model::build::queue::{self, Entry};
use vestibule_model::ids::{BuildId, WorkbenchId};

/// The pause after the store could not do what was asked.
const PAUSE: Duration = Duration::from_secs(1);

/// Told which workbenches a build has news for.
pub type Poke = Box<dyn Fn(&WorkbenchId) + Send + Sync>;

/// The running builder. Cheap to clone.
#[derive(Clone)]
pub struct Builder {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Arc<dyn Engine>,
    store: Arc<dyn BuildStore>,
    clock: SystemClock,
    most: usize,
    poke: Poke,
    runtime: Handle,
    tasks: TaskTracker,
    closing: CancellationToken,
    /// The builds that this server does.
    under_way: Mutex<HashMap<BuildId, CancellationToken>>,
}

impl Builder {
    /// Starts the builder: what the server before was doing is told as interrupted, then at most
    /// `most` builds run at once. Has to be called within a tokio runtime.
    pub fn start(
        engine: Arc<dyn Engine>,
        store: Arc<dyn BuildStore>,
        most: usize,
        poke: Poke,
    ) -> Self {
        let shared = Arc::new(Shared {
            engine,
            store,
            clock: SystemClock,
            most,
            poke,
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            under_way: Mutex::default(),
        });
        let working = Arc::clone(&shared).work();
        shared.tasks.spawn_on(working, &shared.runtime);
        Self { shared }
    }

    /// No build begins any more.
    pub fn close(&self) {
        self.shared.closing.cancel();
    }

    /// Waits for the last word about the builds under way; their engine has to be shut down before.
    pub async fn shut_down(&self) {
        self.close();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Shared {
    async fn work(self: Arc<Self>) {
        let changed = self.store.builds_changed();
        if self.insist("take up builds", Self::recover).await.is_none() {
            return;
        }
        self.clear_logs().await;
        while !self.closing.is_cancelled() {
            if self.insist("look after builds", Self::turn).await.is_none() {
                return;
            }
            self.closing.run_until_cancelled(changed.notified()).await;
        }
    }

    /// Tries until it is done; none when the server ends before that.
    async fn insist<T, F: Future<Output = Result<T, StoreError>>>(
        self: &Arc<Self>,
        what: &'static str,
        work: impl Fn(Arc<Self>) -> F,
    ) -> Option<T> {
        loop {
            match work(Arc::clone(self)).await {
                Ok(done) => return Some(done),
                Err(error) => tracing::error!(%error, "failed to {what}"),
            }
            let pause = tokio::time::sleep(PAUSE);
            self.closing.run_until_cancelled(pause).await?;
        }
    }

    /// Takes up what the server before has left.
    async fn recover(self: Arc<Self>) -> Result<(), StoreError> {
        for build in self.call(|store| store.open_builds()).await? {
            let id = build.id;
            if build.is_running {
                let app = build.app;
                tracing::warn!(build = %id, app, "a build was interrupted by the end of the server before");
                self.dismiss(id, Dismissal::Interrupted).await?;
                continue;
            }
            match self.engine.blueprint(&build.app).await {
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

    /// Does what the queue says is to be done now.
    async fn turn(self: Arc<Self>) -> Result<(), StoreError> {
        let mut open = self.call(|store| store.open_builds()).await?;
        self.cancel(&open);
        for build in open.extract_if(.., |build| !build.is_running && !build.is_wanted) {
            self.dismiss(build.id, Dismissal::Unwanted).await?;
        }
        let mut entries = Vec::with_capacity(open.len());
        for build in &open {
            let blueprint = self.engine.blueprint(&build.app).await;
            entries.push(Entry {
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

    /// Ends the builds whose end is asked for, and those of workspaces that are gone.
    fn cancel(&self, open: &[OpenBuild]) {
        for (id, token) in self.under_way().iter() {
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
        self.tell(&ended).await;
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
        self.under_way().insert(build.id.clone(), cancel.clone());
        let doing = Arc::clone(self).build(build, cancel);
        self.tasks.spawn_on(doing, &self.runtime);
        Ok(())
    }

    /// Has one build done, from its first step to the last word about it.
    async fn build(self: Arc<Self>, build: OpenBuild, cancel: CancellationToken) {
        let id = build.id.clone();
        self.tell(&id).await;
        let (progress, told) = mpsc::unbounded_channel();
        let app = build.app.clone();
        let order = Order {
            id: build.id,
            app: build.app,
            content: build.content,
            cancel,
            progress,
        };
        tracing::info!(build = %id, app = order.app, "building an app");
        let engine = Arc::clone(&self.engine);
        // A task of its own, so that a panic costs this build alone.
        let building = self.runtime.spawn(async move { engine.build(order).await });
        self.follow(&id, told).await;
        let ended = building.await.unwrap_or_else(|error| {
            tracing::error!(build = %id, %error, "a build broke off");
            let why = "The build broke off by a fault of the server.".to_owned();
            Ended {
                verdict: Verdict::Failed(BuildReason::StepNotStarted, why),
                progress: Progress::default(),
            }
        });
        match &ended.verdict {
            Verdict::Failed(reason, why) => {
                tracing::warn!(build = %id, app, %reason, why, "a build has failed");
            }
            verdict => tracing::info!(build = %id, app, ?verdict, "a build has ended"),
        }
        let (at, ended) = (self.clock.now(), Arc::new(ended));
        // Until it is stored it is under way for everybody, so that is insisted on.
        self.insist("store how a build ended", |shared| {
            let (id, ended) = (id.clone(), Arc::clone(&ended));
            async move {
                shared
                    .call(move |store| store.end_build(&id, &ended, at))
                    .await
            }
        })
        .await;
        self.under_way().remove(&id);
        self.tell(&id).await;
        self.clear_logs().await;
        self.store.builds_changed().notify_one();
    }

    /// Writes down how far a build is, until it says no more. Of several words the last counts.
    async fn follow(self: &Arc<Self>, id: &BuildId, mut told: UnboundedReceiver<Progress>) {
        while let Some(mut progress) = told.recv().await {
            while let Ok(newer) = told.try_recv() {
                progress = newer;
            }
            let build = id.clone();
            let noted = self.call(move |store| store.note_build(&build, &progress));
            if let Err(error) = noted.await {
                tracing::warn!(build = %id, %error, "failed to store how far a build is");
            }
            self.tell(id).await;
        }
    }

    /// Has the workbenches looked at that wait for a build.
    async fn tell(self: &Arc<Self>, id: &BuildId) {
        let build = id.clone();
        match self
            .call(move |store| store.waiting_for_build(&build))
            .await
        {
            Ok(waiting) => waiting.iter().for_each(&self.poke),
            // They look again by themselves.
            Err(error) => {
                tracing::warn!(build = %id, %error, "failed to find who waits for a build");
            }
        }
    }

    /// The output of builds goes with them.
    async fn clear_logs(self: &Arc<Self>) {
        match self.call(|store| store.kept_builds()).await {
            Ok(ids) => self.engine.keep_build_logs(ids).await,
            Err(error) => tracing::warn!(%error, "failed to list the builds that are kept"),
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
                Err(StoreError(format!(
                    "a call to the store broke off: {error}"
                )))
            })
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<BuildId, CancellationToken>> {
        // Every change to the map is one call: it is whole also after a panic.
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
