//! The words and marks of a build's state.

use crate::ui::MarkKind;
use vestibule_model::build::{Build, BuildReason, BuildStatus, StepStatus, queue};
use vestibule_model::causes::ResolvedBy;
use vestibule_model::duration::humanize;
use vestibule_model::time::{Millis, Timestamp};

/// Returns the mark and the word of its state.
pub fn state(build: &Build) -> (MarkKind, &'static str) {
    match &build.status {
        _ if build.is_cancelling() => (MarkKind::Working, "Cancelling…"),
        BuildStatus::Pending => (MarkKind::Pending, "Queued"),
        BuildStatus::Running => (MarkKind::Working, "Building"),
        BuildStatus::Succeeded => (MarkKind::Completed, "Built"),
        BuildStatus::Failed if build.reason == Some(BuildReason::Interrupted) => {
            (MarkKind::Failed, "Interrupted")
        }
        BuildStatus::Failed => (MarkKind::Failed, "Failed"),
        BuildStatus::Cancelled => (MarkKind::Stopped, "Cancelled"),
        BuildStatus::Unknown(_) => (MarkKind::Unknown, "Unknown"),
    }
}

/// Returns the app's title.
pub fn title(build: &Build) -> String {
    [&build.app_title, &build.app]
        .into_iter()
        .find(|name| !name.is_empty())
        .map_or_else(|| "an app without a name".to_owned(), String::clone)
}

/// Returns what happens now, or how it ended, in a sentence; empty where the state says it all.
pub fn sentence(build: &Build) -> String {
    match &build.status {
        _ if build.is_cancelling() => "Stopping the running step…".to_owned(),
        BuildStatus::Pending => build
            .queue_position
            .map_or_else(|| "Waiting in the queue.".to_owned(), queue::sentence),
        BuildStatus::Running => build.step.clone().unwrap_or_else(|| "Starting…".to_owned()),
        BuildStatus::Succeeded if build.reason == Some(BuildReason::Cached) => {
            "Nothing to do: the same steps were built before.".to_owned()
        }
        BuildStatus::Succeeded => String::new(),
        BuildStatus::Failed => build.error.clone().unwrap_or_default(),
        BuildStatus::Cancelled => build
            .error
            .clone()
            .unwrap_or_else(|| "Cancelled by a user.".to_owned()),
        BuildStatus::Unknown(word) => {
            format!("This console doesn't know the status “{word}”.")
        }
    }
}

/// Returns what went wrong, in a few words.
pub fn headline(build: &Build) -> &'static str {
    match &build.reason {
        Some(BuildReason::StepFailed) => "A step of the build failed.",
        Some(BuildReason::StepNotFound) => "A step's program isn't installed.",
        Some(BuildReason::StepNotStarted) => "A step couldn't be started.",
        Some(BuildReason::DiskFull) => "The disk is full.",
        Some(BuildReason::FolderUnusable) => "The builds folder can't be used.",
        Some(BuildReason::TimedOut) => "The build timed out.",
        Some(BuildReason::Interrupted) => "The server stopped during the build.",
        Some(BuildReason::AppGone) => "The app is no longer in the catalogue.",
        _ => "The build failed.",
    }
}

/// Returns who can fix the failure. The catalogue and the machine belong to an administrator.
pub fn who(build: &Build, is_administrator: bool) -> ResolvedBy {
    match &build.reason {
        Some(BuildReason::Interrupted | BuildReason::Cancelled) => ResolvedBy::You,
        _ if is_administrator => ResolvedBy::You,
        _ => ResolvedBy::Administrator,
    }
}

/// Returns what to do about it, or nothing if the text of the failure says so already.
pub fn advice(build: &Build, text: &str, is_administrator: bool) -> &'static str {
    let advice = match (&build.reason, is_administrator) {
        (None, _) => "",
        (Some(reason), true) => reason.administrator_advice(),
        (Some(reason), false) => reason.advice(),
    };
    if text.contains(advice) { "" } else { advice }
}

/// Returns its duration, or `None` before it began.
pub fn length(build: &Build, now: Timestamp) -> Option<String> {
    let started = build.started_at?;
    let end = build.finished_at.or(build.is_open().then_some(now))?;
    Some(format_length(
        end.since(started),
        build.finished_at.is_some(),
    ))
}

/// Formats a duration; an ended one below a second is "< 1 s".
pub fn format_length(length: Millis, is_over: bool) -> String {
    if is_over && length < Millis(1_000) {
        "< 1 s".to_owned()
    } else {
        humanize(length)
    }
}

/// Returns the mark of a step's state, and its word for assistive technology.
pub fn step_state(status: &StepStatus) -> (MarkKind, &'static str) {
    match status {
        StepStatus::Pending => (MarkKind::Pending, "not yet"),
        StepStatus::Running => (MarkKind::Working, "in progress"),
        StepStatus::Succeeded => (MarkKind::Completed, "done"),
        StepStatus::Failed => (MarkKind::Failed, "failed"),
        StepStatus::Cancelled => (MarkKind::Stopped, "cancelled"),
        StepStatus::Skipped => (MarkKind::Pending, "skipped"),
        StepStatus::Unknown(_) => (MarkKind::Unknown, "unknown"),
    }
}

/// Action on a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildAction {
    /// Cancels it.
    Cancel,
    /// Requests the same build again.
    Retry,
}

impl BuildAction {
    /// Returns what can be done; a build is cancelled only once.
    pub fn of(build: &Build) -> Option<Self> {
        match build.status {
            _ if build.is_cancelling() => None,
            BuildStatus::Pending | BuildStatus::Running => Some(Self::Cancel),
            BuildStatus::Failed | BuildStatus::Cancelled => Some(Self::Retry),
            BuildStatus::Succeeded | BuildStatus::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn build(changes: Value) -> Build {
        let mut build = json!({"id": "bld-1", "workspaceId": "ws-1", "app": "lab", "appTitle": "Lab",
            "startedAt": "2026-11-21T10:00:00Z"});
        for (key, value) in changes.as_object().into_iter().flatten() {
            build[key] = value.clone();
        }
        serde_json::from_value(build).expect("a build is always readable")
    }

    #[test]
    fn every_state_has_a_mark_a_word_and_a_sentence_of_its_own() {
        let all = [
            json!({"status": "pending", "queuePosition": 2}),
            json!({"status": "running", "step": "Step 2 of 3: pip install lab"}),
            json!({"status": "running", "cancelRequestedAt": "2026-11-21T10:00:05Z"}),
            json!({"status": "succeeded", "reason": "Cached"}),
            json!({"status": "failed", "reason": "StepFailed", "error": "pip ended with exit code 1."}),
            json!({"status": "failed", "reason": "Interrupted"}),
            json!({"status": "cancelled"}),
            json!({"status": "hibernating"}),
        ]
        .map(|changes| {
            let build = build(changes);
            (state(&build).1, sentence(&build))
        });
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one), "{one:?}");
        }
        assert_eq!(all[0].1, "Build queued; 1 other comes first.");
        assert_eq!(all[1].1, "Step 2 of 3: pip install lab");
        assert_eq!(all[2].0, "Cancelling…");
        assert!(all[7].1.contains("hibernating"), "{}", all[7].1);
    }

    #[test]
    fn a_build_is_cancelled_once() {
        let command = |changes| BuildAction::of(&build(changes));
        assert_eq!(
            command(json!({"status": "running"})),
            Some(BuildAction::Cancel)
        );
        let requested_at = "2026-11-21T10:00:05Z";
        let cancelling = json!({"status": "running", "cancelRequestedAt": requested_at});
        assert_eq!(command(cancelling), None);
        let cancelled = json!({"status": "cancelled", "cancelRequestedAt": requested_at});
        assert_eq!(command(cancelled), Some(BuildAction::Retry));
        assert_eq!(command(json!({"status": "hibernating"})), None);
    }

    #[test]
    fn advice_that_the_error_gives_is_left_out() {
        let build = build(json!({"status": "failed", "reason": "DiskFull"}));
        let first = advice(&build, "No space left.", false);
        assert!(!first.is_empty());
        assert_eq!(
            advice(&build, &["No space left. ", first].concat(), false),
            ""
        );
    }

    #[test]
    fn an_administrator_is_told_what_to_do_instead_of_whom_to_ask() {
        for reason in [
            "StepFailed",
            "StepNotFound",
            "FolderUnusable",
            "DiskFull",
            "TimedOut",
            "AppGone",
        ] {
            let build = build(json!({"status": "failed", "reason": reason}));
            let own = advice(&build, "", true);
            assert!(
                !own.is_empty() && !own.contains("dministrator"),
                "{reason}: {own}"
            );
            assert_eq!(who(&build, true), ResolvedBy::You);
            assert_eq!(who(&build, false), ResolvedBy::Administrator);
        }
    }

    #[test]
    fn a_duration_grows_only_while_the_build_runs() {
        let at = |text| Timestamp::parse(text).expect("a time");
        let now = at("2026-11-21T10:01:05Z");
        let open = build(json!({"status": "running"}));
        assert_eq!(length(&open, now).as_deref(), Some("1 min 5 s"));
        let over = json!({"status": "succeeded", "finishedAt": "2026-11-21T10:00:00.500Z"});
        assert_eq!(length(&build(over), now).as_deref(), Some("< 1 s"));
        let odd = build(json!({"status": "failed"}));
        assert_eq!(length(&odd, now), None, "FIELD 28: nothing runs for ever");
        let waiting = build(json!({"status": "pending", "startedAt": null}));
        assert_eq!(length(&waiting, now), None);
    }
}
