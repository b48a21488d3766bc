//! The screenshots, and what a user does before each.

use vestibule_e2e::Role;

/// Location of a screenshot.
#[derive(Debug, Clone, Copy)]
pub enum At {
    /// An address.
    Path(&'static str),
    /// The list that contains this sample.
    List(&'static str),
    /// The form for a new workbench in that list.
    Form(&'static str),
    /// The sample's own page.
    Sample(&'static str),
    /// A tab of the sample, by its id.
    Tab(&'static str, &'static str),
    /// The page of the sample's first run.
    Attempt(&'static str),
    /// The builds of the sample's workspace.
    Builds(&'static str),
    /// The settings of the sample's workspace.
    Settings(&'static str),
}

/// Action of a user before a screenshot is taken.
#[derive(Debug, Clone, Copy)]
pub enum UserAction {
    /// Presses the element with this role and name.
    Named(Role, &'static str),
    /// Presses the element that this selector finds, for names that change.
    Selector(&'static str),
    /// Types a command into the terminal.
    Command(&'static str),
    /// Waits until the frame with this title shows this text.
    WaitForApp(&'static str, &'static str),
}

/// Identifiers of the tabs that are shown.
pub const TERMINAL: &str = "01980000-0000-7000-8000-000000000001";
pub const SCRIPT: &str = "01980000-0000-7000-8000-000000000002";
/// Sample whose app has a script.
pub const SCRIPTED: &str = "Checks the data";
/// Identifier of the message to the script.
pub const MESSAGE: &str = "01980000-0000-7000-8000-000000000003";

/// A screenshot of the console.
#[derive(Debug)]
pub struct Picture {
    pub file: &'static str,
    pub caption: &'static str,
    pub at: At,
    /// Elements to press first.
    pub press: &'static [UserAction],
    /// Text on the page that must be there before the screenshot is taken.
    pub until: &'static str,
}

const fn picture(
    file: &'static str,
    caption: &'static str,
    at: At,
    until: &'static str,
) -> Picture {
    Picture {
        file,
        caption,
        at,
        press: &[],
        until,
    }
}

pub const PICTURES: &[Picture] = &[
    picture(
        "workspaces",
        "The workspaces, and the activity in each.",
        At::Path("/workspaces"),
        "Daily work",
    ),
    picture(
        "waiting",
        "Starting: the current state, the elapsed time, and the duration of each step.",
        At::Sample("Takes its time"),
        "Process",
    ),
    picture(
        "secret",
        "A secret is missing, and you can add it: the start then continues by itself.",
        At::Sample("Missing secret"),
        "You can fix this",
    ),
    picture(
        "room",
        "There is no free slot; the workbench starts once there is one.",
        At::Sample("No room"),
        "No action needed",
    ),
    picture(
        "administrator",
        "A program is missing on the server; the card tells an administrator which.",
        At::Sample("Program missing"),
        "Install it on this machine",
    ),
    picture(
        "memory",
        "Killed, with the reason.",
        At::Sample("Out of memory"),
        "OOMKilled",
    ),
    picture(
        "crash",
        "Failed: the cause first, the details below.",
        At::Sample("Crashes again and again"),
        "it is not started again",
    ),
    picture(
        "late",
        "Late, with the choice to keep waiting.",
        At::Sample("Never listens"),
        "Keep waiting",
    ),
    picture(
        "completed",
        "Completed successfully.",
        At::Sample("Completes"),
        "Success",
    ),
    picture(
        "stopped",
        "Not started yet.",
        At::Sample("Put away"),
        "Not started yet.",
    ),
    Picture {
        press: &[UserAction::WaitForApp("Notes", "Connected")],
        ..picture(
            "inside",
            "Running: the app fills the window.",
            At::Sample("Notes"),
            "Running",
        )
    },
    Picture {
        press: &[UserAction::Named(Role::Button, "Details")],
        ..picture(
            "details",
            "Details beside the running app: log, timeline of its conditions, runs.",
            At::Sample("Notes"),
            "Timeline",
        )
    },
    Picture {
        press: &[UserAction::Command(
            "for i in 1 2 3; do echo \"measurement $i: $((i * i * 7))\" >> measurements.txt; done; cat measurements.txt",
        )],
        ..picture(
            "terminal",
            "A terminal beside the app, in the workbench's folder.",
            At::Tab("Notes", TERMINAL),
            "Terminal",
        )
    },
    picture(
        "agent",
        "A script: each message is a turn, and its output is kept.",
        At::Tab(SCRIPTED, SCRIPT),
        "checked 3 files",
    ),
    picture(
        "refused",
        "The app forbids frames: the page explains it and opens the app in a tab.",
        At::Sample("Refuses frames"),
        "The app can't be shown here",
    ),
    picture(
        "attempt",
        "One run at its permanent address.",
        At::Attempt("Crashes again and again"),
        "Timeline",
    ),
    picture(
        "workbenches",
        "All workbenches of a workspace.",
        At::List("Missing secret"),
        "Missing secret",
    ),
    picture(
        "new",
        "The form for a new workbench, with a prediction of its start.",
        At::Form("Notes"),
        "Browse, upload and download",
    ),
    picture(
        "settings",
        "The settings of a workspace: its name, its secrets and the workbenches that use them.",
        At::Settings("Notes"),
        "Secrets",
    ),
    picture(
        "builds",
        "The builds of a workspace.",
        At::Builds("Cannot be built"),
        "Failed",
    ),
    Picture {
        press: &[UserAction::Named(Role::Link, "Cannot be built")],
        ..picture(
            "build",
            "A build that failed: its steps and their output.",
            At::Builds("Cannot be built"),
            "no version of demo-package",
        )
    },
    Picture {
        press: &[UserAction::Selector("button[popovertarget=activity-panel]")],
        ..picture(
            "activity",
            "Activity of all workspaces, in the header of every page.",
            At::List("Put away"),
            "Show",
        )
    },
    picture(
        "users",
        "The users, with their roles.",
        At::Path("/admin/users"),
        "admin",
    ),
    picture(
        "roles",
        "The roles: who may do what.",
        At::Path("/admin/roles"),
        "Platform administrator",
    ),
    picture(
        "audit",
        "The audit log: who changed what.",
        At::Path("/admin/audit"),
        "admin",
    ),
];
