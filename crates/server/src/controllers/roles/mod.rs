//! `/api/roles` and `/api/permissions`.

mod change;
mod preview;
mod read;

pub use change::{create, delete, replace};
pub use preview::preview;
pub use read::{list, permissions, show};

/// Returns the `ETag` of a role, of which only custom ones change.
fn tag(version: Option<i64>) -> String {
    match version {
        Some(version) => format!("\"{version}\""),
        None => "\"system\"".to_owned(),
    }
}
