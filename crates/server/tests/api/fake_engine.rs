//! Engine with observations set by the test.

use crate::fake_builds::FakeBuilds;
use crate::fake_uploads::FakeUploads;
use async_trait::async_trait;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use vestibule_engine::builds::{Blueprint, BuildOrder, BuildOutcome};
use vestibule_engine::connection::{Connection, Unreachable};
use vestibule_engine::engine_host::EngineHost as _;
use vestibule_engine::sessions::{ObservedSession, Size};
use vestibule_engine::uploads::{Upload, UploadError};
use vestibule_engine::{ApplyError, Engine, GatewayRules, StartPreconditions, Target};
use vestibule_model::app::App;
use vestibule_model::ids::{BuildId, TabId, WorkbenchId};
use vestibule_model::observed::{
    self, Capacity, Exit, Observed, Probe, Runner, Secrets, StopRequest, Volume,
};
use vestibule_model::parameter::Parameter;
use vestibule_model::parameter::Values;
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::size::WorkbenchSize;
use vestibule_model::tab::reconcile::Session;
use vestibule_model::workbench::WorkbenchSpec;
use vestibule_server::clock;
use vestibule_server::engine_host::ServerHost;

/// Engine with observations set by the test.
pub struct FakeEngine {
    pub seen: Mutex<Observed>,
    /// Address at which the app of every workbench listens.
    pub listens: Mutex<Option<SocketAddr>>,
    /// `true` if the process was asked to stop.
    pub was_asked: AtomicBool,
    /// `true` if a request for the catalogue panics, like a defect of the program.
    pub is_broken: AtomicBool,
    /// Source of secrets.
    pub host: OnceLock<Arc<ServerHost>>,
    /// Builds of the catalogue's apps.
    pub builds: FakeBuilds,
    /// Progress messages that it was ordered to show, with the numbers of their runs.
    pub progress: Mutex<Vec<String>>,
    /// Spec of the last observed target.
    pub asked_with: Mutex<WorkbenchSpec>,
    /// Rules by which the gateway carries every app.
    pub rules: Mutex<GatewayRules>,
    /// Number of the run whose exit is observed, while there is nothing of later runs; `None` if
    /// every run exits.
    pub exited_run: Mutex<Option<u64>>,
    /// Sessions of tabs.
    pub sessions: FakeSessions,
    /// Attachments.
    pub uploads: FakeUploads,
    /// Parameters of the app `welcome`.
    pub parameters: Mutex<Vec<Parameter>>,
    /// Sizes of the app `welcome`.
    pub sizes: Mutex<Vec<WorkbenchSize>>,
    /// Partner of the script tabs of the app `welcome`, and why it can have no terminals.
    pub tabs: Mutex<(&'static str, Option<&'static str>)>,
}

/// Sessions of tabs.
#[derive(Default)]
pub struct FakeSessions {
    open: Mutex<BTreeMap<(WorkbenchId, u64, TabId), Session>>,
    /// Answers to the next requests to open one; `None`: there is no answer. Without an entry, it is
    /// opened.
    pub answers: Mutex<VecDeque<Option<Session>>>,
    /// Number of requests to open one.
    pub asked: AtomicUsize,
    /// Number of bytes that each has put out.
    pub output: AtomicU64,
    /// Number of observations.
    pub observed: AtomicUsize,
}

impl FakeSessions {
    fn open(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> Option<Session> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.lock().expect("the answers").pop_front();
        let answer = answer.unwrap_or(Some(Session::Open));
        if answer == Some(Session::Open) {
            self.set(id, run, tab, Session::Open);
        }
        answer
    }

    fn state(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> Session {
        let open = self.open.lock().expect("the sessions");
        let found = open.get(&(id.clone(), run, tab.clone()));
        found.cloned().unwrap_or(Session::Absent)
    }

    fn end(&self, id: &WorkbenchId, run: u64, tab: &TabId) {
        let key = (id.clone(), run, tab.clone());
        self.open.lock().expect("the sessions").remove(&key);
    }

    /// Sets the state of a session.
    pub fn set(&self, id: &WorkbenchId, run: u64, tab: &TabId, session: Session) {
        let key = (id.clone(), run, tab.clone());
        self.open.lock().expect("the sessions").insert(key, session);
    }

    /// Returns the number of sessions.
    pub fn count(&self) -> usize {
        self.open.lock().expect("the sessions").len()
    }
}

impl FakeEngine {
    pub fn shown_progress(&self) -> Vec<String> {
        self.progress.lock().expect("the messages").clone()
    }

    pub fn sees(&self, runner: Runner, probe: Probe) {
        let mut seen = self.seen.lock().expect("the observation");
        seen.runner = runner;
        seen.probe = probe;
    }

    /// Sets what blocks the next start.
    pub fn sees_before_a_start(&self, app: observed::AppAvailability, capacity: Capacity) {
        let mut seen = self.seen.lock().expect("the observation");
        seen.app = app;
        seen.capacity = capacity;
    }

    pub fn sees_it_running(&self) {
        let running = Runner::Running {
            job_name: "job".to_owned(),
            pod_name: "pod".to_owned(),
            started_at: clock::now(),
            restarted: None,
            note: None,
        };
        self.sees(running, Probe::Succeeded);
    }

    pub fn sees_it_exit(&self, code: i32) {
        let exited = Runner::Exited {
            job_name: "job".to_owned(),
            at: clock::now(),
            how: Exit::Code(code),
            restarts: 0,
            asked: if self.was_asked.load(Ordering::SeqCst) {
                StopRequest::Gently
            } else {
                StopRequest::No
            },
            last_line: None,
        };
        self.sees(exited, Probe::NotTried);
    }

    /// Sets the exit of one run; the next run has no process yet.
    pub fn sees_run_exit(&self, run: u64, code: i32) {
        *self.exited_run.lock().expect("the run") = Some(run);
        self.sees_it_exit(code);
    }

    pub fn sees_nothing(&self) {
        self.sees(Runner::Absent, Probe::NotTried);
        self.seen.lock().expect("the observation").volume = Volume::Absent;
    }
}

#[async_trait]
impl Engine for FakeEngine {
    fn show_progress(&self, _: &WorkbenchId, run: u64, message: &str) {
        let mut shown = self.progress.lock().expect("the messages");
        shown.push(format!("{run}: {message}"));
    }

    async fn observe(&self, target: &Target) -> Observed {
        *self.asked_with.lock().expect("the spec") = target.spec.clone();
        let host = self.host.get().expect("it is set before anything starts");
        let names = &target.spec.secrets;
        let secrets = match host.missing_secrets(&target.workspace_id, names) {
            Ok(missing) if missing.is_empty() => Secrets::Found,
            Ok(missing) => Secrets::Missing(missing),
            Err(error) => Secrets::Unreadable(error.to_string()),
        };
        let mut seen = self.seen.lock().expect("the observation").clone();
        if let (Runner::Exited { .. }, Some(run)) = (&seen.runner, &target.run) {
            let exited = *self.exited_run.lock().expect("the run");
            if exited.is_some_and(|exited| exited < run.number) {
                seen.runner = Runner::Absent;
            }
        }
        if let Some(blueprint) = self.builds.blueprint(&target.app)
            && !blueprint.is_built
        {
            let state = host.build_state(target, &blueprint);
            seen.app = state.expect("the store works");
        }
        Observed { secrets, ..seen }
    }

    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError> {
        match action {
            Action::EnsureBuild => {
                let host = self.host.get().expect("it is set before anything starts");
                let blueprint = self.builds.blueprint(&target.app).expect("it has steps");
                let asked = host.request_build(target, &blueprint);
                asked.expect("the store works");
            }
            Action::StartJob => self.was_asked.store(false, Ordering::SeqCst),
            Action::StopJob => self.was_asked.store(true, Ordering::SeqCst),
            _ => {}
        }
        Ok(())
    }

    fn cadence(&self) -> Cadence {
        Cadence::default()
    }

    fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>> {
        None
    }

    async fn endpoint(&self, _: &Target) -> Result<Connection, Unreachable> {
        let address = *self.listens.lock().expect("the address");
        let address = address.ok_or(Unreachable::NotRunning)?;
        let stream = TcpStream::connect(address).await?;
        Ok(Connection::new(stream).listening_on(address))
    }

    async fn open_session(&self, id: &WorkbenchId, run: u64, tab: &TabId, _: Size) -> Session {
        let answer = self.sessions.open(id, run, tab);
        match answer {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    async fn session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> ObservedSession {
        self.sessions.observed.fetch_add(1, Ordering::SeqCst);
        ObservedSession {
            state: self.sessions.state(id, run, tab),
            output: Some(self.sessions.output.load(Ordering::SeqCst)),
        }
    }

    async fn end_session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> Session {
        self.sessions.end(id, run, tab);
        Session::Absent
    }

    async fn begin_upload(
        &self,
        _: &WorkbenchId,
        name: &str,
    ) -> Result<Box<dyn Upload>, UploadError> {
        self.uploads.begin(name)
    }

    async fn log(&self, _: &WorkbenchId, run_number: u64, after: u64, _: usize) -> RunLog {
        let text = format!("the output of run {run_number}\n");
        let whole = RunLog {
            ends_at: text.len() as u64,
            skipped_bytes: 0,
            text,
        };
        whole.after(after)
    }

    async fn prospect(&self, app: &str) -> StartPreconditions {
        let seen = self.seen.lock().expect("the observation");
        StartPreconditions {
            app: match app {
                "welcome" => seen.app.clone(),
                _ if self.builds.blueprint(app).is_some() => observed::AppAvailability::NotBuilt,
                _ => observed::AppAvailability::Unknown,
            },
            capacity: seen.capacity.clone(),
        }
    }

    async fn gateway_rules(&self, _: &str) -> GatewayRules {
        self.rules.lock().expect("the rules").clone()
    }

    async fn apps(&self) -> Vec<App> {
        assert!(!self.is_broken.load(Ordering::Relaxed), "broken on purpose");
        let parameters = self.parameters.lock().expect("the parameters").clone();
        let sizes = self.sizes.lock().expect("the sizes").clone();
        let (agent, no_sessions) = *self.tabs.lock().expect("the tabs");
        let welcome = json!({
            "name": "welcome", "title": "Welcome", "available": true, "parameters": parameters,
            "sizes": sizes, "agent": agent, "sessionsUnavailableReason": no_sessions,
        });
        let mut apps = vec![serde_json::from_value(welcome).expect("an app")];
        apps.extend(self.builds.apps());
        apps
    }

    async fn blueprint(&self, app: &str, _: &Values) -> Option<Blueprint> {
        self.builds.blueprint(app)
    }

    async fn build(&self, order: BuildOrder) -> BuildOutcome {
        self.builds.build(order).await
    }

    async fn build_log(&self, id: &BuildId, after: Option<u64>, _: usize) -> RunLog {
        self.builds.log(id, after)
    }
}
