//! `PATCH` and `DELETE /api/users/{id}`, `POST …/password` and `…/sign-out`.

use super::create::generate;
use super::{find, managed};
use crate::auth::{BySession, ClientAddress, SignedIn};
use crate::body::{ChangeJson, EmptyBody, ReadBack};
use crate::controllers::grants::actor;
use crate::controllers::shown_once::ShownOnce;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::PeopleRefusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::people::{Account, AccountPatch, WithPassword, check_email, check_title};

impl ReadBack for AccountPatch {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "username",
        "createdAt",
        "disabledAt",
        "lastSeenAt",
        "hasPassword",
        "invitedUntil",
        "providers",
        "grants",
    ];
}

/// Changes a user. Absent fields stay as they are.
pub async fn change(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ChangeJson(body): ChangeJson<AccountPatch>,
) -> ApiResult<Json<Account>> {
    let user = managed(&state, &signed_in, &id).await?;
    let mut errors = Vec::new();
    let mut valid = |result: Option<Result<String, _>>| match result {
        Some(Ok(text)) => Some(text),
        Some(Err(error)) => {
            errors.push(error);
            None
        }
        None => None,
    };
    let display_name = body.display_name.as_deref();
    let display_name = valid(display_name.map(|text| check_title("displayName", text, false)));
    let email = match body.email {
        Some(Some(text)) => Some(valid(Some(check_email("email", &text)))),
        Some(None) => Some(None),
        None => None,
    };
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    if body.disabled == Some(true) && user.id == signed_in.user.id {
        return Err(problem::yourself("disable"));
    }
    let by = actor(&signed_in, address);
    let changed = state
        .db(move |store| {
            let email = email.as_ref().map(Option::as_deref);
            let mut after = user;
            if display_name.is_some() || email.is_some() {
                after = store.edit_user(&after.id, display_name.as_deref(), email, &by)?;
            }
            if let Some(disabled) = body.disabled {
                after = store.set_disabled(&after.id, disabled, &by)?;
            }
            Ok::<_, PeopleRefusal>(after)
        })
        .await?;
    Ok(Json(changed))
}

/// Gives a user a generated password, returned this once, and ends all their sessions.
pub async fn reset_password(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<ShownOnce<WithPassword>> {
    let user = managed(&state, &signed_in, &id).await?;
    let password = generate();
    let turn = state.passwords.queue(address.0, true)?;
    let hash = state.passwords.hash(&turn, password.clone()).await?;
    drop(turn);
    let by = actor(&signed_in, address);
    let user = state
        .db(move |store| store.reset_password(&user.id, &hash, &by))
        .await?;
    Ok(ShownOnce(WithPassword {
        user,
        password: Some(password),
        invitation: None,
    }))
}

/// Ends all sessions of a user.
pub async fn sign_out(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<StatusCode> {
    let user = managed(&state, &signed_in, &id).await?;
    let by = actor(&signed_in, address);
    state
        .db(move |store| store.sign_out_everywhere(&user.id, &by))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a user. Their workbenches stay in their workspaces.
pub async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    if find(&state, &id).await?.id == signed_in.user.id {
        return Err(problem::yourself("delete"));
    }
    let user = managed(&state, &signed_in, &id).await?;
    let by = actor(&signed_in, address);
    state
        .db(move |store| store.delete_user(&user.id, &by))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
