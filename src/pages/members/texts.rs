//! Texts about the members of a workspace.

pub const TITLE: &str = "Members";
pub const TEXT: &str = "Platform administrators have access to every workspace.";
pub const ADD: &str = "Add a member";
pub const ADD_BUTTON: &str = "Add member";
pub const USER: &str = "Username or e-mail";
pub const USER_HINT: &str = "Of someone who has an account here.";
pub const NO_USER: &str = "There is no such user.";
pub const GIVE_USER: &str = "Enter a username or an e-mail address.";
pub const ALREADY: &str = "This user is a member already. Change the role in the list.";
pub const ROLE: &str = "Role";

pub const COLUMN_NAME: &str = "Name";
pub const COLUMN_ROLE: &str = "Access";
pub const COLUMN_ENDS: &str = "Ends";
pub const NEVER_ENDS: &str = "Never";
pub const EMPTY: &str = "No members yet.";
pub const OF_ALL: &str = "in all workspaces";
pub const ELSEWHERE: &str =
    "This access comes from a role in all workspaces. An administrator can change it.";

pub const CHANGE: &str = "Change role";
pub const REMOVE: &str = "Remove";
pub const REMOVE_BUTTON: &str = "Remove member";
pub const REMOVE_LOSS: &str = "Access ends at once, also on open pages and in open apps. \
     Workbenches that the member created stay.";
pub const LEAVE: &str = "Leave";
pub const LEAVE_BUTTON: &str = "Leave workspace";
pub const LEAVE_LOSS: &str =
    "You lose access at once. Only a member who can manage members can add you again.";
pub const LAST_MANAGER: &str =
    "No other member can manage members. Afterwards only a platform administrator can.";

/// Returns the accessible name of a member's button.
pub fn labelled(verb: &str, name: &str) -> String {
    format!("{verb} {name}")
}

/// Returns the title of the dialog that changes a role.
pub fn change_title(name: &str) -> String {
    format!("Role of {name}")
}

/// Returns the question before a member is removed.
pub fn remove_question(name: &str, workspace: &str) -> String {
    format!("Remove {name} from {workspace}?")
}

/// Returns the question before the reader leaves.
pub fn leave_question(workspace: &str) -> String {
    format!("Leave {workspace}?")
}

/// Returns the announcement after a member was added or changed.
pub fn saved(name: &str, role: &str) -> String {
    format!("{name} is now {role}")
}

/// Returns the announcement after a member was removed.
pub fn removed(name: &str) -> String {
    format!("Removed {name}")
}

/// Returns the message after the reader has left.
pub fn left(workspace: &str) -> String {
    format!("You left {workspace}")
}

/// Returns why a member's roles can't be changed.
pub fn not_held(missing: &[String]) -> String {
    format!(
        "You can't change this member: they have permissions that you lack ({}).",
        missing.join(", ")
    )
}
