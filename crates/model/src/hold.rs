//! Reasons why a start doesn't continue, or an app can't be used, in the words that list, page,
//! panel and header share.

use crate::condition::{self, ConditionType};
use crate::reason::{self, ReasonKind};
use crate::workbench::WorkbenchStatus;

/// Reason why a start doesn't continue, or an app can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hold {
    /// The start waits for something that the user can provide.
    ForYou,
    /// The start takes longer than its time limit.
    Late,
    /// The app was ready and no longer responds.
    Silent,
    /// The start waits for someone or something else.
    ForOthers,
}

impl Hold {
    /// Maps a condition's reason, or returns `None` if the start continues by itself.
    pub fn of_reason(word: &str) -> Option<Self> {
        match word {
            reason::START_DEADLINE_EXCEEDED => Some(Self::Late),
            reason::SECRET_NOT_FOUND => Some(Self::ForYou),
            reason::PROBE_FAILED => Some(Self::Silent),
            _ if reason::lookup(word).is_some_and(|r| r.kind == ReasonKind::Blocked) => {
                Some(Self::ForOthers)
            }
            _ => None,
        }
    }

    /// Returns a label of one to three words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ForYou => "Waiting for you",
            Self::Late => "Late",
            Self::Silent => "Not answering",
            Self::ForOthers => "Waiting",
        }
    }
}

/// Returns the reason that the conditions give, or `None` if nothing blocks. After the app was
/// ready once, everything that prevents its use is a reason.
pub fn reason(status: &WorkbenchStatus) -> Option<&str> {
    let find = |kind: &ConditionType| status.condition(kind);
    let late =
        find(&ConditionType::Ready).filter(|ready| ready.reason == reason::START_DEADLINE_EXCEEDED);
    let reported = late.or_else(|| condition::blocker(&status.conditions))?;
    let is_reason = status.ready_time.is_some() || Hold::of_reason(&reported.reason).is_some();
    is_reason.then_some(reported.reason.as_str())
}

/// Returns the reason that a run's lists show beside its status: what blocks, or that an image is being
/// pulled, which takes minutes and is neither a build nor a hold.
pub fn shown_cause(status: &WorkbenchStatus) -> Option<&str> {
    let pulling = || {
        let reported = condition::blocker(&status.conditions)?;
        (reported.reason == reason::PULLING).then_some(reason::PULLING)
    };
    reason(status).or_else(pulling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use serde_json::json;

    fn status(all: &[(&str, &str, &str)]) -> WorkbenchStatus {
        let at = "2026-11-21T10:00:00Z";
        let conditions = all.iter().map(|(kind, status, reason)| {
            json!({"type": kind, "status": status, "reason": reason, "message": "", "lastTransitionTime": at})
        });
        let conditions: Vec<_> = conditions.collect();
        serde_json::from_value(json!({ "conditions": conditions })).expect("a status")
    }

    #[test]
    fn plain_late_and_blocked_starts_are_distinguished() {
        let of = |all: &[(&str, &str, &str)]| {
            let status = status(all);
            reason(&status).and_then(Hold::of_reason).map(Hold::as_str)
        };
        let bound = ("PVCReady", "True", "Bound");
        let pending = ("Ready", "False", "ProbePending");
        assert_eq!(of(&[bound, pending]), None);
        let missing = ("SecretsReady", "False", "SecretNotFound");
        assert_eq!(of(&[bound, missing, pending]), Some("Waiting for you"));
        let full = ("PodScheduled", "False", "Unschedulable");
        assert_eq!(of(&[bound, full, pending]), Some("Waiting"));
        let waits = ("JobCreated", "False", "Waiting");
        assert_eq!(of(&[bound, waits, full]), Some("Waiting"));
        let late = ("Ready", "False", "StartDeadlineExceeded");
        assert_eq!(of(&[bound, late]), Some("Late"));
        assert_eq!(
            of(&[bound, missing, late]),
            Some("Late"),
            "as the page has it"
        );
        assert_eq!(of(&[bound, ("Ready", "True", "SessionRunning")]), None);
        assert_eq!(of(&[("Ready", "False", "Novelty")]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn pull_of_an_image_is_shown_and_is_no_hold() {
        let pulling = status(&[("RunnerStarted", "False", "Pulling")]);
        assert_eq!(reason(&pulling), None);
        assert_eq!(shown_cause(&pulling), Some("Pulling"));
        let starting = status(&[("RunnerStarted", "False", "ContainerCreating")]);
        assert_eq!(shown_cause(&starting), None);
    }

    #[test]
    fn unresponsive_app_is_not_shown_as_running() {
        let ready_time = Some(Timestamp::parse("2026-11-21T10:00:02Z").expect("a time"));
        let of = |all: &[(&str, &str, &str)]| {
            let status = WorkbenchStatus {
                ready_time,
                ..status(all)
            };
            reason(&status).map(|word| (word.to_owned(), Hold::of_reason(word).map(Hold::as_str)))
        };
        let started = ("RunnerStarted", "True", "ContainerRunning");
        let silent = of(&[started, ("Ready", "False", "ProbeFailed")]);
        assert_eq!(silent, Some(("ProbeFailed".into(), Some("Not answering"))));
        let again = of(&[started, ("Ready", "False", "ProbePending")]);
        assert_eq!(again, Some(("ProbePending".into(), None)));
        assert_eq!(of(&[started, ("Ready", "True", "SessionRunning")]), None);
    }
}
