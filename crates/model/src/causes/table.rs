//! The table of causes, in the order in which its rules are tried: what a message says counts
//! before what the reason alone does.

mod blocked;
mod ended;
mod failed;
mod passing;

use super::rule::{Rule, When};
use super::{Action, Level, Who};

/// Rules, one after the other: key, level, who, action, what it fits, what happened, what to do.
macro_rules! rules {
    ($($key:literal $level:ident $who:ident $action:ident { $($field:ident: $value:expr),+ }
        $what:literal $advice:literal;)+) => {
        &[$(Rule {
            key: $key,
            level: Level::$level,
            who: Who::$who,
            action: $action,
            when: When { $($field: &$value,)+ ..When::ANY },
            what: $what,
            advice: $advice,
        }),+]
    };
}
use rules;

/// Every rule but the last resort.
pub(super) const TABLE: &[&[Rule]] = &[ended::RULES, failed::RULES, blocked::RULES, passing::RULES];

/// For words this version does not know: says so, and leaves the evidence to speak for itself.
pub(super) static UNKNOWN: Rule = Rule {
    key: "unknown",
    level: Level::Blocked,
    who: Who::Administrator,
    action: Action::CopyForAdministrator,
    when: When::ANY,
    what: "Something happened that this console has no words for.",
    advice: "The reason and the message below are word for word what the server reports.",
};
