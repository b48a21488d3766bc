//! What keeps a start from getting on, in the words that list, page, panel and header share.

use crate::condition::{Condition, ConditionStatus, ConditionType, STEPS};
use crate::reason::{self, Outlook};

/// What keeps a start from getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hold {
    /// It waits for something that the person can bring.
    ForYou,
    /// It takes longer than it was given.
    Late,
    /// It waits for somebody, or something, else.
    ForOthers,
}

impl Hold {
    /// What a reason says of it; none where the start goes on by itself.
    pub fn of_reason(word: &str) -> Option<Self> {
        match word {
            reason::START_DEADLINE_EXCEEDED => Some(Self::Late),
            reason::SECRET_MISSING => Some(Self::ForYou),
            _ if reason::lookup(word).is_some_and(|r| r.outlook == Outlook::Blocked) => {
                Some(Self::ForOthers)
            }
            _ => None,
        }
    }

    /// The state in a word or three.
    pub fn word(self) -> &'static str {
        match self {
            Self::ForYou => "Waiting for you",
            Self::Late => "Late",
            Self::ForOthers => "Waiting",
        }
    }

    /// The same where it does not stand beside a workbench's name.
    pub fn of_server(self) -> &'static str {
        match self {
            Self::ForYou => "Waiting for you",
            Self::Late => "Server late",
            Self::ForOthers => "Server waiting",
        }
    }
}

/// The reason that keeps a start from getting on, as its conditions tell; none where nothing does.
pub fn reason(conditions: &[Condition]) -> Option<&str> {
    let find = |kind: &ConditionType| conditions.iter().find(|one| one.kind == *kind);
    let late =
        find(&ConditionType::Ready).filter(|ready| ready.reason == reason::START_DEADLINE_EXCEEDED);
    let steps = || STEPS.iter().filter_map(find);
    let told = late
        .or_else(|| steps().find(|step| step.status == ConditionStatus::False))
        .or_else(|| steps().find(|step| !step.is_true()))?;
    Hold::of_reason(&told.reason).map(|_| told.reason.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(all: &[(&str, &str, &str)]) -> Vec<Condition> {
        let read = |(kind, status, reason): &(&str, &str, &str)| {
            let at = "2026-11-21T10:00:00Z";
            let text = format!(
                r#"{{"type":"{kind}","status":"{status}","reason":"{reason}","message":"","lastTransitionTime":"{at}"}}"#
            );
            serde_json::from_str(&text).expect("a condition")
        };
        all.iter().map(read).collect()
    }

    #[test]
    fn a_plain_start_a_late_one_and_one_that_waits_for_somebody_are_three_things() {
        let of = |all: &[(&str, &str, &str)]| {
            let conditions = conditions(all);
            reason(&conditions)
                .and_then(Hold::of_reason)
                .map(Hold::word)
        };
        let bound = ("PVCReady", "True", "Bound");
        let pending = ("Ready", "False", "ProbePending");
        assert_eq!(of(&[bound, pending]), None);
        let missing = ("SecretsReady", "False", "SecretMissing");
        assert_eq!(of(&[bound, missing, pending]), Some("Waiting for you"));
        let full = ("PodScheduled", "False", "Unschedulable");
        assert_eq!(of(&[bound, full, pending]), Some("Waiting"));
        let late = ("Ready", "False", "StartDeadlineExceeded");
        assert_eq!(of(&[bound, late]), Some("Late"));
        assert_eq!(
            of(&[bound, missing, late]),
            Some("Late"),
            "as the page has it"
        );
        assert_eq!(of(&[bound, ("Ready", "True", "ProbeSucceeded")]), None);
        assert_eq!(of(&[("Ready", "False", "Novelty")]), None);
        assert_eq!(of(&[]), None);
    }
}
