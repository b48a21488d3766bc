//! `POST /api/auth/sign-out`.

use crate::auth::{BySession, Client};
use crate::body::EmptyBody;
use crate::controllers::grants::actor;
use crate::problem::ApiResult;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

/// Ends the session, and with it its sessions on apps' origins.
pub async fn sign_out(
    State(state): State<AppState>,
    BySession(who): BySession,
    from: Client,
    _: EmptyBody,
) -> ApiResult<impl IntoResponse> {
    let by = actor(&who, from);
    let session = who.session.clone();
    state.db(move |store| store.sign_out(&session, &by)).await?;
    let cookie = state.cookies.clear(state.cookies.console());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}
