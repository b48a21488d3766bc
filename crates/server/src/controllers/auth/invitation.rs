//! `POST /api/auth/invitation` and `…/accept`: the link of an invited user.

use crate::auth::ClientAddress;
use crate::auth::limiter::Guess;
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
    address: ClientAddress,
    ApiJson(body): ApiJson<InvitationToken>,
) -> ApiResult<Json<Invited>> {
    let user = invited(&state, address, &body.token).await?;
    Ok(Json(Invited {
        username: user.username,
        display_name: user.display_name,
    }))
}

/// Sets the first password of an invited user, once, and signs in.
pub async fn accept(
    State(state): State<AppState>,
    client_address: ClientAddress,
    headers: HeaderMap,
    ApiJson(body): ApiJson<AcceptInvitation>,
) -> ApiResult<Response> {
    let user = invited(&state, client_address, &body.token).await?;
    check_new(
        "password",
        &body.password,
        &[&user.username, &user.display_name],
    )
    .map_err(|error| problem::invalid(vec![error]))?;
    // The right token identifies the invited person, who waits for no other attempt.
    let turn = state.passwords.queue(client_address.0, true)?;
    let password = state.passwords.hash(&turn, body.password).await?;
    drop(turn);
    let (hash, address) = (tokens::hash(&body.token), client_address.0.to_string());
    let accepted = state
        .db(move |store| store.accept_invitation(&hash, &password, &address, clock::now()))
        .await?;
    let user = accepted.ok_or_else(problem::invitation_refused)?;
    tracing::info!(user = %user.id, "an invitation was accepted");
    super::begin_session(&state, &headers, &user.id, (&user.username, client_address)).await
}

/// Returns the user of a valid invitation. Guesses are limited like those of passwords.
async fn invited(state: &AppState, address: ClientAddress, token: &str) -> ApiResult<User> {
    let hash = tokens::hash(token);
    let found = state
        .db(move |store| store.invited(&hash, clock::now()))
        .await?;
    if let Some(user) = found {
        return Ok(user);
    }
    super::count_guess(state, Guess::Invitation, address)?;
    Err(problem::invitation_refused())
}
