//! Evidence: the input of the search for a cause.

use crate::condition::Condition;
use crate::transition::Transition;
use crate::workbench::Workbench;

/// Evidence about a workbench or one of its runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The conditions.
    pub conditions: &'a [Condition],
    /// Reason of the stop, or `None`.
    pub stopped_reason: Option<&'a str>,
    /// The exit code of the process, or `None` if it has not ended with one.
    pub exit_code: Option<i32>,
    /// `true` if the spec is newer than the one that is running.
    pub is_spec_ahead: bool,
    /// Reason why the app cannot be embedded in the console, or `None` if it can.
    pub framing_refused: Option<&'a str>,
    /// The known part of the run's journal, in any order.
    pub journal: &'a [Transition],
}

impl<'a> Evidence<'a> {
    /// Returns the evidence about the current run of a workbench. While the status still describes the
    /// run before the requested one, or the workbench is being deleted, there is none.
    pub fn of(workbench: &'a Workbench, journal: &'a [Transition]) -> Self {
        if workbench.desires_another_run() || workbench.deleting {
            return Self {
                journal,
                ..Self::default()
            };
        }
        let status = &workbench.status;
        Self {
            conditions: &status.conditions,
            // Until the run has ended, a stop is under way and no end.
            stopped_reason: status
                .stopped_reason
                .as_deref()
                .filter(|_| status.phase.is_terminal()),
            is_spec_ahead: workbench.is_spec_ahead(),
            journal,
            ..Self::default()
        }
    }
}
