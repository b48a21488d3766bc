//! `GET /api/workbenches/{id}/embedding`.

use crate::gateway;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::{AppState, GatewayState};
use axum::Json;
use axum::extract::State;
use vestibule_model::embedding::Embedding;

/// Returns how a browser will show the app in the console's frame.
pub async fn embedding(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<Embedding>> {
    let workbench = super::find(&state, &id).await?;
    let endpoint = state
        .workbench_endpoint(&workbench.id)
        .await
        .map_err(|why| match why {
            GatewayState::Unknown => problem::not_found("workbench"),
            GatewayState::NotRunning(_) => problem::conflict(
                "not-running",
                "The app isn't running. Ask again once it runs.",
            ),
            GatewayState::Failed => problem::internal(),
        })?;
    let seen = gateway::examine(&state, &workbench.id, &endpoint).await;
    Ok(Json(seen))
}
