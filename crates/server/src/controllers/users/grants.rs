//! `POST /api/users/{id}/grants` and `DELETE …/grants/{grantId}`.

use super::find;
use crate::auth::{Client, SignedIn};
use crate::body::ApiJson;
use crate::controllers::grants::{actor, expect_takeable, wanted};
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
    who: SignedIn,
    from: Client,
    Id(id): Id,
    ApiJson(asked): ApiJson<NewGrant>,
) -> ApiResult<(StatusCode, Json<Grant>)> {
    let user = find(&state, &id).await?;
    let by = actor(&who, from);
    let made = state
        .db(move |store| {
            let grant = wanted(store, &who, &asked, "", by.now)?;
            Ok::<_, problem::ApiError>(store.add_grant(&user.id, &grant, &by)?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Removes a grant from a user.
pub async fn remove(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    IdAndName(id, grant): IdAndName,
) -> ApiResult<StatusCode> {
    let user = find(&state, &id).await?;
    let mut grants = user.grants.iter();
    let found = grants.find(|one| one.id == grant).cloned();
    let found = found.ok_or_else(|| problem::not_found("grant"))?;
    let by = actor(&who, from);
    state
        .db(move |store| {
            expect_takeable(store, &who, &found)?;
            Ok::<_, problem::ApiError>(store.remove_grant(&user.id, &found.id, &by)?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
