//! News of resources.

use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Change of the resources of a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceChange {
    /// A resource was created, changed, or deleted.
    Changed(WorkspaceId, WorkbenchId),
    /// The resources of a workspace were listed.
    Listed(WorkspaceId),
}
