//! Phase and `k8sStatus`: two words that summarize the conditions, each derived in one place.

use crate::condition::{Condition, ConditionType, holds};
use crate::open_enum;
use crate::reason;

open_enum!(
    /// Phase of a workbench.
    Phase {
        /// Requested; nothing was created yet.
        Pending = "Pending",
        /// The process is starting.
        Creating = "Creating",
        /// The process is running. The condition `Ready` says if it can be used.
        Running = "Running",
        /// A stop is requested, and something is still there.
        Stopping = "Stopping",
        /// Stopped, or never started.
        Stopped = "Stopped",
        /// Ended by itself and successfully.
        Completed = "Completed",
        /// Ended without success.
        Failed = "Failed",
    }
);

impl Phase {
    /// Returns `true` if the run is over: nothing changes without a new command.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Stopped | Self::Completed | Self::Failed)
    }
}

open_enum!(
    /// Summary that decides whether the console shows the app's frame.
    K8sStatus {
        /// The phase is Running and Ready is True. Nothing else.
        Running = "Running",
        /// Starting or stopping.
        Progressing = "Progressing",
        /// Stopped by a user or for idleness, or never started.
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
    /// No stop is requested.
    NotWished,
    /// A stop is requested, and something is still there.
    Underway,
    /// A stop is requested, and nothing is there any more.
    Done,
}

/// Returns the phase, from the conditions and the requested stop: Failed, then Completed, then the
/// stop, then RunnerStarted, then JobCreated, else Pending.
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
