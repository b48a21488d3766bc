//! `PUT /api/account/password`.

use crate::auth::limiter::Attempt;
use crate::auth::password_rules::check_new;
use crate::auth::{BySession, ClientAddress, device};
use crate::body::ApiJson;
use crate::controllers::grants::actor;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::time::Instant;
use vestibule_model::account::NewPassword;
use vestibule_model::validation::MAX_PASSWORD_BYTES;

/// Changes the password. Every other session ends.
pub async fn change(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    headers: HeaderMap,
    ApiJson(body): ApiJson<NewPassword>,
) -> ApiResult<StatusCode> {
    let wrong = || problem::invalid_field("current", "This isn't your password.");
    if body.current.len() > MAX_PASSWORD_BYTES {
        return Err(wrong());
    }
    let username = signed_in.user.username.clone();
    check_new(
        "password",
        &body.password,
        &[&username, &signed_in.user.display_name],
    )
    .map_err(|error| problem::invalid(vec![error]))?;
    // A session left open must not allow more guesses than the sign-in page.
    let device = device::known(&headers, state.cookies, &state.host.cipher, &username);
    let attempt = Attempt {
        username: &username,
        from: address.0,
        device: device.as_deref(),
    };
    let turn = state.passwords.queue(address.0, true)?;
    state
        .sign_ins
        .attempt(attempt, Instant::now())
        .map_err(problem::too_many_sign_ins)?;
    let name = username.clone();
    let stored = state.db(move |store| store.credentials(&name)).await?;
    let stored = stored.map(|(_, hash)| hash);
    if !state.passwords.verify(&turn, body.current, stored).await? {
        return Err(wrong());
    }
    state.sign_ins.succeeded(attempt);
    let hash = state.passwords.hash(&turn, body.password).await?;
    drop(turn);
    let by = actor(&signed_in, address);
    let kept = signed_in.session.clone();
    state
        .db(move |store| store.change_password(&kept, &hash, &by))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
