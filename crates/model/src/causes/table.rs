//! The table of causes in the order of its rules: rules about messages come before rules about
//! reasons alone.

mod blocked;
mod ended;
mod failed;
mod passing;

use super::rule::{Level, Remedy, ResolvedBy, Rule, When};

/// Every rule but the last resort.
pub(super) const TABLE: &[&[Rule]] = &[ended::RULES, failed::RULES, blocked::RULES, passing::RULES];

/// The rule for words that this version does not know.
pub(super) static UNKNOWN: Rule = Rule {
    key: "unknown",
    level: Level::Blocked,
    who: ResolvedBy::Administrator,
    action: Remedy::CopyForAdministrator,
    when: When::ANY,
    what: "Something happened that this console doesn't know.",
    advice: "Send the reason and the message below to an administrator.",
    for_administrator: "Check the reason and the message below, then try again.",
};
