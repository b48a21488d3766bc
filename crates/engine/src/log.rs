//! Logging that survives a panic of the log's writer.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `write`, which writes to the log. A subscriber may panic when it cannot write, such as on a
/// full disk: the message is lost then, and the caller goes on.
pub(crate) fn guarded(write: impl FnOnce()) {
    // The panic hook has reported it, as far as that is possible.
    let _ = catch_unwind(AssertUnwindSafe(write));
}
