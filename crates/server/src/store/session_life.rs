//! Lifetimes of sessions.

use vestibule_model::time::Millis;

/// Time without use after which a session ends.
pub const SESSION_LIFE: Millis = Millis::from_secs(7 * 24 * 3600);

/// Longest life of a session, however much it is used.
pub const SESSION_LIMIT: Millis = Millis::from_secs(30 * 24 * 3600);

/// Interval between two renewals of a session in use, so that reads do not write.
pub(super) const RENEW_AFTER: Millis = Millis::from_secs(3600);

/// Lifetimes of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLife {
    /// Time without use after which a session ends.
    pub idle: Millis,
    /// Longest life of a session, however much it is used.
    pub limit: Millis,
}

impl Default for SessionLife {
    fn default() -> Self {
        Self {
            idle: SESSION_LIFE,
            limit: SESSION_LIMIT,
        }
    }
}
