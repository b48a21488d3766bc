//! `GET /api/workbenches/{id}/runs` and `…/runs/{number}`.

use crate::auth::SignedIn;
use crate::controllers::acknowledgements;
use crate::paging::{self, QueryParams};
use crate::path_id::{Id, IdAndName};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use vestibule_model::list::List;
use vestibule_model::run::Run;

/// Query for a page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Page {
    limit: Option<String>,
    cursor: Option<String>,
}

/// Lists a workbench's runs, newest first.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
    QueryParams(page): QueryParams<Page>,
) -> ApiResult<Json<List<Run>>> {
    let workbench = super::find(&state, &id).await?;
    let limit = paging::limit(page.limit.as_deref())?;
    let before = paging::cursor(page.cursor.as_deref(), |number| number.parse().ok())?;
    let (mut runs, more) = state
        .db(move |store| store.runs(&workbench.id, before, limit))
        .await?;
    acknowledgements::mark(&state, &signed_in, &mut runs).await?;
    let place = |run: &Run| run.number.to_string();
    Ok(Json(paging::page(runs, more, place)))
}

/// Returns one of a workbench's runs by its number.
pub async fn show(
    State(state): State<AppState>,
    signed_in: SignedIn,
    IdAndName(id, number): IdAndName,
) -> ApiResult<Json<Run>> {
    let workbench = super::find(&state, &id).await?;
    // Text that is not a number matches no run.
    let number: u64 = number.parse().map_err(|_| problem::not_found("run"))?;
    let mut run = state
        .db(move |store| store.run_by_number(&workbench.id, number))
        .await?
        .ok_or_else(|| problem::not_found("run"))?;
    acknowledgements::mark(&state, &signed_in, std::slice::from_mut(&mut run)).await?;
    Ok(Json(run))
}
