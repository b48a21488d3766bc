//! Short constructors for tests.

use crate::timeline::RunTimes;
pub(crate) use vestibule_model::fixtures::*;
use vestibule_model::ids::RunId;

/// Returns a run that was requested at [`BEGIN`] and has not ended.
pub(crate) fn run() -> RunTimes {
    RunTimes {
        id: RunId::new("run-a"),
        started_at: BEGIN,
        ready_at: None,
        finished_at: None,
        start_deadline: None,
    }
}
