//! What makes workbenches exist.
//!
//! [`Engine`] is the seam: the [`controller`] drives any engine by the one rule of
//! [`vestibule_model::reconcile`], and [`local`] is the engine that runs processes of this machine.
//! A Kubernetes engine is one more implementation of the same trait.

use async_trait::async_trait;
use builds::{Blueprint, Ended, Order, Progress, Verdict};
use std::net::SocketAddr;
use tokio::sync::mpsc;
use vestibule_model::app::App;
use vestibule_model::build::BuildReason;
use vestibule_model::ids::{BuildId, RunId, WorkbenchId, WorkspaceId};
use vestibule_model::observed::{AppState, Capacity, Observed};
use vestibule_model::reconcile::{Action, Cadence};
use vestibule_model::run::RunLog;
use vestibule_model::workbench::WorkbenchSpec;

/// The workbench, and the run of it, that an engine is asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The workbench.
    pub id: WorkbenchId,
    /// Where it belongs.
    pub workspace_id: WorkspaceId,
    /// The catalogue entry it runs.
    pub app: String,
    /// What is wanted.
    pub spec: WorkbenchSpec,
    /// The current run; none if it was never started.
    pub run: Option<TargetRun>,
    /// Its turn among all that are to run: who asked earlier has the smaller number. None where it
    /// is not to run, or its run is over.
    pub asked: Option<u64>,
}

/// The run of a [`Target`].
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRun {
    /// The run.
    pub id: RunId,
    /// Counted per workbench, from 1.
    pub number: u64,
}

/// What a start would find.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prospect {
    /// Whether the app can be run at all.
    pub app: AppState,
    /// Whether there is room for it.
    pub capacity: Capacity,
}

/// An action that could not be carried out. The next observation says what that means; this text is
/// for the server's log.
#[derive(Debug, thiserror::Error)]
#[error("failed to {what}: {why}")]
pub struct ApplyError {
    /// What was tried.
    pub what: &'static str,
    /// Why it did not work.
    pub why: String,
}

/// What makes workbenches exist.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Looks at a workbench. Trouble while looking is itself an observation, never an error. What it
    /// tells may be a moment old, but never older than what this engine was last told to do about
    /// the workbench: else a folder that was just made could pass for one that is gone.
    async fn observe(&self, target: &Target) -> Observed;

    /// Carries out one action. Harmless when it is already done; returns once it is under way, not
    /// when it is complete.
    async fn apply(&self, target: &Target, action: &Action) -> Result<(), ApplyError>;

    /// How often this engine wants to be asked.
    fn cadence(&self) -> Cadence;

    /// Workbenches of which the engine has news, such as that their process has ended. Can be taken
    /// once; none the second time.
    fn take_news(&self) -> Option<mpsc::UnboundedReceiver<WorkbenchId>>;

    /// Where the app of the current run listens; none while there is no process.
    async fn endpoint(&self, target: &Target) -> Option<SocketAddr>;

    /// The end of the output of one run: what came after so many bytes of it, at most `max_bytes`;
    /// empty if there is none.
    async fn log(&self, id: &WorkbenchId, run_number: u64, after: u64, max_bytes: usize) -> RunLog;

    /// What a start of an app would find now, by the same rules as [`Engine::observe`]. To ask takes
    /// no place and waits for none.
    async fn prospect(&self, app: &str) -> Prospect;

    /// The catalogue, with what can be started here.
    async fn apps(&self) -> Vec<App>;

    /// What is to be done to build an app; none where nothing is, or there is no such app. An
    /// engine whose apps need no building leaves this and what follows as it is.
    async fn blueprint(&self, app: &str) -> Option<Blueprint> {
        let _ = app;
        None
    }

    /// Builds an app, and returns once that has ended. It is asked for one build of a content at a
    /// time. Nothing of a build that has not succeeded is left but its output.
    async fn build(&self, order: Order) -> Ended {
        let why = format!("There is nothing to be built for {:?}.", order.app);
        Ended {
            verdict: Verdict::Failed(BuildReason::AppGone, why),
            progress: Progress::default(),
        }
    }

    /// The output of a build: what came after so many bytes of it, oldest first, or without a
    /// number its end; at most `max_bytes`, and empty if there is none.
    async fn build_log(&self, id: &BuildId, after: Option<u64>, max_bytes: usize) -> RunLog {
        let _ = (id, after, max_bytes);
        RunLog::default()
    }

    /// Forgets the output of all builds but these.
    async fn keep_build_logs(&self, ids: Vec<BuildId>) {
        drop(ids);
    }
}

pub mod builder;
pub mod builds;
pub mod clock;
pub mod controller;
pub mod house;
pub mod local;
