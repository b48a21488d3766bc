//! Screen texts of the workbench's page.

use vestibule_model::duration::humanize;
use vestibule_model::time::Millis;

// Sections and marks
pub const WORKBENCH: &str = "Workbench";
pub const STARTING: &str = "Starting";
pub const RESTARTING: &str = "Restarting";
pub const STOPPING: &str = "Stopping";
pub const DELETING: &str = "Deleting";
pub const ENDED: &str = "Ended";
pub const STEPS: &str = "Steps";
pub const BUILD_STEPS: &str = "Steps of the build";
pub const DETAILS: &str = "Details";

// Actions
pub const START_WORKBENCH: &str = "Start workbench";
pub const START: &str = "Start";
pub const START_AGAIN: &str = "Start again";
pub const TRY_AGAIN: &str = "Try again";
pub const STOP: &str = "Stop";
pub const CANCEL: &str = "Cancel";
pub const CANCELLING: &str = "Cancelling\u{2026}";
pub const STOPPING_NOW: &str = "Stopping\u{2026}";
pub const RESTART: &str = "Restart";
pub const RESTART_APP: &str = "Restart the app";
pub const RESTART_NOW: &str = "Restart now";
pub const DELETE: &str = "Delete";
pub const KEEP_WAITING: &str = "Keep waiting";
pub const KEEP_RUNNING: &str = "Keep running";
pub const EDIT_SETTINGS: &str = "Edit settings";
pub const OPEN_IN_NEW_TAB: &str = "Open in a new tab";
pub const SHOW_AS_IS: &str = "Show it anyway";
pub const FULL_SCREEN: &str = "Full screen";
pub const MORE: &str = "More actions";
pub const RESUME: &str = "Resume";
pub const CLOSE: &str = "Close";
pub const RESIZE: &str = "Width of the details";
pub const OPEN_LOG: &str = "Open full log";
pub const LEAVE_APP: &str = "Leave the app";

// Status card
pub const OPENING: &str = "The app is ready. Opening it\u{2026}";
pub const OPENING_SLOWLY: &str = "The app is running but takes long to open.";
pub const RESTARTING_NOW: &str = "Stopping the app, then starting it again.";
pub const SETTINGS_CHANGED: &str = "Settings changed. Restart to apply them.";

// Toolbar
pub const MAY_NOT_WORK: &str = "May not work fully";
pub const MAY_NOT_WORK_LABEL: &str = "Parts of the app may not work here";
pub const NEW_SETTINGS: &str = "Settings changed";
pub const NEW_SETTINGS_LABEL: &str = "Settings changed: restart to apply them";
pub const OFFLINE: &str = "Offline";
pub const THIS_COMPUTER_OFFLINE: &str = "This computer is offline.";
pub const STALE: &str = "Stale";
pub const UNKNOWN: &str = "Unknown";
pub const SETTLING: &str = "The actions have just changed. Press again if you mean this one.";
pub const NOT_IN_USE: &str = "Not in use";
pub const COVERED: &str = "The app isn't in view.";

// Overlay
pub const WHY_BLOCKED: &str = "Why the app cannot be used";
pub const NOT_RESPONDING: &str = "The app has stopped responding";
pub const WORK_IS_KEPT: &str =
    "What you did inside is kept. The app shows again as soon as it responds.";
pub const CLOSED_HERE: &str = "Closed in this browser";
pub const REOPENS_FRESH: &str = "It reloads. Unsaved input is lost.";
pub const CANNOT_SHOW: &str = "The app can't be shown here";

// Gone
pub const NOT_FOUND: &str = "Workbench not found";
pub const NOT_FOUND_TEXT: &str = "It may have been deleted, or the address is mistyped.";
pub const DELETED: &str = "This workbench was deleted";
pub const DELETED_BY_YOU: &str = "You deleted this workbench";
pub const DELETED_TEXT: &str = "Its folder was deleted with it.";
pub const GO_TO_WORKSPACE: &str = "Go to the workspace";
pub const NO_ACCESS: &str = "No access";
pub const NO_ACCESS_TEXT: &str = "You don't have access. Ask an administrator to add you.";

pub const NOT_OPENED: &str = "You can watch this workbench but not open it. Ask its owner.";

// Settings and secrets
pub const NAME: &str = "Name";
pub const SAVE: &str = "Save";
pub const SAVE_AND_START: &str = "Save and start";
pub const SAVE_AND_RESTART: &str = "Save and start again";
pub const NEXT_START: &str = "Saved settings apply at the next start.";
pub const ADD_SECRET: &str = "Add a secret";

/// Returns the title of the settings dialog.
pub fn edit_title(name: &str) -> String {
    format!("Edit \u{201c}{name}\u{201d}")
}

/// Returns the title of the secret dialog.
pub fn add_secret_title(name: &str) -> String {
    match name {
        "" => ADD_SECRET.to_owned(),
        name => format!("Add the secret {name}"),
    }
}

/// Returns the announcement after a secret was added.
pub fn secret_added(name: &str) -> String {
    format!("Secret {name} added")
}

/// Returns the countdown to the start deadline.
pub fn times_out_in(left: Millis) -> String {
    format!("Times out in {}", humanize(left))
}

/// Returns when a workbench that is not in use is stopped.
pub fn stops_when_idle(left: Millis) -> String {
    format!("Not in use. Stops in {}.", humanize(left))
}

/// Returns how long ago the app sent its message.
pub fn reported(ago: Millis) -> String {
    match ago.as_secs() {
        ..2 => "Reported by the app just now".to_owned(),
        _ => format!("Reported by the app {} ago", humanize(ago)),
    }
}

/// Returns how long a start usually takes.
pub fn usually(length: Millis) -> String {
    format!("usually {}", humanize(length))
}

/// Returns how many apps a browser keeps open.
pub fn frame_limit(limit: usize) -> String {
    format!(
        "This browser keeps the last used apps open, {limit} at most. This one is still running; it was closed here to make room."
    )
}

/// Returns that a person stopped the workbench; `None` is the reader.
pub fn stopped_by(name: Option<&str>) -> String {
    format!("{} stopped this workbench.", name.unwrap_or("You"))
}

/// Returns the same where the app had to be killed.
pub fn stopped_forcibly_by(name: Option<&str>) -> String {
    format!(
        "{} It didn't end in time and was forced to.",
        stopped_by(name)
    )
}

/// Returns that another user deleted the workbench.
pub fn deleted_by(name: &str) -> String {
    format!("{name} deleted this workbench")
}

/// Returns the message after a deletion.
pub fn deleted(name: &str) -> String {
    format!("Deleted \u{201c}{name}\u{201d}")
}

/// Returns the announcement of a state.
pub fn announcement(name: &str, word: &str, sentence: &str) -> String {
    format!("{name}: {word}. {sentence}")
}

/// Button that opens the shares.
pub const SHARE: &str = "Share";

/// Returns the title of the dialog that shares a workbench.
pub fn share_title(name: &str) -> String {
    format!("Share \u{201c}{name}\u{201d}")
}
