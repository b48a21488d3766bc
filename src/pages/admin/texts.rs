//! Texts of the administration's frame.

pub const ADMINISTRATION: &str = "Administration";

pub const USERS: &str = "Users";
pub const ROLES: &str = "Roles";
pub const AUDIT: &str = "Audit log";
pub const LIMITS: &str = "Time limits";

pub const NO_USERS: &str = "You can't see the users";
pub const NO_ROLES: &str = "You can't see the roles";
pub const NO_AUDIT: &str = "You can't see the audit log";
pub const NO_LIMITS: &str = "You can't set time limits";
pub const ASK: &str = "Ask someone with one of these roles.";
