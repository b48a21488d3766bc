//! Conditions of a run that has ended, in the past tense.
//!
//! After the end no condition speaks in the present: steps that were not met say that the run ended
//! before them, `Failed` has the cause, and `Ready` says how it ended. [`settle`] and [`update`] also
//! correct what versions before 0.2 have written, so that an earlier database reads truly.

use crate::condition::{Condition, ConditionStatus, ConditionType, find, holds};
use crate::reason::{self, ReasonKind};

/// End of a run, as its conditions show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Reason of `Ready`.
    summary: &'static str,
    reason: String,
    message: String,
    had_process: bool,
}

/// Status, reason and message of a condition after the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Status.
    pub status: ConditionStatus,
    /// Reason.
    pub reason: String,
    /// Message.
    pub message: String,
}

/// Added to an obstacle that the run did not outlive.
const THEN: &str = " That was so when the run ended.";

impl Ending {
    /// Returns the end: that of a failure, of a completion, or of a stop. Without any of them the
    /// workbench was never started.
    pub fn of(conditions: &[Condition]) -> Self {
        let is_end = |kind: ConditionType| find(conditions, &kind).filter(|c| c.is_true());
        let stop = || {
            let settled_as =
                |kind| find(conditions, &kind).filter(|c| c.status == ConditionStatus::False);
            // `Ready` is no more than a summary once its cause stands in the other conditions.
            settled_as(ConditionType::Ready)
                .filter(|ready| ready.reason != reason::SESSION_STOPPED)
                .or_else(|| settled_as(ConditionType::Failed))
                .or_else(|| settled_as(ConditionType::Ready))
        };
        let failed = is_end(ConditionType::Failed).map(|c| (reason::SESSION_FAILED, c));
        let completed = || is_end(ConditionType::Completed).map(|c| (reason::SESSION_COMPLETED, c));
        let stopped = || stop().map(|c| (reason::SESSION_STOPPED, c));
        let had_process = holds(conditions, &ConditionType::JobCreated);
        match failed.or_else(completed).or_else(stopped) {
            Some((summary, c)) if c.reason != reason::NEVER_STARTED => Self {
                summary,
                reason: c.reason.clone(),
                message: c.message.clone(),
                had_process,
            },
            _ => Self {
                summary: reason::NEVER_STARTED,
                reason: reason::NEVER_STARTED.to_owned(),
                message: reason::sentence(reason::NEVER_STARTED).to_owned(),
                had_process,
            },
        }
    }

    /// Returns what a condition says after this end, or `None` if it stays as it is.
    pub fn settled(&self, condition: &Condition) -> Option<Settled> {
        self.settled_as(condition).filter(|settled_as| {
            settled_as.status != condition.status
                || settled_as.reason != condition.reason
                || settled_as.message != condition.message
        })
    }

    fn settled_as(&self, condition: &Condition) -> Option<Settled> {
        use ConditionStatus::{False, True, Unobserved};
        let ended_as = |reason: &str| {
            Some(Settled {
                status: False,
                reason: reason.to_owned(),
                message: self.message.clone(),
            })
        };
        let ended = || ended_as(&self.reason);
        let kind = reason::lookup(&condition.reason).map(|known| known.kind);
        match (&condition.kind, &condition.status) {
            (ConditionType::Unknown(_), _) | (_, ConditionStatus::Unknown(_)) => None,
            (ConditionType::Completed | ConditionType::Failed, True) => None,
            (ConditionType::Completed | ConditionType::Failed, _) => ended(),
            (ConditionType::Ready, _) => ended_as(self.summary),
            (ConditionType::RunnerStarted, _) if self.had_process => ended(),
            // The other steps stay met, and are described as done.
            (_, True) => (kind == Some(ReasonKind::Good)).then(|| Settled {
                status: True,
                reason: condition.reason.clone(),
                message: reason::sentence(&condition.reason).to_owned(),
            }),
            (_, False | Unobserved) => match kind {
                _ if self.reason == reason::NEVER_STARTED => ended(),
                Some(ReasonKind::Permanent | ReasonKind::Killed) => None,
                Some(ReasonKind::Blocked) if condition.message.ends_with(THEN) => None,
                Some(ReasonKind::Blocked) => Some(Settled {
                    status: condition.status.clone(),
                    reason: condition.reason.clone(),
                    message: condition.message.clone() + THEN,
                }),
                _ if self.reason == reason::BUILD_FAILED
                    && condition.kind == ConditionType::JobCreated =>
                {
                    ended()
                }
                _ => Some(Settled {
                    status: False,
                    reason: reason::NOT_REACHED.to_owned(),
                    message: reason::sentence(reason::NOT_REACHED).to_owned(),
                }),
            },
        }
    }
}

/// Corrects the conditions of a run that has ended. The times stay: only the words are new.
pub fn settle(conditions: &mut [Condition]) {
    let ending = Ending::of(conditions);
    for condition in conditions {
        if let Some(settled_as) = ending.settled(condition) {
            condition.status = settled_as.status;
            condition.reason = settled_as.reason;
            condition.message = settled_as.message;
        }
    }
}

/// Returns the present word for the reason of a condition, which 0.1.0 may have written.
pub fn current_reason<'a>(kind: &ConditionType, word: &'a str) -> &'a str {
    match (kind, reason::current(word)) {
        (ConditionType::Unknown(_), _) => word,
        (ConditionType::Ready, reason::SECRET_NOT_FOUND | reason::VERIFICATION_FAILED) => {
            reason::SECRETS_NOT_READY
        }
        (_, present) => present,
    }
}

/// Puts present words in the place of those of 0.1.0.
pub fn update(conditions: &mut [Condition]) {
    for condition in conditions {
        let present = current_reason(&condition.kind, &condition.reason);
        if present != condition.reason {
            condition.reason = present.to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::STEPS;
    use crate::fixtures::condition;

    fn settled_as(conditions: &[Condition], kind: &ConditionType) -> (String, String, String) {
        let found = find(conditions, kind).expect("a condition of this type");
        let status = found.status.as_str().to_owned();
        (status, found.reason.clone(), found.message.clone())
    }

    /// Version 0.1.0 left what was not observed as Unknown, and the rest in the present tense.
    #[test]
    fn end_that_an_earlier_version_wrote_is_told_in_the_past_tense() {
        let mut failed = condition("Failed", "True", "BuildFailed");
        "pip: no network".clone_into(&mut failed.message);
        let mut conditions = vec![
            condition("PVCReady", "True", "Bound"),
            condition("SecretsReady", "True", "SecretsFound"),
            condition("JobCreated", "False", "Building"),
            condition("PodScheduled", "Unknown", "NotObserved"),
            condition("RunnerStarted", "False", "NotRunning"),
            condition("Ready", "False", "NotRunning"),
            condition("Completed", "False", "BuildFailed"),
            failed,
        ];
        update(&mut conditions);
        settle(&mut conditions);
        let is = |kind, status: &str, reason: &str| {
            let (seen, word, _) = settled_as(&conditions, &kind);
            assert_eq!((seen.as_str(), word.as_str()), (status, reason), "{kind}");
        };
        is(ConditionType::JobCreated, "False", "BuildFailed");
        is(ConditionType::PodScheduled, "False", "NotReached");
        is(ConditionType::RunnerStarted, "False", "NotReached");
        is(ConditionType::SecretsReady, "True", "AllSecretsFound");
        is(ConditionType::Ready, "False", "SessionFailed");
        is(ConditionType::Completed, "False", "BuildFailed");
        assert_eq!(
            settled_as(&conditions, &ConditionType::Ready).2,
            "pip: no network"
        );
        let once = conditions.clone();
        settle(&mut conditions);
        assert_eq!(conditions, once, "it stays as it is");
    }

    #[test]
    fn end_keeps_its_cause_beside_the_summary_however_often_it_is_read() {
        for (ended, summary, cause) in [
            (
                condition("Failed", "True", "OOMKilled"),
                "SessionFailed",
                "OOMKilled",
            ),
            (
                condition("Completed", "True", "Success"),
                "SessionCompleted",
                "Success",
            ),
            (
                condition("Ready", "False", "Idle"),
                "SessionStopped",
                "Idle",
            ),
        ] {
            let before = |kind: &ConditionType| condition(kind.as_str(), "False", "NotEnded");
            let mut conditions: Vec<_> = ConditionType::KNOWN.iter().map(before).collect();
            for other in &mut conditions {
                if other.kind == ended.kind {
                    *other = ended.clone();
                }
            }
            settle(&mut conditions);
            let once = conditions.clone();
            settle(&mut conditions);
            assert_eq!(conditions, once, "{cause}");
            assert_eq!(settled_as(&conditions, &ConditionType::Ready).1, summary);
            for kind in [ConditionType::Completed, ConditionType::Failed] {
                assert_eq!(settled_as(&conditions, &kind).1, cause, "{kind}");
            }
        }
    }

    #[test]
    fn words_of_0_1_0_are_read_as_the_present_ones() {
        let mut conditions = vec![
            condition("SecretsReady", "False", "SecretMissing"),
            condition("RunnerStarted", "True", "Started"),
            condition("Ready", "False", "SecretMissing"),
            condition("TeamReady", "True", "Started"),
        ];
        update(&mut conditions);
        let words: Vec<_> = conditions.iter().map(|c| c.reason.as_str()).collect();
        let present = [
            "SecretNotFound",
            "ContainerRunning",
            "SecretsNotReady",
            "Started",
        ];
        assert_eq!(words, present, "a foreign condition keeps its words");
    }

    #[test]
    fn obstacle_of_a_stopped_start_is_told_as_one_of_then() {
        let mut missing = condition("SecretsReady", "False", "SecretNotFound");
        "Missing in this workspace: TOKEN.".clone_into(&mut missing.message);
        let mut conditions = vec![missing, condition("Ready", "False", "UserStopped")];
        settle(&mut conditions);
        settle(&mut conditions);
        assert_eq!(
            settled_as(&conditions, &ConditionType::SecretsReady).2,
            "Missing in this workspace: TOKEN. That was so when the run ended."
        );
    }

    #[test]
    fn workbench_that_was_never_started_says_so_in_every_step() {
        let unknown = |kind: &ConditionType| condition(kind.as_str(), "Unknown", "NotObserved");
        let mut conditions: Vec<_> = STEPS.iter().map(unknown).collect();
        settle(&mut conditions);
        for kind in &STEPS {
            assert_eq!(
                settled_as(&conditions, kind).1,
                reason::NEVER_STARTED,
                "{kind}"
            );
        }
    }
}
