//! `GET /api/workspaces/{id}/workbenches` and `GET /api/workbenches/{id}`.

use crate::etag::is_known;
use crate::paging::QueryParams;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::listing::ListVersion;
use vestibule_model::workbench::Workbench;

/// Query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Known {
    since: Option<String>,
}

/// Lists the workbenches of a workspace. Consoles poll this: a matching `If-None-Match` reads no
/// rows, and `since` reads only the changed ones.
pub async fn list(
    State(state): State<AppState>,
    Id(id): Id,
    QueryParams(asked): QueryParams<Known>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let id = WorkspaceId::new(id);
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

/// Returns one workbench.
pub async fn show(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<Workbench>> {
    let found = super::find(&state, &id).await?;
    Ok(Json(found))
}
