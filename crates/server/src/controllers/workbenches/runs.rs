//! `GET /api/workbenches/{id}/runs`.

use crate::auth::SignedIn;
use crate::path_id::Id;
use crate::problem::Answer;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::Permission;
use vestibule_model::list::List;
use vestibule_model::run::Run;

/// A workbench's runs, newest first.
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
) -> Answer<Json<List<Run>>> {
    let workbench = super::find(&state, &who, Permission::WorkbenchRead, &id).await?;
    let runs = state.db(move |store| store.runs(&workbench.id)).await?;
    Ok(Json(List::whole(runs)))
}
