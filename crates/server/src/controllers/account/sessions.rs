//! `/api/account/sessions`.

use crate::auth::{BySession, ClientAddress};
use crate::clock;
use crate::controllers::grants::actor;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::PeopleRefusal;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::account::SessionInfo;
use vestibule_model::list::List;

/// Lists the user's sessions.
pub async fn list(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
) -> ApiResult<Json<List<SessionInfo>>> {
    let found = state
        .db(move |store| store.sessions(&signed_in.user.id, &signed_in.session, clock::now()))
        .await?;
    Ok(Json(List::whole(found)))
}

/// Ends a session of the user.
pub async fn end(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    let by = actor(&signed_in, address);
    let ended = state.db(move |store| store.end_session(&id, &by)).await;
    ended.map_err(|refusal| match refusal {
        PeopleRefusal::Gone => problem::not_found("session"),
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}
