//! Texts of the sign-in and set-up pages.

use vestibule_model::names::MIN_PASSWORD_CHARS;

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

/// Returns the hint about the length of a password.
pub fn password_hint() -> String {
    format!("At least {MIN_PASSWORD_CHARS} characters.")
}
