//! Root causes: from the observations to the event, the responsible person and the remedy.
//!
//! The rules are data, in the tables below this module. Each fact that is not as it should be is
//! given to the first rule that applies, specific rules before general ones. Of several causes the
//! strongest counts, in the order of [`Level`]: a failure before another end, then obstacles,
//! delays, states that continue by themselves, and notices. Among equals the first step of a start
//! counts, because the later ones wait for it.

mod evidence;
mod facts;
mod find;
#[cfg(test)]
mod fixtures;
mod rule;
mod table;
#[cfg(test)]
mod tests;

pub use evidence::Evidence;
pub use find::{all, find, for_reason, keys, of_run};
pub use rule::{Cause, FirstEvent, Level, Remedy, ResolvedBy, without_contact};
