//! Texts of the audit log.

pub const HINT: &str = "Who changed what, newest first.";
pub const ACTION: &str = "Action";
pub const ANY_ACTION: &str = "Any action";
pub const ACTOR: &str = "By";
pub const TARGET: &str = "About";
pub const SINCE: &str = "From";
pub const UNTIL: &str = "Until";
pub const NAME_HINT: &str = "Id or username";
pub const TARGET_HINT: &str = "Id, username or role";
pub const CLEAR: &str = "Clear filters";
pub const EXPORT: &str = "Export";
pub const AS_JSON: &str = "JSON lines";
pub const AS_CSV: &str = "CSV";
pub const MORE: &str = "Show more";
pub const EMPTY: &str = "No changes yet";
pub const EMPTY_TEXT: &str =
    "Each change of users, roles, workspaces and workbenches appears here.";
pub const NOTHING: &str = "Nothing matches the filters";
pub const NOTHING_TEXT: &str = "Clear a filter to see more.";
pub const TRY_AGAIN: &str = "Try again";
pub const COMMAND_LINE: &str = "on the server";
pub const BEFORE: &str = "Before";
pub const AFTER: &str = "After";
pub const DETAILS: &str = "Changes";
pub const REFRESH: &str = "Refresh";

/// Returns the number of entries that are shown.
pub fn shown(count: usize, has_more: bool) -> String {
    match (count, has_more) {
        (1, false) => "1 entry".to_owned(),
        (_, false) => format!("{count} entries"),
        (_, true) => format!("The newest {count} entries"),
    }
}
