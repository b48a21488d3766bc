//! Texts of the sign-in and set-up pages.

use vestibule_model::validation::MIN_PASSWORD_CHARS;

pub const SIGN_IN: &str = "Sign in";
pub const SIGNED_OUT: &str = "You were signed out. Sign in to continue.";
pub const USERNAME: &str = "Username";
pub const PASSWORD: &str = "Password";
pub const ENTER_USERNAME: &str = "Enter your username.";
pub const ENTER_PASSWORD: &str = "Enter your password.";
pub const NEEDS_SET_UP: &str = "Vestibule isn't set up yet. When the server started, it printed a one-time link: open it to create the administrator.";
pub const NO_COOKIE: &str = "The username and password are right, but this browser didn't keep the session cookie. Browsers keep it over https, and at addresses that end in .localhost. Open Vestibule there, or start the server with --insecure-cookies on a loopback address.";

pub const SET_UP: &str = "Set up Vestibule";
pub const SET_UP_HINT: &str = "Create the first administrator. This link works once.";
pub const CREATE: &str = "Create administrator";
pub const GO_TO_SIGN_IN: &str = "Go to sign in";
pub const NO_TOKEN: &str =
    "The address has no token. Open the whole link that the server printed when it started.";

pub const OR: &str = "or";
pub const THE_PROVIDER: &str = "the provider";

pub const PROXY_NOTE: &str = "The proxy in front of Vestibule has signed you in. Signing out here doesn't sign you out there.";

/// Returns the text of the button for the user whom a proxy names.
pub fn continue_as(name: &str) -> String {
    format!("Continue as {name}")
}

/// Returns the text of a link to a provider.
pub fn continue_with(name: &str) -> String {
    format!("Continue with {name}")
}

/// Returns why a sign-in through a provider was refused.
pub fn provider_problem(code: &str, name: &str) -> String {
    match code {
        "cancelled" => {
            format!("You didn't finish signing in with {name}. Try again, or use another way.")
        }
        "expired" => format!(
            "This sign-in with {name} took too long, was used already, or began in another browser or tab. Try again. If it keeps happening, allow cookies for this site."
        ),
        "unreachable" => format!(
            "Vestibule can't reach {name} right now. Try again in a minute. If it keeps happening, tell an administrator."
        ),
        "provider-failed" => format!(
            "{name} answered that it failed. Try again in a minute. If it keeps happening, tell an administrator: the server's log has its words."
        ),
        "no-list" => format!(
            "{name} didn't send the list of your groups, which decides whether you may sign in. Tell an administrator: you may be in too many groups for it to send them."
        ),
        "bad-answer" => format!(
            "The answer of {name} wasn't valid, so you're not signed in. Try again. If it keeps happening, tell an administrator: the server's log has the cause."
        ),
        "not-allowed" => format!(
            "Your account at {name} isn't allowed to use this Vestibule. Ask an administrator for access."
        ),
        "no-user" => format!(
            "There is no user here for your account at {name}. Ask an administrator for one."
        ),
        "disabled" => "Your user is disabled. Ask an administrator to enable it.".to_owned(),
        "not-set-up" => {
            "Vestibule isn't set up yet. Create the first administrator by the set-up link first."
                .to_owned()
        }
        "too-many-tries" => "Too many people are signing in. Try again in a minute.".to_owned(),
        "unknown-provider" => {
            "This way to sign in doesn't exist any more. Use another one.".to_owned()
        }
        _ => format!(
            "Signing in with {name} failed. Try again. If it keeps happening, tell an administrator."
        ),
    }
}

/// Returns the hint about the length of a password.
pub fn password_hint() -> String {
    format!("At least {MIN_PASSWORD_CHARS} characters.")
}
