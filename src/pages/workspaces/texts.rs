//! Texts of the list of workspaces.

use vestibule_model::workspace::WorkbenchCounts;

pub const TITLE: &str = "Workspaces";
pub const NEW: &str = "New workspace";
pub const CREATE: &str = "Create workspace";
pub const SEARCH: &str = "Search workspaces";
pub const SEARCH_PLACEHOLDER: &str = "Search";
pub const CLEAR_SEARCH: &str = "Clear the search";
pub const NO_MATCH: &str = "No workspaces match.";

pub const EMPTY_TITLE: &str = "No workspaces yet";
pub const EMPTY_TEXT: &str = "Workspaces group workbenches and secrets. Create one to get started.";
pub const EMPTY_FOR_MEMBER: &str = "Ask an administrator to add you.";

pub const SHARED: &str = "Shared with you";

/// Returns whose workbench it is.
pub fn of_person(name: String) -> String {
    format!("Created by {name}")
}

pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "For example a team or a project.";

/// Returns how the workbenches of a workspace are doing.
pub fn counts(counts: &WorkbenchCounts) -> String {
    let mut parts = vec![match counts.total {
        0 => "No workbenches".to_owned(),
        1 => "1\u{a0}workbench".to_owned(),
        total => format!("{total}\u{a0}workbenches"),
    }];
    for (number, word) in [
        (counts.running, "running"),
        (counts.progressing, "in progress"),
        (counts.failed, "failed"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {word}").replace(' ', "\u{a0}"));
        }
    }
    parts.join(" · ")
}
