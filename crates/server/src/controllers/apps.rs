//! `GET /api/apps`.

use crate::problem::ApiResult;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::app::App;
use vestibule_model::list::List;

/// Lists the catalogue with the usual length of a start.
pub async fn list(State(state): State<AppState>) -> ApiResult<Json<List<App>>> {
    let mut apps = state.engine.apps().await;
    let names: Vec<String> = apps.iter().map(|app| app.name.clone()).collect();
    let expectations = state.db(move |store| store.expectations(&names)).await?;
    for (app, expectation) in apps.iter_mut().zip(expectations) {
        app.expectation = expectation;
    }
    Ok(Json(List::whole(apps)))
}
