//! Texts that several areas' pages have in common.

use vestibule_client::connection_error::ConnectionError;
use vestibule_model::stream::{NoticeKind, ServerNotice};

pub const TRY_NOW: &str = "Try now";
pub const CANCEL: &str = "Cancel";
pub const CLOSE: &str = "Close";
pub const WORKSPACES: &str = "Workspaces";

pub const STOP: &str = "Stop";
pub const STOP_LOSES: &str = "Unsaved work in the app will be lost. Files in the folder are kept.";
pub const RESTART: &str = "Restart";
pub const RESTART_LOSES: &str = "The app stops and starts again. Unsaved work in it will be lost. Files in the folder are kept.";
pub const DELETE: &str = "Delete";
pub const DELETE_LOSES: &str =
    "This permanently deletes the workbench and every file in its folder.";

/// Returns the question of a confirmation; `action` is the verb on its button.
pub fn confirm(action: &str, name: &str) -> String {
    format!("{action} “{name}”?")
}

/// Returns the label of a confirmation's button.
pub fn confirm_button(action: &str) -> String {
    format!("{action} workbench")
}

pub const STATE_UNKNOWN: &str = "Unknown";
pub const STARTING: &str = "Start requested. Getting ready…";
pub const STOPPING: &str = "Waiting for the app to stop.";
pub const DELETING: &str = "Stopping the app, then removing its folder.";
pub const NO_UPDATE_YET: &str = "Waiting for the first update…";

/// Returns the sentence about a user's stop.
pub fn stopped_by(name: &str) -> String {
    format!("Stopped by {name}.")
}

/// Returns the sentence about a state that a newer server reports.
pub fn unknown_state(state: &str) -> String {
    format!("The server reports the state “{state}”, which this console doesn't know.")
}

pub const NOT_FOUND: &str = "Not found";
pub const NO_ACCESS: &str = "No access";
pub const ASK_FOR_ACCESS: &str = "You don't have access. Ask an administrator to add you.";
pub const GONE: &str = "Not found. It may have been deleted.";

pub const WORKSPACE_NOT_FOUND: &str = "Workspace not found";
pub const WORKSPACE_NOT_FOUND_TEXT: &str = "Check the address. It may also have been deleted.";
pub const WORKSPACE_DELETED: &str = "This workspace was deleted";
pub const WORKSPACE_DELETED_TEXT: &str = "Its secrets and builds were deleted with it.";
pub const WORKSPACE_FORBIDDEN: &str = "You don't have access to this workspace";
pub const WORKSPACE_FORBIDDEN_TEXT: &str = "Ask an administrator to add you.";
pub const GO_TO_WORKSPACES: &str = "Go to workspaces";

/// Returns the sentence about a missing permission, by its title; `holders` are the titles of the roles
/// that have it, or none while they are unknown.
pub fn needs(permission: &str, holders: &[String]) -> String {
    let mut letters = permission.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string());
    let what = [first.as_deref().unwrap_or_default(), letters.as_str()].concat();
    let who: Vec<String> = holders.iter().map(|title| people_of(title)).collect();
    match who.as_slice() {
        [] => format!("You can't {what}."),
        [only] => format!("Only {only} can {what}."),
        [most @ .., last] => format!("Only {} and {last} can {what}.", most.join(", ")),
    }
}

/// Returns the people who have a role.
fn people_of(title: &str) -> String {
    let known = match title {
        "Platform administrator" => "administrators",
        "User manager" => "user managers",
        "Workspace creator" => "workspace creators",
        "Workspace owner" => "owners",
        "Workspace maintainer" => "maintainers",
        "Workspace member" => "members",
        "Workspace viewer" => "viewers",
        "Workbench guest" => "guests",
        own => return format!("users with the role “{own}”"),
    };
    known.to_owned()
}

pub const UNREACHABLE: &str = "Not while the server can't be reached.";
pub const NOTHING_CHANGED: &str = "Nothing is changed.";

pub const OFFLINE: &str = "You're offline. This page continues when you're back online.";

/// Returns what is said while this computer is offline and older data is shown.
pub fn offline_since(last_good: Option<String>) -> String {
    match last_good {
        None => OFFLINE.to_owned(),
        Some(time) => format!("You're offline. Showing data from {time}."),
    }
}

/// Returns what is said while the server gives no usable answer.
pub fn retrying(cause: ConnectionError, last_good: Option<String>) -> String {
    let what = cause.sentence();
    match last_good {
        None => format!("{what} Retrying…"),
        Some(time) => format!("{what} Showing data from {time}. Reconnecting…"),
    }
}

/// Returns the text about a fault of the server itself that lasts since a time of day.
pub fn server_notice(notice: &ServerNotice, since: String) -> String {
    let ServerNotice { count, detail, .. } = notice;
    match &notice.kind {
        NoticeKind::DiskFull => format!(
            "The server's disk has been full since {since}. States may be out of date; stopping, deleting and \
             signing in still work. Free some disk space."
        ),
        NoticeKind::StorageSlow => format!(
            "The server's storage has been slow since {since}: what you do may take long to arrive. An administrator \
             can check the disk of the data folder."
        ),
        NoticeKind::DataFolderGone => format!(
            "The server's data folder has been missing since {since}. Nothing is saved. Put the folder back, or \
             restart the server."
        ),
        NoticeKind::UnknownWorkbenches => format!(
            "The data folder has {count} workbenches that the database doesn't know. If the database was lost, \
             restore it from a backup; the server's log names them."
        ),
        NoticeKind::UpgradesDropped => format!(
            "A proxy in front of the server has been dropping WebSockets since {since}, so terminals and many apps \
             don't work. It must pass on the headers Upgrade and Connection; the server's log has more."
        ),
        NoticeKind::RightsMissing => format!(
            "Vestibule hasn't been allowed to {detail} since {since}. A cluster administrator can grant it \
             with the ClusterRole that `vestibule cluster-role` prints."
        ),
        NoticeKind::IsolationMissing => format!(
            "Apps run without isolation: each can read this server's files, its key included. {detail} Install \
             bubblewrap, or confirm it with the setting isolation = \"none\"."
        ),
        NoticeKind::Unknown(word) => format!("The server reports a fault since {since}: {word}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::time::Timestamp;

    fn notice(kind: NoticeKind, detail: &str) -> String {
        let notice = ServerNotice {
            kind,
            since: Timestamp::from_millis(0),
            count: 3,
            detail: detail.to_owned(),
        };
        server_notice(&notice, "12:03".to_owned())
    }

    /// In use: "Needs workspace:update, held by Platform administrator, …" named no person.
    #[test]
    fn missing_permission_names_who_can() {
        let says = |holders: &[&str]| {
            let holders: Vec<String> = holders.iter().map(|&title| title.to_owned()).collect();
            needs("Rename workspaces", &holders)
        };
        assert_eq!(says(&[]), "You can't rename workspaces.");
        assert_eq!(
            says(&["Platform administrator", "Workspace owner", "Night shift"]),
            "Only administrators, owners and users with the role “Night shift” can rename workspaces."
        );
    }

    #[test]
    fn missing_right_is_named_with_the_way_to_grant_it() {
        assert_eq!(
            notice(
                NoticeKind::RightsMissing,
                "create pods in the namespace team"
            ),
            "Vestibule hasn't been allowed to create pods in the namespace team since 12:03. A cluster \
             administrator can grant it with the ClusterRole that `vestibule cluster-role` prints."
        );
    }

    #[test]
    fn fault_of_a_newer_server_is_shown_by_its_word() {
        let text = notice(NoticeKind::Unknown("ClockWrong".to_owned()), "by an hour");
        assert_eq!(text, "The server reports a fault since 12:03: ClockWrong.");
    }
}
