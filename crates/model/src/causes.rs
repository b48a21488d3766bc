//! Root causes: from the observations to what happened, who can fix it and what to do now.
//!
//! The rules are data, in the tables below this module. Each fact that is not as it should be is
//! given to the first rule that applies, specific rules before general ones. Of several causes the
//! strongest counts, in the order of [`Level`]: a failure before another end, then what blocks, what
//! is late, what continues by itself, and what is only worth knowing. Among equals the first step of
//! a start counts, because the later ones wait for it.

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
pub use find::{all, find, for_reason, keys};
pub use rule::{Action, Cause, FirstEvent, Level, Who};
