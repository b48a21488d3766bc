//! `GET /api/workspaces/{id}/workbenches` and `GET /api/workbenches/{id}`.

use crate::api::is_known;
use crate::auth::{SignedIn, authorize_in};
use crate::path_id::Id;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::workbench::Workbench;

/// The workbenches of a workspace. Consoles ask for this again and again: one that has the list as
/// it is costs no rows.
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer<Response> {
    let id = WorkspaceId::new(id);
    authorize_in(&who, Permission::WorkbenchRead, &id)?;
    let known = headers.get(header::IF_NONE_MATCH).cloned();
    let list = state
        .db(move |store| {
            store.workbench_list(&id, |tag| known.is_some_and(|known| is_known(&known, tag)))
        })
        .await?
        .ok_or_else(|| problem::not_found("workspace"))?;
    let tag = [(header::ETAG, list.tag)];
    Ok(match list.rows {
        Some(rows) => (tag, Json(List::whole(rows))).into_response(),
        None => (StatusCode::NOT_MODIFIED, tag).into_response(),
    })
}

/// One workbench.
pub async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
) -> Answer<Json<Workbench>> {
    let found = super::find(&state, &who, Permission::WorkbenchRead, &id).await?;
    Ok(Json(found))
}
