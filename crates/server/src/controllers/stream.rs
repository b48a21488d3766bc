//! `GET /api/runs/stream`: what happens to runs and workbenches, as it happens.

mod events;
mod reader;

use crate::auth::{SignedIn, authorize_somewhere};
use crate::controllers::workbenches;
use crate::paging::Asked;
use crate::problem::Answer;
use crate::state::AppState;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use reader::Reader;
use serde::Deserialize;
use vestibule_model::access::Permission;

/// What a reader may ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// The last number the reader heard of; what is no such number gets a fresh snapshot.
    after: Option<String>,
    /// The workbench whose journal is wanted too.
    workbench: Option<String>,
}

/// The stream. It lasts until the reader goes, the session ends or the server shuts down.
pub async fn stream(
    State(state): State<AppState>,
    who: SignedIn,
    Asked(wanted): Asked<Wanted>,
    headers: HeaderMap,
) -> Answer<Response> {
    authorize_somewhere(&who, Permission::WorkbenchRead)?;
    let workbench = match &wanted.workbench {
        Some(id) => Some(
            workbenches::find(&state, &who, Permission::WorkbenchRead, id)
                .await?
                .id,
        ),
        None => None,
    };
    // A reconnecting browser says so in the header; the query is for the first connection.
    let after = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .or(wanted.after.as_deref())
        .and_then(|id| id.parse().ok());
    let reader = Reader::begin(state, &who, workbench, after).await?;
    let mut response = Sse::new(reader.into_stream()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    // nginx and its kin hold answers back unless they are told not to (FIELD 18).
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}
