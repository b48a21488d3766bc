//! Advice for an administrator; the advice of a cause itself is for the person who uses the workbench.

use vestibule_model::causes::Cause;

/// Returns what an administrator can do.
pub(super) fn for_administrator(cause: &Cause) -> &'static str {
    cause.clone().for_administrator().advice
}
