//! Texts of the activity indicator and its panel.

use vestibule_client::connection_error::ConnectionError;

pub const ACTIVITY: &str = "Activity";
pub const IDLE: &str = "nothing under way";
pub const OFFLINE: &str = "Offline";
pub const CONNECTING: &str = "Waiting for the server…";

pub const FAILED: &str = "Failed";
pub const IN_PROGRESS: &str = "In progress";
pub const RUNNING: &str = "Running";
pub const FINISHED: &str = "Finished";
pub const JOBS: &str = "Jobs";
pub const DISMISS_ALL: &str = "Dismiss all";

pub const SHOW: &str = "Show";
pub const MINE: &str = "Mine";
pub const EVERYONE: &str = "Everyone's";

pub const EMPTY_TITLE: &str = "Nothing in progress";
pub const EMPTY_MINE: &str =
    "Your starts, stops and builds show up here, and stay for ten minutes after they end.";
pub const EMPTY_EVERYONE: &str =
    "Starts, stops and builds show up here, and stay for ten minutes after they end.";

pub const TRY_NOW: &str = "Try now";
pub const OFFLINE_TEXT: &str = "You're offline. This list may be out of date.";

pub const NOTICES_BLOCKED: &str =
    "Your browser blocks notifications from here. You can allow them in its site settings.";
pub const NOTICES_OFF: &str = "Get notified when jobs finish";
pub const NOTICES_ON: &str = "You're notified when long jobs finish while you're away.";
pub const NOTIFY: &str = "Notify me";
pub const TURN_OFF: &str = "Turn off";

pub const CANCEL: &str = "Cancel";
pub const STOP: &str = "Stop";
pub const START_AGAIN: &str = "Start again";
pub const TRY_AGAIN: &str = "Try again";
pub const DISMISS: &str = "Dismiss";
pub const NEWER_BUILD: &str = "Newer build";
pub const LOG: &str = "Log";

pub const BUILD: &str = "Build";
pub const BUILD_FAILED: &str = "Build failed";
pub const BUILD_QUEUED: &str = "Build queued";
pub const BUILD_CANCELLED: &str = "Build cancelled";
pub const BUILT_SINCE: &str = "A newer build succeeded.";
pub const JUST_NOW: &str = "just now";

/// Returns the indicator's accessible name.
pub fn name(sentence: &str) -> String {
    format!("{ACTIVITY}: {sentence}")
}

/// Returns what the indicator shows while the jobs are not known. A server that answers with errors is
/// not offline.
pub fn stale_since(cause: ConnectionError, since: Option<&str>) -> String {
    let Some(since) = since else {
        return CONNECTING.to_owned();
    };
    match cause {
        ConnectionError::Status(_) | ConnectionError::UnexpectedBody(_) => {
            format!("Out of date since {since}")
        }
        _ => format!("Offline since {since}"),
    }
}

/// Returns the panel's remark about data that may be outdated.
pub fn outdated(cause: ConnectionError, since: Option<&str>) -> String {
    let what = cause.sentence();
    match since {
        Some(since) => format!("{what} Showing data from {since}. Reconnecting…"),
        None => format!("{what} Reconnecting…"),
    }
}

/// Returns the number of failures that were not seen.
pub fn failed(count: usize) -> String {
    format!("{count} failed")
}

/// Returns the place of a build in the queue.
pub fn queued(position: u32) -> String {
    match position {
        0 | 1 => "Next in the queue".to_owned(),
        2 => "1 build before it".to_owned(),
        many => format!("{} builds before it", many - 1),
    }
}

/// Returns the progress of a build.
pub fn step(step: usize, of: usize) -> String {
    format!("Step {step} of {of}")
}

/// Returns who has started a job.
pub fn started_by(name: &str) -> String {
    format!("started by {name}")
}
