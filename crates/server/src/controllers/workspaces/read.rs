//! `GET /api/workspaces[/{id}]`.

use crate::auth::SignedIn;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::workspace::Workspace;

/// Lists the workspaces that the user may see.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
) -> ApiResult<Json<List<Workspace>>> {
    let mut all = state.db(|store| store.workspaces()).await?;
    all.retain(|workspace| {
        let resource = Resource::Workspace(workspace.id.clone());
        allows(&signed_in.grants, Permission::WorkspaceRead, &resource)
    });
    Ok(Json(List::whole(all)))
}

/// Returns one workspace.
pub async fn show(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<Workspace>> {
    let id = WorkspaceId::new(id);
    let found = state.db(move |store| store.workspace(&id)).await?;
    found
        .map(Json)
        .ok_or_else(|| problem::not_found("workspace"))
}
