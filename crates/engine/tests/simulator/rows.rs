//! Rows of the store in memory.

use vestibule_model::ids::RunId;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::run::RunStatus;
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

/// Row of a workbench.
#[derive(Debug, Clone)]
pub struct Row {
    /// The number of its app.
    pub app: usize,
    /// Spec.
    pub spec: WorkbenchSpec,
    /// Raised with every command.
    pub generation: u64,
    /// The generation at which the spec last changed.
    pub spec_generation: u64,
    /// `true` if it should run.
    pub desired: Desired,
    /// `true` if it is being deleted.
    pub deleting: bool,
    /// Number of the current run; 0: none.
    pub run_number: u64,
    /// Observed status; `None` before the first observation.
    pub status: Option<WorkbenchStatus>,
    /// Status in a word.
    pub k8s_status: K8sStatus,
    /// Runs, oldest first.
    pub runs: Vec<RunRow>,
}

/// Row of a run.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// The run.
    pub id: RunId,
    /// Generation of its request, and of its spec.
    pub generation: u64,
    /// Spec of its process. Until there is one, the run follows that of the workbench; later an edit takes
    /// effect at the next start.
    pub spec: WorkbenchSpec,
    /// Time of its request.
    pub asked_at: Timestamp,
    /// Deadline of the start.
    pub start_deadline: Timestamp,
    /// Phase.
    pub status: RunStatus,
    /// Reason of its end.
    pub cause: Option<String>,
    /// Time of its end.
    pub finished_at: Option<Timestamp>,
    /// Exit code.
    pub exit_code: Option<i32>,
    /// Time of its first answer.
    pub ready_at: Option<Timestamp>,
    /// Journal.
    pub journal: Vec<Transition>,
}

impl Row {
    /// Returns the current run.
    pub fn run(&self) -> Option<&RunRow> {
        self.runs
            .get(usize::try_from(self.run_number).ok()?.checked_sub(1)?)
    }

    /// Returns the current run for a change.
    pub fn run_mut(&mut self) -> Option<&mut RunRow> {
        self.runs
            .get_mut(usize::try_from(self.run_number).ok()?.checked_sub(1)?)
    }

    /// Returns the current run, unless it is over.
    pub fn live_run(&mut self) -> Option<&mut RunRow> {
        self.run_mut().filter(|run| run.finished_at.is_none())
    }

    /// Returns the phase as the column has it: empty before the first observation.
    pub fn phase(&self) -> Option<&Phase> {
        self.status.as_ref().map(|status| &status.phase)
    }
}
