//! The journal: what changed, when, and who says so.

use crate::condition::{ConditionStatus, ConditionType};
use crate::ids::RunId;
use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// What sort of journal entry it is.
    TransitionKind {
        /// A condition's status changed.
        Status = "status",
        /// Only a condition's reason or message changed.
        Detail = "detail",
        /// A person asked for something.
        Wish = "wish",
        /// The run itself said something.
        Note = "note",
    }
);

open_enum!(
    /// Who says so.
    Source {
        /// The engine looked and saw it.
        Observation = "observation",
        /// A person wished it.
        Wish = "wish",
        /// It was found after a restart of the server.
        Recovery = "recovery",
        /// The run's own process said so; nobody has checked it.
        Run = "run",
    }
);

/// A journal entry before it is numbered and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTransition {
    /// What sort of entry.
    pub kind: TransitionKind,
    /// The condition it is about, if it is about one.
    pub condition: Option<ConditionType>,
    /// The status before.
    pub from: Option<ConditionStatus>,
    /// The status after.
    pub to: Option<ConditionStatus>,
    /// The condition's reason after.
    pub reason: String,
    /// The condition's message after.
    pub message: String,
    /// Who says so.
    pub source: Source,
    /// The generation of the spec it was observed for.
    pub generation: u64,
}

impl NewTransition {
    /// Returns what it becomes once it is stored.
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

/// A journal entry as it is stored and sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// Grows with every event of this server, also across restarts.
    pub seq: u64,
    /// The run it belongs to.
    pub run_id: RunId,
    /// When it was seen.
    pub at: Timestamp,
    /// What sort of entry.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub kind: TransitionKind,
    /// The condition it is about.
    #[serde(rename = "type")]
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub condition: Option<ConditionType>,
    /// The status before.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub from: Option<ConditionStatus>,
    /// The status after.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub to: Option<ConditionStatus>,
    /// The condition's reason after.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reason: String,
    /// The condition's message after.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: String,
    /// Who says so.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub source: Source,
    /// The generation of the spec it was observed for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub generation: u64,
}
