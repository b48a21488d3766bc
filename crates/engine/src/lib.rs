//! Engines: they create, run and remove workbenches.
//!
//! [`Engine`] is the interface: the [`controller`] drives any engine by the one rule of
//! [`vestibule_model::reconcile`], and [`local`] is the engine that runs processes of this machine.
//! A Kubernetes engine is one more implementation of the same trait.

use agents::{AgentAnswer, AgentRequest, AgentStream};
use async_trait::async_trait;
use builds::{Blueprint, BuildOrder, BuildOutcome, BuildVerdict, Progress};
use connection::{Connection, Unreachable};
use sessions::{ObservedSession, Size, TerminalConnection};
use tokio::sync::mpsc;
use uploads::{Upload, UploadError};
use vestibule_model::app::App;
use vestibule_model::build::BuildReason;
use vestibule_model::ids::{BuildId, RunId, TabId, WorkbenchId, WorkspaceId};
use vestibule_model::isolation::IsolationReport;
use vestibule_model::observed::{AppAvailability, Capacity, Observed};
use vestibule_model::parameter::Values;
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::tab::reconcile::Session;
use vestibule_model::tab::typed::InputStream;
use vestibule_model::workbench::WorkbenchSpec;

/// A workbench and its current run, as an engine is given them.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The workbench.
    pub id: WorkbenchId,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The catalogue entry it runs.
    pub app: String,
    /// Settings.
    pub spec: WorkbenchSpec,
    /// The current run, or `None` if it was never started.
    pub run: Option<TargetRun>,
    /// Turn in the queue for capacity: the earlier request has the smaller number. `None` if it
    /// is not to run, or its run is over.
    pub asked: Option<u64>,
}

/// The run of a [`Target`].
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRun {
    /// Identifier of the run.
    pub id: RunId,
    /// Number of the run, from 1 for each workbench.
    pub number: u64,
}

/// Current preconditions of a start.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StartPreconditions {
    /// `true` if the app can run.
    pub app: AppAvailability,
    /// `true` if there is a free slot.
    pub capacity: Capacity,
}

/// Rules by which the gateway carries an app, from its catalogue entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayRules {
    /// The path of its first page.
    pub path: String,
    /// The `Host` that the app is sent instead of its public one.
    pub host: Option<String>,
    /// `true` if its own rules about frames are replaced, so that the console may frame it.
    pub replaces_framing: bool,
    /// `true` if its service workers may control every path of its origin.
    pub allows_root_service_worker: bool,
    /// `true` if browsers may let it read the clipboard.
    pub reads_clipboard: bool,
}

impl Default for GatewayRules {
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            host: None,
            replaces_framing: false,
            allows_root_service_worker: false,
            reads_clipboard: false,
        }
    }
}

/// Failure of an action. The next observation shows its effect; this text is for the server's log.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action}: {why}")]
pub struct ApplyError {
    /// The action, to follow "failed to".
    pub action: &'static str,
    /// The reason.
    pub why: String,
}

/// Interface between the controller and a way to run apps.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Observes a workbench. A failure to observe is itself reported as an observation, never an error. The result
    /// may be a moment old, but never older than the last action on the workbench: otherwise a folder
    /// that was just created could be reported as gone.
    async fn observe(&self, target: &Target) -> Observed;

    /// Begins one action. Must be idempotent; returns once the action has begun, not when it is
    /// complete.
    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError>;

    /// Returns the intervals at which this engine is to be observed.
    fn cadence(&self) -> Cadence;

    /// Returns the stream of workbenches that have changed, such as by the end of their process;
    /// `None` from the second call on.
    fn take_changes(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>>;

    /// Returns the stream of connections on which apps report their progress, each with a request of HTTP;
    /// `None` from the second call on, and if apps send their messages to the server themselves.
    fn take_reports(&self) -> Option<mpsc::Receiver<Connection>> {
        None
    }

    /// Shows a run's newest progress message where the engine keeps the run, if it shows any. Returns at
    /// once.
    fn show_progress(&self, id: &WorkbenchId, run: u64, message: &str) {
        let _ = (id, run, message);
    }

    /// Returns why the engine can't carry out commands now, for a person; `None` if it can.
    fn why_not_ready(&self) -> Option<String> {
        None
    }

    /// Returns the isolation of runs that are started now.
    fn isolation(&self) -> IsolationReport {
        IsolationReport::default()
    }

    /// Opens a connection to the app of the current run, and to no other program.
    async fn endpoint(&self, target: &Target) -> Result<Connection, Unreachable>;

    /// Returns how the gateway carries an app.
    async fn gateway_rules(&self, app: &str) -> GatewayRules {
        let _ = app;
        GatewayRules::default()
    }

    /// Returns the output of one run after the first `after` bytes: at most its last `max_bytes`.
    async fn log(&self, id: &WorkbenchId, run_number: u64, after: u64, max_bytes: usize) -> RunLog;

    /// Returns the preconditions of a start, by the same rules as [`Engine::observe`]. The call neither
    /// takes a slot nor joins the queue for one.
    async fn prospect(&self, app: &str) -> StartPreconditions;

    /// Returns the catalogue, with what can be started here.
    async fn apps(&self) -> Vec<App>;

    /// Returns the task of a workbench with these settings: the message that its agent gets once, at its
    /// first start, and with which the run is over. `None` if the app has none.
    async fn task(&self, app: &str, spec: &WorkbenchSpec) -> Option<String> {
        let _ = (app, spec);
        None
    }

    /// Returns how an app is built with these parameters, absent ones by default, or `None` if it has no
    /// build steps or does not exist. An engine whose apps need no build keeps the defaults of this and of
    /// the following methods.
    async fn blueprint(&self, app: &str, parameters: &Values) -> Option<Blueprint> {
        let _ = (app, parameters);
        None
    }

    /// Builds an app, and returns once the build has ended. There is at most one call at a time for
    /// the same content. Of a build that did not succeed nothing is left but its output.
    async fn build(&self, order: BuildOrder) -> BuildOutcome {
        let why = format!("{:?} has no build steps.", order.app);
        BuildOutcome {
            verdict: BuildVerdict::Failed(BuildReason::AppGone, why),
            progress: Progress::default(),
        }
    }

    /// Returns the output of a build after the first `after` bytes, oldest first, or its end if there
    /// is no `after`; at most `max_bytes`.
    async fn build_log(&self, id: &BuildId, after: Option<u64>, max_bytes: usize) -> RunLog {
        let _ = (id, after, max_bytes);
        RunLog::default()
    }

    /// Removes the output of all builds but these.
    async fn keep_build_logs(&self, ids: Vec<BuildId>) {
        drop(ids);
    }

    /// Creates a session with a terminal in a run, unless it is open already. One that has ended is
    /// begun anew. An engine without sessions keeps the defaults of this and of the following methods.
    async fn open_session(&self, id: &WorkbenchId, run: u64, tab: &TabId, size: Size) -> Session {
        let _ = (id, run, tab, size);
        Session::NotSupported
    }

    /// Observes a session of a run.
    async fn session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> ObservedSession {
        let _ = (id, run, tab);
        Session::NotSupported.into()
    }

    /// Ends a session of a run with all its processes, if there is one. Returns `Absent`, or
    /// `Unknown` if the run could not be reached.
    async fn end_session(&self, id: &WorkbenchId, run: u64, tab: &TabId) -> Session {
        let _ = (id, run, tab);
        Session::Absent
    }

    /// Connects to a session of a run. The kept output after the first `after` bytes comes first. `input` is
    /// the stream of numbered input to begin or to resume; the connection's numbering answers it.
    async fn attach_session(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
        input: Option<InputStream>,
    ) -> Result<TerminalConnection, Unreachable> {
        let _ = (id, run, tab, after, input);
        Err(Unreachable::NotRunning)
    }

    /// Makes a request about the agent of a tab in a run. An engine without agents keeps the defaults
    /// of this and of the following method.
    async fn agent(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        request: AgentRequest,
    ) -> AgentAnswer {
        let _ = (id, run, tab, request);
        AgentAnswer::NotSupported
    }

    /// Connects to the events of an agent after a number of its session. Those up to that number are
    /// not kept any longer.
    async fn follow_agent(
        &self,
        id: &WorkbenchId,
        run: u64,
        tab: &TabId,
        after: u64,
    ) -> AgentStream {
        let _ = (id, run, tab, after);
        Err(Unreachable::NotRunning)
    }

    /// Begins a file in the attachments of a workbench, whether it runs or not. An engine without files
    /// keeps the default.
    async fn begin_upload(
        &self,
        id: &WorkbenchId,
        name: &str,
    ) -> Result<Box<dyn Upload>, UploadError> {
        let _ = (id, name);
        Err(std::io::Error::from(std::io::ErrorKind::Unsupported).into())
    }
}

pub mod agents;
pub mod builder;
pub mod builds;
pub mod clock;
pub mod connection;
pub mod controller;
pub mod engine_host;
pub mod local;
mod log;
pub use local::runner::pod;
pub mod sessions;
#[cfg(any(test, feature = "test-support"))]
pub mod test_support;
pub mod uploads;
