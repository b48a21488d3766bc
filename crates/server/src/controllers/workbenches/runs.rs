//! `GET /api/workbenches/{id}/runs`.

use crate::auth::SignedIn;
use crate::paging::{self, Asked};
use crate::path_id::Id;
use crate::problem::Answer;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use vestibule_model::access::Permission;
use vestibule_model::list::List;
use vestibule_model::run::Run;

/// Which page is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Page {
    limit: Option<String>,
    cursor: Option<String>,
}

/// A workbench's runs, newest first.
pub async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    Asked(page): Asked<Page>,
) -> Answer<Json<List<Run>>> {
    let workbench = super::find(&state, &who, Permission::WorkbenchRead, &id).await?;
    let limit = paging::limit(page.limit.as_deref())?;
    let before = paging::cursor(page.cursor.as_deref(), |number| number.parse().ok())?;
    let (runs, more) = state
        .db(move |store| store.runs(&workbench.id, before, limit))
        .await?;
    let next_cursor = runs
        .last()
        .filter(|_| more)
        .map(|last| last.number.to_string());
    Ok(Json(List {
        next_cursor,
        ..List::whole(runs)
    }))
}
