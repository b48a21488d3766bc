//! `POST /api/workspaces`.

use crate::auth::{Client, SignedIn};
use crate::body::ApiJson;
use crate::controllers::grants::actor;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use vestibule_model::validation::check_name;
use vestibule_model::workspace::NewWorkspace;

/// Creates a workspace.
pub async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    ApiJson(asked): ApiJson<NewWorkspace>,
) -> ApiResult<impl IntoResponse> {
    let name = check_name("name", &asked.name).map_err(|e| problem::invalid(vec![e]))?;
    let by = actor(&who, from);
    let made = state
        .db(move |store| store.create_workspace(&name, &by))
        .await?
        .ok_or_else(problem::internal)?;
    let location = format!("/api/workspaces/{}", made.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Json(made),
    ))
}
