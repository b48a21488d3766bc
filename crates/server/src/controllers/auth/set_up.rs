//! `POST /api/auth/set-up`.

use crate::auth::ClientAddress;
use crate::auth::limiter::Guess;
use crate::auth::password_rules::check_new;
use crate::body::ApiJson;
use crate::clock;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::NewUser;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use vestibule_model::auth::SetUp;
use vestibule_model::validation::check_username;

/// Creates the first administrator, once, and signs in.
pub async fn set_up(
    State(state): State<AppState>,
    address: ClientAddress,
    headers: HeaderMap,
    ApiJson(body): ApiJson<SetUp>,
) -> ApiResult<Response> {
    if !state.set_up.fits(&body.token) {
        super::count_guess(&state, Guess::SetUp, address)?;
        return Err(problem::set_up_refused());
    }
    let errors: Vec<_> = [
        check_username("username", &body.username),
        check_new("password", &body.password, &[&body.username]),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect();
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    // The right token identifies the administrator, who waits for no other attempt.
    let turn = state.passwords.queue(address.0, true)?;
    let hash = state.passwords.hash(&turn, body.password).await?;
    let new = NewUser::administrator(&body.username, hash);
    let created = state
        .db(move |store| store.create_first_user(&new, clock::now()))
        .await?;
    state.set_up.close();
    let user = created.ok_or_else(problem::set_up_refused)?;
    tracing::info!(user = %user.id, "the first administrator was made");
    super::begin_session(&state, &headers, &user.id, (&user.username, address)).await
}
