//! Requests that save a draft.

use std::sync::Arc;
use vestibule_model::access::Role;

/// Request of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveStep {
    /// Creates a role.
    Create(Arc<Role>),
    /// Replaces a role that still has this version.
    Replace(Arc<Role>, i64),
    /// Deletes a role that still has this version; its users get the replacement.
    Delete {
        /// Name.
        name: String,
        /// Version.
        version: i64,
        /// Name of the replacement.
        replacement: Option<String>,
    },
}
