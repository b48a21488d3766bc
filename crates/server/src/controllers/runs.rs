//! `GET /api/runs/{id}`, `…/journal` and `…/log`.

use crate::auth::{SignedIn, authorize};
use crate::log_keeper::KEPT_BYTES;
use crate::path_id::Id;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use vestibule_model::access::{Permission, Resource};
use vestibule_model::ids::RunId;
use vestibule_model::list::List;
use vestibule_model::run::{Run, RunLog};
use vestibule_model::transition::Transition;

/// One run.
pub async fn show(State(state): State<AppState>, who: SignedIn, Id(id): Id) -> Answer<Json<Run>> {
    find(&state, &who, &id).await.map(Json)
}

/// A run's journal, after a sequence number where one is given.
pub async fn journal(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> Answer<Json<List<Transition>>> {
    let run = find(&state, &who, &id).await?;
    let after = after(query.as_deref().unwrap_or_default())?;
    let (items, more) = state.db(move |store| store.journal(&run.id, after)).await?;
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| last.seq.to_string());
    Ok(Json(List {
        next_cursor,
        ..List::whole(items)
    }))
}

/// The end of a run's output: what was kept with it, or while it lasts what the engine has.
pub async fn log(State(state): State<AppState>, who: SignedIn, Id(id): Id) -> Answer<Json<RunLog>> {
    let run = find(&state, &who, &id).await?;
    let wanted = run.id.clone();
    let kept = state.db(move |store| store.run_log(&wanted)).await?;
    Ok(Json(match kept {
        Some(log) => log,
        None => {
            let (id, number) = (&run.workbench_id, run.number);
            state.engine.log(id, number, KEPT_BYTES).await
        }
    }))
}

async fn find(state: &AppState, who: &SignedIn, id: &str) -> Answer<Run> {
    let id = RunId::new(id);
    let run = state
        .db(move |store| store.run(&id))
        .await?
        .ok_or_else(|| problem::not_found("run"))?;
    let resource = Resource::Workbench(run.workspace_id.clone(), run.workbench_id.clone());
    authorize(who, Permission::WorkbenchRead, &resource)?;
    Ok(run)
}

/// The sequence number in `after=`.
fn after(query: &str) -> Answer<u64> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after="))
        .map_or(Ok(0), str::parse)
        .map_err(|_| {
            problem::invalid_field("after", "Use the number of a journal entry, such as 812.")
        })
}
