//! A rule: which facts it fits, and what it says of them.

use super::facts::Fact;
use super::table;
use super::{Action, Level, Who};
use crate::condition::ConditionType;

/// One row of the table.
pub(super) struct Rule {
    pub(super) key: &'static str,
    /// How bad it is where the evidence does not say it.
    pub(super) level: Level,
    pub(super) who: Who,
    pub(super) action: Action,
    pub(super) when: When,
    pub(super) what: &'static str,
    pub(super) advice: &'static str,
}

/// What a fact must be for a rule to fit: all that is given must hold, and what is empty holds.
pub(super) struct When {
    /// The reason is one of these.
    pub(super) reasons: &'static [&'static str],
    /// The message holds one of these, in lower case.
    pub(super) says: &'static [&'static str],
    /// The condition is one of these.
    pub(super) about: &'static [ConditionType],
    /// The exit code is one of these.
    pub(super) exits: &'static [i32],
}

impl When {
    pub(super) const ANY: Self = Self {
        reasons: &[],
        says: &[],
        about: &[],
        exits: &[],
    };

    fn fits(&self, fact: &Fact<'_>, message: &str) -> bool {
        (self.reasons.is_empty() || self.reasons.contains(&fact.reason))
            && (self.about.is_empty() || fact.kind.is_some_and(|kind| self.about.contains(kind)))
            && (self.exits.is_empty() || fact.exit_code.is_some_and(|c| self.exits.contains(&c)))
            && (self.says.is_empty() || self.says.iter().any(|part| message.contains(part)))
    }
}

impl Rule {
    /// Whether it fits facts that nothing is known of.
    pub(super) fn is_general(&self) -> bool {
        self.when.reasons.is_empty() && self.when.says.is_empty() && self.when.exits.is_empty()
    }
}

/// Every rule, in the order in which they are tried.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    table::TABLE.iter().copied().flatten()
}

/// The first rule that fits. One always does: the last of them fit anything.
pub(super) fn meet(fact: &Fact<'_>) -> &'static Rule {
    let message = fact.message.to_ascii_lowercase();
    all()
        .find(|rule| rule.when.fits(fact, &message))
        .unwrap_or(&table::UNKNOWN)
}
