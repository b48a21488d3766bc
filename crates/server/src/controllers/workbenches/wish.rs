//! What can be asked of a workbench: `PATCH`, `DELETE`, `…/start`, `…/stop`, `…/extend`.
//!
//! All answer with the workbench as it is once the wish is stored; what becomes of the wish shows
//! in its status.

use crate::auth::SignedIn;
use crate::body::Body;
use crate::clock;
use crate::path_id::Id;
use crate::problem::{self, Answer, ApiError};
use crate::state::AppState;
use crate::store::{Refusal, Store, Wished};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::names::{check_name, check_spec};
use vestibule_model::problem::FieldError;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::{Workbench, WorkbenchPatch};

type Accepted = (StatusCode, Json<Box<Workbench>>);

/// It should run.
pub async fn start(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    body: Body,
) -> Answer<Accepted> {
    bare_wish(state, who, id, body, Store::start).await
}

/// It should not run.
pub async fn stop(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    body: Body,
) -> Answer<Accepted> {
    bare_wish(state, who, id, body, Store::stop).await
}

/// The start under way gets more time.
pub async fn extend(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    body: Body,
) -> Answer<Accepted> {
    bare_wish(state, who, id, body, Store::extend).await
}

/// It should go, with all that is its own.
pub async fn delete(State(state): State<AppState>, who: SignedIn, Id(id): Id) -> Answer<Accepted> {
    super::find(&state, &who, Permission::WorkbenchDelete, &id).await?;
    wish(&state, who, id, Store::delete).await
}

/// A new name, a new spec, or both.
pub async fn change(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    body: Body,
) -> Answer<Json<Box<Workbench>>> {
    super::find(&state, &who, Permission::WorkbenchUpdate, &id).await?;
    let patch: WorkbenchPatch = body.parse()?;
    let (name, errors) = check(&patch);
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let changed = wish(&state, who, id, move |store, id, by, now| {
        store.change(id, name.as_deref(), patch.spec.as_ref(), by, now)
    });
    changed.await.map(|(_, workbench)| workbench)
}

fn check(patch: &WorkbenchPatch) -> (Option<String>, Vec<FieldError>) {
    let mut errors = patch.spec.as_ref().map(check_spec).unwrap_or_default();
    let name = match patch.name.as_ref().map(|name| check_name("name", name)) {
        Some(Ok(name)) => Some(name),
        Some(Err(error)) => {
            errors.insert(0, error);
            None
        }
        None => None,
    };
    (name, errors)
}

/// A wish that says everything by its address.
async fn bare_wish(
    state: AppState,
    who: SignedIn,
    id: String,
    body: Body,
    ask: fn(&Store, &WorkbenchId, &str, Timestamp) -> Wished,
) -> Answer<Accepted> {
    super::find(&state, &who, Permission::WorkbenchUpdate, &id).await?;
    body.expect_nothing()?;
    wish(&state, who, id, ask).await
}

async fn wish(
    state: &AppState,
    who: SignedIn,
    id: String,
    ask: impl FnOnce(&Store, &WorkbenchId, &str, Timestamp) -> Wished + Send + 'static,
) -> Answer<Accepted> {
    let id = WorkbenchId::new(id);
    let wanted = id.clone();
    let workbench = state
        .db(move |store| ask(store, &wanted, &who.user.username, clock::now()))
        .await
        .map_err(refused)?;
    state.controller.poke(&id);
    Ok((StatusCode::ACCEPTED, Json(workbench)))
}

fn refused(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::Gone => problem::not_found("workbench"),
        Refusal::Deleting => problem::conflict(
            "deleting",
            "The workbench is being deleted. Make a new one instead.",
        ),
        Refusal::Stopping => problem::conflict(
            "stopping",
            "The workbench is being stopped. Start it once it has stopped.",
        ),
        Refusal::NotStarting => problem::conflict(
            "not-running",
            "There is no run that could be given more time. Start the workbench.",
        ),
        Refusal::Store(error) => error.into(),
    }
}
