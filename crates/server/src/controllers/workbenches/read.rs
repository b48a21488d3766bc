//! `GET /api/workspaces/{id}/workbenches` and `GET /api/workbenches/{id}`.

use crate::auth::{SignedIn, authorize};
use crate::path_id::Id;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::workbench::Workbench;

/// The workbenches of a workspace.
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
) -> Answer<Json<List<Workbench>>> {
    let id = WorkspaceId::new(id);
    authorize(
        &who,
        Permission::WorkbenchRead,
        &Resource::Workspace(id.clone()),
    )?;
    let (workspace, rows) = state
        .db(move |store| {
            Ok::<_, crate::store::Error>((store.workspace(&id)?, store.workbenches(&id)?))
        })
        .await?;
    workspace.ok_or_else(|| problem::not_found("workspace"))?;
    Ok(Json(List::whole(rows)))
}

/// One workbench.
pub async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
) -> Answer<Json<Workbench>> {
    let found = super::find(&state, &who, Permission::WorkbenchRead, &id).await?;
    Ok(Json(found))
}
