//! `GET /api/runs/stream`: changes of runs, workbenches, workspaces and builds as server-sent
//! events.

mod events;
mod reader;

use crate::auth::{SignedIn, check};
use crate::paging::{self, QueryParams};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::RequestScope;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use events::Entries;
use reader::Reader;
use serde::Deserialize;
use vestibule_model::ids::WorkbenchId;

/// Query of the stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StreamParams {
    /// The last number that the reader got. Text that is no number gets a snapshot.
    after: Option<String>,
    /// The workbench whose journal entries are wanted too; `*` for every one.
    workbench: Option<String>,
    /// The workspace whose changes are wanted alone.
    workspace: Option<String>,
    #[serde(rename = "projectId")]
    project_id: Option<String>,
}

/// Returns the stream. It lasts until the reader disconnects, the session ends or the server shuts
/// down.
pub async fn stream(
    State(state): State<AppState>,
    signed_in: SignedIn,
    QueryParams(query): QueryParams<StreamParams>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let entries = match query.workbench.as_deref() {
        Some("*") => Entries::All,
        Some(id) => {
            let place = RequestScope::Workbench(id.to_owned());
            let found = state.db(move |store| store.resource(&place)).await?;
            let found = found.ok_or_else(|| problem::not_found("workbench"))?;
            check(&signed_in, signed_in.needs(), &found, "workbench")?;
            Entries::Of(WorkbenchId::new(id))
        }
        None => Entries::None,
    };
    let workspace = paging::workspace(query.workspace, query.project_id)?;
    // A reconnecting browser says so in the header; the query is for the first connection.
    let after = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .or(query.after.as_deref())
        .and_then(|id| id.parse().ok());
    let held = state.streams.admit(&signed_in.user.id);
    let held = held.ok_or_else(|| problem::too_many_open("event streams"))?;
    let reader = Reader::begin(state, &signed_in, (entries, workspace), after, held).await?;
    let mut response = Sse::new(reader.into_stream()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    // nginx and other proxies buffer responses without this header (FIELD 18).
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}
