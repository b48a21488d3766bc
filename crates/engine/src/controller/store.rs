//! What the loop needs of the store.

use crate::Target;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::reconcile::{Outcome, Subject};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::WorkbenchStatus;

/// A workbench as the store knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What people call it: for the log.
    pub name: String,
    /// What the engine is asked about.
    pub target: Target,
    /// What is wanted.
    pub subject: Subject,
    /// What was last observed.
    pub status: WorkbenchStatus,
}

/// Where wishes are read and status is written. Calls may block briefly: they are made on a
/// blocking thread.
pub trait StatusStore: Send + Sync + 'static {
    /// The workbench, or none if it is gone.
    fn load(&self, id: &WorkbenchId) -> Result<Option<Record>, StoreError>;

    /// Every workbench that has to be looked at after a start of the server: all that are not
    /// settled, wished to run, or being deleted.
    fn unsettled(&self) -> Result<Vec<WorkbenchId>, StoreError>;

    /// Stores status and transitions in one transaction, or, when `outcome.forget`, removes the
    /// workbench. Refuses with `Ok(false)`, storing nothing, when the workbench's current run or
    /// generation is not the one of `record` any more: a newer wish wants a fresh look.
    fn commit(&self, record: &Record, outcome: &Outcome, at: Timestamp)
    -> Result<bool, StoreError>;
}

/// The store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);
