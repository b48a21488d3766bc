//! Root causes: from what was observed to what happened, who can fix it, and what to do now.
//!
//! The rules are data, in the tables below this module. Each fact that is not as it should be is
//! met by the first rule that fits, specific rules before general ones. Of several causes the
//! strongest is told, in the order of [`Level`]: a failure before another end, then what blocks,
//! what is late, what is under way, and what is only worth knowing. Among equals the step that
//! comes first in a start is told, because the later ones wait for it.

mod facts;
#[cfg(test)]
mod fixtures;
mod rule;
mod table;
#[cfg(test)]
mod tests;

use crate::condition::{Condition, ConditionType};
use crate::time::Timestamp;
use crate::transition::Transition;
use crate::workbench::Workbench;
use facts::{Fact, facts};

/// What is known of a workbench or of one of its runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The conditions.
    pub conditions: &'a [Condition],
    /// Why it was stopped, where it was.
    pub stopped_reason: Option<&'a str>,
    /// The exit code of its process, where it has ended with one.
    pub exit_code: Option<i32>,
    /// Whether the spec is newer than the one that runs.
    pub is_spec_ahead: bool,
    /// Why the app cannot be shown in the console's frame, where it cannot.
    pub framing_refused: Option<&'a str>,
    /// The run's journal, as much of it as there is, in any order.
    pub journal: &'a [Transition],
}

impl<'a> Evidence<'a> {
    /// What a workbench says of its current run. While a new run is wished for that the status does
    /// not speak of yet, what is there still tells of the run before, and is no evidence; nor is
    /// anything of one that is being deleted.
    pub fn of(workbench: &'a Workbench, journal: &'a [Transition]) -> Self {
        if workbench.desires_another_run() || workbench.deleting {
            return Self {
                journal,
                ..Self::default()
            };
        }
        let status = &workbench.status;
        Self {
            conditions: &status.conditions,
            // Until it has ended, a stop is what goes on, not how it ended.
            stopped_reason: status
                .stopped_reason
                .as_deref()
                .filter(|_| status.phase.is_terminal()),
            is_spec_ahead: workbench.is_spec_ahead(),
            journal,
            ..Self::default()
        }
    }
}

/// Why something is as it is, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The rule's name: stable, for tests and for links into the handbook.
    pub key: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What happened, in one sentence.
    pub what: &'static str,
    /// What to do, in one sentence.
    pub advice: &'static str,
    /// The evidence, word for word; empty where it says no more than the reason.
    pub why: String,
    /// The raw reason, for those who search for it.
    pub reason: String,
    /// The condition that tells it, if one does.
    pub condition: Option<ConditionType>,
    /// Who can fix it.
    pub who: Who,
    /// The one thing to offer.
    pub action: Action,
    /// What it began with.
    pub first: Option<FirstEvent>,
}

impl Cause {
    /// Whether an administrator can help as well, where the first thing to do is one's own.
    pub fn is_for_administrator_too(&self) -> bool {
        ["app-unknown", "memory-limit"].contains(&self.key)
    }
}

/// How bad a cause is; the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The run has failed, or cannot be saved.
    Failure,
    /// The run has ended in another way.
    Ended,
    /// It waits for somebody, and goes on by itself once that is done.
    Blocked,
    /// It takes longer than it was given.
    Late,
    /// It goes on by itself.
    Progressing,
    /// Worth knowing, and no trouble.
    Notice,
}

/// Who can fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// The person who looks at it.
    You,
    /// Whoever runs the installation.
    Administrator,
    /// Nobody has to: it passes.
    Wait,
}

impl Who {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::You => "You can fix this",
            Self::Administrator => "An administrator can fix this",
            Self::Wait => "This passes by itself",
        }
    }
}

/// The one thing to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The form for a secret, with its name filled in where it is known.
    OpenSecret {
        /// The secret's name.
        name: Option<String>,
    },
    /// A new run.
    StartAgain,
    /// More time for this start.
    KeepWaiting,
    /// The form for a new workbench.
    NewWorkbench,
    /// The workbench's settings.
    Edit,
    /// The workbench's variables and secrets.
    EditEnvironment,
    /// The end of the app's output.
    OpenLog,
    /// The app, in a tab of its own.
    OpenInNewTab,
    /// A message with everything an administrator needs.
    CopyForAdministrator,
    /// Nothing: it goes on by itself.
    Wait,
    /// The end of this run.
    Stop,
    /// Another name.
    Rename,
}

impl Action {
    /// What stands on its button; empty where there is nothing to press.
    pub fn label(&self) -> &'static str {
        match self {
            Self::OpenSecret { .. } => "Add the secret",
            Self::StartAgain => "Start again",
            Self::KeepWaiting => "Keep waiting",
            Self::NewWorkbench => "New workbench with another app",
            Self::Edit => "Edit",
            Self::EditEnvironment => "Edit variables and secrets",
            Self::OpenLog => "Show the log",
            Self::OpenInNewTab => "Open in a new tab",
            Self::CopyForAdministrator => "Copy for the administrator",
            Self::Wait => "",
            Self::Stop => "Stop",
            Self::Rename => "Choose another name",
        }
    }
}

/// The first event that tells of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstEvent {
    /// The journal's entry; none where only a condition's time is known.
    pub seq: Option<u64>,
    /// When.
    pub at: Timestamp,
}

/// The strongest cause; none when nothing is wrong and nothing is waited for.
pub fn find(evidence: &Evidence<'_>) -> Option<Cause> {
    let facts = facts(evidence);
    let (level, fact, rule) = facts
        .iter()
        .map(|fact| {
            let rule = rule::meet(fact);
            (fact.level(rule), fact, rule)
        })
        .min_by_key(|(level, _, _)| *level)?;
    let mut cause = explain(fact, rule);
    cause.level = level;
    cause.first = facts::first_event(evidence, fact, rule);
    Some(cause)
}

/// The cause for a reason that is given by itself, outside a run: what speaks against a start
/// before there is one is told in the same words as during one.
pub fn for_reason(reason: &str, message: &str) -> Cause {
    let fact = Fact::alone(reason, message);
    explain(&fact, rule::meet(&fact))
}

/// Every key that a cause can have.
pub fn keys() -> impl Iterator<Item = &'static str> {
    rule::all().map(|rule| rule.key)
}

/// Every cause there can be, with nothing but its words.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = Cause> {
    let fact = Fact::alone("", "");
    let rules = rule::all().chain([&table::UNKNOWN]);
    rules.map(move |rule| explain(&fact, rule))
}

fn explain(fact: &Fact<'_>, rule: &'static rule::Rule) -> Cause {
    let action = match &rule.action {
        Action::OpenSecret { .. } => Action::OpenSecret {
            name: facts::secret_name(fact.message).map(str::to_owned),
        },
        other => other.clone(),
    };
    let says_more = fact.message != rule.what
        && fact.message != crate::reason::sentence(fact.reason)
        && fact.message != fact.reason;
    Cause {
        key: rule.key,
        level: rule.level,
        what: rule.what,
        advice: rule.advice,
        why: if says_more { fact.message } else { "" }.to_owned(),
        reason: fact.reason.to_owned(),
        condition: fact.kind.cloned(),
        who: rule.who,
        action,
        first: None,
    }
}
