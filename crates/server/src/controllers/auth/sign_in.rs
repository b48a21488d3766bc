//! `POST /api/auth/sign-in`.

use crate::auth::limiter::Attempt;
use crate::auth::{ClientAddress, device};
use crate::body::ApiJson;
use crate::clock;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::Actor;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use std::time::Instant;
use vestibule_model::auth::SignIn;
use vestibule_model::problem::FieldError;
use vestibule_model::validation::{MAX_PASSWORD_BYTES, MAX_USERNAME_CHARS};

/// Signs in by name and password.
pub async fn sign_in(
    State(state): State<AppState>,
    client_address: ClientAddress,
    headers: HeaderMap,
    ApiJson(SignIn { username, password }): ApiJson<SignIn>,
) -> ApiResult<Response> {
    check_shape(&username, &password)?;
    let device = device::known(&headers, state.cookies, &state.host.cipher, &username);
    let turn = state.passwords.queue(client_address.0, device.is_some())?;
    let attempt = Attempt {
        username: &username,
        from: client_address.0,
        device: device.as_deref(),
    };
    state
        .sign_ins
        .attempt(attempt, Instant::now())
        .map_err(problem::too_many_sign_ins)?;
    let name = username.clone();
    let known = state.db(move |store| store.credentials(&name)).await?;
    let (user, stored) = known.unzip();
    let is_right = state.passwords.verify(&turn, password, stored).await?;
    drop(turn);
    let Some(user) = user.as_ref().filter(|_| is_right).cloned() else {
        tracing::info!(address = %client_address.0, "a sign-in was refused");
        let by = Actor {
            id: None,
            name: String::new(),
            address: client_address.0.to_string(),
            now: clock::now(),
        };
        let noted = state.db(move |store| {
            let user = user.as_ref().map(|id| (id, username.as_str()));
            store.note_refused_sign_in(user, None, &by)
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, "failed to note a refused sign-in");
        }
        return Err(problem::wrong_credentials());
    };
    state.sign_ins.succeeded(attempt);
    tracing::info!(%user, address = %client_address.0, "signed in");
    let mut response =
        super::begin_session(&state, &headers, &user, (&username, client_address)).await?;
    if device.is_none() {
        let cookie = device::cookie(state.cookies, &state.host.cipher, &username);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Refuses what no user can have before it costs anything or is counted.
fn check_shape(username: &str, password: &str) -> ApiResult<()> {
    let mut errors = Vec::new();
    if username.chars().count() > MAX_USERNAME_CHARS {
        let message = format!("Use at most {MAX_USERNAME_CHARS} characters.");
        errors.push(FieldError::new("username", message));
    }
    if password.len() > MAX_PASSWORD_BYTES {
        let message = format!("Use at most {MAX_PASSWORD_BYTES} bytes.");
        errors.push(FieldError::new("password", message));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(problem::invalid(errors))
    }
}
