//! The gateway: each running workbench at its own origin.

use crate::state::AppState;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use vestibule_model::ids::WorkbenchId;

/// Answers a request to a workbench's own origin.
pub async fn handle(state: AppState, id: WorkbenchId, request: Request) -> Response {
    match state.workbench_endpoint(&id).await {
        Ok(endpoint) => {
            tracing::debug!(%id, %endpoint.address, path = request.uri().path(), "no proxy yet");
            StatusCode::NOT_IMPLEMENTED.into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
