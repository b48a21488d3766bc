//! `GET /healthz` and `/readyz`, on any host.

use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::extract::State;
use vestibule_model::isolation::IsolationLevel;

/// Answers as long as the process lives.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Answers 200 if the server is not shutting down, its database answers, there is room to write, and its engine
/// can carry out commands.
pub async fn readyz(State(state): State<AppState>) -> ApiResult<String> {
    if state.shutdown.is_cancelled() {
        return Err(problem::not_ready());
    }
    let (ping, is_short, is_in_place) = state
        .db(|store| {
            (
                store.ping(),
                store.is_disk_nearly_full(),
                store.is_in_place(),
            )
        })
        .await;
    ping.map_err(|error| {
        tracing::error!(%error, "the database does not answer");
        problem::not_ready()
    })?;
    if !is_in_place {
        return Err(problem::data_folder_gone());
    }
    if is_short {
        return Err(problem::disk_nearly_full());
    }
    if let Some(why) = state.engine.why_not_ready() {
        return Err(problem::stands_by(&why));
    }
    let isolation = match state.engine.isolation().level {
        IsolationLevel::None => "none",
        IsolationLevel::Sandbox => "sandbox",
    };
    Ok(format!("ok\nisolation: {isolation}\n"))
}
