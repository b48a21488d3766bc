//! Engine whose runs are Pods of a cluster.

mod access;
mod apps;
mod config;
mod credentials;
mod held_observation;
mod lease;
mod lease_holder;
mod log;
mod manifest;
mod prepared;
mod progress;
mod resources;
mod sessions;
mod size;
mod start;
mod workspaces;

use crate::cluster::{ChangeError, Cluster, Created};
use crate::mutex::lock;
pub use access::Access;
use async_trait::async_trait;
pub use config::KubernetesConfig;
use credentials::CredentialCache;
pub use lease::{Lease, LeaseError, Standing};
use log::Logs;
use prepared::Prepared;
use progress::Progress;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vestibule_engine::agents::{AgentAnswer, AgentRequest, AgentStream};
use vestibule_engine::clock::Clock;
use vestibule_engine::connection::{Connection, Unreachable};
use vestibule_engine::local::catalogue::CatalogueEntry;
use vestibule_engine::local::runner::wire::SessionVerb;
use vestibule_engine::local::runner::{client, client_upload};
use vestibule_engine::sessions::{ObservedSession, Size, TerminalConnection};
use vestibule_engine::uploads::{Upload, UploadError};
use vestibule_engine::{ApplyError, Engine, GatewayRules, StartPreconditions, Target};
use vestibule_model::app::App;
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::isolation::{IsolationLevel, IsolationReport, LimitLevel, NetworkLevel};
use vestibule_model::observed::{Capacity, Observed, RunToken, Runner, Secrets};
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::tab::reconcile::Session;
use vestibule_model::tab::typed::InputStream;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::WorkbenchSpec;

/// Pause between two rounds of what is done now and then.
const ROUND: Duration = Duration::from_secs(30);
/// Age at which a token is renewed; it is valid for an hour.
const TOKEN_AGE: Millis = Millis::from_secs(45 * 60);
/// Reason of a start without an app.
const NO_APP: &str = "the catalogue has no such app";
/// Number of runs whose Pods are kept, with the current one: they have the output.
const KEPT_RUNS: u64 = 3;

/// Engine whose runs are Pods of a cluster. They outlive it.
pub struct KubernetesEngine {
    config: KubernetesConfig,
    cluster: Arc<Cluster>,
    logs: Arc<Logs>,
    credentials: Arc<CredentialCache>,
    progress: Progress,
    /// Times at which the tokens of runs were issued.
    tokens: Mutex<HashMap<(WorkbenchId, u64), Timestamp>>,
    /// Runs whose Secret was written before their Pod, with what it was made from.
    prepared: Mutex<HashMap<WorkbenchId, Prepared>>,
    /// State of the lease of this server; `None` without a lease.
    standing: Mutex<Option<Standing>>,
    closing: CancellationToken,
}

impl KubernetesEngine {
    /// Creates the engine. Has to be called within a tokio runtime.
    pub fn new(config: KubernetesConfig) -> Arc<Self> {
        let mut cluster = Cluster::new(config.client.clone())
            .noting_progress_in(config.progress_annotation.clone());
        if let Some(access) = &config.impersonate {
            cluster = cluster.impersonating(access.clone());
        }
        let cluster = Arc::new(cluster);
        let engine = Arc::new(Self {
            logs: Arc::default(),
            credentials: Arc::default(),
            progress: Progress::new(Arc::clone(&cluster)),
            cluster,
            tokens: Mutex::default(),
            prepared: Mutex::default(),
            standing: Mutex::default(),
            closing: CancellationToken::new(),
            config,
        });
        let tidying = tidy(
            Arc::clone(&engine.cluster),
            Arc::clone(&engine.logs),
            Arc::clone(&engine.config.clock),
        );
        if !engine.config.observe_only {
            tokio::spawn(engine.closing.clone().run_until_cancelled_owned(tidying));
        }
        engine
    }

    /// Returns the secrets that are missing both in the namespace and in the store.
    fn secrets(&self, target: &Target, in_namespace: Secrets) -> Secrets {
        let Secrets::Missing(names) = in_namespace else {
            return in_namespace;
        };
        let host = &self.config.host;
        match host.missing_secrets(&target.workspace_id, &names) {
            Ok(missing) if missing.is_empty() => Secrets::Found,
            Ok(missing) => Secrets::Missing(missing),
            Err(error) => Secrets::Unreadable(error.to_string()),
        }
    }

    /// Returns whether the token of a run that lives needs to be renewed. After a restart of the server
    /// its age is not known, so it does.
    fn token(&self, target: &Target, seen: &Observed) -> RunToken {
        let (Some(run), Runner::Running { .. }) = (&target.run, &seen.runner) else {
            return RunToken::Good;
        };
        match self.has_fresh_token(&target.id, run.number) {
            true => RunToken::Good,
            false => RunToken::Due,
        }
    }

    fn has_fresh_token(&self, id: &WorkbenchId, run: u64) -> bool {
        let issued = lock(&self.tokens).get(&(id.clone(), run)).copied();
        let now = self.config.clock.now();
        issued.is_some_and(|at| now.since(at) < TOKEN_AGE && at.since(now) < TOKEN_AGE)
    }

    async fn ensure_volume(&self, target: &Target) -> Result<(), ChangeError> {
        let Some(app) = self.app(&target.app) else {
            return Err(ChangeError::refused(NO_APP));
        };
        let namespace = self.namespace(&target.workspace_id);
        let manifest = manifest::namespace(&namespace, &target.workspace_id);
        self.cluster.ensure_namespace(&namespace, manifest).await?;
        let claim = manifest::claim(&target.id, app, &self.config.storage);
        self.cluster.create(target, Created::Claim, claim).await
    }

    /// Records how a creation ended. A refusal that lasts is no failure of the engine: the conditions show it,
    /// and the creation is tried again at their cadence.
    fn recorded(
        &self,
        target: &Target,
        created: Created,
        done: Result<(), ChangeError>,
    ) -> Result<(), String> {
        self.cluster.record_creation(target, created, &done);
        match done {
            Err(error) if !error.is_lasting() => Err(text(error)),
            _ => Ok(()),
        }
    }

    async fn clean_up(&self, target: &Target) -> Result<(), String> {
        self.credentials.forget(&target.id);
        self.progress.forget(&target.id);
        lock(&self.tokens).retain(|(id, _), _| *id != target.id);
        lock(&self.prepared).remove(&target.id);
        self.cluster.remove_runs(target).await.map_err(text)?;
        let keep = self.config.keep_folders;
        let remove_at = (keep > Millis(0)).then(|| self.config.clock.now() + keep);
        let released = self.cluster.release_claim(target, remove_at);
        released.await.map_err(text)
    }
}

impl Drop for KubernetesEngine {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

#[async_trait]
impl Engine for KubernetesEngine {
    async fn observe(&self, target: &Target) -> Observed {
        let namespace = self.namespace(&target.workspace_id);
        self.cluster.watch_runs(&target.workspace_id, &namespace);
        let seen = self.cluster.observe(target).await;
        if matches!(seen.runner, Runner::Unobserved { .. }) {
            return seen;
        }
        if let Some(run) = &target.run {
            let pod_route = (&self.cluster, &self.credentials, self.config.pod_route);
            let run = (target.id.clone(), run.number);
            self.progress.follow(pod_route, run, &seen.runner);
        }
        let hold = self.hold(target);
        let has_ended = matches!(seen.runner, Runner::Exited { .. });
        if has_ended && hold.is_none() && self.cluster.may_run(target) {
            // The run is over for good: the cluster must not start its container again.
            let stopped = self.cluster.stop_pod(target, self.config.clock.now());
            if let Err(error) = stopped.await {
                tracing::warn!(workbench = %target.id, %error, "failed to stop a Pod whose run is over");
            }
        }
        let seen = self.with_size(target, seen);
        let seen = match hold {
            Some(why) => held_observation::held(seen, why),
            None => seen,
        };
        Observed {
            app: self.availability(&target.app),
            secrets: self.secrets(target, seen.secrets.clone()),
            token: self.token(target, &seen),
            last_used: self.config.host.last_used(&target.id),
            ..seen
        }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError> {
        if self.hold(target).is_some() {
            // The conditions show it.
            return Ok(());
        }
        let (what, applied) = match action {
            Action::EnsureVolume => (
                "create a workbench's folder",
                self.recorded(target, Created::Claim, self.ensure_volume(target).await),
            ),
            Action::EnsureBuild => ("build an app", Ok(())),
            Action::StartJob => (
                "create a Pod",
                self.recorded(target, Created::Pod, self.start(target).await),
            ),
            Action::RenewToken => ("renew a run's token", self.renew_token(target).await),
            Action::StopJob => {
                let stopped = self.cluster.stop_pod(target, self.config.clock.now());
                ("stop a Pod", stopped.await.map_err(text))
            }
            Action::CleanUp => ("clean up a workbench", self.clean_up(target).await),
        };
        applied.map_err(|why| ApplyError { action: what, why })
    }

    fn cadence(&self) -> Cadence {
        // Changes are reported by the watches; events about a Pod that is stuck are asked for.
        Cadence {
            starting: Millis(2_000),
            image_grace: self.config.image_grace,
            ..Cadence::default()
        }
    }

    fn why_not_ready(&self) -> Option<String> {
        self.why_not_managing().map(str::to_owned)
    }

    fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        self.cluster.take_changes()
    }

    fn take_reports(&self) -> Option<mpsc::Receiver<Connection>> {
        self.progress.take()
    }

    fn show_progress(&self, id: &WorkbenchId, run: u64, message: &str) {
        if !self.config.observe_only && self.why_not_managing().is_none() {
            self.progress.show(id, run, Some(message));
        }
    }

    fn isolation(&self) -> IsolationReport {
        IsolationReport {
            level: IsolationLevel::Sandbox,
            network: NetworkLevel::Outgoing,
            limits: LimitLevel::Cgroup,
            ..IsolationReport::default()
        }
    }

    async fn endpoint(&self, target: &Target) -> Result<Connection, Unreachable> {
        let run = target.run.as_ref().ok_or(Unreachable::NotRunning)?;
        let app = self.app(&target.app);
        let port = app.filter(|app| !app.listens_on_socket());
        let gate = self.gate(&target.id, run.number);
        client::connect(gate, port.map(|_| manifest::APP_PORT)).await
    }

    async fn gateway_rules(&self, app: &str) -> GatewayRules {
        self.app(app)
            .map(CatalogueEntry::gateway_rules)
            .unwrap_or_default()
    }

    async fn log(&self, id: &WorkbenchId, run_number: u64, after: u64, max_bytes: usize) -> RunLog {
        let reading = self
            .logs
            .read(&self.cluster, id, run_number, after, max_bytes);
        reading.await
    }

    async fn prospect(&self, app: &str) -> StartPreconditions {
        StartPreconditions {
            app: self.availability(app),
            // The scheduler knows, once there is a Pod.
            capacity: Capacity::Available,
        }
    }

    async fn apps(&self) -> Vec<App> {
        self.all_apps()
    }

    async fn open_session(&self, id: &WorkbenchId, run: u64, tab: &TabId, size: Size) -> Session {
        self.open_terminal(id, run, tab, size).await
    }

    async fn session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> ObservedSession {
        client::inspect(self.gate(id, run), tab).await
    }

    async fn end_session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> Session {
        self.ask_terminal(id, run, tab, SessionVerb::End).await
    }

    async fn attach_session(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
        input: Option<InputStream>,
    ) -> Result<TerminalConnection, Unreachable> {
        self.attach_terminal(id, run, tab, after, input).await
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
        self.agent_events(id, run, tab, after).await
    }

    async fn begin_upload(
        &self,
        id: &WorkbenchId,
        name: &str,
    ) -> Result<Box<dyn Upload>, UploadError> {
        self.cluster.listed(id).await;
        let Some(run) = self.cluster.newest_run(id) else {
            return Err(UploadError::Blocked(
                "Start the workbench to add files: its folder can only be reached while it runs."
                    .to_owned(),
            ));
        };
        client_upload::begin(self.gate(id, run), name).await
    }

    async fn task(&self, app: &str, spec: &WorkbenchSpec) -> Option<String> {
        self.app(app)?.task(spec)
    }
}

/// Does what has to be done now and then: removes folders whose time has come, and forgets outputs
/// that nobody reads.
async fn tidy(cluster: Arc<Cluster>, logs: Arc<Logs>, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(ROUND).await;
        logs.forget_old();
        cluster.remove_released(clock.now()).await;
    }
}

fn text(error: ChangeError) -> String {
    error.to_string()
}
