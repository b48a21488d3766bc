//! Summary of a workbench's state: the word, the mark, the sentence. Pure.

use super::texts;
use crate::ui::MarkKind;
use vestibule_client::state::State;
use vestibule_model::condition::{self, Condition, ConditionType};
use vestibule_model::hold::Hold;
use vestibule_model::reason;
use vestibule_model::workbench::Workbench;

/// State of a workbench as lists, pages and tabs show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusSummary {
    /// Stage of its life, which decides the actions on offer.
    pub stage: WorkbenchStage,
    /// Glyph of the state.
    pub mark: MarkKind,
    /// The state in one to three words.
    pub word: &'static str,
    /// Sentence about what is happening.
    pub sentence: String,
    /// The raw reason, for searching.
    pub reason: String,
    /// The observation verbatim, where the sentence puts it in plainer words; empty otherwise.
    pub detail: String,
    /// `true` if a restart is shown as one state.
    pub is_restarting: bool,
}

/// Stage of a workbench's life, by the actions that make sense in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkbenchStage {
    /// Starting; `late` past its start deadline, `again` if the app has answered before in this run.
    Starting { late: bool, again: bool },
    /// Usable.
    Running,
    /// Stopping.
    Stopping,
    /// Being deleted.
    Deleting,
    /// Ended; `badly` if without success.
    Ended { badly: bool },
    /// Unknown to this console.
    Unknown,
}

impl WorkbenchStage {
    /// Returns `true` if the run has ended.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Ended { .. })
    }
}

impl StatusSummary {
    /// Summarizes a workbench.
    pub fn of(workbench: &Workbench) -> Self {
        let state = State::of(workbench);
        let stage = stage(state, workbench.has_answered());
        let condition = relevant_condition(workbench, stage);
        let reason = match stage {
            WorkbenchStage::Ended { .. } => workbench.status.stopped_reason.clone(),
            // A condition of the app does not show the progress of its stop.
            WorkbenchStage::Stopping | WorkbenchStage::Deleting => Some(String::new()),
            _ => None,
        }
        .or_else(|| condition.map(|condition| condition.reason.clone()))
        .unwrap_or_default();
        let sentence = sentence(workbench, stage, &reason);
        let message = workbench.status.message.as_deref().unwrap_or_default();
        let is_detail =
            is_raw(&reason) && sentence == reason::sentence(&reason) && message != sentence;
        Self {
            stage,
            mark: mark_of_state(state),
            word: state.as_str(),
            detail: if is_detail { message } else { "" }.to_owned(),
            sentence,
            reason,
            is_restarting: false,
        }
    }

    /// Returns the summary before the first answer of the server.
    pub fn unknown() -> Self {
        Self {
            stage: WorkbenchStage::Unknown,
            mark: MarkKind::Unknown,
            word: texts::STATE_UNKNOWN,
            sentence: String::new(),
            reason: String::new(),
            detail: String::new(),
            is_restarting: false,
        }
    }
}

fn stage(state: State, again: bool) -> WorkbenchStage {
    match state {
        State::Failed | State::Killed | State::TimedOut => WorkbenchStage::Ended { badly: true },
        State::Completed | State::Stopped => WorkbenchStage::Ended { badly: false },
        State::Held(hold) => WorkbenchStage::Starting {
            late: hold == Hold::Late,
            again,
        },
        State::Starting => WorkbenchStage::Starting { late: false, again },
        State::Stopping => WorkbenchStage::Stopping,
        State::Deleting => WorkbenchStage::Deleting,
        State::Running => WorkbenchStage::Running,
        State::Unknown => WorkbenchStage::Unknown,
    }
}

/// Returns `true` if a stop could lose unsaved work: the app is usable, or has been in this run.
pub fn may_hold_work(workbench: &Workbench) -> bool {
    matches!(
        State::of(workbench),
        State::Running | State::Unknown | State::Held(Hold::Silent)
    )
}

/// Returns the condition that explains the stage.
fn relevant_condition(workbench: &Workbench, stage: WorkbenchStage) -> Option<&Condition> {
    let status = &workbench.status;
    match stage {
        WorkbenchStage::Ended { .. } => [ConditionType::Failed, ConditionType::Completed]
            .iter()
            .filter_map(|kind| status.condition(kind))
            .find(|condition| condition.is_true()),
        WorkbenchStage::Starting { late: true, .. } => status.condition(&ConditionType::Ready),
        _ => {
            let open = condition::blocker(&status.conditions);
            open.or_else(|| status.condition(&ConditionType::Ready))
        }
    }
}

/// Returns the glyph of a state.
pub fn mark_of_state(state: State) -> MarkKind {
    match state {
        State::Failed | State::Killed | State::TimedOut => MarkKind::Failed,
        State::Held(_) => MarkKind::Waiting,
        State::Starting | State::Stopping | State::Deleting => MarkKind::Working,
        State::Running => MarkKind::Ready,
        State::Completed => MarkKind::Completed,
        State::Stopped => MarkKind::Stopped,
        State::Unknown => MarkKind::Unknown,
    }
}

fn sentence(workbench: &Workbench, stage: WorkbenchStage, reason: &str) -> String {
    match stage {
        WorkbenchStage::Deleting => return texts::DELETING.to_owned(),
        WorkbenchStage::Stopping => return texts::STOPPING.to_owned(),
        WorkbenchStage::Starting { late: true, .. } => return late_sentence(workbench),
        WorkbenchStage::Ended { .. } if reason == reason::USER_STOPPED => {
            let message = workbench.status.message.as_deref();
            // A message of its own says that the app had to be killed.
            if let Some(name) = &workbench.stopped_by_name
                && message == Some(reason::sentence(reason))
            {
                return texts::stopped_by(name);
            }
        }
        WorkbenchStage::Starting { .. } if workbench.desires_another_run() => {
            return texts::STARTING.to_owned();
        }
        _ => {}
    }
    match workbench.status.message.as_deref() {
        Some(message) if !message.is_empty() && !is_raw(reason) => message.to_owned(),
        // Before the first observation there is no message; a reason then only says so.
        _ if reason == reason::NOT_OBSERVED && matches!(stage, WorkbenchStage::Starting { .. }) => {
            texts::STARTING.to_owned()
        }
        _ if !reason.is_empty() => reason::sentence(reason).to_owned(),
        _ if stage == WorkbenchStage::Unknown && !workbench.k8s_status.as_str().is_empty() => {
            texts::unknown_state(workbench.k8s_status.as_str())
        }
        _ if matches!(stage, WorkbenchStage::Starting { .. }) => texts::STARTING.to_owned(),
        _ => texts::NO_UPDATE_YET.to_owned(),
    }
}

/// Returns `true` if the message beside a reason is the probe's own, which speaks of ports.
fn is_raw(reason: &str) -> bool {
    reason == reason::PROBE_PENDING
}

/// Returns a sentence about a late start and what it still waits for.
fn late_sentence(workbench: &Workbench) -> String {
    let late = reason::sentence(reason::START_DEADLINE_EXCEEDED);
    match workbench.status.message.as_deref() {
        Some(message) if !message.is_empty() && message != late => format!("{late} {message}"),
        _ => late.to_owned(),
    }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
