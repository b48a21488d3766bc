//! The rows of the store in memory.

use vestibule_model::ids::RunId;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::run::RunStatus;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

/// A workbench's row.
#[derive(Debug, Clone)]
pub struct Row {
    /// The number of its app.
    pub app: usize,
    /// What is wanted.
    pub spec: WorkbenchSpec,
    /// Raised with every wish.
    pub generation: u64,
    /// The generation at which the spec last changed.
    pub spec_generation: u64,
    /// Whether it should run.
    pub desired: Desired,
    /// Whether it is to go.
    pub deleting: bool,
    /// The number of the current run; 0: none.
    pub run_number: u64,
    /// What was observed; none before the first look.
    pub status: Option<WorkbenchStatus>,
    /// The word for it.
    pub k8s_status: K8sStatus,
    /// Its runs, oldest first.
    pub runs: Vec<RunRow>,
}

/// A run's row.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// The run.
    pub id: RunId,
    /// The generation at which it was asked for.
    pub generation: u64,
    /// The spec it was started with: an edit holds from the next start on.
    pub spec: WorkbenchSpec,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until when the start is to succeed.
    pub start_deadline: Timestamp,
    /// Where it is.
    pub status: RunStatus,
    /// Why it ended.
    pub cause: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// With what.
    pub exit_code: Option<i32>,
    /// When it first answered.
    pub ready_at: Option<Timestamp>,
    /// Its journal.
    pub journal: Vec<Transition>,
}

impl Row {
    /// The current run.
    pub fn run(&self) -> Option<&RunRow> {
        self.runs
            .get(usize::try_from(self.run_number).ok()?.checked_sub(1)?)
    }

    /// The same, to be written.
    pub fn run_mut(&mut self) -> Option<&mut RunRow> {
        self.runs
            .get_mut(usize::try_from(self.run_number).ok()?.checked_sub(1)?)
    }

    /// The current run, while it is not over.
    pub fn live_run(&mut self) -> Option<&mut RunRow> {
        self.run_mut().filter(|run| run.finished_at.is_none())
    }

    /// The phase as the column has it: empty before the first look.
    pub fn phase(&self) -> Option<&Phase> {
        self.status.as_ref().map(|status| &status.phase)
    }
}
