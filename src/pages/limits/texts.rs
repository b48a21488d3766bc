//! Texts of the time limits.

use vestibule_model::duration::humanize;
use vestibule_model::time::Millis;

pub const TITLE: &str = "Time limits";
pub const OF_INSTALLATION: &str =
    "These hold in every workspace. A workspace may have shorter ones.";
pub const OF_WORKSPACE: &str =
    "New workbenches start with the defaults, and nothing runs longer than the maxima.";
pub const LATER: &str =
    "A workbench above a new maximum is limited to it at its next start. Running apps go on.";

pub const STOPPED_AFTER: &str = "Stopped after";
pub const STOPPED_IDLE: &str = "Stopped when idle for";
pub const DEFAULT: &str = "default";
pub const MAXIMUM: &str = "maximum";
pub const SAVE: &str = "Save";
pub const SAVED: &str = "Time limits saved";
pub const NO_DEFAULT: &str = "Empty: no default.";
pub const NO_MAXIMUM: &str = "Empty: no maximum.";

/// Returns the label of a field.
pub fn field(what: &str, which: &str) -> String {
    format!("{what}, {which} (minutes)")
}

/// Returns the hint about a time that the installation sets.
pub fn of_all(seconds: u32) -> String {
    format!("Empty: {}, as for the installation.", length(seconds))
}

/// Returns a time as a value that can't be changed.
pub fn shown(seconds: Option<u32>) -> String {
    seconds.map_or_else(|| "–".to_owned(), length)
}

fn length(seconds: u32) -> String {
    humanize(Millis::from_secs(i64::from(seconds)))
}
