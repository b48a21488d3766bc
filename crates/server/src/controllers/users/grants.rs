//! `POST /api/users/{id}/grants` and `DELETE …/grants/{grantId}`.

use super::find;
use crate::auth::{ClientAddress, SignedIn};
use crate::body::ApiJson;
use crate::controllers::grants::{actor, check_may_revoke, parse_grant};
use crate::path_id::{Id, IdAndName};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::access::Grant;
use vestibule_model::people::NewGrant;

/// Grants a user a role.
pub async fn add(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ApiJson(body): ApiJson<NewGrant>,
) -> ApiResult<(StatusCode, Json<Grant>)> {
    let user = find(&state, &id).await?;
    let by = actor(&signed_in, address);
    let created = state
        .db(move |store| {
            let grant = parse_grant(store, &signed_in, &body, "", by.now)?;
            Ok::<_, problem::ApiError>(store.add_grant(&user.id, &grant, &by)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// Removes a grant from a user.
pub async fn remove(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    IdAndName(id, grant): IdAndName,
) -> ApiResult<StatusCode> {
    let user = find(&state, &id).await?;
    let mut grants = user.grants.iter();
    let found = grants.find(|one| one.id == grant).cloned();
    let found = found.ok_or_else(|| problem::not_found("grant"))?;
    let by = actor(&signed_in, address);
    state
        .db(move |store| {
            check_may_revoke(store, &signed_in, &found)?;
            Ok::<_, problem::ApiError>(store.remove_grant(&user.id, &found.id, &by)?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
