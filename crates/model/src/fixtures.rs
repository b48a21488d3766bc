//! Short constructors of runs, conditions and journal entries for tests, here and in other crates.

use crate::condition::{Condition, ConditionStatus, ConditionType};
use crate::ids::{RunId, WorkbenchId, WorkspaceId};
use crate::reason;
use crate::run::{Run, RunStatus};
use crate::time::{Millis, Timestamp};
use crate::transition::{Source, Transition, TransitionKind};

/// Time at which the runs of tests were requested: 2026-11-21T10:00:00Z.
pub const BEGIN: Timestamp = Timestamp::from_millis(1_795_255_200_000);

/// Returns the time so many milliseconds after the request of the run.
pub fn at(millis: i64) -> Timestamp {
    BEGIN + Millis(millis)
}

/// Returns a run as the API shows it; each number has a workbench of its own.
pub fn shown_run(number: u64) -> Run {
    Run {
        id: RunId::new(format!("run-{number}")),
        workbench_id: WorkbenchId::new(format!("wb-{number}")),
        workspace_id: WorkspaceId::new("ws-1"),
        project_id: WorkspaceId::new("ws-1"),
        number: 1,
        status: RunStatus::Pending,
        cause: None,
        started_at: BEGIN,
        ready_at: None,
        finished_at: None,
        exit_code: None,
        last_seq: 0,
        name: None,
        app: None,
        started_by: None,
        started_by_name: None,
        build_id: None,
        acknowledged: false,
        message: String::new(),
    }
}

/// Returns a condition with the sentence of its reason, met or missed at [`BEGIN`].
pub fn condition(kind: &str, status: &str, word: &str) -> Condition {
    Condition {
        kind: kind.into(),
        status: status.into(),
        reason: word.to_owned(),
        message: reason::sentence(word).to_owned(),
        last_transition_time: Some(BEGIN),
        observed_generation: 1,
    }
}

/// Returns an entry of kind `status`: `PVCReady` becomes `to`.
pub fn status(seq: u64, millis: i64, kind: &str, to: &str, word: &str) -> Transition {
    Transition {
        seq,
        run_id: RunId::new("run-a"),
        at: at(millis),
        kind: TransitionKind::Status,
        condition: Some(ConditionType::from(kind)),
        from: None,
        to: Some(ConditionStatus::from(to)),
        reason: word.to_owned(),
        message: reason::sentence(word).to_owned(),
        source: Source::Observation,
        generation: 1,
    }
}

/// Returns an entry of a user's command.
pub fn command_entry(seq: u64, millis: i64, word: &str) -> Transition {
    Transition {
        kind: TransitionKind::Command,
        condition: None,
        to: None,
        source: Source::Command,
        message: "ada asked for it.".to_owned(),
        ..status(seq, millis, "", "", word)
    }
}
