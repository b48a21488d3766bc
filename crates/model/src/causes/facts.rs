//! Facts: each part of the evidence that is not as it should be.

use super::evidence::Evidence;
use super::rule::{Level, Rule};
use crate::condition::{Condition, ConditionType, STEPS, find};
use crate::reason::{self, ReasonKind};
use crate::reconcile::STARTED_AGAIN;

/// Reason of an app that refuses to be embedded.
pub(super) const FRAMING_REFUSED: &str = "FramingRefused";
/// Reason of a spec that waits for the next start.
pub(super) const SPEC_AHEAD: &str = "SpecAhead";

/// Part of the evidence that is not as it should be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fact<'a> {
    /// The type of the condition, if a condition says so.
    pub(super) kind: Option<&'a ConditionType>,
    /// The reason.
    pub(super) reason: &'a str,
    /// The message.
    pub(super) message: &'a str,
    /// The exit code, where the fact is about the end of the process.
    pub(super) exit_code: Option<i32>,
    /// The level where it is certain; `None` leaves it to the rule.
    pub(super) certain: Option<Level>,
    pub(super) condition: Option<&'a Condition>,
}

impl<'a> Fact<'a> {
    /// Returns the fact for a reason outside a run.
    pub(super) fn alone(reason: &'a str, message: &'a str) -> Self {
        Self {
            kind: None,
            reason: reason::current(reason),
            message,
            exit_code: exit_code_in(message),
            certain: None,
            condition: None,
        }
    }

    fn of_condition(condition: &'a Condition) -> Self {
        Self {
            kind: Some(&condition.kind),
            condition: Some(condition),
            exit_code: None,
            ..Self::alone(&condition.reason, &condition.message)
        }
    }

    /// Returns the level. A condition `Failed` is a failure whatever its reason; the known meaning of
    /// a reason counts before the rule's level.
    pub(super) fn level(&self, rule: &Rule) -> Level {
        if let Some(level) = self.certain {
            return level;
        }
        if self.reason == reason::START_DEADLINE_EXCEEDED {
            return Level::Late;
        }
        match reason::lookup(self.reason).map(|known| known.kind) {
            Some(ReasonKind::Permanent | ReasonKind::Killed) => Level::Failure,
            Some(ReasonKind::Ended) => Level::Ended,
            Some(ReasonKind::Blocked) => Level::Blocked,
            Some(ReasonKind::Passing) => rule.level.max(Level::Blocked),
            Some(ReasonKind::Good) | None => rule.level,
        }
    }
}

/// Returns everything that is not as it should be, in the order that decides among equals.
pub(super) fn facts<'a>(evidence: &Evidence<'a>) -> Vec<Fact<'a>> {
    let mut all = Vec::new();
    let of = |kind: ConditionType| find(evidence.conditions, &kind);
    if let Some(failed) = of(ConditionType::Failed).filter(|c| c.is_true()) {
        all.push(Fact {
            exit_code: evidence.exit_code.or(exit_code_in(&failed.message)),
            certain: Some(Level::Failure),
            ..Fact::of_condition(failed)
        });
    }
    if let Some(completed) = of(ConditionType::Completed).filter(|c| c.is_true()) {
        all.push(Fact {
            certain: Some(Level::Ended),
            ..Fact::of_condition(completed)
        });
    }
    if let Some(word) = evidence.stopped_reason.filter(|word| !word.is_empty()) {
        // The condition that the stop ended says how it went.
        let ready = of(ConditionType::Ready)
            .filter(|c| c.reason == word || c.reason == reason::SESSION_STOPPED);
        all.push(Fact {
            certain: Some(Level::Ended),
            kind: ready.map(|c| &c.kind),
            condition: ready,
            exit_code: None,
            ..Fact::alone(word, ready.map_or("", |c| &c.message))
        });
    }
    let has_not_ended = of(ConditionType::Failed).is_some_and(|c| c.reason == reason::NOT_ENDED);
    let steps = STEPS.iter().filter_map(|kind| of(kind.clone()));
    all.extend(steps.filter(|c| is_open(c)).map(|c| Fact {
        certain: (has_not_ended && is_tried_again(c)).then_some(Level::Blocked),
        ..Fact::of_condition(c)
    }));
    // A restarted process still counts as crashed until the app responds.
    let is_ready = of(ConditionType::Ready).is_some_and(Condition::is_true);
    let again = of(ConditionType::RunnerStarted).filter(|c| !is_ready && is_up_again(c));
    all.extend(again.map(|c| Fact {
        reason: reason::CRASH_LOOP_BACK_OFF,
        ..Fact::of_condition(c)
    }));
    let others = evidence.conditions.iter();
    all.extend(
        others
            .filter(|c| matches!(c.kind, ConditionType::Unknown(_)) && is_open(c))
            .map(|c| Fact {
                // An unknown condition can be shown, but not weighed.
                certain: Some(Level::Notice),
                ..Fact::of_condition(c)
            }),
    );
    all.extend(
        evidence
            .framing_refused
            .map(|why| Fact::alone(FRAMING_REFUSED, why)),
    );
    all.extend(
        evidence
            .is_spec_ahead
            .then_some(Fact::alone(SPEC_AHEAD, "")),
    );
    all
}

/// Returns `true` if a condition that should hold does not, and does not only repeat another one.
fn is_open(condition: &Condition) -> bool {
    let word = condition.reason.as_str();
    let repeats = [reason::NOT_RUNNING, reason::NOT_REACHED].contains(&word);
    !condition.is_true() && !repeats && !reason::is_summary(word)
}

/// Returns `true` for an image that is pulled again. It is permanent only once the run has failed.
fn is_tried_again(condition: &Condition) -> bool {
    [reason::ERR_IMAGE_PULL, reason::IMAGE_PULL_BACK_OFF].contains(&condition.reason.as_str())
}

/// Returns `true` if the process was restarted after a crash.
fn is_up_again(condition: &Condition) -> bool {
    condition.is_true() && condition.message.contains(STARTED_AGAIN)
}

/// Returns the exit code in a message: "… with exit code 7".
pub(super) fn exit_code_in(message: &str) -> Option<i32> {
    let (_, rest) = message.split_once("exit code ")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// Returns the first secret named in a message: "Missing in this workspace: A, B." here, `secret "a" not
/// found` on Kubernetes.
pub(super) fn secret_name(message: &str) -> Option<&str> {
    let quoted = message
        .split_once('"')
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(name, _)| name);
    let listed = message
        .split_once(": ")
        .and_then(|(_, rest)| rest.split([',', ' ']).next())
        .map(|name| name.trim_end_matches('.'));
    let is_name = |name: &&str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        !name.is_empty() && name.len() <= 253 && name.bytes().all(fits)
    };
    quoted.filter(is_name).or(listed.filter(is_name))
}
