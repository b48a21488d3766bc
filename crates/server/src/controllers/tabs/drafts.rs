//! Drafts and read marks of the signed-in user: `/api/tabs/{id}/draft` and `/api/tabs/{id}/seen`.

use super::closed;
use super::messages::check_length;
use crate::auth::SignedIn;
use crate::body::ApiJson;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::DraftOutcome;
use axum::Json;
use axum::extract::State;
use vestibule_model::ids::TabId;
use vestibule_model::tab::queue::{NewDraft, Seen, TabDraft};

/// Shows the user's draft.
pub async fn draft(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
) -> ApiResult<Json<TabDraft>> {
    let (id, user) = (TabId::new(id), signed_in.user.id.clone());
    Ok(Json(state.db(move |store| store.draft(&id, &user)).await?))
}

/// Stores the user's draft.
pub async fn store_draft(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    ApiJson(new): ApiJson<NewDraft>,
) -> ApiResult<Json<TabDraft>> {
    check_length(&new.text)?;
    let (id, user) = (TabId::new(id), signed_in.user.id.clone());
    let stored = state.db(move |store| store.store_draft(&id, &user, &new));
    match stored.await? {
        DraftOutcome::Stored(draft) => Ok(Json(draft)),
        DraftOutcome::Changed => Err(problem::conflict(
            "draft-changed",
            "Another window has changed the draft. Get it first.",
        )),
        DraftOutcome::Closed => Err(closed()),
    }
}

/// Records the last event that the user has seen.
pub async fn seen(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    ApiJson(seen): ApiJson<Seen>,
) -> ApiResult<Json<TabDraft>> {
    let (id, user) = (TabId::new(id), signed_in.user.id.clone());
    let stored = state.db(move |store| store.store_seen(&id, &user, seen.event));
    Ok(Json(stored.await?))
}
