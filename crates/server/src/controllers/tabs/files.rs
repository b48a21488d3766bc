//! Attachments of tabs: `/api/tabs/{id}/files/{name}`.

use super::{closed, find};
use crate::body::READ_WITHIN;
use crate::path_id::IdAndName;
use crate::problem::{self, ApiError, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use std::io;
use std::time::Duration;
use tokio::time::Instant;
use vestibule_engine::uploads::UploadError;
use vestibule_model::ids::TabId;
use vestibule_model::tab::attachment::{Attachment, MAX_BYTES, name_problem};

/// Longest time for a whole attachment. Between two pieces of it [`READ_WITHIN`] may pass.
const WHOLE_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Puts a file into the workbench's folder. It is written as it comes, and appears when it is complete.
pub async fn attach(
    State(state): State<AppState>,
    IdAndName(id, name): IdAndName,
    request: Request,
) -> ApiResult<(StatusCode, Json<Attachment>)> {
    if let Some(message) = name_problem(&name) {
        return Err(problem::invalid_field("name", message));
    }
    let tab = find(&state, &TabId::new(id)).await?;
    if !tab.is_open() {
        return Err(closed());
    }
    let of = tab.workbench_id.clone();
    let workbench = state.db(move |store| store.workbench(&of)).await?;
    if workbench.is_none_or(|workbench| workbench.deleting) {
        return Err(problem::conflict(
            "deleting",
            "The workbench is being deleted. Create a new one instead.",
        ));
    }
    let mut body = request.into_body();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    if body.size_hint().lower() > limit {
        return Err(problem::body_too_large(MAX_BYTES));
    }
    let _exchange = state.host.uses.of(&tab.workbench_id).begin();
    let begun = state.engine.begin_upload(&tab.workbench_id, &name).await;
    let mut upload = begun.map_err(refused)?;
    let (mut bytes, end) = (0, Instant::now() + WHOLE_WITHIN);
    while let Some(piece) = next(&mut body, end).await? {
        bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if bytes > limit {
            return Err(problem::body_too_large(MAX_BYTES));
        }
        upload.write(piece).await.map_err(failed)?;
    }
    // It may have been closed meanwhile.
    if !find(&state, &tab.id).await?.is_open() {
        return Err(closed());
    }
    let path = upload.finish().await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(Attachment { path, bytes })))
}

/// Returns the next piece of a body, or `None` at its end.
async fn next(body: &mut Body, end: Instant) -> ApiResult<Option<Bytes>> {
    loop {
        let until = end.min(Instant::now() + READ_WITHIN);
        let frame = tokio::time::timeout_at(until, body.frame())
            .await
            .map_err(|_| problem::body_too_slow(READ_WITHIN))?;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(problem::garbled_body("it ended too early")),
            // Trailers are no content.
            Some(Ok(frame)) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

fn refused(error: UploadError) -> ApiError {
    match error {
        UploadError::Blocked(why) => problem::conflict("attachments-blocked", why),
        UploadError::Failed(error) => failed(error),
    }
}

fn failed(error: io::Error) -> ApiError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            problem::storage_full()
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            problem::storage_unwritable()
        }
        _ => {
            tracing::error!(%error, "failed to store an attachment");
            problem::internal()
        }
    }
}
