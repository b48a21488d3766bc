//! `POST /api/workspaces`.

use crate::auth::{ClientAddress, SignedIn};
use crate::body::ApiJson;
use crate::controllers::grants::actor;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::MAX_WORKSPACES_PER_USER;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use vestibule_model::validation::check_name;
use vestibule_model::workspace::NewWorkspace;

/// Creates a workspace.
pub async fn create(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    ApiJson(body): ApiJson<NewWorkspace>,
) -> ApiResult<impl IntoResponse> {
    let name = check_name("name", &body.name).map_err(|e| problem::invalid(vec![e]))?;
    let by = actor(&signed_in, address);
    let created = state
        .db(move |store| store.create_workspace(&name, &by))
        .await?
        .ok_or_else(|| {
            let detail = format!(
                "You have created {MAX_WORKSPACES_PER_USER} workspaces. Delete one that isn't needed."
            );
            problem::conflict("too-many-workspaces", detail)
        })?;
    let location = format!("/api/workspaces/{}", created.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(created),
    ))
}
