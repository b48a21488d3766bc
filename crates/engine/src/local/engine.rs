//! The local engine itself: the engine's trait over folders, places, builds and supervisors.

use super::build::{self, Builds};
use super::config::{LocalConfig, LocalError};
use super::folders::{Folders, sentence};
use super::heed::{self, Heeded};
use super::look::{Seen, missing_program};
use super::output;
use super::places::Places;
use super::pressure::Pressure;
use super::probe;
use crate::builds::{Blueprint, Ended, Order};
use crate::{ApplyError, Engine, Prospect, Target, TargetRun};
use async_trait::async_trait;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinError;
use vestibule_model::app::App;
use vestibule_model::ids::{BuildId, WorkbenchId};
use vestibule_model::observed::{Exit, Observed, Probe};
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::time::{Millis, Timestamp};

/// How many looks may read files at once: more would only wait for the disk, each on a thread.
const BLOCKING_CALLS: usize = 8;

/// Runs apps as processes of this machine. They outlive it.
pub struct LocalEngine {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) config: LocalConfig,
    pub(super) folders: Folders,
    pub(super) builds: Builds,
    pub(super) news: mpsc::UnboundedSender<WorkbenchId>,
    pub(super) runtime: Handle,
    heard: Mutex<Option<mpsc::UnboundedReceiver<WorkbenchId>>>,
    places: Mutex<Places>,
    /// What went wrong with a workbench's folders at the last try.
    troubles: Mutex<HashMap<WorkbenchId, String>>,
    /// When each run's token was made.
    tokens: Mutex<HashMap<(WorkbenchId, u64), Timestamp>>,
    pub(super) pressure: Pressure,
    pub(super) heeded: Arc<Heeded>,
    calls: Arc<Semaphore>,
}

impl LocalEngine {
    /// Opens the data folder and finds what runs there already. Has to be called within a tokio
    /// runtime.
    pub fn new(config: LocalConfig) -> Result<Arc<Self>, LocalError> {
        let folders = Folders::open(&config.data_dir)
            .map_err(|why| LocalError::data_dir(&config.data_dir, why))?;
        let (news, heard) = mpsc::unbounded_channel();
        let program = config.program.to_string_lossy().into_owned();
        let seed = port_seed(&config);
        let inner = Arc::new(Inner {
            builds: Builds::open(folders.builds(), program, config.build_limit),
            places: Mutex::new(Places::new(
                config.max_processes,
                config.ports.clone(),
                seed,
            )),
            config,
            folders,
            news,
            runtime: Handle::current(),
            heard: Mutex::new(Some(heard)),
            troubles: Mutex::default(),
            tokens: Mutex::default(),
            pressure: Pressure::default(),
            heeded: Arc::default(),
            calls: Arc::new(Semaphore::new(BLOCKING_CALLS)),
        });
        let telling = heed::tell(Arc::downgrade(&inner.heeded), inner.news.clone());
        inner.runtime.spawn(telling);
        inner.find_running();
        inner.watch_memory();
        Ok(Arc::new(Self { inner }))
    }

    /// Ends what must not outlive the server: builds. Workbenches live on.
    pub fn shut_down(&self) {
        self.inner.builds.shut_down();
    }

    async fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Arc<Inner>) -> T + Send + 'static,
    ) -> T {
        let permit = Arc::clone(&self.inner.calls).acquire_owned().await;
        let inner = Arc::clone(&self.inner);
        let called = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            call(&inner)
        });
        match called.await.map_err(JoinError::try_into_panic) {
            Ok(value) => value,
            // A fault of ours is the caller's to handle: nothing is made up instead.
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // Only a runtime that ends cancels blocking work, and then nobody waits any more.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Engine for LocalEngine {
    async fn observe(&self, target: &Target) -> Observed {
        let asked = target.clone();
        let seen = self.call(move |inner| inner.look(&asked)).await;
        Observed {
            probe: self.probe(target, &seen).await,
            volume: seen.volume,
            secrets: seen.secrets,
            last_used: self.inner.config.house.last_used(&target.id),
            app: seen.app,
            capacity: seen.capacity,
            runner: seen.runner,
            token: seen.token,
            after_restart: false,
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError> {
        let what = match action {
            Action::EnsureVolume => "make a workbench's folder",
            Action::EnsureBuild => "build an app",
            Action::StartJob => "start a workbench's process",
            Action::RenewToken => "renew a run's token",
            Action::StopJob => "stop a workbench's process",
            Action::CleanUp => "clear a workbench away",
        };
        let (target, action) = (target.clone(), action.clone());
        let applied = self.call(move |inner| inner.apply(&target, &action)).await;
        applied.map_err(|why| ApplyError { what, why })
    }

    fn cadence(&self) -> Cadence {
        Cadence {
            // Looks are cheap here, and people wait for the first answer.
            starting: Millis(150),
            stopping: Millis(250),
            ..Cadence::default()
        }
    }

    fn take_news(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        lock(&self.inner.heard).take()
    }

    async fn endpoint(&self, target: &Target) -> Option<SocketAddr> {
        let number = target.run.as_ref()?.number;
        // Each process of this data folder has a place, found at the start or taken since.
        let mut places = self.inner.places();
        let port = places.get_mut(&target.id, number)?.port;
        (port != 0).then(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    async fn log(&self, id: &WorkbenchId, run_number: u64, after: u64, max_bytes: usize) -> RunLog {
        let id = id.clone();
        self.call(move |inner| {
            let run = inner.folders.run(&id, run_number);
            output::tail(run.path(), after, max_bytes)
        })
        .await
    }

    async fn prospect(&self, app: &str) -> Prospect {
        let app = app.to_owned();
        self.call(move |inner| inner.prospect(&app)).await
    }

    async fn apps(&self) -> Vec<App> {
        self.call(|inner| inner.apps()).await
    }

    async fn blueprint(&self, app: &str) -> Option<Blueprint> {
        let app = app.to_owned();
        self.call(move |inner| inner.blueprint(&app)).await
    }

    async fn build(&self, order: Order) -> Ended {
        // Not among the calls: a build takes its thread for as long as it lasts.
        let inner = Arc::clone(&self.inner);
        let built =
            tokio::task::spawn_blocking(move || inner.builds.run(&order, &inner.config.catalogue));
        match built.await.map_err(JoinError::try_into_panic) {
            Ok(ended) => ended,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => std::future::pending().await,
        }
    }

    async fn build_log(&self, id: &BuildId, after: Option<u64>, max_bytes: usize) -> RunLog {
        let id = id.clone();
        self.call(move |inner| inner.builds.log(&id, after, max_bytes))
            .await
    }

    async fn keep_build_logs(&self, ids: Vec<BuildId>) {
        self.call(move |inner| inner.builds.keep_logs(&ids)).await;
    }
}

impl LocalEngine {
    async fn probe(&self, target: &Target, seen: &Seen) -> Probe {
        let (Some(expected), Some(app)) =
            (seen.listener, self.inner.config.catalogue.get(&target.app))
        else {
            return Probe::NotTried;
        };
        if let Err(why) = probe::ask(expected.port, &app.readiness).await {
            return Probe::Failed(why);
        }
        if self.inner.keeps_listener(&target.id, expected) {
            return Probe::Succeeded;
        }
        let id = target.id.clone();
        let owned = self
            .call(move |inner| inner.owns_listener(&id, expected))
            .await;
        match owned {
            Ok(()) => Probe::Succeeded,
            Err(why) => Probe::Failed(why),
        }
    }
}

impl Inner {
    pub(super) fn places(&self) -> MutexGuard<'_, Places> {
        lock(&self.places)
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, HashMap<(WorkbenchId, u64), Timestamp>> {
        lock(&self.tokens)
    }

    pub(super) fn trouble(&self, id: &WorkbenchId) -> Option<String> {
        lock(&self.troubles).get(id).cloned()
    }

    /// Notes how a try to write to a workbench's folders went.
    fn tried<T>(&self, id: &WorkbenchId, result: io::Result<T>) -> Result<T, String> {
        let mut troubles = lock(&self.troubles);
        match result {
            Ok(value) => {
                troubles.remove(id);
                Ok(value)
            }
            Err(error) => {
                troubles.insert(id.clone(), sentence(&error));
                Err(error.to_string())
            }
        }
    }

    /// One asks for room no more, which is news to those who asked later.
    pub(super) fn withdraw(&self, id: &WorkbenchId) {
        let waiting = self.places().withdraw(id);
        for id in waiting {
            // Nobody listens any more when the server ends.
            let _ = self.news.send(id);
        }
    }

    /// Gives every process that is there already its place, so that room and ports are right from
    /// the first moment on.
    fn find_running(self: &Arc<Self>) {
        for id in self.folders.workbenches() {
            for (number, dir) in self.folders.runs_of(&id) {
                if dir.is_held() {
                    let launch = dir.launch().ok().flatten();
                    let (app, port) = launch.map_or_else(Default::default, |l| (l.app, l.port));
                    tracing::info!(workbench = %id, run = number, app, "a workbench was found running");
                    self.places().put(&id, number, &app, port);
                    let watching = Arc::clone(self).watch(id.clone(), number, dir);
                    self.runtime.spawn(watching);
                }
            }
        }
    }

    fn apply(self: &Arc<Self>, target: &Target, action: &Action) -> Result<(), String> {
        match action {
            Action::EnsureVolume => {
                let made = self.folders.ensure_volume(&target.id);
                self.tried(&target.id, made)
            }
            Action::EnsureBuild => {
                let Some(blueprint) = self.blueprint(&target.app) else {
                    return Ok(());
                };
                let asked = self.config.house.request_build(target, &blueprint);
                asked.map_err(|error| error.to_string())
            }
            Action::StartJob => match &target.run {
                Some(run) => self.start(target, run),
                None => Ok(()),
            },
            Action::RenewToken => match &target.run {
                Some(run) => {
                    let dir = self.folders.run(&target.id, run.number);
                    self.renew_token(&target.id, run, &dir).map(drop)
                }
                None => Ok(()),
            },
            Action::StopJob => match &target.run {
                Some(run) => self
                    .stop(&self.folders.run(&target.id, run.number))
                    .map_err(|error| error.to_string()),
                None => Ok(()),
            },
            Action::CleanUp => self.clean_up(&target.id),
        }
    }

    fn start(self: &Arc<Self>, target: &Target, run: &TargetRun) -> Result<(), String> {
        let id = &target.id;
        let app = self
            .config
            .catalogue
            .get(&target.app)
            .ok_or("the catalogue has no such app")?;
        let dir = self.tried(id, self.folders.begin_run(id, run.number))?;
        // A record that is there was begun before: looking at it carries it on.
        if !matches!(dir.launch(), Ok(None)) {
            return Ok(());
        }
        let gift = self.gift(target, run, &dir)?;
        let port = {
            let (mut places, seats) = (self.places(), self.seats(&target.app));
            if let Some(why) = places.full(id, target.asked, seats) {
                // Somebody was faster. The next look finds it full, and says so.
                tracing::info!(workbench = %id, run = %run.id, why, "a start waits for room");
                return Ok(());
            }
            places.take(id, run.number, target.asked, seats)?
        };
        let launch = self.compose(target, run, app, port, &gift);
        let written = dir.write_launch(&launch);
        if let Err(why) = self.tried(id, written) {
            self.ended(id, run.number);
            return Err(why);
        }
        if let Err(error) = self.supervise(id, run, &dir, &gift) {
            let why = format!("The supervisor cannot be started: {error}.");
            self.seal(&dir, run, Exit::StartError(why.clone()));
            self.ended(id, run.number);
            return Err(why);
        }
        Ok(())
    }

    fn clean_up(&self, id: &WorkbenchId) -> Result<(), String> {
        for (_, dir) in self.folders.runs_of(id) {
            if dir.is_held() {
                self.stop(&dir).map_err(|error| error.to_string())?;
                return Err("a process of an earlier run is still being stopped".to_owned());
            }
        }
        self.withdraw(id);
        self.folders.remove(id).map_err(|error| error.to_string())?;
        lock(&self.troubles).remove(id);
        Ok(())
    }

    pub(super) fn blueprint(&self, app: &str) -> Option<Blueprint> {
        let app = self.config.catalogue.get(app)?;
        build::blueprint(app, self.builds.is_built(app))
    }

    fn apps(&self) -> Vec<App> {
        self.config
            .catalogue
            .apps()
            .iter()
            .map(|app| {
                let unavailable_reason = missing_program(app);
                App {
                    name: app.name.clone(),
                    title: app.title.clone(),
                    description: app.description.clone(),
                    icon: app.icon.clone(),
                    available: unavailable_reason.is_none(),
                    unavailable_reason,
                    needs_build: !app.build.is_empty(),
                    built: self.builds.is_built(app),
                    start_timeout_seconds: app.start_timeout_seconds,
                    expectation: None,
                }
            })
            .collect()
    }
}

/// Another server of this machine, on another folder, begins with other ports.
fn port_seed(config: &LocalConfig) -> u16 {
    let mut hasher = DefaultHasher::new();
    (&config.data_dir, std::process::id()).hash(&mut hasher);
    let [a, b, ..] = hasher.finish().to_le_bytes();
    u16::from_le_bytes([a, b])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change behind these locks is whole by itself.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
