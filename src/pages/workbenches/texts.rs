//! Texts of a workspace's page and its table of workbenches.

pub const NEW: &str = "New workbench";
pub const BUILDS: &str = "Builds";
pub const SETTINGS: &str = "Settings";

pub const EMPTY_TITLE: &str = "No workbenches yet";
pub const EMPTY_TEXT: &str =
    "A workbench runs one app, such as a notebook or an editor, with a folder of its own.";
pub const CREATE: &str = "Create a workbench";

pub const NO_MATCH_TITLE: &str = "No workbenches match";
pub const NO_MATCH_TEXT: &str = "Try another search, or clear the filters.";
pub const CLEAR_FILTERS: &str = "Clear filters";

pub const TABLE: &str = "Workbenches";
pub const SEARCH: &str = "Search workbenches";
pub const SEARCH_PLACEHOLDER: &str = "Search";
pub const CLEAR_SEARCH: &str = "Clear search";
pub const FILTER: &str = "Filter";
pub const MINE: &str = "Mine";
pub const YOU: &str = "You";

pub const NAME: &str = "Name";
pub const STATE: &str = "State";
pub const APP: &str = "App";
pub const OWNER: &str = "Owner";
pub const SINCE: &str = "Since";
pub const MESSAGE: &str = "Message";
pub const ACTIONS: &str = "Actions";
pub const SELECT_ALL: &str = "Select all that are shown";
pub const SELECT_NONE: &str = "Select none";
pub const SELECTION: &str = "Selection";

pub const NEEDS_ATTENTION: &str = "Needs attention";
pub const IN_PROGRESS: &str = "In progress";
pub const RUNNING: &str = "Running";
pub const STOPPED: &str = "Stopped";

pub const START: &str = "Start";
pub const STOP: &str = "Stop";
pub const DELETE: &str = "Delete";
pub const NOTHING_TO_DO: &str = "Nothing to do";
pub const TRY_AGAIN: &str = "Try again";
pub const PROGRESS: &str = "Progress";

/// Returns how many rows are shown.
pub fn shown(shown: usize, total: usize) -> String {
    match (shown, total) {
        (shown, total) if shown != total => format!("{shown} of {total}"),
        (_, 1) => "1 workbench".to_owned(),
        (_, total) => format!("{total} workbenches"),
    }
}

/// Returns the remark about rows that this console cannot read, or `None`.
pub fn unreadable(rows: usize) -> Option<String> {
    match rows {
        0 => None,
        1 => Some("1 row can't be read and isn't shown.".to_owned()),
        rows => Some(format!("{rows} rows can't be read and aren't shown.")),
    }
}

/// Returns how many rows are selected.
pub fn selected(all: usize, hidden: usize) -> String {
    match hidden {
        0 => format!("{all} selected"),
        hidden => format!("{all} selected, {hidden} not shown"),
    }
}

/// Returns the question about one workbench.
pub fn ask_one(verb: &str, name: &str) -> String {
    format!("{} \u{201c}{name}\u{201d}?", verb)
}

/// Returns the question about several workbenches.
pub fn ask_many(verb: &str, count: usize) -> String {
    format!("{} {count} workbenches?", verb)
}

/// Returns the label of the button that confirms.
pub fn confirm(verb: &str, count: usize) -> String {
    match count {
        1 => format!("{} workbench", verb),
        count => format!("{} {count} workbenches", verb),
    }
}

pub const STOPS_MANY: &str =
    "Unsaved work in the apps will be lost. Files in their folders are kept.";

/// Returns what starting workbenches does.
pub fn starts(count: usize) -> String {
    match count {
        1 => "This starts the app on this machine.".to_owned(),
        count => format!("This starts {count} apps on this machine."),
    }
}

/// Returns what deleting several workbenches does.
pub fn deletes_many(count: usize) -> String {
    format!("This permanently deletes {count} workbenches and every file in their folders.")
}

/// Returns the remark about selected rows that the filter hides, or `None`.
pub fn hidden(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 of them is hidden by the filter.".to_owned()),
        count => Some(format!("{count} of them are hidden by the filter.")),
    }
}

/// Returns the remark about selected rows that stay as they are, or `None`.
pub fn unaffected(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 other selected workbench stays as it is.".to_owned()),
        count => Some(format!(
            "{count} other selected workbenches stay as they are."
        )),
    }
}

/// Returns the remark about selected rows for which the user lacks the permission.
pub fn not_permitted(count: usize, needs: &str) -> String {
    match count {
        1 => format!("1 selected workbench isn't yours to change. {needs}"),
        count => format!("{count} selected workbenches aren't yours to change. {needs}"),
    }
}

pub const IS_DELETED: &str = "It is being deleted.";

/// Returns the end of a list of names that is cut.
pub fn more(count: usize) -> String {
    format!("and {count} more")
}

/// Returns how many requests have been answered.
pub fn under_way(answered: usize, total: usize) -> String {
    format!("{answered} of {total}")
}

/// Returns how many requests have failed.
pub fn failed(failed: usize, total: usize) -> String {
    format!("{failed} of {total} failed")
}

/// Returns the announcement after several requests.
pub fn done(done: usize, total: usize) -> String {
    format!("{done} of {total} done")
}

/// Returns the message after workbenches were deleted.
pub fn deleted(names: &[String]) -> String {
    match names {
        [name] => format!("Deleted \u{201c}{name}\u{201d}"),
        names => format!("Deleted {} workbenches", names.len()),
    }
}
