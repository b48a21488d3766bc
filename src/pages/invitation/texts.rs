//! Texts of the page behind an invitation link.

use vestibule_model::validation::MIN_PASSWORD_CHARS;

pub const TITLE: &str = "Welcome to Vestibule";
pub const HINT: &str = "Choose a password. This link works once.";
pub const USERNAME: &str = "Username";
pub const USERNAME_HINT: &str = "You sign in with it. It can't be changed.";
pub const PASSWORD: &str = "Password";
pub const ACCEPT: &str = "Set password and sign in";
pub const NO_TOKEN: &str = "The address is incomplete. Open the whole link that you were sent.";

/// Returns the hint about the length of a password.
pub fn password_hint() -> String {
    format!("At least {MIN_PASSWORD_CHARS} characters, and not easy to guess.")
}
