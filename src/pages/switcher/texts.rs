//! Texts of the switcher and of the list of shortcuts.

pub const GO_TO: &str = "Go to";
pub const SEARCH: &str = "Go to a workbench, workspace or page";
pub const NO_MATCH: &str = "No workbench, workspace or page matches.";
pub const NOTHING: &str = "Nothing here yet.";
pub const ALL_WORKSPACES: &str = "All workspaces";
pub const WORKSPACE: &str = "Workspace";
pub const ACCOUNT: &str = "Account";
pub const PAGE: &str = "Page";

pub const SHORTCUTS: &str = "Keyboard shortcuts";
pub const APPS_KEYS: &str = "An app keeps all keys that are pressed inside it. To use those of the console, click the header or press Tab until the focus leaves the app.";
pub const CLOSE: &str = "Close";

/// The shortcuts: where they work, the keys, and what they do.
pub const ALL_SHORTCUTS: [(&str, &[(&str, &str)]); 4] = [
    (
        "Everywhere",
        &[
            ("Ctrl K", "Go to a workbench, workspace or page"),
            ("/", "Search the page"),
            ("?", "Show this list"),
            ("Esc", "Close what is open"),
        ],
    ),
    (
        "Tabs of a workbench",
        &[
            ("← →", "Move between tabs"),
            ("Ctrl Shift ← →", "Move the tab"),
            ("F2", "Rename the tab"),
            ("Delete", "Close the tab"),
            ("Shift F6", "Leave a terminal"),
            (
                "Ctrl Shift K",
                "Delete to the end of the line in a terminal",
            ),
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
