//! The journal: changes with their time and source.

use crate::condition::{ConditionStatus, ConditionType};
use crate::ids::RunId;
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Kind of a journal entry.
    TransitionKind {
        /// A condition's status changed.
        Status = "status",
        /// Change of a condition's reason or message alone.
        Detail = "detail",
        /// A user's command.
        Command = "wish",
        /// A message of the run itself.
        Note = "note",
    }
);

open_enum!(
    /// Source of a journal entry.
    Source {
        /// Observed by the engine.
        Observation = "observation",
        /// Commanded by a user.
        Command = "wish",
        /// Found after a restart of the server.
        Recovery = "recovery",
        /// Reported by the run's own process, unverified.
        Run = "run",
    }
);

/// Journal entry before it is numbered and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTransition {
    /// Kind.
    pub kind: TransitionKind,
    /// Type of the condition, or `None` if it is about no condition.
    pub condition: Option<ConditionType>,
    /// Status before.
    pub from: Option<ConditionStatus>,
    /// Status after.
    pub to: Option<ConditionStatus>,
    /// The condition's new reason.
    pub reason: String,
    /// The condition's new message.
    pub message: String,
    /// Source.
    pub source: Source,
    /// The generation of the spec for which it was observed.
    pub generation: u64,
}

impl NewTransition {
    /// Returns the entry to store.
    pub fn numbered(self, seq: u64, run_id: RunId, at: Timestamp) -> Transition {
        Transition {
            seq,
            run_id,
            at,
            kind: self.kind,
            condition: self.condition,
            from: self.from,
            to: self.to,
            reason: self.reason,
            message: self.message,
            source: self.source,
            generation: self.generation,
        }
    }
}

/// Journal entry as it is stored and sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// Number, which grows with every event of this server, also across restarts.
    pub seq: u64,
    /// The run.
    pub run_id: RunId,
    /// Time of the observation.
    pub at: Timestamp,
    /// Kind.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub kind: TransitionKind,
    /// Type of the condition.
    #[serde(rename = "type")]
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub condition: Option<ConditionType>,
    /// Status before.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub from: Option<ConditionStatus>,
    /// Status after.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub to: Option<ConditionStatus>,
    /// The condition's new reason.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reason: String,
    /// The condition's new message.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: String,
    /// Source.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub source: Source,
    /// The generation of the spec for which it was observed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub generation: u64,
}

/// Returns the newest message of the run's own process, which is not verified, or `None` if it sent
/// none.
pub fn last_report(entries: &[Transition]) -> Option<&Transition> {
    entries
        .iter()
        .filter(|entry| entry.kind == TransitionKind::Note && entry.source == Source::Run)
        .max_by_key(|entry| entry.seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_message_of_the_app_is_found_among_what_is_observed_and_what_people_command() {
        let entry = |seq, kind: TransitionKind, source: Source| {
            let entry = NewTransition {
                kind,
                condition: None,
                from: None,
                to: None,
                reason: String::new(),
                message: String::new(),
                source,
                generation: 1,
            };
            entry.numbered(seq, RunId::new("run-1"), Timestamp::from_millis(0))
        };
        let mut entries = vec![
            entry(1, TransitionKind::Status, Source::Observation),
            entry(3, TransitionKind::Note, Source::Run),
            entry(2, TransitionKind::Note, Source::Run),
            entry(4, TransitionKind::Note, Source::Recovery),
            entry(5, TransitionKind::Command, Source::Command),
        ];
        assert_eq!(last_report(&entries).map(|entry| entry.seq), Some(3));
        entries.retain(|entry| entry.source != Source::Run);
        assert_eq!(last_report(&entries), None);
    }
}
