//! `GET /api/runs`, `GET /api/runs/{id}`, `…/journal`, `…/log` and `…/diagnostics`.

mod diagnostics;

pub use diagnostics::diagnostics;

use crate::auth::SignedIn;
use crate::controllers::acknowledgements;
use crate::log_keeper::KEPT_BYTES;
use crate::paging::{self, QueryParams};
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::RunFilter;
use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Deserialize;
use vestibule_model::access::{Permission, reach};
use vestibule_model::ids::RunId;
use vestibule_model::list::List;
use vestibule_model::run::{Run, RunLog, RunStatus};
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;

/// Filter of runs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunListParams {
    status: Option<String>,
    workspace: Option<String>,
    #[serde(rename = "projectId")]
    project_id: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Lists the runs that the user may see, newest first.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
    QueryParams(query): QueryParams<RunListParams>,
) -> ApiResult<Json<List<Run>>> {
    let filter = RunFilter {
        status: query.status.as_deref().map(status).transpose()?,
        workspace: paging::workspace(query.workspace, query.project_id)?,
        before: paging::cursor(query.cursor.as_deref(), place)?,
        limit: paging::limit(query.limit.as_deref())?,
    };
    let reach = reach(&signed_in.grants, Permission::WorkbenchRead);
    let (mut items, more) = state
        .db(move |store| store.all_runs(&filter, &reach))
        .await?;
    acknowledgements::mark(&state, &signed_in, &mut items).await?;
    let place = |run: &Run| format!("{}.{}", run.started_at.as_millis(), run.id);
    Ok(Json(paging::page(items, more, place)))
}

/// Returns a run's place in the list from a cursor.
pub fn place(cursor: &str) -> Option<(Timestamp, RunId)> {
    let (at, id) = cursor.split_once('.')?;
    Some((Timestamp::from_millis(at.parse().ok()?), RunId::new(id)))
}

fn status(word: &str) -> ApiResult<RunStatus> {
    match RunStatus::from(word) {
        RunStatus::Unknown(_) => Err(problem::invalid_field(
            "status",
            "Use pending, running, stopping, stopped, succeeded or failed.",
        )),
        known => Ok(known),
    }
}

/// Returns one run.
pub async fn show(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
) -> ApiResult<Json<Run>> {
    let mut run = find(&state, &id).await?;
    acknowledgements::mark(&state, &signed_in, std::slice::from_mut(&mut run)).await?;
    Ok(Json(run))
}

/// Returns a run's journal, after a sequence number if one is given.
pub async fn journal(
    State(state): State<AppState>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<List<Transition>>> {
    let run = find(&state, &id).await?;
    let what = "Use the number of a journal entry, such as 812.";
    let after = after(query.as_deref().unwrap_or_default(), what)?;
    let (items, more) = state.db(move |store| store.journal(&run.id, after)).await?;
    let place = |entry: &Transition| entry.seq.to_string();
    Ok(Json(paging::page(items, more, place)))
}

/// Returns the end of a run's output: the stored one, or the engine's while the run lasts. A
/// follower asks for the bytes after those it has.
pub async fn log(
    State(state): State<AppState>,
    Id(id): Id,
    RawQuery(query): RawQuery,
) -> ApiResult<Json<RunLog>> {
    let run = find(&state, &id).await?;
    let what = "Use endsAt of the answer before, such as 8192.";
    let after = after(query.as_deref().unwrap_or_default(), what)?;
    Ok(Json(output(&state, &run, after).await?))
}

/// Returns the end of a run's output after so many bytes.
async fn output(state: &AppState, run: &Run, after: u64) -> ApiResult<RunLog> {
    let requested = run.id.clone();
    let kept = state.db(move |store| store.run_log(&requested)).await?;
    Ok(match kept {
        Some(log) => log.after(after),
        None => {
            let (id, number) = (&run.workbench_id, run.number);
            state.engine.log(id, number, after, KEPT_BYTES).await
        }
    })
}

async fn find(state: &AppState, id: &str) -> ApiResult<Run> {
    let id = RunId::new(id);
    let found = state.db(move |store| store.run(&id)).await?;
    found.ok_or_else(|| problem::not_found("run"))
}

/// Returns the number in `after=`, or 0 if there is none.
pub fn after(query: &str, what: &str) -> ApiResult<u64> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after="))
        .map_or(Ok(0), str::parse)
        .map_err(|_| problem::invalid_field("after", what))
}
