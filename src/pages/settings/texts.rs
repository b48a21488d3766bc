//! Texts of a workspace's settings.

pub const TITLE: &str = "Settings";

pub const NAME_TITLE: &str = "Name";
pub const NAME_LABEL: &str = "Name of the workspace";
pub const RENAME: &str = "Rename";

pub const SECRETS_TITLE: &str = "Secrets";
pub const ADD_SECRET: &str = "Add a secret";
pub const SECRETS_EMPTY_TITLE: &str = "No secrets yet";
pub const SECRETS_EMPTY_TEXT: &str = "A secret is a value such as an API key. It is stored encrypted and never shown again. Workbenches get the secrets they name as environment variables.";
pub const REPLACE: &str = "Replace";
pub const DELETE: &str = "Delete";

pub const REMOVAL_TITLE: &str = "Delete this workspace";
pub const DELETE_WORKSPACE: &str = "Delete workspace";
pub const REMOVAL_TEXT: &str =
    "This permanently deletes the workspace with its secrets and builds.";
pub const REMOVAL_QUESTION: &str =
    "This permanently deletes the workspace with its secrets, builds and their logs.";

/// Returns what becomes of the namespace of a cluster that is a workspace, when that is deleted.
pub fn namespace_stays(namespace: &str) -> String {
    format!(
        "The namespace {namespace} stays with what is in it. It becomes a workspace again once its label \
         vestibule.dev/workspace was removed and set anew."
    )
}

pub const GO_TO_WORKBENCHES: &str = "Go to workbenches";

/// Returns the remark about a rename by another user while a draft is open.
pub fn renamed_by_another(name: &str) -> String {
    format!("Renamed to \u{201c}{name}\u{201d} in the meantime.")
}

/// Returns the announcement after a rename.
pub fn renamed(name: &str) -> String {
    format!("Renamed to \u{201c}{name}\u{201d}")
}

/// Returns the question before a workspace is deleted.
pub fn delete_question(name: &str) -> String {
    format!("Delete \u{201c}{name}\u{201d}?")
}

/// Returns the message after a workspace was deleted.
pub fn deleted(name: &str) -> String {
    format!("Deleted \u{201c}{name}\u{201d}")
}

/// Returns the title of the dialog that sets a secret; `name` is empty for a new one.
pub fn set_secret(name: &str) -> String {
    if name.is_empty() {
        ADD_SECRET.to_owned()
    } else {
        format!("Replace secret {name}")
    }
}

pub const REPLACED_LATER: &str =
    "Apps get the new value at their next start. Running apps keep the old one.";
pub const DELETE_SECRET: &str = "Delete secret";
pub const SECRET_LOSS: &str =
    "Its value is lost and cannot be looked up here. Running apps keep what they were given.";

pub const COLUMN_NAME: &str = "Name";
pub const COLUMN_SET: &str = "Set";
pub const COLUMN_BY: &str = "By";
pub const COLUMN_USED_BY: &str = "Used by";
pub const UNUSED: &str = "no workbench";

/// Returns the announcement after a secret was added or replaced.
pub fn secret_set(name: &str, is_new: bool) -> String {
    let verb = if is_new { "Added" } else { "Replaced" };
    format!("{verb} secret {name}")
}

/// Returns the announcement after a secret was deleted.
pub fn secret_deleted(name: &str) -> String {
    format!("Deleted secret {name}")
}

/// Returns how many more workbenches use a secret than the one that is named.
pub fn more(count: u64) -> String {
    format!("and {count} more")
}

/// Returns the question before a secret is deleted.
pub fn delete_secret_question(name: &str) -> String {
    format!("Delete secret {name}?")
}
