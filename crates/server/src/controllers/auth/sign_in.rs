//! `POST /api/auth/sign-in`.

use crate::auth::Client;
use crate::body::Body;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use std::time::Instant;
use vestibule_model::auth::SignIn;
use vestibule_model::names::MAX_PASSWORD_BYTES;

/// Signs in by name and password.
pub async fn sign_in(State(state): State<AppState>, from: Client, body: Body) -> Answer<Response> {
    let SignIn { username, password } = body.parse()?;
    state
        .sign_ins
        .attempt(&username, from.0, Instant::now())
        .map_err(problem::too_many_sign_ins)?;
    let name = username.clone();
    let known = state.db(move |store| store.credentials(&name)).await?;
    let (user, stored) = known.unzip();
    let is_right =
        password.len() <= MAX_PASSWORD_BYTES && state.passwords.verify(password, stored).await?;
    let Some(user) = user.filter(|_| is_right) else {
        tracing::info!(address = %from.0, "a sign-in was refused");
        return Err(problem::wrong_credentials());
    };
    state.sign_ins.succeeded(&username, from.0);
    tracing::info!(%user, address = %from.0, "signed in");
    super::begin_session(&state, &user).await
}
