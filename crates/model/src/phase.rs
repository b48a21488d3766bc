//! Phase and `k8sStatus`: two words that sum up the conditions, each derived in one place.

use crate::condition::{Condition, ConditionType, holds};
use crate::open_enum;
use crate::reason;

open_enum!(
    /// Where a workbench is in its life.
    Phase {
        /// Wished for, nothing made yet.
        Pending = "Pending",
        /// Its process is being brought up.
        Creating = "Creating",
        /// Its process is up. Whether it can be used is the condition `Ready`.
        Running = "Running",
        /// It is to stop, and something of it is still there.
        Stopping = "Stopping",
        /// It was stopped, or has never been started.
        Stopped = "Stopped",
        /// It ended by itself and successfully.
        Completed = "Completed",
        /// It ended without success.
        Failed = "Failed",
    }
);

impl Phase {
    /// Returns `true` if the run is over: nothing will happen any more without a new wish.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Stopped | Self::Completed | Self::Failed)
    }
}

open_enum!(
    /// The one word the console's frame is gated on.
    K8sStatus {
        /// The phase is Running and Ready is True. Nothing else.
        Running = "Running",
        /// On its way to Running, or on its way to being stopped.
        Progressing = "Progressing",
        /// Stopped by a person or for idleness, or never started.
        Stopped = "Stopped",
        /// Ended by the system: out of memory, evicted, or past its deadline.
        Killed = "Killed",
        /// Ended without success.
        Failed = "Failed",
        /// Ended by itself and successfully.
        Complete = "Complete",
    }
);

impl K8sStatus {
    /// Returns `true` if the run is over.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Stopped | Self::Killed | Self::Failed | Self::Complete
        )
    }
}

/// Observed state of a requested stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopState {
    /// Nobody wants it stopped.
    NotWished,
    /// It is to stop, and something of it is still there.
    Underway,
    /// It is to stop, and nothing of it is there any more.
    Done,
}

/// Returns the phase, from the conditions and the wish to stop: Failed, then Completed, then the
/// wish, then RunnerStarted, then JobCreated, else Pending.
pub fn derive_phase(conditions: &[Condition], stop: StopState) -> Phase {
    if holds(conditions, &ConditionType::Failed) {
        return Phase::Failed;
    }
    if holds(conditions, &ConditionType::Completed) {
        return Phase::Completed;
    }
    match stop {
        StopState::Underway => return Phase::Stopping,
        StopState::Done => return Phase::Stopped,
        StopState::NotWished => {}
    }
    if holds(conditions, &ConditionType::RunnerStarted) {
        Phase::Running
    } else if holds(conditions, &ConditionType::JobCreated) {
        Phase::Creating
    } else {
        Phase::Pending
    }
}

/// Returns the `k8sStatus`, from the phase and the conditions.
pub fn derive_k8s_status(phase: &Phase, conditions: &[Condition]) -> K8sStatus {
    match phase {
        Phase::Running if holds(conditions, &ConditionType::Ready) => K8sStatus::Running,
        Phase::Pending | Phase::Creating | Phase::Running | Phase::Stopping => {
            K8sStatus::Progressing
        }
        Phase::Stopped => K8sStatus::Stopped,
        Phase::Completed => K8sStatus::Complete,
        Phase::Failed => {
            let cause = conditions
                .iter()
                .find(|c| c.kind == ConditionType::Failed)
                .map_or("", |c| c.reason.as_str());
            if reason::is_kill(cause) {
                K8sStatus::Killed
            } else {
                K8sStatus::Failed
            }
        }
        Phase::Unknown(word) => K8sStatus::Unknown(word.clone()),
    }
}
