//! [`Engine`] on folders, slots, builds and supervisors.

use super::build;
use super::catalogue::CatalogueEntry;
use super::config::{LocalConfig, LocalError};
use super::crash_watch;
use super::inner::Inner;
use super::output;
use super::runner::wire::SessionVerb;
use crate::agents::{AgentAnswer, AgentRequest, AgentStream};
use crate::builds::{Blueprint, BuildOrder, BuildOutcome};
use crate::connection::{Connection, Unreachable};
use crate::sessions::{ObservedSession, Size, TerminalConnection};
use crate::uploads::{Upload, UploadError};
use crate::{ApplyError, Engine, GatewayRules, StartPreconditions, Target};
use async_trait::async_trait;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinError;
use vestibule_model::app::App;
use vestibule_model::ids::{BuildId, TabId, WorkbenchId};
use vestibule_model::isolation::{IsolationReport, NetworkLevel};
use vestibule_model::observed::{Creation, Observed, Probe, Runner};
use vestibule_model::parameter::Values;
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::tab::reconcile::Session;
use vestibule_model::tab::typed::InputStream;
use vestibule_model::time::Millis;
use vestibule_model::workbench::WorkbenchSpec;

/// Engine that runs apps as processes of this machine. They outlive it.
pub struct LocalEngine {
    pub(super) inner: Arc<Inner>,
}

impl LocalEngine {
    /// Opens the data folder and adopts the runs in it. Has to be called within a tokio runtime.
    pub fn new(config: LocalConfig) -> Result<Arc<Self>, LocalError> {
        let inner = Arc::new(Inner::open(config)?);
        let telling =
            crash_watch::publish(Arc::downgrade(&inner.crash_watch), inner.changes.clone());
        inner.runtime.spawn(telling);
        inner
            .find_running()
            .map_err(|error| LocalError::data_dir(&inner.config.data_dir, error))?;
        inner.watch_memory();
        inner.watch_folders();
        Ok(Arc::new(Self { inner }))
    }

    /// Returns every workbench that has a folder, and whether a process of it runs.
    pub fn workbenches(&self) -> io::Result<Vec<(WorkbenchId, bool)>> {
        let folders = &self.inner.folders;
        let ids = folders.workbenches()?.into_iter();
        ids.map(|id| {
            let mut runs = folders.runs_of(&id)?.into_iter();
            // A lock that cannot be checked may be held.
            let is_running = runs.any(|(_, dir)| dir.is_held().unwrap_or(true));
            Ok((id, is_running))
        })
        .collect()
    }

    /// Returns the processes that supervise runs which are not in the data folder any more: it was removed
    /// or replaced.
    pub fn lost_runs(&self) -> io::Result<Vec<i32>> {
        self.inner.lost_runs()
    }

    /// Ends all builds: they must not outlive the server. Workbenches live on.
    pub fn shut_down(&self) {
        self.inner.builds.shut_down();
    }

    pub(super) async fn call<T: Send + 'static>(
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
            // A panic is passed on to the caller: there is no result to return.
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // Only a runtime that ends cancels blocking work, and then no caller waits any more.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Engine for LocalEngine {
    async fn observe(&self, target: &Target) -> Observed {
        match self.try_to_observe(target).await {
            Ok(observed) => {
                self.inner.sees(&target.id);
                observed
            }
            Err(error) => Observed {
                runner: Runner::Unobserved {
                    since: self.inner.cannot_see(&target.id, &error),
                    why: error.to_string(),
                },
                last_used: self.inner.config.host.last_used(&target.id),
                ..Observed::default()
            },
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError> {
        let what = match action {
            Action::EnsureVolume => "create a workbench's folder",
            Action::EnsureBuild => "build an app",
            Action::StartJob => "start a workbench's process",
            Action::RenewToken => "renew a run's token",
            Action::StopJob => "stop a workbench's process",
            Action::CleanUp => "clean up a workbench",
        };
        let (target, action) = (target.clone(), action.clone());
        let applied = self.call(move |inner| inner.apply(&target, &action)).await;
        applied.map_err(|why| ApplyError { action: what, why })
    }

    fn isolation(&self) -> IsolationReport {
        self.inner.isolation()
    }

    fn cadence(&self) -> Cadence {
        Cadence {
            // Observations are cheap here, and users wait for the first response.
            starting: Millis(150),
            stopping: Millis(250),
            ..Cadence::default()
        }
    }

    fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        self.inner.take_changes()
    }

    async fn endpoint(&self, target: &Target) -> Result<Connection, Unreachable> {
        match &target.run {
            Some(run) => {
                let connection = self.connect(&target.id, run.number).await?;
                let traffic = self.inner.traffic(&target.id, run.number);
                Ok(match traffic {
                    Some(traffic) => connection.counted_in(traffic),
                    None => connection,
                })
            }
            None => Err(Unreachable::NotRunning),
        }
    }

    async fn gateway_rules(&self, app: &str) -> GatewayRules {
        let entry = self.inner.config.catalogue.get(app);
        entry.map(CatalogueEntry::gateway_rules).unwrap_or_default()
    }

    async fn task(&self, app: &str, spec: &WorkbenchSpec) -> Option<String> {
        self.inner.config.catalogue.get(app)?.task(spec)
    }

    async fn log(&self, id: &WorkbenchId, run_number: u64, after: u64, max_bytes: usize) -> RunLog {
        let id = id.clone();
        self.call(move |inner| {
            let run = inner.folders.run(&id, run_number);
            output::tail(run.path(), after, max_bytes)
        })
        .await
    }

    async fn prospect(&self, app: &str) -> StartPreconditions {
        let app = app.to_owned();
        self.call(move |inner| inner.prospect(&app)).await
    }

    async fn apps(&self) -> Vec<App> {
        self.call(|inner| inner.apps()).await
    }

    async fn blueprint(&self, app: &str, parameters: &Values) -> Option<Blueprint> {
        let (app, parameters) = (app.to_owned(), parameters.clone());
        self.call(move |inner| inner.blueprint(&app, &parameters))
            .await
    }

    async fn build(&self, order: BuildOrder) -> BuildOutcome {
        // Without a permit: a build keeps its thread for as long as it lasts.
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

    async fn open_session(&self, id: &WorkbenchId, run: u64, tab: &TabId, size: Size) -> Session {
        self.open(id, run, tab, size).await
    }

    async fn session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> ObservedSession {
        self.inspect_session(id, run, tab).await
    }

    async fn end_session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> Session {
        self.ask_session(id, run, tab, SessionVerb::End).await
    }

    async fn attach_session(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
        input: Option<InputStream>,
    ) -> Result<TerminalConnection, Unreachable> {
        self.attach(id, run, tab, after, input).await
    }

    async fn agent(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        request: AgentRequest,
    ) -> AgentAnswer {
        self.ask_agent(id, run, tab, request).await
    }

    async fn follow_agent(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
    ) -> AgentStream {
        self.follow(id, run, tab, after).await
    }

    async fn begin_upload(
        &self,
        id: &WorkbenchId,
        name: &str,
    ) -> Result<Box<dyn Upload>, UploadError> {
        self.begin(id, name).await
    }
}

impl LocalEngine {
    /// Observes a workbench. An error means that the observation failed, and says nothing about the
    /// workbench.
    async fn try_to_observe(&self, target: &Target) -> io::Result<Observed> {
        let requested = target.clone();
        let (seen, last_used) = self
            .call(move |inner| {
                let last_used = inner.config.host.last_used(&requested.id);
                (inner.observe(&requested), last_used)
            })
            .await;
        let seen = seen?;
        Ok(Observed {
            probe: with_note(
                self.probe(target, &seen).await?,
                self.inner.folder_notes.of(&target.id),
            ),
            volume: seen.volume,
            secrets: seen.secrets,
            last_used,
            app: seen.app,
            capacity: seen.capacity,
            creation: Creation::Unhindered,
            runner: seen.runner,
            hidden: seen.hidden,
            token: seen.token,
            after_restart: false,
            absence: None,
            clock_steps: Vec::new(),
        })
    }
}

/// Adds a sentence about the folder to a probe that succeeded.
fn with_note(probe: Probe, note: Option<String>) -> Probe {
    match (probe, note) {
        (Probe::Succeeded, Some(note)) => Probe::SucceededBut(format!("The app answers. {note}")),
        (Probe::SucceededBut(remark), Some(note)) => {
            Probe::SucceededBut(format!("{remark} {note}"))
        }
        (probe, _) => probe,
    }
}

impl Inner {
    /// Returns how the app of a workbench is built with its parameters, or `None` if it has no build steps.
    pub(super) fn blueprint_of(&self, target: &Target) -> Option<Blueprint> {
        let none = Values::new();
        self.blueprint(
            &target.app,
            target.spec.parameters.as_ref().unwrap_or(&none),
        )
    }

    pub(super) fn blueprint(&self, app: &str, parameters: &Values) -> Option<Blueprint> {
        let app = self.config.catalogue.get(app)?;
        let used = build::used(app, parameters);
        let is_built = self.builds.is_built(app, &used);
        build::blueprint(app, used, is_built)
    }

    /// Returns the isolation that holds for runs which are started now.
    fn isolation(&self) -> IsolationReport {
        IsolationReport {
            limits: self.groups.level(),
            limits_explanation: self.groups.explanation(),
            ..self.sandboxes.report()
        }
    }

    pub(super) fn isolation_of(&self, app: &CatalogueEntry) -> IsolationReport {
        let report = self.isolation();
        if app.share_network {
            return IsolationReport {
                network: NetworkLevel::Shared,
                ..report
            };
        }
        report
    }

    fn apps(&self) -> Vec<App> {
        self.config
            .catalogue
            .apps()
            .iter()
            .map(|app| App {
                needs_build: !app.build.is_empty(),
                built: self.builds.is_built(app, &build::used(app, &Values::new())),
                isolation: self.isolation_of(app),
                sizes: self.sizes(app),
                sessions_unavailable_reason: self.refuses_sessions_of(app).map(str::to_owned),
                sandbox_hides: self.sandboxes.will_hide(app),
                ..app.shown(self.lacking(app))
            })
            .collect()
    }
}
