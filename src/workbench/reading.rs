//! How a workbench reads to a person: the word, the mark, the sentence. Pure.

use crate::ui::MarkKind;
use vestibule_model::condition::{Condition, ConditionStatus, ConditionType, STEPS};
use vestibule_model::hold::Hold;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::workbench::{Desired, Workbench};

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
}

/// What can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// On its way; `late` when it takes longer than it was given.
    Starting { late: bool },
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
    let stage = stage(workbench);
    let told = telling_condition(workbench, stage);
    let reason = match stage {
        Stage::Ended { .. } => workbench.status.stopped_reason.clone(),
        Stage::Deleting => Some(String::new()),
        _ => None,
    }
    .or_else(|| told.map(|condition| condition.reason.clone()))
    .unwrap_or_default();
    let (mark, word) = mark_and_word(workbench, stage, &reason);
    Reading {
        stage,
        mark,
        word,
        sentence: sentence(workbench, stage, &reason),
        reason,
    }
}

fn stage(workbench: &Workbench) -> Stage {
    if workbench.deleting {
        return Stage::Deleting;
    }
    match &workbench.k8s_status {
        status if status.is_terminal() => {
            if workbench.desires_another_run() {
                return Stage::Starting { late: false };
            }
            let badly = matches!(status, K8sStatus::Failed | K8sStatus::Killed);
            Stage::Ended { badly }
        }
        _ if workbench.desired == Desired::Stopped || workbench.status.phase == Phase::Stopping => {
            Stage::Stopping
        }
        K8sStatus::Running => Stage::Running,
        K8sStatus::Progressing => Stage::Starting {
            late: workbench
                .status
                .condition(&ConditionType::Ready)
                .is_some_and(|ready| ready.reason == reason::START_DEADLINE_EXCEEDED),
        },
        _ => Stage::Unknown,
    }
}

/// Whether somebody may have something inside that an end would lose: it can be used, or could be
/// since this run began.
pub fn may_hold_work(workbench: &Workbench) -> bool {
    match stage(workbench) {
        Stage::Running | Stage::Unknown => true,
        Stage::Starting { .. } => has_fallen_silent(workbench),
        Stage::Stopping | Stage::Deleting | Stage::Ended { .. } => false,
    }
}

/// The condition that tells what it is doing, or why it ended.
fn telling_condition(workbench: &Workbench, stage: Stage) -> Option<&Condition> {
    let status = &workbench.status;
    match stage {
        Stage::Ended { .. } => [ConditionType::Failed, ConditionType::Completed]
            .iter()
            .filter_map(|kind| status.condition(kind))
            .find(|condition| condition.is_true()),
        Stage::Starting { late: true } => status.condition(&ConditionType::Ready),
        _ => {
            let steps = || STEPS.iter().filter_map(|kind| status.condition(kind));
            steps()
                .find(|condition| condition.status == ConditionStatus::False)
                .or_else(|| steps().find(|condition| !condition.is_true()))
                .or_else(|| status.condition(&ConditionType::Ready))
        }
    }
}

fn mark_and_word(workbench: &Workbench, stage: Stage, reason: &str) -> (MarkKind, &'static str) {
    match stage {
        Stage::Starting { late: true } => (MarkKind::Waiting, Hold::Late.word()),
        Stage::Starting { .. } if has_fallen_silent(workbench) => {
            (MarkKind::Waiting, "Not answering")
        }
        Stage::Starting { late: false } => match Hold::of_reason(reason) {
            Some(hold) => (MarkKind::Waiting, hold.word()),
            None => (MarkKind::Working, "Starting"),
        },
        Stage::Running => (MarkKind::Ready, "Running"),
        Stage::Stopping => (MarkKind::Working, "Stopping"),
        Stage::Deleting => (MarkKind::Working, "Deleting"),
        Stage::Ended { .. } => match workbench.k8s_status {
            K8sStatus::Complete => (MarkKind::Completed, "Completed"),
            K8sStatus::Failed => (MarkKind::Failed, "Failed"),
            K8sStatus::Killed if reason == reason::TIMEOUT => (MarkKind::Failed, "Timed out"),
            K8sStatus::Killed => (MarkKind::Failed, "Killed"),
            _ => (MarkKind::Stopped, "Stopped"),
        },
        Stage::Unknown => (MarkKind::Unknown, "Unknown"),
    }
}

/// Whether the app's process is up, and the app does not answer any more as it did.
fn has_fallen_silent(workbench: &Workbench) -> bool {
    let status = &workbench.status;
    let is_up = status.phase == Phase::Running
        && status
            .condition(&ConditionType::RunnerStarted)
            .is_some_and(Condition::is_true);
    is_up && status.ready_time.is_some() && !workbench.desires_another_run()
}

fn sentence(workbench: &Workbench, stage: Stage, reason: &str) -> String {
    match stage {
        Stage::Deleting => return "It is stopped first, then its folder is removed.".to_owned(),
        Stage::Stopping => return "The app is asked to stop, and given time to do so.".to_owned(),
        Stage::Starting { late: true } => return late_sentence(workbench),
        Stage::Starting { .. } if workbench.desires_another_run() => {
            return "The start was asked for and begins.".to_owned();
        }
        _ => {}
    }
    match workbench.status.message.as_deref() {
        Some(message) if !message.is_empty() => message.to_owned(),
        _ if !reason.is_empty() => reason::sentence(reason).to_owned(),
        _ if stage == Stage::Unknown && !workbench.k8s_status.as_str().is_empty() => format!(
            "The server calls this state \u{201c}{}\u{201d}, which this console does not know.",
            workbench.k8s_status
        ),
        _ => "Nothing is known of it yet.".to_owned(),
    }
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
