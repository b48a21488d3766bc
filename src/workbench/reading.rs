//! How a workbench reads to a person: the word, the mark, the sentence. Pure.

use crate::ui::MarkKind;
use vestibule_model::condition::{Condition, ConditionStatus, ConditionType, STEPS};
use vestibule_model::hold::Hold;
use vestibule_model::reason;
use vestibule_model::state::State;
use vestibule_model::workbench::Workbench;

/// What a person is to understand at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Where it is, as far as one can do something about it.
    pub stage: Stage,
    /// Its glyph.
    pub mark: MarkKind,
    /// One word.
    pub word: &'static str,
    /// One sentence.
    pub sentence: String,
    /// The raw reason, for those who search for it.
    pub reason: String,
    /// What was observed, word for word, where the sentence puts it in plainer words.
    pub detail: String,
}

/// What can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On its way; `late` when it takes longer than it was given, `again` when the app has answered
    /// before in this run.
    Starting { late: bool, again: bool },
    /// It can be used.
    Running,
    /// On its way out.
    Stopping,
    /// On its way out for good.
    Deleting,
    /// It has ended, in one way or another.
    Ended { badly: bool },
    /// A word this console does not know.
    Unknown,
}

/// Reads a workbench.
pub fn read(workbench: &Workbench) -> Reading {
    let state = State::of(workbench);
    let stage = stage(state, workbench.has_answered());
    let told = telling_condition(workbench, stage);
    let reason = match stage {
        Stage::Ended { .. } => workbench.status.stopped_reason.clone(),
        Stage::Deleting => Some(String::new()),
        _ => None,
    }
    .or_else(|| told.map(|condition| condition.reason.clone()))
    .unwrap_or_default();
    let sentence = sentence(workbench, stage, &reason);
    let message = workbench.status.message.as_deref().unwrap_or_default();
    let is_detail = is_raw(&reason) && sentence == reason::sentence(&reason) && message != sentence;
    Reading {
        stage,
        mark: mark(state),
        word: state.word(),
        detail: if is_detail { message } else { "" }.to_owned(),
        sentence,
        reason,
    }
}

fn stage(state: State, again: bool) -> Stage {
    match state {
        State::Failed | State::Killed | State::TimedOut => Stage::Ended { badly: true },
        State::Completed | State::Stopped => Stage::Ended { badly: false },
        State::Held(hold) => Stage::Starting {
            late: hold == Hold::Late,
            again,
        },
        State::Starting => Stage::Starting { late: false, again },
        State::Stopping => Stage::Stopping,
        State::Deleting => Stage::Deleting,
        State::Running => Stage::Running,
        State::Unknown => Stage::Unknown,
    }
}

/// Whether somebody may have something inside that an end would lose: it can be used, or could be
/// since this run began.
pub fn may_hold_work(workbench: &Workbench) -> bool {
    matches!(
        State::of(workbench),
        State::Running | State::Unknown | State::Held(Hold::Silent)
    )
}

/// The condition that tells what it is doing, or why it ended.
fn telling_condition(workbench: &Workbench, stage: Stage) -> Option<&Condition> {
    let status = &workbench.status;
    match stage {
        Stage::Ended { .. } => [ConditionType::Failed, ConditionType::Completed]
            .iter()
            .filter_map(|kind| status.condition(kind))
            .find(|condition| condition.is_true()),
        Stage::Starting { late: true, .. } => status.condition(&ConditionType::Ready),
        _ => {
            let steps = || STEPS.iter().filter_map(|kind| status.condition(kind));
            steps()
                .find(|condition| condition.status == ConditionStatus::False)
                .or_else(|| steps().find(|condition| !condition.is_true()))
                .or_else(|| status.condition(&ConditionType::Ready))
        }
    }
}

/// The glyph of a state.
pub fn mark(state: State) -> MarkKind {
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

fn sentence(workbench: &Workbench, stage: Stage, reason: &str) -> String {
    match stage {
        Stage::Deleting => return "It is stopped first, then its folder is removed.".to_owned(),
        Stage::Stopping => return "The app is asked to stop, and given time to do so.".to_owned(),
        Stage::Starting { late: true, .. } => return late_sentence(workbench),
        Stage::Starting { .. } if workbench.desires_another_run() => {
            return "The start was asked for and begins.".to_owned();
        }
        _ => {}
    }
    match workbench.status.message.as_deref() {
        Some(message) if !message.is_empty() && !is_raw(reason) => message.to_owned(),
        _ if !reason.is_empty() => reason::sentence(reason).to_owned(),
        _ if stage == Stage::Unknown && !workbench.k8s_status.as_str().is_empty() => format!(
            "The server calls this state \u{201c}{}\u{201d}, which this console does not know.",
            workbench.k8s_status
        ),
        _ => "Nothing is known of it yet.".to_owned(),
    }
}

/// Whether what comes with a reason is the words of a probe, which speak of ports.
fn is_raw(reason: &str) -> bool {
    reason == reason::PROBE_PENDING
}

/// A start that is late says so first, and then what it still waits for.
fn late_sentence(workbench: &Workbench) -> String {
    let late = reason::sentence(reason::START_DEADLINE_EXCEEDED);
    match workbench.status.message.as_deref() {
        Some(message) if !message.is_empty() && message != late => format!("{late} {message}"),
        _ => late.to_owned(),
    }
}

/// What a condition is called.
pub fn condition_label(kind: &ConditionType) -> String {
    match kind {
        ConditionType::PvcReady => "Folder",
        ConditionType::SecretsReady => "Secrets",
        ConditionType::JobCreated => "Job",
        ConditionType::PodScheduled => "Place",
        ConditionType::RunnerStarted => "Process",
        ConditionType::Ready => "App answers",
        ConditionType::Completed => "Completed",
        ConditionType::Failed => "Failed",
        ConditionType::Unknown(word) => word,
    }
    .to_owned()
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
