//! Kubernetes conditions: what has been observed of a workbench, one per type.
//!
//! The shape and the rule for `lastTransitionTime` follow the Kubernetes API conventions
//! (`metav1.Condition`, "Typical status properties").

use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// What a condition is about, in the order in which a start goes through them.
    ConditionType {
        /// The workbench's own folder (a volume on Kubernetes) is there and writable.
        PvcReady = "PVCReady",
        /// Every secret the spec names is present in the workspace.
        SecretsReady = "SecretsReady",
        /// The supervised process (a Job on Kubernetes) exists.
        JobCreated = "JobCreated",
        /// There is capacity, and a place was assigned.
        PodScheduled = "PodScheduled",
        /// The app's process is up.
        RunnerStarted = "RunnerStarted",
        /// The app answered its readiness probe.
        Ready = "Ready",
        /// The app ended by itself and successfully.
        Completed = "Completed",
        /// The run ended without success.
        Failed = "Failed",
    }
);

/// The steps of a start, in their order.
pub const STEPS: [ConditionType; 6] = [
    ConditionType::PvcReady,
    ConditionType::SecretsReady,
    ConditionType::JobCreated,
    ConditionType::PodScheduled,
    ConditionType::RunnerStarted,
    ConditionType::Ready,
];

impl ConditionType {
    /// Returns `true` if True is bad news. Drawing "Failed=False" red is a fault of the field
    /// (FIELD 16).
    pub fn is_negative(&self) -> bool {
        matches!(self, Self::Failed)
    }
}

open_enum!(
    /// Whether the condition holds.
    ConditionStatus {
        /// An observation says that it holds.
        True = "True",
        /// An observation says that it does not hold.
        False = "False",
        /// Nobody has looked yet, or nobody can tell. Reads as `Unknown` on the wire.
        Unobserved = "Unknown",
    }
);

/// Condition of a workbench.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it is about; unique within one status.
    #[serde(rename = "type", default, deserialize_with = "lenient::or_default")]
    pub kind: ConditionType,
    /// Whether it holds.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: ConditionStatus,
    /// One CamelCase word for machines and search engines; see [`crate::reason`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reason: String,
    /// A sentence for people.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: String,
    /// When `status` last changed; a changed reason or message does not move it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub last_transition_time: Option<Timestamp>,
    /// The generation of the spec that this was observed for.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observed_generation: u64,
}

impl Condition {
    /// Returns `true` if an observation says that it holds.
    pub fn is_true(&self) -> bool {
        self.status == ConditionStatus::True
    }
}

/// Returns the condition of this type, if it is there.
pub fn find<'a>(conditions: &'a [Condition], kind: &ConditionType) -> Option<&'a Condition> {
    conditions.iter().find(|c| c.kind == *kind)
}

/// Returns `true` if the condition of this type is there and True.
pub fn holds(conditions: &[Condition], kind: &ConditionType) -> bool {
    find(conditions, kind).is_some_and(Condition::is_true)
}
