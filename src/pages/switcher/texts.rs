//! Texts of the switcher and of the list of shortcuts.

pub const GO_TO: &str = "Go to";
pub const SEARCH: &str = "Go to a workbench or workspace";
pub const NO_MATCH: &str = "No workbench or workspace matches.";
pub const NOTHING: &str = "Nothing here yet.";
pub const ALL_WORKSPACES: &str = "All workspaces";
pub const WORKSPACE: &str = "Workspace";

pub const RUNNING: &str = "Running";
pub const STARTING: &str = "Starting";
pub const STOPPING: &str = "Stopping";
pub const COMPLETED: &str = "Completed";
pub const STOPPED: &str = "Stopped";
pub const FAILED: &str = "Failed";

pub const SHORTCUTS: &str = "Keyboard shortcuts";
pub const CLOSE: &str = "Close";

/// The shortcuts: where they work, the keys, and what they do.
pub const ALL_SHORTCUTS: [(&str, &[(&str, &str)]); 3] = [
    (
        "Everywhere",
        &[
            ("Ctrl K", "Go to a workbench or workspace"),
            ("/", "Search the page"),
            ("?", "Show this list"),
            ("Esc", "Close what is open"),
        ],
    ),
    (
        "Table of workbenches",
        &[
            ("↑ ↓", "Move between rows"),
            ("Home End", "First or last row"),
            ("Space", "Select the row"),
            ("Shift ↑ ↓", "Extend the selection"),
        ],
    ),
    (
        "Timeline",
        &[("← →", "Move between events"), ("+ −", "Zoom")],
    ),
];
