//! Journals and conditions for tests, written in as few words as they are told in.

use crate::condition::{Condition, ConditionStatus, ConditionType};
use crate::ids::RunId;
use crate::reason;
use crate::time::{Millis, Timestamp};
use crate::timeline::RunTimes;
use crate::transition::{Source, Transition, TransitionKind};

/// When the runs of tests were asked for: 2026-11-21T10:00:00Z.
pub(crate) const BEGIN: Timestamp = Timestamp::from_millis(1_795_255_200_000);

/// So many milliseconds after the run was asked for.
pub(crate) fn at(millis: i64) -> Timestamp {
    BEGIN + Millis(millis)
}

/// A run that was asked for at [`BEGIN`] and goes on.
pub(crate) fn run() -> RunTimes {
    RunTimes {
        id: RunId::new("run-a"),
        started_at: BEGIN,
        ready_at: None,
        finished_at: None,
        start_deadline: None,
    }
}

/// A condition with the sentence of its reason, met or missed at [`BEGIN`].
pub(crate) fn condition(kind: &str, status: &str, word: &str) -> Condition {
    Condition {
        kind: kind.into(),
        status: status.into(),
        reason: word.to_owned(),
        message: reason::sentence(word).to_owned(),
        last_transition_time: Some(BEGIN),
        observed_generation: 1,
    }
}

/// An entry of kind `status`: `PVCReady` becomes `to`.
pub(crate) fn status(seq: u64, millis: i64, kind: &str, to: &str, word: &str) -> Transition {
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

/// An entry of kind `wish`.
pub(crate) fn wish(seq: u64, millis: i64, word: &str) -> Transition {
    Transition {
        kind: TransitionKind::Wish,
        condition: None,
        to: None,
        source: Source::Wish,
        message: "ada asked for it.".to_owned(),
        ..status(seq, millis, "", "", word)
    }
}
