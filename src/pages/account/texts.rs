//! Texts of the account's page.

pub const TITLE: &str = "Account";
pub const NAME: &str = "Name";
pub const USERNAME: &str = "Username";

pub const PASSWORD: &str = "Password";
pub const PASSWORD_TEXT: &str =
    "A new password signs you out everywhere else. Access tokens stay valid.";
pub const CURRENT_PASSWORD: &str = "Current password";
pub const NEW_PASSWORD: &str = "New password";
pub const NEW_PASSWORD_HINT: &str = "At least 10 characters, and not easy to guess.";
pub const CHANGE_PASSWORD: &str = "Change password";
pub const PASSWORD_CHANGED: &str = "Password changed. You're signed out everywhere else.";

pub const SESSIONS: &str = "Sessions";
pub const SESSIONS_TEXT: &str = "Browsers in which you're signed in.";
pub const DEVICE: &str = "Device";
pub const ADDRESS: &str = "Address";
pub const LAST_USED: &str = "Last used";
pub const SIGNED_IN: &str = "Signed in";
pub const ACTIONS: &str = "Actions";
pub const UNKNOWN_DEVICE: &str = "Unknown device";
pub const THIS_SESSION: &str = "This browser";
pub const END_SESSION: &str = "Sign out";
pub const SESSION_ENDED: &str = "Session ended.";

pub const TOKENS: &str = "Access tokens";
pub const TOKENS_TEXT: &str = "A token lets a script use the API as you, with the permissions that you select. Send it as “Authorization: Bearer TOKEN”.";
pub const TOKENS_EMPTY: &str = "You have no access tokens.";
pub const NEW_TOKEN: &str = "Create token";
pub const TOKEN_NAME: &str = "Name";
pub const TOKEN_NAME_HINT: &str = "The script or machine that will use it.";
pub const EXPIRES: &str = "Expires";
pub const EXPIRED: &str = "Expired";
pub const NEVER_USED: &str = "Never";
pub const PERMISSIONS: &str = "Permissions";
pub const PERMISSIONS_HINT: &str = "The token can do this wherever you can, and nothing else.";
pub const CANCEL: &str = "Cancel";
pub const CLOSE: &str = "Done";
pub const COPY_TOKEN: &str = "Copy token";
pub const TOKEN_ONCE: &str = "Copy the token now. You won't see it again.";
pub const TOKEN_LABEL: &str = "Access token";
pub const DELETE: &str = "Delete";
pub const TOKEN_DELETED: &str = "Access token deleted.";
pub const DELETE_TOKEN_TEXT: &str = "Scripts that use it are refused at once.";
pub const NO_NAME: &str = "Give it a name.";
pub const NO_PERMISSION: &str = "Select at least one permission.";

pub const RIGHTS: &str = "What you can do";
pub const RIGHTS_TEXT: &str = "Each role holds in its place only; roles are never combined.";
pub const RIGHTS_EMPTY: &str = "You have no roles. Ask an administrator for one.";
pub const ROLE: &str = "Role";
pub const WHERE: &str = "Where";
pub const UNTIL: &str = "Until";
pub const NO_END: &str = "No end";

pub fn days(count: i64) -> String {
    format!("{count} days")
}

pub fn delete_token_question(name: &str) -> String {
    format!("Delete the access token “{name}”?")
}

pub fn token_created(name: &str) -> String {
    format!("Access token “{name}” created.")
}

pub fn permissions(count: usize) -> String {
    match count {
        1 => "1 permission".to_owned(),
        _ => format!("{count} permissions"),
    }
}
pub const ABOUT: &str = "About this server";
pub const ABOUT_EMPTY: &str = "The catalogue has no apps.";
pub const VERSION: &str = "Version";
pub const ISOLATION: &str = "Isolation of apps";
pub const SANDBOX: &str = "Sandbox";
pub const NO_SANDBOX: &str = "None";
pub const WHY_NONE: &str = "Reason";
pub const NETWORK: &str = "Network";
pub const NETWORK_OUTGOING: &str = "Apps can connect to other machines.";
pub const NETWORK_CLOSED: &str = "Apps have no network.";
pub const NETWORK_SHARED: &str = "Apps share the machine's network.";
pub const LIMITS: &str = "Limits";
pub const LIMITS_KEPT: &str = "The kernel limits each app's memory and processes.";
pub const LIMITS_WATCHED: &str =
    "Memory is measured four times a second. The number of processes isn't limited.";
pub const PROMISED: &str = "Promised";
pub const SANDBOX_PROMISES: &str = "Each run sees only its own files and processes, and ends with everything it started. Other apps, other users of the machine, and web pages can't reach its ports.";
pub const NONE_PROMISES: &str =
    "Apps are kept apart in the browser, and can't read the server's memory or environment.";
pub const NOT_PROMISED: &str = "Not promised";
pub const SANDBOX_LEAVES: &str = "Faults of the kernel, the machine's readable files, other machines on the network, and what the catalogue shares on purpose.";
pub const NONE_LEAVES: &str = "Apps run as the server's user. They can read each other's files and the server's data folder, so treat everyone who may start an app as an administrator.";
