//! `DELETE /api/workspaces/{id}`.

use crate::auth::{ClientAddress, SignedIn};
use crate::controllers::grants::actor;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::ids::WorkspaceId;

/// Deletes a workspace that has no workbenches. An adopted namespace stays.
pub async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    let by = actor(&signed_in, address);
    let id = WorkspaceId::new(id);
    match state.commands.delete_workspace(&id, by).await? {
        None => Err(problem::not_found("workspace")),
        Some(workbenches) => match workbenches.deletion_obstacle() {
            None => Ok(StatusCode::NO_CONTENT),
            Some(sentence) => Err(problem::conflict("workspace-not-empty", sentence)),
        },
    }
}
