//! The search for the strongest cause.

use super::evidence::Evidence;
use super::facts::{Fact, facts, secret_name};
use super::rule::{Cause, FirstEvent, Remedy, Rule, When};
use super::table;
use crate::condition::ConditionStatus;
use crate::reason;
use crate::reconcile::STARTED_AGAIN;
use crate::run::Run;
use crate::sorting;
use crate::transition::{Transition, TransitionKind};

/// Returns the strongest cause, or `None` if nothing is wrong and the start waits for nothing.
pub fn find(evidence: &Evidence<'_>) -> Option<Cause> {
    let facts = facts(evidence);
    let (level, fact, rule) = facts
        .iter()
        .map(|fact| {
            let rule = matching_rule(fact);
            (fact.level(rule), fact, rule)
        })
        .min_by_key(|(level, _, _)| *level)?;
    let mut cause = explain(fact, rule);
    cause.level = level;
    cause.first = first_event(evidence, fact, rule);
    Some(cause)
}

/// Returns the cause for a reason outside a run, with the same text as during one.
pub fn for_reason(reason: &str, message: &str) -> Cause {
    let fact = Fact::alone(reason, message);
    explain(&fact, matching_rule(&fact))
}

/// Returns the cause of a run's end or of its obstacle, with the same text as its card.
pub fn of_run(run: &Run) -> Option<Cause> {
    let fact = Fact::alone(run.cause.as_deref()?, &run.message);
    let fact = Fact {
        exit_code: run.exit_code.or(fact.exit_code),
        ..fact
    };
    Some(explain(&fact, matching_rule(&fact)))
}

/// Returns every possible key of a cause.
pub fn keys() -> impl Iterator<Item = &'static str> {
    all_rules().map(|rule| rule.key)
}

/// Returns every possible cause, with its texts only.
pub fn all() -> impl Iterator<Item = Cause> {
    let fact = Fact::alone("", "");
    let rules = all_rules().chain([&table::UNKNOWN]);
    rules.map(move |rule| explain(&fact, rule))
}

fn explain(fact: &Fact<'_>, rule: &'static Rule) -> Cause {
    let action = match &rule.action {
        Remedy::OpenSecret { .. } => Remedy::OpenSecret {
            name: secret_name(fact.message).map(str::to_owned),
        },
        other => other.clone(),
    };
    // The headline is not said twice.
    let more = fact.message.strip_prefix(rule.what);
    let more = more.map_or(fact.message, str::trim_start);
    let says_more = !more.is_empty()
        && fact.message != reason::sentence(fact.reason)
        && fact.message != fact.reason;
    Cause {
        key: rule.key,
        level: rule.level,
        what: rule.what,
        advice: rule.advice,
        administrator_advice: rule.for_administrator,
        why: if says_more { more } else { "" }.to_owned(),
        reason: fact.reason.to_owned(),
        condition: fact.kind.cloned(),
        who: rule.who,
        action,
        first: None,
    }
}

/// Returns every rule in its order.
fn all_rules() -> impl Iterator<Item = &'static Rule> {
    table::TABLE.iter().copied().flatten()
}

/// Returns the first rule that applies; the last ones apply to everything.
fn matching_rule(fact: &Fact<'_>) -> &'static Rule {
    let message = fact.message.to_ascii_lowercase();
    all_rules()
        .find(|rule| applies(&rule.when, fact, &message))
        .unwrap_or(&table::UNKNOWN)
}

fn applies(when: &When, fact: &Fact<'_>, message: &str) -> bool {
    (when.reasons.is_empty() || when.reasons.contains(&fact.reason))
        && (when.about.is_empty() || fact.kind.is_some_and(|kind| when.about.contains(kind)))
        && (when.exits.is_empty() || fact.exit_code.is_some_and(|c| when.exits.contains(&c)))
        && (when.says.is_empty() || when.says.iter().any(|part| message.contains(part)))
}

/// Returns the first entry of the run that reports the same cause since the last recovery; of
/// crashes the last one. Without a journal it is the time of the condition's last change.
fn first_event(
    evidence: &Evidence<'_>,
    fact: &Fact<'_>,
    rule: &'static Rule,
) -> Option<FirstEvent> {
    let mut journal: Vec<&Transition> = evidence.journal.iter().collect();
    sorting::sort_by_key(&mut journal, |entry| entry.seq);
    let mut first: Option<&Transition> = None;
    for entry in journal {
        if is_healing(entry, fact) || is_put_off(entry, fact) {
            first = None;
        } else if first.is_none() && is_command_for(entry, rule.key) || describes(entry, fact, rule)
        {
            first = first
                .filter(|first| !is_another_crash(first, entry))
                .or(Some(entry));
        }
    }
    let by_condition = || {
        // Long before it was late, it just was not ready.
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

/// Returns `true` if a late start was given more time, after which it is not late any more.
fn is_put_off(entry: &Transition, fact: &Fact<'_>) -> bool {
    fact.reason == reason::START_DEADLINE_EXCEEDED
        && entry.condition.as_ref() == fact.kind
        && entry.reason != fact.reason
}

/// Returns `true` if this is another crash. Each crash has its own message, which several
/// conditions repeat.
fn is_another_crash(first: &Transition, entry: &Transition) -> bool {
    entry.reason == reason::CRASH_LOOP_BACK_OFF && entry.message != first.message
}

/// Returns `true` if this is the command that began a stop.
fn is_command_for(entry: &Transition, key: &str) -> bool {
    entry.kind == TransitionKind::Command
        && entry.reason == "Stop"
        && ["user-stopped", "stop-forced", "stopping"].contains(&key)
}

fn describes(entry: &Transition, fact: &Fact<'_>, rule: &'static Rule) -> bool {
    if entry.condition.is_none() || entry.reason.is_empty() {
        return false;
    }
    let reported = Fact {
        kind: entry.condition.as_ref(),
        exit_code: fact.exit_code,
        ..Fact::alone(&entry.reason, &entry.message)
    };
    // A general rule applies to everything: the cause is the same only if the reason is.
    entry.reason == fact.reason && entry.condition.as_ref() == fact.kind
        || (!rule.is_general() && std::ptr::eq(matching_rule(&reported), rule))
}
