//! `GET /api/builds/{id}/log`.

use crate::auth::SignedIn;
use crate::paging::Asked;
use crate::path_id::Id;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::access::Permission;
use vestibule_model::ids::BuildId;

/// How much of the output is told at once.
const TOLD_BYTES: usize = 256 * 1024;

/// Which part of the output is wanted, and how.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    after: Option<String>,
    download: Option<String>,
}

/// The output of a build: what came after so many bytes, or its end; or all that is kept, as a
/// file.
pub async fn log(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    Asked(wanted): Asked<Wanted>,
) -> Answer<Response> {
    let build = super::find(&state, &who, Permission::WorkbenchRead, &id).await?;
    if wanted
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
    let after = wanted.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| {
        problem::invalid_field("after", "Use endsAt of the answer before, such as 8192.")
    })?;
    let log = state.engine.build_log(&build.id, after, TOLD_BYTES).await;
    Ok(Json(log).into_response())
}

/// All that is kept, with a line where something was dropped.
async fn whole(state: &AppState, id: &BuildId) -> String {
    let (mut text, mut at) = (String::new(), 0);
    loop {
        let next = state.engine.build_log(id, Some(at), TOLD_BYTES).await;
        // What goes back belongs to another output.
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
