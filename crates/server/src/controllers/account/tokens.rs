//! `/api/account/tokens`.

use crate::auth::{ACCESS_TOKEN_PREFIX, BySession, ClientAddress};
use crate::body::ApiJson;
use crate::controllers::grants::actor;
use crate::controllers::shown_once::ShownOnce;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{NewAccessToken, PeopleRefusal};
use crate::tokens;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use vestibule_model::access::{Grant, Permission, PermissionSet, holds_somewhere};
use vestibule_model::account::{CreatedToken, MAX_TOKEN_DAYS, MAX_TOKENS, NewToken, TokenInfo};
use vestibule_model::list::List;
use vestibule_model::people::check_title;
use vestibule_model::problem::FieldError;
use vestibule_model::time::{Millis, Timestamp};

/// Lists the user's access tokens, also those that have ended.
pub async fn list(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
) -> ApiResult<Json<List<TokenInfo>>> {
    let found = state
        .db(move |store| store.access_tokens(&signed_in.user.id))
        .await?;
    Ok(Json(List::whole(found)))
}

/// Creates an access token. The response has the token, which cannot be read again.
pub async fn create(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    ApiJson(body): ApiJson<NewToken>,
) -> ApiResult<impl IntoResponse> {
    let by = actor(&signed_in, address);
    let name = check_title("name", &body.name, false);
    let permissions = permissions(&signed_in.grants, &body.permissions)?;
    let end = check_end(body.expires_at, by.now);
    let errors: Vec<FieldError> = [name.as_ref().err().cloned(), end.err()]
        .into_iter()
        .flatten()
        .collect();
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let secret = format!("{ACCESS_TOKEN_PREFIX}{}", tokens::random());
    let hash = tokens::hash(&secret);
    let created = state
        .db(move |store| {
            let new = NewAccessToken {
                hash: &hash,
                name: name.as_deref().unwrap_or_default(),
                permissions,
                expires_at: body.expires_at,
            };
            store.add_access_token(&new, &by)
        })
        .await?;
    let token = created.ok_or_else(|| {
        let detail = format!("You have {MAX_TOKENS} access tokens. Delete one that isn't needed.");
        problem::conflict("too-many-tokens", detail)
    })?;
    Ok((
        StatusCode::CREATED,
        ShownOnce(CreatedToken { secret, token }),
    ))
}

/// Returns the named permissions, of which the user holds each.
fn permissions(grants: &[Grant], names: &[String]) -> ApiResult<PermissionSet> {
    if names.is_empty() {
        return Err(problem::invalid_field(
            "permissions",
            "Select at least one.",
        ));
    }
    let mut known = Vec::new();
    for name in names {
        let permission = Permission::from_name(name);
        known.push(permission.ok_or_else(|| {
            problem::invalid_field("permissions", format!("There is no permission {name:?}."))
        })?);
    }
    let lacks = known.iter().filter(|one| !holds_somewhere(grants, **one));
    let lacks: Vec<String> = lacks.map(|one| one.name().to_owned()).collect();
    if !lacks.is_empty() {
        return Err(problem::not_held(&lacks));
    }
    Ok(known.into_iter().collect())
}

fn check_end(end: Timestamp, now: Timestamp) -> Result<(), FieldError> {
    let longest = Millis::from_secs(MAX_TOKEN_DAYS * 24 * 3600);
    if end > now && end <= now + longest {
        return Ok(());
    }
    let message = format!("Use a time in the future, at most {MAX_TOKEN_DAYS} days from now.");
    Err(FieldError::new("expiresAt", message))
}

/// Deletes an access token of the user, which ends its use at once.
pub async fn delete(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    let by = actor(&signed_in, address);
    let deleted = state
        .db(move |store| store.delete_access_token(&id, &by))
        .await;
    deleted.map_err(|refusal| match refusal {
        PeopleRefusal::Gone => problem::not_found("access token"),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}
