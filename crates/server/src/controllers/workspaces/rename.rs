//! `PATCH /api/workspaces/{id}`.

use crate::auth::{ClientAddress, SignedIn};
use crate::body::{ChangeJson, ReadBack};
use crate::controllers::grants::actor;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::validation::check_name;
use vestibule_model::workspace::{Workspace, WorkspacePatch};

impl ReadBack for WorkspacePatch {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "createdBy",
        "createdAt",
        "updatedAt",
        "workbenches",
        "namespace",
    ];
}

/// Renames a workspace.
pub async fn rename(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ChangeJson(body): ChangeJson<WorkspacePatch>,
) -> ApiResult<Json<Workspace>> {
    let id = WorkspaceId::new(id);
    let name = check_name("name", &body.name).map_err(|e| problem::invalid(vec![e]))?;
    let by = actor(&signed_in, address);
    let renamed = state
        .db(move |store| store.rename_workspace(&id, &name, &by))
        .await?;
    renamed
        .map(Json)
        .ok_or_else(|| problem::not_found("workspace"))
}
