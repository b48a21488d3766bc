//! `GET /api/config`.

use crate::clock;
use crate::problem::ApiResult;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::config::Config;

/// Returns the settings that the console needs first.
pub async fn show(State(state): State<AppState>) -> ApiResult<Json<Config>> {
    let users = state.db(|store| store.user_count()).await?;
    Ok(Json(Config {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        server_time: clock::now(),
        public_url: state.public_url.origin(),
        app_origin_pattern: state.public_url.app_origin_pattern(),
        needs_set_up: users == 0,
        poll: state.console.poll,
        frame_limit: state.console.frame_limit,
    }))
}
