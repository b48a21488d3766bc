//! Store interface of the loop.

use crate::Target;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::reconcile::{Outcome, Subject};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::WorkbenchStatus;

/// A stored workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Name, for the log.
    pub name: String,
    /// The part that the engine is given.
    pub target: Target,
    /// The wanted state.
    pub subject: Subject,
    /// The last observed status.
    pub status: WorkbenchStatus,
}

/// Store that commands are read from and that statuses are written to. Calls may block briefly: they
/// are made on a blocking thread.
pub trait StatusStore: Send + Sync + 'static {
    /// Returns the workbench, or `None` if it is gone.
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError>;

    /// Returns every workbench that needs a reconciliation after a start of the server: those that are not
    /// settled, are to run, or are being deleted.
    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError>;

    /// Stores status and transitions in one transaction, or, when `outcome.forget`, removes the
    /// workbench. Where the run has ended and a restart was requested, the same transaction begins
    /// the next run.
    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> Result<Commit, StoreError>;
}

/// Result of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// Stored.
    Stored,
    /// Stored, and the next run has begun: it needs a reconciliation of its own.
    NextRun,
    /// The record was not stored: the workbench's current run or generation is no longer that of the
    /// record, and the newer command needs a new reconciliation.
    Overtaken,
}

impl Commit {
    /// Returns `true` if the outcome was stored.
    pub fn is_stored(self) -> bool {
        self != Self::Overtaken
    }
}

/// Failure of a call to the store.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);
