//! `GET /api/apps`.

use crate::auth::{SignedIn, authorize_somewhere};
use crate::problem::Answer;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::Permission;
use vestibule_model::app::App;
use vestibule_model::list::List;

/// The catalogue.
pub async fn list(State(state): State<AppState>, who: SignedIn) -> Answer<Json<List<App>>> {
    authorize_somewhere(&who, Permission::AppRead)?;
    Ok(Json(List::whole(state.engine.apps().await)))
}
