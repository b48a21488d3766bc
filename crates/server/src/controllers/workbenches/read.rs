//! `GET /api/workspaces/{id}/workbenches` and `GET /api/workbenches/{id}`.

use crate::auth::enforce::ReadRequest;
use crate::etag::is_known;
use crate::paging;
use crate::problem::{self, ApiResult};
use crate::store::Snapshot;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::listing::ListVersion;

const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// Query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    since: Option<String>,
}

/// Lists the workbenches of a workspace. Consoles poll this: a matching `If-None-Match` reads no
/// rows, and `since` reads only the changed ones.
pub fn list(snapshot: &Snapshot<'_>, requested: &ReadRequest) -> ApiResult<Response> {
    let ListQuery { since } = paging::query(&requested.uri)?;
    let since = since.as_deref().map(ListVersion::from);
    let known = requested.headers.get(header::IF_NONE_MATCH);
    let id = WorkspaceId::new(requested.id.as_str());
    let list = snapshot
        .workbench_list_json(&id, since.as_ref(), |version| {
            known.is_some_and(|known| is_known(known, &tag(version)))
        })?
        .ok_or_else(|| problem::not_found("workspace"))?;
    let tag = [(header::ETAG, tag(&list.version))];
    Ok(match list.listing {
        Some(listing) => (tag, JSON, listing).into_response(),
        None => (StatusCode::NOT_MODIFIED, tag).into_response(),
    })
}

fn tag(version: &ListVersion) -> String {
    format!("\"{}\"", version.as_str())
}

/// Returns one workbench.
pub fn show(snapshot: &Snapshot<'_>, requested: &ReadRequest) -> ApiResult<Response> {
    let found = snapshot.workbench_json(&WorkbenchId::new(requested.id.as_str()))?;
    let found = found.ok_or_else(|| problem::not_found("workbench"))?;
    Ok((JSON, found.to_string()).into_response())
}
