//! Texts about the shares of a workbench.

pub const TEXT: &str = "Members of the workspace have access already. \
     Share with someone else to give access to this workbench alone.";
pub const USER: &str = "Username or e-mail";
pub const USER_HINT: &str = "Of someone who has an account here.";
pub const GIVE_USER: &str = "Enter a username or an e-mail address.";
pub const MAY: &str = "They can";
pub const USE: &str = "Use it";
pub const USE_NOTE: &str = "Open the app and work in it, with everything that the app can do.";
pub const WATCH: &str = "Only watch";
pub const WATCH_NOTE: &str = "See its status, its attempts and its logs, but not the app.";
pub const ENDS: &str = "Ends";
pub const SHARE: &str = "Share";
pub const SHARED_WITH: &str = "Shared with";
pub const NOBODY: &str = "Not shared yet.";
pub const NO_END: &str = "no end";
pub const REMOVE: &str = "Remove";

/// Returns the accessible name of the button that ends a share.
pub fn remove(name: &str) -> String {
    format!("{REMOVE} {name}")
}

/// Returns the announcement after a workbench was shared.
pub fn shared(name: &str) -> String {
    format!("Shared with {name}")
}

/// Returns the announcement after a share was ended.
pub fn removed(name: &str) -> String {
    format!("No longer shared with {name}")
}
