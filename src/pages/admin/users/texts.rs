//! Texts of the users' pages.

pub const NEW: &str = "New user";
pub const SEARCH: &str = "Search users (/)";
pub const SEARCH_PLACEHOLDER: &str = "Name, username or e-mail";
pub const CLEAR_SEARCH: &str = "Clear search";
pub const FILTER: &str = "Filter by status";
pub const ACTIVE: &str = "Active";
pub const DISABLED: &str = "Disabled";

pub const COLUMN_NAME: &str = "Name";
pub const COLUMN_USERNAME: &str = "Username";
pub const COLUMN_EMAIL: &str = "E-mail";
pub const COLUMN_ROLES: &str = "Roles";
pub const COLUMN_STATUS: &str = "Status";
pub const COLUMN_SEEN: &str = "Last seen";
pub const COLUMN_CREATED: &str = "Created";
pub const SELECT_ALL: &str = "Select all users on this page";
pub const NO_ROLES: &str = "No roles";
pub const NEVER_SEEN: &str = "Never";

pub const EMPTY: &str = "No users match";
pub const EMPTY_TEXT: &str = "The search covers names, usernames and e-mail addresses.";
pub const SHOW_ALL: &str = "Show all users";
pub const PAGES: &str = "Pages";
pub const PREVIOUS: &str = "Previous page";
pub const NEXT: &str = "Next page";

pub const ASSIGN: &str = "Assign a role…";
pub const ASSIGN_BUTTON: &str = "Assign role";
pub const CLEAR_SELECTION: &str = "Clear selection";
pub const ASSIGNING: &str = "Progress of the assignment";
pub const TRY_AGAIN: &str = "Try the failed ones again";

pub const USERNAME: &str = "Username";
pub const USERNAME_HINT: &str = "For signing in. It can't be changed later.";
pub const DISPLAY_NAME: &str = "Display name";
pub const DISPLAY_NAME_HINT: &str = "Shown to other users. The username if left empty.";
pub const EMAIL: &str = "E-mail";
pub const EMAIL_HINT: &str = "Optional. Other users can be found by it.";
pub const FIRST_SIGN_IN: &str = "First sign-in";
pub const BY_INVITATION: &str = "By an invitation link";
pub const BY_PASSWORD: &str = "With a one-time password";
pub const INVITED: &str = "Invited";
pub const ACCESS: &str = "Access";
pub const DEFAULT_ACCESS: &str =
    "Without a role here, the user gets the default role for new users.";
pub const ADD_ROLE: &str = "Add a role";
pub const REMOVE_ROLE: &str = "Remove role";
pub const CREATE: &str = "Create user";
pub const DONE: &str = "Done";
pub const OPEN_USER: &str = "Open user";

pub const PROFILE: &str = "Profile";
pub const FIRST_PAGE: &str = "This is the first page.";
pub const LAST_PAGE: &str = "This is the last page.";
pub const SAVE: &str = "Save";
pub const SAVED: &str = "Profile saved";

pub const ROLES: &str = "Roles";
pub const NO_GRANTS: &str = "No roles yet. Without a role, the user can sign in but sees nothing.";
pub const COLUMN_ROLE: &str = "Role";
pub const COLUMN_WHERE: &str = "Where";
pub const COLUMN_ENDS: &str = "Ends";
pub const NEVER_ENDS: &str = "Never";
pub const REMOVE: &str = "Remove";
pub const REMOVE_LOSS: &str = "Takes effect at once, also on open pages and in open apps.";
pub const OWN_ACCESS: &str =
    "You can't remove your own right to manage roles of users. Ask another administrator.";

pub const CHECK: &str = "Check access";
pub const CHECK_TEXT: &str = "Why can or can't this user do something?";
pub const PERMISSION: &str = "Permission";
pub const WHY: &str = "Explain";
pub const ALLOWED: &str = "Allowed";
pub const DENIED: &str = "Not allowed";
pub const BY: &str = "Each of these is enough:";
pub const ELSEWHERE: &str = "Has the permission, but elsewhere:";
pub const HELD_BY: &str = "Roles with this permission:";
pub const NO_ROLE_HAS_IT: &str = "No role has this permission.";
pub const DISABLED_DENIED: &str = "The user is disabled, so nothing is allowed.";
pub const EFFECTIVE: &str = "All permissions";
pub const NO_PERMISSIONS: &str = "None.";

pub const ACCOUNT: &str = "Account";
pub const RESET: &str = "Reset password…";
/// Reason why a user of an identity provider gets no password.
pub const RESET_AT_PROVIDER: &str = "Users of an identity provider get no password here.";
pub const RESET_BUTTON: &str = "Reset password";
pub const RESET_TEXT: &str =
    "The current password stops working, and the user is signed out everywhere.";
pub const INVITE: &str = "New link…";
pub const INVITE_BUTTON: &str = "New link";
pub const INVITE_TEXT: &str =
    "The user chooses a password by this link and is signed in. An earlier link stops working.";
pub const REVOKE: &str = "Revoke link";
pub const REVOKED: &str = "Invitation revoked";
pub const INVITED_UNTIL: &str = "Invited. The link works until";
pub const INVITED_BEFORE: &str = "Invited, but the link expired:";
pub const NO_PASSWORD: &str = "No password yet.";
pub const SIGN_OUT: &str = "Sign out everywhere";
pub const DISABLE: &str = "Disable…";
pub const DISABLE_BUTTON: &str = "Disable user";
pub const DISABLE_TEXT: &str =
    "The user is signed out at once and can't sign in. Roles and workbenches stay.";
pub const ENABLE: &str = "Enable";
pub const DELETE: &str = "Delete…";
pub const DELETE_BUTTON: &str = "Delete user";
pub const DELETE_TEXT: &str =
    "The account, its roles and its sessions are deleted. This can't be undone.";
pub const DELETE_WORKBENCHES: &str = "Workbenches that the user created stay in their workspaces. \
     Running ones keep running, and the members of the workspace can use them.";
pub const DELETE_WORKSPACES: &str =
    "Workspaces without another owner can then be managed only by administrators.";
pub const NOT_YOURSELF_DISABLE: &str = "You can't disable your own account.";
pub const NOT_YOURSELF_DELETE: &str = "You can't delete your own account.";

pub const NOT_FOUND: &str = "User not found";
pub const NOT_FOUND_TEXT: &str = "Check the address. The user may have been deleted.";
pub const ALL_USERS: &str = "All users";

/// Returns the count below the table: the places of the page's users, and the number of all.
pub fn page_count(first: usize, count: usize, total: Option<u64>) -> String {
    let users = |count: u64| match count {
        1 => "1 user".to_owned(),
        count => format!("{} users", grouped(count)),
    };
    let shown = u64::try_from(count).unwrap_or_default();
    match total {
        None => users(shown),
        Some(total) if total == shown || count == 0 => users(total),
        Some(total) => {
            let last = first + count - 1;
            format!("{first}–{last} of {}", users(total))
        }
    }
}

/// Returns a number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns the name of a row's checkbox.
pub fn select(name: &str) -> String {
    format!("Select {name}")
}

/// Returns the number of selected users.
pub fn selected(count: usize) -> String {
    format!("{count} selected")
}

/// Returns the title of the dialog that assigns a role.
pub fn assign_to(count: usize) -> String {
    match count {
        1 => "Assign a role to 1 user".to_owned(),
        _ => format!("Assign a role to {count} users"),
    }
}

/// Returns the title while roles are assigned.
pub fn assigning(done: usize, total: usize) -> String {
    format!("Assigning: {done} of {total}")
}

/// Returns the title after some assignments failed.
pub fn failed(count: usize, total: usize) -> String {
    format!("{count} of {total} failed")
}

/// Returns the message after a role was assigned to all.
pub fn assigned(total: usize) -> String {
    let users = if total == 1 { "user" } else { "users" };
    format!("Role assigned to {total} {users}")
}

/// Returns the title after a user was created.
pub fn created(name: &str) -> String {
    format!("Created {name}")
}

/// Returns the question before a password is reset.
pub fn reset_question(name: &str) -> String {
    format!("Reset the password of {name}?")
}

/// Returns the title after a password was reset.
pub fn reset_done(name: &str) -> String {
    format!("New password of {name}")
}

/// Returns the question before a new invitation link.
pub fn invite_question(name: &str) -> String {
    format!("New invitation link for {name}?")
}

/// Returns the title after a new invitation link.
pub fn invite_done(name: &str) -> String {
    format!("Invitation of {name}")
}

/// Returns the question before a user is disabled.
pub fn disable_question(name: &str) -> String {
    format!("Disable {name}?")
}

/// Returns the question before a user is deleted.
pub fn delete_question(name: &str) -> String {
    format!("Delete {name}?")
}

/// Returns the message after a user was deleted.
pub fn deleted(name: &str) -> String {
    format!("Deleted {name}")
}

/// Returns the announcement after a user was disabled or enabled.
pub fn disabled(name: &str, is_disabled: bool) -> String {
    let verb = if is_disabled { "Disabled" } else { "Enabled" };
    format!("{verb} {name}")
}

/// Returns the announcement after a user was signed out.
pub fn signed_out(name: &str) -> String {
    format!("Signed {name} out everywhere")
}

/// Returns the remark on a grant that an identity provider gives.
pub fn given_by(provider: &str) -> String {
    format!("by {provider}")
}

/// Returns why a grant of an identity provider can't be removed.
pub fn managed_grant(provider: &str) -> String {
    format!("The provider {provider} gives this role at each sign-in. Take it away there.")
}

/// Returns the remark on a user who signs in through identity providers.
pub fn signs_in_with(providers: &[String]) -> String {
    format!("Signs in with {}.", providers.join(", "))
}

/// Returns the question before a grant is removed.
pub fn remove_question(role: &str, name: &str) -> String {
    format!("Remove the role {role} from {name}?")
}

/// Returns the name of a button that removes a grant.
pub fn remove_role(role: &str) -> String {
    format!("Remove {role}")
}

/// Returns the announcement after a grant was added.
pub fn role_added(role: &str) -> String {
    format!("Added {role}")
}

/// Returns the announcement after a grant was removed.
pub fn role_removed(role: &str) -> String {
    format!("Removed {role}")
}

/// Returns why an account can't be managed.
pub fn not_manageable(missing: &[String]) -> String {
    format!(
        "You can't manage this account: it has permissions that you lack ({}).",
        missing.join(", ")
    )
}

/// Returns the path of a decision.
pub fn path(roles: &[String]) -> String {
    roles.join(" → ")
}

/// Returns the label of the permissions that a user has.
pub fn effective(count: usize) -> String {
    format!("{EFFECTIVE} ({count})")
}

/// Returns how many more users are selected than those named.
pub fn more(count: usize) -> String {
    format!("and {count} more")
}

#[cfg(test)]
mod tests {
    use super::page_count;

    #[test]
    fn the_count_tells_the_place_in_the_whole() {
        assert_eq!(page_count(1, 1, Some(1)), "1 user");
        assert_eq!(page_count(51, 50, Some(50_001)), "51–100 of 50,001 users");
        assert_eq!(page_count(1, 0, Some(0)), "0 users");
        assert_eq!(page_count(1, 7, None), "7 users");
    }
}
