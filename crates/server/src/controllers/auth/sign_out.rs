//! `POST /api/auth/sign-out`.

use crate::auth::SignedIn;
use crate::body::Body;
use crate::problem::ApiResult;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

/// Ends the session, and with it its sessions on apps' origins.
pub async fn sign_out(
    State(state): State<AppState>,
    who: SignedIn,
    body: Body,
) -> ApiResult<impl IntoResponse> {
    body.expect_nothing()?;
    let session = who.session.clone();
    state
        .db(move |store| store.delete_session(&session))
        .await?;
    let cookie = state.cookies.clear(state.cookies.console());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}
