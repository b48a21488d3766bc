//! `/api/limits` and `/api/workspaces/{id}/limits`: default and longest times.

use super::grants::actor;
use crate::auth::{Client, SignedIn};
use crate::body::Body;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time_limits::{TimeLimits, WorkspaceLimits};
use vestibule_model::workbench::WorkbenchSpec;

/// Returns the limits of the installation.
pub async fn show(State(state): State<AppState>) -> ApiResult<Json<TimeLimits>> {
    Ok(Json(state.db(|store| store.limits()).await?))
}

/// Sets the limits of the installation.
pub async fn set(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    body: Body,
) -> ApiResult<Json<TimeLimits>> {
    let limits: TimeLimits = body.parse()?;
    let errors = limits.check(None);
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let by = actor(&who, from);
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
    who: SignedIn,
    from: Client,
    Id(id): Id,
    body: Body,
) -> ApiResult<Json<WorkspaceLimits>> {
    let limits: TimeLimits = body.parse()?;
    let above = state.db(|store| store.limits()).await?;
    let errors = limits.check(Some(&above));
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let by = actor(&who, from);
    let id = WorkspaceId::new(id);
    let set = state.db(move |store| store.set_workspace_limits(&id, limits, &by));
    let set = set.await?;
    set.map(Json).ok_or_else(|| problem::not_found("workspace"))
}

/// The part of a request that tells an absent time from one that is set to none.
#[derive(Default, Deserialize)]
struct Wish {
    #[serde(default)]
    spec: SpecWish,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpecWish {
    #[serde(default, deserialize_with = "named")]
    active_deadline_seconds: bool,
    #[serde(default, deserialize_with = "named")]
    idle_timeout_seconds: bool,
}

fn named<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Fills absent times of a spec with the defaults, and returns the limits that it must keep.
pub(super) async fn fill_in(
    state: &AppState,
    workspace: &WorkspaceId,
    spec: &mut WorkbenchSpec,
    body: &Body,
) -> ApiResult<TimeLimits> {
    let workspace = workspace.clone();
    let limits = state.db(move |store| store.workspace_limits(&workspace));
    let limits = limits.await?.effective;
    let wish: Wish = body.parse()?;
    if !wish.spec.active_deadline_seconds {
        spec.active_deadline_seconds = limits.usual_run();
    }
    if !wish.spec.idle_timeout_seconds {
        spec.idle_timeout_seconds = limits.usual_idle();
    }
    Ok(limits)
}
