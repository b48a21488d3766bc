//! Name and existence of one workspace.

use super::not_found::NotFoundReason;
use crate::store::{WorkspaceWatch, use_workspace};
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;

/// Returns the name of a workspace; empty while it is unknown.
pub fn use_workspace_name(id: &WorkspaceId) -> Memo<String> {
    use_workspace(id).name
}

/// Returns why there is no workspace to show, or `None`.
pub fn use_lost(workspace: WorkspaceWatch) -> Memo<Option<NotFoundReason>> {
    Memo::new(
        move |_| match NotFoundReason::of(workspace.freshness.get()) {
            Some(NotFoundReason::Missing) if !workspace.name.read().is_empty() => {
                Some(NotFoundReason::Deleted)
            }
            lost => lost,
        },
    )
}
