//! `POST` and `DELETE /api/users/{id}/invitation`.

use super::managed;
use crate::auth::{BySession, ClientAddress, SignedIn};
use crate::body::EmptyBody;
use crate::controllers::grants::actor;
use crate::controllers::shown_once::ShownOnce;
use crate::path_id::Id;
use crate::problem::ApiResult;
use crate::state::AppState;
use crate::store::{Actor, PeopleResult, Store};
use crate::tokens;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::ids::UserId;
use vestibule_model::people::{Account, WithPassword};
use vestibule_model::time::Millis;

/// Lifetime of an invitation.
const LIFE: Millis = Millis::from_secs(7 * 24 * 60 * 60);

/// Invites a user who has no password, in place of an earlier invitation. The link is returned this
/// once.
pub async fn create(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<ShownOnce<WithPassword>> {
    let user = managed(&state, &signed_in, &id).await?;
    let by = actor(&signed_in, address);
    let origin = state.public_url.origin();
    let (user, link) = state
        .db(move |store| invite(store, &user.id, &origin, &by))
        .await?;
    Ok(ShownOnce(WithPassword {
        user,
        password: None,
        invitation: Some(link),
    }))
}

/// Revokes the invitation of a user.
pub async fn revoke(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    let user = managed(&state, &signed_in, &id).await?;
    let by = actor(&signed_in, address);
    state
        .db(move |store| store.revoke_invitation(&user.id, &by))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invites a user; returns the link below the console's origin.
pub fn invite(
    store: &Store,
    id: &UserId,
    origin: &str,
    by: &Actor,
) -> PeopleResult<(Account, String)> {
    let token = tokens::random();
    let user = store.invite(id, &tokens::hash(&token), by.now + LIFE, by)?;
    // A fragment is sent to no server, so that no log of a proxy has it.
    Ok((user, format!("{origin}/invitation#{token}")))
}
