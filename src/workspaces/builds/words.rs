//! What is said of a build, and by which mark.

use crate::ui::MarkKind;
use vestibule_model::build::{Build, BuildReason, BuildStatus, StepStatus, queue};
use vestibule_model::causes::Who;
use vestibule_model::duration::humanize;
use vestibule_model::time::{Millis, Timestamp};

/// Its state: the mark, and the word beside it.
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

/// What the app is called.
pub fn title(build: &Build) -> String {
    [&build.app_title, &build.app]
        .into_iter()
        .find(|name| !name.is_empty())
        .map_or_else(|| "an app without a name".to_owned(), String::clone)
}

/// What happens to it now, or how it ended, in a sentence; empty where the state says it all.
pub fn sentence(build: &Build) -> String {
    match &build.status {
        _ if build.is_cancelling() => "The step under way is being stopped.".to_owned(),
        BuildStatus::Pending => build
            .queue_position
            .map_or_else(|| "It waits for its turn.".to_owned(), queue::sentence),
        BuildStatus::Running => build
            .step
            .clone()
            .unwrap_or_else(|| "It begins.".to_owned()),
        BuildStatus::Succeeded if build.reason == Some(BuildReason::Cached) => {
            "The same had been built before.".to_owned()
        }
        BuildStatus::Succeeded => String::new(),
        BuildStatus::Failed => build.error.clone().unwrap_or_default(),
        BuildStatus::Cancelled => build
            .error
            .clone()
            .unwrap_or_else(|| "A person ended it.".to_owned()),
        BuildStatus::Unknown(word) => {
            format!("Its status “{word}” is not known to this version of the console.")
        }
    }
}

/// What happened, in a few words, where it failed.
pub fn headline(build: &Build) -> &'static str {
    match &build.reason {
        Some(BuildReason::StepFailed) => "A step of the build failed.",
        Some(BuildReason::StepNotFound) => "The program of a step is not installed.",
        Some(BuildReason::StepNotStarted) => "A step could not be started.",
        Some(BuildReason::DiskFull) => "The disk is full.",
        Some(BuildReason::FolderUnusable) => "The folder of builds cannot be used.",
        Some(BuildReason::TimedOut) => "The build took longer than builds may.",
        Some(BuildReason::Interrupted) => "The server ended while this was being built.",
        Some(BuildReason::AppGone) => "The catalogue does not have this app any more.",
        _ => "The build failed.",
    }
}

/// Who can fix what made it fail. The steps are the catalogue's, and the machine is an
/// administrator's.
pub fn who(build: &Build) -> Who {
    match &build.reason {
        Some(BuildReason::Interrupted | BuildReason::Cancelled) => Who::You,
        _ => Who::Administrator,
    }
}

/// What to do about it, unless it has been said.
pub fn advice(build: &Build) -> &'static str {
    let advice = build.reason.as_ref().map_or("", BuildReason::advice);
    let said = build.error.as_deref().unwrap_or_default();
    if said.contains(advice) { "" } else { advice }
}

/// How long it takes, or took; none before it began.
pub fn length(build: &Build, now: Timestamp) -> Option<String> {
    let started = build.started_at?;
    let end = build.finished_at.or(build.is_open().then_some(now))?;
    Some(told(end.since(started), build.finished_at.is_some()))
}

/// A length; what is over within a second took no seconds.
pub fn told(length: Millis, is_over: bool) -> String {
    if is_over && length < Millis(1_000) {
        "< 1 s".to_owned()
    } else {
        humanize(length)
    }
}

/// The state of a step: the mark, and the word for those who do not see it.
pub fn step_state(status: &StepStatus) -> (MarkKind, &'static str) {
    match status {
        StepStatus::Pending => (MarkKind::Pending, "not yet"),
        StepStatus::Running => (MarkKind::Working, "under way"),
        StepStatus::Succeeded => (MarkKind::Completed, "done"),
        StepStatus::Failed => (MarkKind::Failed, "failed"),
        StepStatus::Cancelled => (MarkKind::Stopped, "cancelled"),
        StepStatus::Skipped => (MarkKind::Pending, "skipped"),
        StepStatus::Unknown(_) => (MarkKind::Unknown, "unknown"),
    }
}

/// Whether news of a build is older than what is known: what has ended does not come back
/// (FIELD 25), nor is it forgotten that it is to end, and its log does not shrink.
pub fn is_old(news: &Build, known: &Build) -> bool {
    let is_before_the_wish =
        news.is_open() && !news.is_cancelling() && known.cancel_requested_at.is_some();
    (news.is_open() && !known.is_open()) || is_before_the_wish || news.log_bytes < known.log_bytes
}

/// What can be done about a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// To have it end.
    Cancel,
    /// To try again.
    Retry,
}

impl Deed {
    /// What there is to be done; that it is to end is asked for once.
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
    fn the_end_is_asked_for_once() {
        let deed = |changes| Deed::of(&build(changes));
        assert_eq!(deed(json!({"status": "running"})), Some(Deed::Cancel));
        let wish = "2026-11-21T10:00:05Z";
        let cancelling = json!({"status": "running", "cancelRequestedAt": wish});
        assert_eq!(deed(cancelling), None);
        let cancelled = json!({"status": "cancelled", "cancelRequestedAt": wish});
        assert_eq!(deed(cancelled), Some(Deed::Retry));
        assert_eq!(deed(json!({"status": "hibernating"})), None);
    }

    #[test]
    fn advice_is_not_given_twice() {
        let failed = json!({"status": "failed", "reason": "DiskFull", "error": "No space left."});
        let mut build = build(failed);
        let first = advice(&build);
        assert!(!first.is_empty());
        build.error = Some(["No space left. ", first].concat());
        assert_eq!(advice(&build), "");
    }

    #[test]
    fn lengths_go_on_only_while_it_does() {
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

    #[test]
    fn field_25_an_old_answer_does_not_revive_a_finished_build() {
        let open = build(json!({"status": "running", "logBytes": 10}));
        let over = build(json!({"status": "cancelled", "logBytes": 10}));
        assert!(is_old(&open, &over) && !is_old(&over, &open));
        let more = build(json!({"status": "running", "logBytes": 20}));
        assert!(is_old(&open, &more) && !is_old(&more, &open));
        let wish = json!({"status": "running", "logBytes": 10, "cancelRequestedAt": "2026-11-21T10:00:05Z"});
        let cancelling = build(wish);
        assert!(is_old(&more, &cancelling) && !is_old(&cancelling, &open));
        assert!(!is_old(&over, &cancelling));
    }
}
