//! Facts: what of the evidence is not as it should be, one by one.

use super::rule::{self, Rule};
use super::{Evidence, FirstEvent, Level};
use crate::condition::{Condition, ConditionStatus, ConditionType, STEPS};
use crate::reason::{self, Outlook};
use crate::reconcile::STARTED_AGAIN;
use crate::sorting::sort_by;
use crate::transition::{Transition, TransitionKind};

/// The reason under which an app that refuses frames is met.
pub(super) const FRAMING_REFUSED: &str = "FramingRefused";
/// The reason under which a spec that waits for the next start is met.
pub(super) const SPEC_AHEAD: &str = "SpecAhead";

/// One thing that is not as it should be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fact<'a> {
    /// The condition that says so.
    pub(super) kind: Option<&'a ConditionType>,
    /// Its reason.
    pub(super) reason: &'a str,
    /// Its message.
    pub(super) message: &'a str,
    /// With what exit code the process ended, where this is about its end.
    pub(super) exit_code: Option<i32>,
    /// What is certain of its level; none: the rule decides.
    certain: Option<Level>,
    condition: Option<&'a Condition>,
}

impl<'a> Fact<'a> {
    /// A reason by itself.
    pub(super) fn alone(reason: &'a str, message: &'a str) -> Self {
        Self {
            kind: None,
            reason,
            message,
            exit_code: exit_code_in(message),
            certain: None,
            condition: None,
        }
    }

    fn told_by(condition: &'a Condition) -> Self {
        Self {
            kind: Some(&condition.kind),
            condition: Some(condition),
            exit_code: None,
            ..Self::alone(&condition.reason, &condition.message)
        }
    }

    /// How bad it is. A condition `Failed` is a failure whatever its reason; what a reason is known
    /// to mean counts before what the rule expects.
    pub(super) fn level(&self, rule: &Rule) -> Level {
        if let Some(level) = self.certain {
            return level;
        }
        if self.reason == reason::START_DEADLINE_EXCEEDED {
            return Level::Late;
        }
        match reason::lookup(self.reason).map(|known| known.outlook) {
            Some(Outlook::Permanent | Outlook::Killed) => Level::Failure,
            Some(Outlook::Ended) => Level::Ended,
            Some(Outlook::Blocked) => Level::Blocked,
            Some(Outlook::Passing) => rule.level.max(Level::Blocked),
            Some(Outlook::Good) | None => rule.level,
        }
    }
}

/// Everything that is not as it should be, in the order in which it is to be told among equals.
pub(super) fn facts<'a>(evidence: &Evidence<'a>) -> Vec<Fact<'a>> {
    let mut all = Vec::new();
    let of = |kind: ConditionType| crate::condition::find(evidence.conditions, &kind);
    if let Some(failed) = of(ConditionType::Failed).filter(|c| c.is_true()) {
        all.push(Fact {
            exit_code: evidence.exit_code.or(exit_code_in(&failed.message)),
            certain: Some(Level::Failure),
            ..Fact::told_by(failed)
        });
    }
    if let Some(completed) = of(ConditionType::Completed).filter(|c| c.is_true()) {
        all.push(Fact {
            certain: Some(Level::Ended),
            ..Fact::told_by(completed)
        });
    }
    if let Some(word) = evidence.stopped_reason.filter(|word| !word.is_empty()) {
        // How a stop went is said by the condition that it ended.
        let ready = of(ConditionType::Ready).filter(|c| c.reason == word);
        all.push(Fact {
            certain: Some(Level::Ended),
            kind: ready.map(|c| &c.kind),
            condition: ready,
            exit_code: None,
            ..Fact::alone(word, ready.map_or("", |c| &c.message))
        });
    }
    let steps = STEPS.iter().filter_map(|kind| of(kind.clone()));
    all.extend(steps.filter(|c| is_open(c)).map(Fact::told_by));
    // A process that is up again is still the story of its crash, until the app answers.
    let is_ready = of(ConditionType::Ready).is_some_and(Condition::is_true);
    let again = of(ConditionType::RunnerStarted).filter(|c| !is_ready && is_up_again(c));
    all.extend(again.map(|c| Fact {
        reason: reason::CRASH_LOOP_BACK_OFF,
        ..Fact::told_by(c)
    }));
    let others = evidence.conditions.iter();
    all.extend(
        others
            .filter(|c| matches!(c.kind, ConditionType::Unknown(_)) && is_open(c))
            .map(|c| Fact {
                // What a condition nobody here knows stands for can be told, not weighed.
                certain: Some(Level::Notice),
                ..Fact::told_by(c)
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

/// Whether a condition that should hold does not. `NotRunning` only repeats what another says.
fn is_open(condition: &Condition) -> bool {
    !condition.is_true() && condition.reason != reason::NOT_RUNNING
}

/// Whether a process was started again after a crash.
fn is_up_again(condition: &Condition) -> bool {
    condition.is_true() && condition.message.contains(STARTED_AGAIN)
}

/// The first entry of the run that tells of the same cause, since it last was healed; of crashes
/// the last one. Without a journal, the time at which the condition became what it is.
pub(super) fn first_event(
    evidence: &Evidence<'_>,
    fact: &Fact<'_>,
    rule: &'static Rule,
) -> Option<FirstEvent> {
    let mut journal: Vec<&Transition> = evidence.journal.iter().collect();
    sort_by(&mut journal, |a, b| a.seq.cmp(&b.seq));
    let mut first: Option<&Transition> = None;
    for entry in journal {
        if is_healing(entry, fact) || is_put_off(entry, fact) {
            first = None;
        } else if first.is_none() && is_wish_for(entry, rule.key) || tells_of(entry, fact, rule) {
            first = first
                .filter(|first| !is_another_crash(first, entry))
                .or(Some(entry));
        }
    }
    let by_condition = || {
        // It has not been ready since long before it was late.
        let is_late = fact.reason == reason::START_DEADLINE_EXCEEDED;
        let at = fact.condition?.last_transition_time.filter(|_| !is_late)?;
        Some(FirstEvent { seq: None, at })
    };
    first
        .map(|entry| FirstEvent {
            seq: Some(entry.seq),
            at: entry.at,
        })
        .or_else(by_condition)
}

fn is_healing(entry: &Transition, fact: &Fact<'_>) -> bool {
    entry.condition.as_ref() == fact.kind
        && fact.kind.is_some_and(|kind| !kind.is_negative())
        && entry.to == Some(ConditionStatus::True)
        && entry.reason != fact.reason
        && !entry.message.contains(STARTED_AGAIN)
}

/// A start that was given more time is not late any more, whatever else is said of it.
fn is_put_off(entry: &Transition, fact: &Fact<'_>) -> bool {
    fact.reason == reason::START_DEADLINE_EXCEEDED
        && entry.condition.as_ref() == fact.kind
        && entry.reason != fact.reason
}

/// Each crash, and giving up, has a sentence of its own, which several conditions repeat.
fn is_another_crash(first: &Transition, entry: &Transition) -> bool {
    entry.reason == reason::CRASH_LOOP_BACK_OFF && entry.message != first.message
}

/// A stop by a person begins with the wish.
fn is_wish_for(entry: &Transition, key: &str) -> bool {
    entry.kind == TransitionKind::Wish
        && entry.reason == "Stop"
        && ["user-stopped", "stop-forced", "stopping"].contains(&key)
}

fn tells_of(entry: &Transition, fact: &Fact<'_>, rule: &'static Rule) -> bool {
    if entry.condition.is_none() || entry.reason.is_empty() {
        return false;
    }
    let told = Fact {
        kind: entry.condition.as_ref(),
        exit_code: fact.exit_code,
        ..Fact::alone(&entry.reason, &entry.message)
    };
    // A general rule is met by everything: it is the same cause only for the same reason.
    entry.reason == fact.reason && entry.condition.as_ref() == fact.kind
        || (!rule.is_general() && std::ptr::eq(rule::meet(&told), rule))
}

/// The exit code that a message names: "… with exit code 7".
pub(super) fn exit_code_in(message: &str) -> Option<i32> {
    let (_, rest) = message.split_once("exit code ")?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The first secret that a message names: "Missing in this workspace: A, B." here, `secret "a" not
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
