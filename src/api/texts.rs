//! Screen texts of failed calls.

/// Text where the session has ended.
pub const SIGNED_OUT: &str = "You were signed out. Sign in again.";
/// Text where the person lacks a permission.
pub const FORBIDDEN: &str = "You don't have permission to do this. Ask an administrator.";
/// Text where the thing does not exist.
pub const NOT_FOUND: &str = "Not found. It may have been deleted.";
/// Text where the server gives no reason.
pub const REFUSED: &str = "The server refused this.";
/// Advice after a failed action.
pub const TRY_AGAIN: &str = "Try again in a moment.";
