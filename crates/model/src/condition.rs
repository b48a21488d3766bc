//! Kubernetes conditions: what has been observed of a workbench, one per type.
//!
//! The shape and the rule for `lastTransitionTime` follow the Kubernetes API conventions
//! (`metav1.Condition`, "Typical status properties").

use crate::lenient::{self, is_none, or_none};
use crate::open_enum;
use crate::reason::{self, ReasonKind};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

open_enum!(
    /// Type of a condition, in the order of a start.
    ConditionType {
        /// The workbench's own folder (a volume on Kubernetes) exists and is writable.
        PvcReady = "PVCReady",
        /// Every secret that the spec names exists in the workspace.
        SecretsReady = "SecretsReady",
        /// The supervised process (a Job on Kubernetes) exists.
        JobCreated = "JobCreated",
        /// Assignment of a slot.
        PodScheduled = "PodScheduled",
        /// The app's process runs.
        RunnerStarted = "RunnerStarted",
        /// The app answered its readiness probe.
        Ready = "Ready",
        /// The app ended by itself and successfully.
        Completed = "Completed",
        /// The run ended without success.
        Failed = "Failed",
    }
);

/// The steps of a start, in order.
pub const STEPS: [ConditionType; 6] = [
    ConditionType::PvcReady,
    ConditionType::SecretsReady,
    ConditionType::JobCreated,
    ConditionType::PodScheduled,
    ConditionType::RunnerStarted,
    ConditionType::Ready,
];

impl ConditionType {
    /// Returns `true` if True is bad news. Drawing "Failed=False" red is a known defect (FIELD 16).
    pub fn is_negative(&self) -> bool {
        matches!(self, Self::Failed)
    }
}

open_enum!(
    /// Status of a condition.
    ConditionStatus {
        /// An observation shows that it holds.
        True = "True",
        /// An observation shows that it does not hold.
        False = "False",
        /// No observation yet, or none possible. `Unknown` on the wire.
        Unobserved = "Unknown",
    }
);

/// Condition of a workbench.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Type; unique within one status.
    #[serde(rename = "type", default, deserialize_with = "lenient::or_default")]
    pub kind: ConditionType,
    /// Status.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: ConditionStatus,
    /// CamelCase word for machines and searches; see [`crate::reason`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub reason: String,
    /// A sentence for users.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub message: String,
    /// Time of the last change of `status`; a changed reason or message does not move it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "is_none")]
    pub last_transition_time: Option<Timestamp>,
    /// The generation of the spec for which this was observed.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observed_generation: u64,
}

impl Condition {
    /// Returns `true` if an observation shows that it holds.
    pub fn is_true(&self) -> bool {
        self.status == ConditionStatus::True
    }
}

/// Returns the condition of this type, or `None` if it is absent.
pub fn find<'a>(conditions: &'a [Condition], kind: &ConditionType) -> Option<&'a Condition> {
    conditions.iter().find(|c| c.kind == *kind)
}

/// Returns the step that holds up a start, or an app that was ready: the first one that waits for
/// someone, else the first one in progress. Steps that only wait for another one come last. `None` if
/// every step is met.
pub fn blocker(conditions: &[Condition]) -> Option<&Condition> {
    let open = || {
        let steps = STEPS.iter().filter_map(|kind| find(conditions, kind));
        steps.filter(|step| !step.is_true())
    };
    let observed = || open().filter(|step| step.status == ConditionStatus::False);
    let is_blocked = |step: &&Condition| {
        reason::lookup(&step.reason).is_some_and(|known| known.kind == ReasonKind::Blocked)
    };
    observed()
        .find(is_blocked)
        .or_else(|| observed().find(|step| !reason::is_wait(&step.reason)))
        .or_else(|| observed().next())
        .or_else(|| open().next())
}

/// Returns `true` if the condition of this type exists and is True.
pub fn holds(conditions: &[Condition], kind: &ConditionType) -> bool {
    find(conditions, kind).is_some_and(Condition::is_true)
}
