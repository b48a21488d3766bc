//! The state of a workbench in the words of the screen, shared by rows, filter, page and tab title.

use vestibule_model::condition::ConditionType;
use vestibule_model::hold::{self, Hold};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::workbench::{Desired, Workbench};

/// State of a workbench, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Ended without success.
    Failed,
    /// Ended by the system.
    Killed,
    /// Time limit passed.
    TimedOut,
    /// A word of another version.
    Unknown,
    /// Blocked start or app.
    Held(Hold),
    /// Starting.
    Starting,
    /// Stopping.
    Stopping,
    /// Being deleted.
    Deleting,
    /// Running and usable.
    Running,
    /// Ended by itself and successfully.
    Completed,
    /// Stopped, or never started.
    Stopped,
}

impl State {
    /// All states, worst first.
    pub const ALL: [Self; 14] = [
        Self::Failed,
        Self::Killed,
        Self::TimedOut,
        Self::Unknown,
        Self::Held(Hold::ForYou),
        Self::Held(Hold::Late),
        Self::Held(Hold::Silent),
        Self::Held(Hold::ForOthers),
        Self::Starting,
        Self::Stopping,
        Self::Deleting,
        Self::Running,
        Self::Completed,
        Self::Stopped,
    ];

    /// Returns the state of a workbench.
    pub fn of(workbench: &Workbench) -> Self {
        let is_to_stop =
            || workbench.desired == Desired::Stopped || workbench.status.phase == Phase::Stopping;
        match &workbench.k8s_status {
            _ if workbench.deleting => Self::Deleting,
            status if status.is_terminal() && workbench.desires_another_run() => Self::Starting,
            K8sStatus::Complete => Self::Completed,
            K8sStatus::Failed => Self::Failed,
            K8sStatus::Killed if is_timed_out(workbench) => Self::TimedOut,
            K8sStatus::Killed => Self::Killed,
            K8sStatus::Stopped => Self::Stopped,
            _ if is_to_stop() => Self::Stopping,
            K8sStatus::Running => Self::Running,
            K8sStatus::Progressing => starting(workbench),
            K8sStatus::Unknown(_) => Self::Unknown,
        }
    }

    /// Returns the label, of one to three words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::Killed => "Killed",
            Self::TimedOut => "Timed out",
            Self::Unknown => "Unknown",
            Self::Held(hold) => hold.as_str(),
            Self::Starting => "Starting",
            Self::Stopping => "Stopping",
            Self::Deleting => "Deleting",
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Stopped => "Stopped",
        }
    }

    /// Returns the state with this label, or `None` for other words.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Returns `true` if the run has ended.
    pub fn is_ended(self) -> bool {
        matches!(
            self,
            Self::Failed | Self::Killed | Self::TimedOut | Self::Completed | Self::Stopped
        )
    }
}

fn is_timed_out(workbench: &Workbench) -> bool {
    let status = &workbench.status;
    let failed = || Some(status.condition(&ConditionType::Failed)?.reason.as_str());
    status.stopped_reason.as_deref().or_else(failed) == Some(reason::TIMEOUT)
}

fn starting(workbench: &Workbench) -> State {
    if workbench.desires_another_run() {
        return State::Starting;
    }
    hold::reason(&workbench.status)
        .and_then(Hold::of_reason)
        .map_or(State::Starting, State::Held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_unique_label() {
        assert!(State::ALL.is_sorted(), "failures first");
        for state in State::ALL {
            assert_eq!(State::of_word(state.as_str()), Some(state));
        }
        assert_eq!(State::of_word("Hibernated"), None);
    }

    #[test]
    fn time_limit_is_no_kill_and_commands_count_at_once() {
        let of = |k8s: &str, reason: &str, changes: &str| {
            let text = format!(
                r#"{{"id":"wb-1","workspaceId":"ws-1","k8sStatus":"{k8s}","desired":"Running",
                    "status":{{"runNumber":1,"phase":"Failed","conditions":[
                        {{"type":"Failed","status":"True","reason":"{reason}"}}]}}{changes}}}"#
            );
            State::of(&serde_json::from_str(&text).expect("a workbench"))
        };
        assert_eq!(of("Killed", "Timeout", ""), State::TimedOut);
        assert_eq!(of("Killed", "OOMKilled", ""), State::Killed);
        assert_eq!(of("Failed", "ExitCode", ""), State::Failed);
        let again = r#","run":{"id":"run-2","number":2}"#;
        assert_eq!(of("Failed", "ExitCode", again), State::Starting);
        let deleting = r#","deleting":true"#;
        assert_eq!(of("Failed", "ExitCode", deleting), State::Deleting);
        for word in ["", "Hibernated"] {
            assert_eq!(of(word, "", ""), State::Unknown);
        }
    }
}
