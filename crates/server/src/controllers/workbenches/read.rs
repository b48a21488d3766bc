//! `GET /api/workspaces/{id}/workbenches` and `GET /api/workbenches/{id}`.

use crate::api::is_known;
use crate::auth::{SignedIn, authorize_in};
use crate::paging::Asked;
use crate::path_id::Id;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::roll::ListVersion;
use vestibule_model::workbench::Workbench;

/// What the asker has already.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Known {
    since: Option<String>,
}

/// The workbenches of a workspace. Consoles ask for this again and again: one that has the list as
/// it is costs no rows, and one that says which it has, those that have changed.
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    Asked(asked): Asked<Known>,
    headers: HeaderMap,
) -> Answer<Response> {
    let id = WorkspaceId::new(id);
    authorize_in(&who, Permission::WorkbenchRead, &id)?;
    let known = headers.get(header::IF_NONE_MATCH).cloned();
    let since = asked.since.as_deref().map(ListVersion::from);
    let list = state
        .db(move |store| {
            store.workbench_list(&id, since.as_ref(), |version| {
                known.is_some_and(|known| is_known(&known, &tag(version)))
            })
        })
        .await?
        .ok_or_else(|| problem::not_found("workspace"))?;
    let tag = [(header::ETAG, tag(&list.version))];
    Ok(match list.listing {
        Some(listing) => (tag, Json(listing)).into_response(),
        None => (StatusCode::NOT_MODIFIED, tag).into_response(),
    })
}

fn tag(version: &ListVersion) -> String {
    format!("\"{}\"", version.as_str())
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
