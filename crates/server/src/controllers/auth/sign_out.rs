//! `POST /api/auth/sign-out`.

use crate::auth::{BySession, ClientAddress};
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
    BySession(signed_in): BySession,
    address: ClientAddress,
    _: EmptyBody,
) -> ApiResult<impl IntoResponse> {
    let by = actor(&signed_in, address);
    let session = signed_in.session.clone();
    state.db(move |store| store.sign_out(&session, &by)).await?;
    let cookie = state.cookies.clear(state.cookies.console());
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]))
}
