//! Texts of the time limits.

use vestibule_model::duration::humanize;
use vestibule_model::time::Millis;

pub const TITLE: &str = "Time limits";
pub const OF_INSTALLATION: &str =
    "These hold in every workspace. A workspace may have shorter ones.";
pub const OF_WORKSPACE: &str = "Defaults apply to new workbenches. Limits apply to all.";
pub const LATER: &str =
    "A workbench above a new limit gets the limit at its next start. Running apps aren't affected.";

pub const RUN_DEFAULT: &str = "Default run time";
pub const RUN_MAXIMUM: &str = "Longest run time";
pub const IDLE_DEFAULT: &str = "Default idle time";
pub const IDLE_MAXIMUM: &str = "Longest idle time";
pub const SAVE: &str = "Save";
pub const SAVED: &str = "Time limits saved";
pub const NO_DEFAULT: &str = "Leave empty for no default.";
pub const NO_MAXIMUM: &str = "Leave empty for no limit.";

/// Returns the label of a field.
pub fn field(what: &str) -> String {
    format!("{what} (minutes)")
}

/// Returns the hint about a time that the installation sets.
pub fn of_all(seconds: u32) -> String {
    format!("Leave empty for {}, as in all workspaces.", length(seconds))
}

/// Returns a time as a value that can't be changed.
pub fn shown(seconds: Option<u32>) -> String {
    seconds.map_or_else(|| "–".to_owned(), length)
}

fn length(seconds: u32) -> String {
    humanize(Millis::from_secs(i64::from(seconds)))
}
