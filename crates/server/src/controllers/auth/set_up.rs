//! `POST /api/auth/set-up`.

use crate::auth::Client;
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
    from: Client,
    headers: HeaderMap,
    ApiJson(asked): ApiJson<SetUp>,
) -> ApiResult<Response> {
    if !state.set_up.fits(&asked.token) {
        super::count_guess(&state, from)?;
        return Err(problem::set_up_refused());
    }
    let errors: Vec<_> = [
        check_username("username", &asked.username),
        check_new("password", &asked.password, &[&asked.username]),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect();
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    // The right token identifies the administrator, who waits for no other attempt.
    let turn = state.passwords.queue(from.0, true)?;
    let hash = state.passwords.hash(&turn, asked.password).await?;
    let new = NewUser::administrator(&asked.username, hash);
    let made = state
        .db(move |store| store.create_first_user(&new, clock::now()))
        .await?;
    state.set_up.close();
    let user = made.ok_or_else(problem::set_up_refused)?;
    tracing::info!(user = %user.id, "the first administrator was made");
    super::begin_session(&state, &headers, &user.id, (&user.username, from)).await
}
