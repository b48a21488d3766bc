//! `POST /api/builds/{id}/cancel` and `…/retry`.

use super::create::{blueprint, request};
use crate::auth::SignedIn;
use crate::body::EmptyBody;
use crate::clock;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::BuildRequest;
use crate::tokens;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use vestibule_model::build::Build;
use vestibule_model::ids::BuildId;

/// Cancels a build: 202 until it has ended, then 200. A build that has ended stays as it is.
pub async fn cancel(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<(StatusCode, Json<Build>)> {
    let before = super::find(&state, &signed_in, &id).await?;
    let user = &signed_in.user;
    let name = match user.display_name.as_str() {
        "" => user.username.clone(),
        name => name.to_owned(),
    };
    let acknowledged = before.acknowledged;
    let after = state
        .db(move |store| store.cancel_build(&before.id, &name, clock::now()))
        .await?
        .ok_or_else(|| problem::not_found("build"))?;
    let status = match after.is_open() {
        true => StatusCode::ACCEPTED,
        false => StatusCode::OK,
    };
    Ok((
        status,
        Json(Build {
            acknowledged,
            ..after
        }),
    ))
}

/// Requests the build again, with the steps that the catalogue has now.
pub async fn retry(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Response> {
    let before = super::find(&state, &signed_in, &id).await?;
    if before.is_open() {
        return Err(problem::conflict(
            "not-over",
            "The build has not ended yet. Cancel it first, or wait for it.",
        ));
    }
    let requested = BuildRequest {
        id: BuildId::new(tokens::id("bld-")),
        blueprint: blueprint(&state, &before.app, &before.parameters).await?,
        workspace_id: before.workspace_id,
        by: Some(signed_in.user.id.clone()),
        retry_of: Some(before.id),
    };
    request(&state, &signed_in, requested).await
}
