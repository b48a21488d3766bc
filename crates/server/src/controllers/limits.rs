//! `/api/limits` and `/api/workspaces/{id}/limits`: default and longest times.

use super::grants::actor;
use crate::auth::{ClientAddress, SignedIn};
use crate::body::ApiJson;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time_limits::{TimeLimits, WorkspaceLimits};

/// Returns the limits of the installation.
pub async fn show(State(state): State<AppState>) -> ApiResult<Json<TimeLimits>> {
    Ok(Json(state.db(|store| store.limits()).await?))
}

/// Sets the limits of the installation.
pub async fn set(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    ApiJson(limits): ApiJson<TimeLimits>,
) -> ApiResult<Json<TimeLimits>> {
    let errors = limits.check(None);
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let by = actor(&signed_in, address);
    let set = state.db(move |store| store.set_limits(limits, &by));
    Ok(Json(set.await?))
}

/// Returns the limits of a workspace, and those in force.
pub async fn show_workspace(
    State(state): State<AppState>,
    Id(id): Id,
) -> ApiResult<Json<WorkspaceLimits>> {
    let id = WorkspaceId::new(id);
    let found = state.db(move |store| store.workspace_limits(&id));
    Ok(Json(found.await?))
}

/// Sets the limits of a workspace.
pub async fn set_workspace(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ApiJson(limits): ApiJson<TimeLimits>,
) -> ApiResult<Json<WorkspaceLimits>> {
    let above = state.db(|store| store.limits()).await?;
    let errors = limits.check(Some(&above));
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let by = actor(&signed_in, address);
    let id = WorkspaceId::new(id);
    let set = state.db(move |store| store.set_workspace_limits(&id, limits, &by));
    let set = set.await?;
    set.map(Json).ok_or_else(|| problem::not_found("workspace"))
}

/// Returns the limits in force in a workspace.
pub(super) async fn of(state: &AppState, workspace: &WorkspaceId) -> ApiResult<TimeLimits> {
    let workspace = workspace.clone();
    let limits = state.db(move |store| store.workspace_limits(&workspace));
    Ok(limits.await?.effective)
}
