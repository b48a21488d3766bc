//! Screen texts of a run's page.

use vestibule_model::duration::humanize;
use vestibule_model::time::Millis;

pub const GO_TO_WORKBENCH: &str = "Go to the workbench";
pub const OTHER_ATTEMPTS: &str = "Other attempts";
pub const EARLIER: &str = "Earlier attempt";
pub const LATER: &str = "Later attempt";
pub const NOT_FOUND: &str = "Attempt not found";
pub const NOT_FOUND_TEXT: &str =
    "Only the newest attempts of a workbench are kept. This one was removed, or never existed.";
pub const REQUESTED: &str = "Requested ";

/// Returns the heading of the page.
pub fn heading(number: u64, workbench: Option<&str>) -> String {
    match workbench {
        Some(name) => format!("Attempt {number} of {name}"),
        None => format!("Attempt {number}"),
    }
}

/// Returns how long the run lasted, or has lasted.
pub fn lasted(length: Millis, is_live: bool) -> String {
    let length = humanize(length);
    if is_live {
        format!("for {length}")
    } else {
        format!("lasted {length}")
    }
}

/// Returns how long the start took.
pub fn ready_after(length: Millis) -> String {
    format!(", ready after {}", humanize(length))
}
