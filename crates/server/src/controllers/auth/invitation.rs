//! `POST /api/auth/invitation` and `…/accept`: the link of an invited user.

use crate::auth::Client;
use crate::auth::password_rules::check_new;
use crate::body::ApiJson;
use crate::clock;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::tokens;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use vestibule_model::auth::{AcceptInvitation, InvitationToken, Invited, User};

/// Shows whom an invitation is for.
pub async fn show(
    State(state): State<AppState>,
    from: Client,
    ApiJson(asked): ApiJson<InvitationToken>,
) -> ApiResult<Json<Invited>> {
    let user = invited(&state, from, &asked.token).await?;
    Ok(Json(Invited {
        username: user.username,
        display_name: user.display_name,
    }))
}

/// Sets the first password of an invited user, once, and signs in.
pub async fn accept(
    State(state): State<AppState>,
    from: Client,
    headers: HeaderMap,
    ApiJson(asked): ApiJson<AcceptInvitation>,
) -> ApiResult<Response> {
    let user = invited(&state, from, &asked.token).await?;
    check_new(
        "password",
        &asked.password,
        &[&user.username, &user.display_name],
    )
    .map_err(|error| problem::invalid(vec![error]))?;
    // The right token identifies the invited person, who waits for no other attempt.
    let turn = state.passwords.queue(from.0, true)?;
    let password = state.passwords.hash(&turn, asked.password).await?;
    drop(turn);
    let (hash, address) = (tokens::hash(&asked.token), from.0.to_string());
    let accepted = state
        .db(move |store| store.accept_invitation(&hash, &password, &address, clock::now()))
        .await?;
    let user = accepted.ok_or_else(problem::invitation_refused)?;
    tracing::info!(user = %user.id, "an invitation was accepted");
    super::begin_session(&state, &headers, &user.id, (&user.username, from)).await
}

/// Returns the user of a valid invitation. Guesses are limited like those of passwords.
async fn invited(state: &AppState, from: Client, token: &str) -> ApiResult<User> {
    let hash = tokens::hash(token);
    let found = state
        .db(move |store| store.invited(&hash, clock::now()))
        .await?;
    if let Some(user) = found {
        return Ok(user);
    }
    super::count_guess(state, from)?;
    Err(problem::invitation_refused())
}
