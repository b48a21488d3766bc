//! Texts of the account's page.

pub const TITLE: &str = "Account";
pub const NAME: &str = "Name";
pub const USERNAME: &str = "Username";
