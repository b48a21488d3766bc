//! Commands of users to workbenches, and why they are refused.

use super::Error;
use vestibule_model::spec::SpecPatch;
use vestibule_model::workbench::Workbench;

/// Workbench after a command was stored or needed no change.
pub type CommandResult = Result<Box<Workbench>, Refusal>;

/// Reason why a command was not stored.
#[derive(Debug)]
pub enum Refusal {
    /// No such workbench.
    Gone,
    /// The workbench is being deleted.
    Deleting,
    /// The workbench is being stopped. It can start once that is done.
    Stopping,
    /// No current start to extend.
    NotStarting,
    /// The store failed.
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Command to a workbench.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Starts a new run, unless one is under way.
    Start,
    /// Ends the current run and begins the next one once that is over, or at once if it is.
    Restart,
    /// Stops the current run, and cancels a restart of it. Has no effect without one.
    Stop,
    /// Restarts the time limit of the start in progress.
    Extend,
    /// Deletes a workbench with its folder and history.
    Delete,
    /// Changes the name, the spec, or both.
    Change(Edit),
}

/// Change of name and settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edit {
    /// New name.
    pub name: Option<String>,
    /// Changes to the spec. They take effect at the next start.
    pub spec: Option<SpecPatch>,
    /// Text of the workbench's task with the new spec.
    pub task: Option<String>,
}

impl Command {
    /// Returns the name of the command in the audit log.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Start => "workbench.start",
            Self::Restart => "workbench.restart",
            Self::Stop => "workbench.stop",
            Self::Extend => "workbench.extend",
            Self::Delete => "workbench.delete",
            Self::Change(_) => "workbench.update",
        }
    }

    /// Returns `true` if it is refused on a full disk. What ends or frees something works there.
    pub(super) fn needs_disk_space(&self) -> bool {
        matches!(self, Self::Start | Self::Extend | Self::Change(_))
    }
}
