//! `DELETE /api/workspaces/{id}`.

use crate::auth::{SignedIn, authorize_in};
use crate::path_id::Id;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;

/// Deletes a workspace that has no workbenches.
pub async fn delete(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
) -> Answer<StatusCode> {
    let id = WorkspaceId::new(id);
    authorize_in(&who, Permission::WorkspaceDelete, &id)?;
    match state.db(move |store| store.delete_workspace(&id)).await? {
        None => Err(problem::not_found("workspace")),
        Some(0) => Ok(StatusCode::NO_CONTENT),
        Some(1) => Err(not_empty("1 workbench")),
        Some(more) => Err(not_empty(&format!("{more} workbenches"))),
    }
}

fn not_empty(what: &str) -> problem::ApiError {
    problem::conflict(
        "workspace-not-empty",
        format!("The workspace still has {what}. Delete them first, and wait until they are gone."),
    )
}
