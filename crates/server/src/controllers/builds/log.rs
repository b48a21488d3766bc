//! `GET /api/builds/{id}/log`.

use crate::auth::SignedIn;
use crate::paging::QueryParams;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::ids::BuildId;

/// Most bytes of output in one response.
const TOLD_BYTES: usize = 256 * 1024;

/// Query of the route.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogParams {
    after: Option<String>,
    download: Option<String>,
}

/// Returns a build's output: after so many bytes, the end, or all of it as a file.
pub async fn log(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    QueryParams(query): QueryParams<LogParams>,
) -> ApiResult<Response> {
    let build = super::find(&state, &signed_in, &id).await?;
    if query
        .download
        .is_some_and(|word| !matches!(&*word, "" | "0" | "false"))
    {
        let name = format!("attachment; filename=\"{}-{}.log\"", build.app, build.id);
        let headers = [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ];
        return Ok((headers, whole(&state, &build.id).await).into_response());
    }
    let after = query.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| {
        problem::invalid_field("after", "Use endsAt of the answer before, such as 8192.")
    })?;
    let log = state.engine.build_log(&build.id, after, TOLD_BYTES).await;
    Ok(Json(log).into_response())
}

/// Returns the kept output, with a line where bytes were dropped.
async fn whole(state: &AppState, id: &BuildId) -> String {
    let (mut text, mut at) = (String::new(), 0);
    loop {
        let next = state.engine.build_log(id, Some(at), TOLD_BYTES).await;
        // A smaller number belongs to another output.
        if next.text.is_empty() || next.ends_at <= at {
            return text;
        }
        if next.skipped_bytes > at {
            let dropped = next.skipped_bytes - at;
            text.push_str(&format!("\n[vestibule] {dropped} bytes were not kept.\n"));
        }
        text.push_str(&next.text);
        at = next.ends_at;
    }
}
