//! `GET /healthz` and `/readyz`, on any host.

use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::extract::State;

/// Answers as long as the process lives.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Answers 200 if the server is not shutting down and its database answers.
pub async fn readyz(State(state): State<AppState>) -> Answer<&'static str> {
    if state.shutdown.is_cancelled() {
        return Err(problem::not_ready());
    }
    state.db(|store| store.ping()).await.map_err(|error| {
        tracing::error!(%error, "the database does not answer");
        problem::not_ready()
    })?;
    Ok("ok\n")
}
