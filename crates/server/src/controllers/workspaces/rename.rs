//! `PATCH /api/workspaces/{id}`.

use crate::auth::{Client, SignedIn};
use crate::body::ApiJson;
use crate::controllers::grants::actor;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::validation::check_name;
use vestibule_model::workspace::{Workspace, WorkspacePatch};

/// Renames a workspace.
pub async fn rename(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    Id(id): Id,
    ApiJson(asked): ApiJson<WorkspacePatch>,
) -> ApiResult<Json<Workspace>> {
    let id = WorkspaceId::new(id);
    let name = check_name("name", &asked.name).map_err(|e| problem::invalid(vec![e]))?;
    let by = actor(&who, from);
    let renamed = state
        .db(move |store| store.rename_workspace(&id, &name, &by))
        .await?;
    renamed
        .map(Json)
        .ok_or_else(|| problem::not_found("workspace"))
}
