//! How a workbench reads to a person: the word, the mark, the sentence, the steps. Pure.

use crate::ui::MarkKind;
use vestibule_model::condition::{Condition, ConditionStatus, ConditionType};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason::{self, Outlook};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::{Desired, Workbench};

/// The steps of a start, in their order.
const STEPS: [ConditionType; 6] = [
    ConditionType::PvcReady,
    ConditionType::SecretsReady,
    ConditionType::JobCreated,
    ConditionType::PodScheduled,
    ConditionType::RunnerStarted,
    ConditionType::Ready,
];

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
        Stage::Starting { late: true } => (MarkKind::Waiting, "Starting"),
        Stage::Starting { late: false } if is_blocked(reason) => (MarkKind::Waiting, "Starting"),
        Stage::Starting { late: false } => (MarkKind::Working, "Starting"),
        Stage::Running => (MarkKind::Ready, "Running"),
        Stage::Stopping => (MarkKind::Working, "Stopping"),
        Stage::Deleting => (MarkKind::Working, "Deleting"),
        Stage::Ended { .. } => match workbench.k8s_status {
            K8sStatus::Complete => (MarkKind::Completed, "Completed"),
            K8sStatus::Failed => (MarkKind::Failed, "Failed"),
            K8sStatus::Killed => (MarkKind::Failed, "Killed"),
            _ => (MarkKind::Stopped, "Stopped"),
        },
        Stage::Unknown => (MarkKind::Unknown, "Unknown"),
    }
}

fn is_blocked(word: &str) -> bool {
    reason::lookup(word).is_some_and(|reason| reason.outlook == Outlook::Blocked)
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

/// One step of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepReading {
    /// Which condition it stands for.
    pub kind: ConditionType,
    /// What it is called.
    pub label: &'static str,
    /// Its glyph: green only where an observation says so (FIELD 11).
    pub mark: MarkKind,
    /// What is said about it.
    pub note: String,
    /// The raw reason.
    pub reason: String,
    /// How its time is counted.
    pub time: StepTime,
}

/// How the time of a step is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepTime {
    /// It took from the first to the second.
    Took(Timestamp, Timestamp),
    /// It is under way since then.
    Since(Timestamp),
    /// Nothing to count.
    None,
}

/// The steps of the current start, as far as they were observed.
pub fn steps(workbench: &Workbench) -> Vec<StepReading> {
    let is_over = matches!(stage(workbench), Stage::Ended { .. });
    let begun = workbench.run.as_ref().and_then(|run| run.started_at);
    let mut before = begun;
    let mut is_first_open = true;
    // Between the wish and the first look, what is there still tells of the run before.
    let has_news = !workbench.desires_another_run();
    STEPS
        .iter()
        .map(|kind| {
            let condition = workbench.status.condition(kind).filter(|_| has_news);
            let is_true = condition.is_some_and(Condition::is_true);
            let changed = condition.and_then(|c| c.last_transition_time);
            let time = match (is_true, before, changed) {
                (true, Some(from), Some(until)) => StepTime::Took(from, until.max(from)),
                (false, Some(from), _) if is_first_open && !is_over => StepTime::Since(from),
                _ => StepTime::None,
            };
            let mark = step_mark(condition, is_first_open, is_over);
            if is_true {
                before = before.max(changed);
            } else {
                is_first_open = false;
            }
            let says_something = mark != MarkKind::Pending && !is_true;
            StepReading {
                kind: kind.clone(),
                label: label(kind),
                mark,
                note: condition
                    .filter(|_| says_something)
                    .map_or_else(String::new, |c| c.message.clone()),
                reason: condition
                    .filter(|_| says_something)
                    .map_or_else(String::new, |c| c.reason.clone()),
                time,
            }
        })
        .collect()
}

fn step_mark(condition: Option<&Condition>, is_first_open: bool, is_over: bool) -> MarkKind {
    let Some(condition) = condition else {
        return MarkKind::Pending;
    };
    if condition.is_true() {
        return MarkKind::Completed;
    }
    let outlook = reason::lookup(&condition.reason).map(|reason| reason.outlook);
    match (&condition.status, outlook) {
        (ConditionStatus::Unknown(_), _) => MarkKind::Unknown,
        (_, Some(Outlook::Permanent | Outlook::Killed)) => MarkKind::Failed,
        (ConditionStatus::False, Some(Outlook::Blocked)) if !is_over => MarkKind::Waiting,
        (ConditionStatus::False, Some(Outlook::Ended)) => MarkKind::Stopped,
        _ if is_first_open && !is_over => MarkKind::Working,
        _ => MarkKind::Pending,
    }
}

fn label(kind: &ConditionType) -> &'static str {
    match kind {
        ConditionType::PvcReady => "Folder",
        ConditionType::SecretsReady => "Secrets",
        ConditionType::JobCreated => "Job",
        ConditionType::PodScheduled => "Place",
        ConditionType::RunnerStarted => "Process",
        ConditionType::Ready => "App answers",
        ConditionType::Completed => "Completed",
        ConditionType::Failed => "Failed",
        ConditionType::Unknown(_) => "Other",
    }
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
