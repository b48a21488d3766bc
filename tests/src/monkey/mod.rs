//! The pure part of the monkey: steps, their choice, what is wrong with what was observed, the shortening of a list of
//! steps, and what was reached.
//!
//! The program that drives browsers by it is in `tests/monkey`.

mod choice;
mod coverage;
mod failure;
mod oracles;
mod places;
mod shorten;
mod step;
mod tree;

pub use choice::{Situation, next_server_step, next_step};
pub use coverage::{Coverage, Reached, of_stories};
pub use failure::{Failure, Kind};
pub use oracles::{
    Effect, Look, RATE_WINDOW, Request, Row, Shift, console_errors, differences, disagreement,
    lost_focus, nothing_happened, odd_text, page_errors, request_rate, shifted,
};
pub use places::{is_console, page_of};
pub use shorten::shorten;
pub use step::{Control, ServerStep, Step, from_lines, to_lines};
pub use tree::{Found, Tree, without_digits};
