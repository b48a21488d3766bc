//! Descriptions of all operations.

mod people;
mod product;
mod tabs;

use super::operation::{OperationDescription, Payload, Schemas};
use vestibule_model::stream;

/// Returns the description of every route.
pub(super) fn all() -> Vec<(&'static str, OperationDescription)> {
    let all = product::all().into_iter().chain(people::all());
    all.chain(tabs::all()).collect()
}

/// Adds the bodies of the stream's events, which no operation refers to.
pub(super) fn add_events(schemas: &mut Schemas) {
    for event in [
        Payload::of::<stream::Snapshot>(),
        Payload::of::<stream::RunUpdate>(),
        Payload::of::<stream::RunRemoved>(),
        Payload::of::<stream::BuildUpdate>(),
        Payload::of::<stream::BuildRemoved>(),
        Payload::of::<stream::TabUpdate>(),
        Payload::of::<stream::Acknowledged>(),
        Payload::of::<stream::WorkbenchUpdate>(),
        Payload::of::<stream::WorkbenchRemoved>(),
        Payload::of::<stream::WorkspaceUpdate>(),
        Payload::of::<stream::WorkspaceRemoved>(),
        Payload::of::<stream::JournalEntry>(),
        Payload::of::<stream::Heartbeat>(),
    ] {
        schemas.add(event);
    }
}
