//! Texts of the builds of a workspace.

pub const TITLE: &str = "Builds";
pub const BUILD_AN_APP: &str = "Build an app";
pub const BUILD: &str = "Build";
pub const CHOOSE: &str = "Choose an app.";
pub const EMPTY_TITLE: &str = "No builds yet";
pub const EMPTY_TEXT: &str = "Some apps need a one-time setup, such as installing packages. It runs when a workbench first starts, or ahead of time from here.";
pub const AHEAD: &str =
    "The app is prepared in the background, so that its first start is quicker.";
pub const NOTHING_TO_BUILD: &str = "No app in the catalogue needs a build.";
pub const ALREADY_BUILT: &str = "Already built";

pub const REQUESTED_BY: &str = "Requested by";
pub const CREATED: &str = "Created";
pub const DURATION: &str = "Duration";
pub const ACTIONS: &str = "Actions";
pub const SHOW_OLDER: &str = "Show older builds";
pub const BUILT_SINCE: &str = "A newer build succeeded.";
pub const NEWER_BUILD: &str = "Newer build";
pub const CANCEL: &str = "Cancel";
pub const TRY_AGAIN: &str = "Try again";

pub const STEPS: &str = "Steps";
pub const SKIPPED: &str = "skipped";
pub const LOG: &str = "Log";
pub const LOG_PENDING: &str = "The output appears here once the build starts.";
pub const LOG_RUNNING: &str = "No output yet.";
pub const LOG_NONE: &str = "There was no output.";
pub const PREVIOUS: &str = "Previous build";

pub const NOT_FOUND: &str = "Not found";
pub const NOT_FOUND_TITLE: &str = "Build not found";
pub const NOT_FOUND_TEXT: &str =
    "Only the newest builds of a workspace are kept. Check the address if you typed it.";
pub const GO_TO_BUILDS: &str = "Go to builds";

pub const CANCEL_QUEUED: &str = "It leaves the queue, and nothing is built.";
pub const CANCEL_RUNNING: &str =
    "The running step is stopped, and what was built so far is removed. The log is kept.";
pub const CANCEL_WAITING: &str =
    "Workbenches that wait for this build won't start. Starting one again requests a new build.";
pub const KEEP_BUILDING: &str = "Keep building";
pub const CANCEL_BUILD: &str = "Cancel build";

/// Returns the heading of one build.
pub fn build_of(app: &str) -> String {
    format!("Build of {app}")
}

/// Returns the announcement at the end of a build.
pub fn ended(app: &str, state: &str) -> String {
    format!("{}: {state}", build_of(app))
}

/// Returns the question before a build is cancelled.
pub fn cancel_question(app: &str) -> String {
    format!("Cancel the build of {app}?")
}

/// Returns the accessible name of a row's button.
pub fn cancel_build_of(app: &str) -> String {
    format!("Cancel the build of {app}")
}

/// Returns the accessible name of a row's button.
pub fn try_again_to_build(app: &str) -> String {
    format!("Try again to build {app}")
}

/// Returns the accessible name of a row's link.
pub fn newer_build_of(app: &str) -> String {
    format!("{NEWER_BUILD} of {app}")
}

/// Returns who has requested a build, before the time.
pub fn requested_by(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{REQUESTED_BY} {name}, "),
        None => format!("{CREATED} "),
    }
}

/// Returns how long a build takes, or took.
pub fn duration(length: &str, is_open: bool) -> String {
    if is_open {
        format!("for {length}")
    } else {
        format!("took {length}")
    }
}

/// Returns the remark about a failed step.
pub fn exit_code(code: i32) -> String {
    format!("Exit code {code}")
}
