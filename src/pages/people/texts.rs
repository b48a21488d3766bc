//! Texts about grants, scopes and passwords.

pub const EVERYWHERE: &str = "Everywhere";
pub const ALL_WORKSPACES: &str = "All workspaces";
pub const ONE_WORKSPACE: &str = "One workspace";
pub const ONE_WORKBENCH: &str = "One workbench";
pub const UNKNOWN_SCOPE: &str = "Unknown scope";

pub const ROLE: &str = "Role";
pub const WHERE: &str = "Where";
pub const WORKSPACE: &str = "Workspace";
pub const WORKBENCH: &str = "Workbench";
pub const ENDS: &str = "Ends";

pub const CHOOSE_ROLE: &str = "Choose a role";
pub const CHOOSE_WORKSPACE: &str = "Choose a workspace";
pub const CHOOSE_WORKBENCH: &str = "Choose a workbench";
pub const NO_WORKSPACES: &str = "There are no workspaces that you can see";
pub const NO_WORKBENCHES: &str = "There are no workbenches in this workspace";

pub const NEVER: &str = "Never";
pub const IN_1_HOUR: &str = "In 1 hour";
pub const IN_8_HOURS: &str = "In 8 hours";
pub const IN_1_DAY: &str = "In 1 day";
pub const IN_7_DAYS: &str = "In 7 days";
pub const IN_30_DAYS: &str = "In 30 days";

pub const PASSWORD: &str = "One-time password";
pub const COPY_PASSWORD: &str = "Copy password";
pub const SHOWN_ONCE: &str = "It's shown only now. Send it to the user in a private message.";

pub const LINK: &str = "Invitation link";
pub const COPY_LINK: &str = "Copy link";
pub const LINK_SHOWN_ONCE: &str =
    "It's shown only now, and works once within 7 days. Send it to the user in a private message.";

pub const YOU: &str = "you";

/// Returns the note on a role that the user can't give.
pub fn lacking(title: &str, missing: &[String]) -> String {
    match missing {
        [] => title.to_owned(),
        [only] => format!("{title} (you lack {only})"),
        [first, rest @ ..] => format!("{title} (you lack {first} and {} more)", rest.len()),
    }
}
