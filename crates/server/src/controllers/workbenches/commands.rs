//! Commands to a workbench: `PATCH`, `DELETE`, `…/start`, `…/stop`,
//! `…/restart`, `…/extend`.
//!
//! All answer with the workbench once the command is stored. The status shows its effect.

use super::parameters::{set_parameters, set_size};
use super::spec_times::SpecJson;
use crate::auth::{Client, SignedIn};
use crate::body::EmptyBody;
use crate::controllers::grants::actor;
use crate::controllers::limits;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{Command, Edit};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::problem::FieldError;
use vestibule_model::validation::{check_name, check_spec};
use vestibule_model::workbench::{Workbench, WorkbenchPatch};

type Accepted = (StatusCode, Json<Box<Workbench>>);

/// Starts a workbench.
pub async fn start(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    run(&state, (who, from), id, Command::Start).await
}

/// Stops a workbench.
pub async fn stop(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    run(&state, (who, from), id, Command::Stop).await
}

/// Ends the current run and begins the next one.
pub async fn restart(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    run(&state, (who, from), id, Command::Restart).await
}

/// Extends the current start.
pub async fn extend(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    run(&state, (who, from), id, Command::Extend).await
}

/// Deletes a workbench with its folder and history.
pub async fn delete(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    Id(id): Id,
) -> ApiResult<Accepted> {
    run(&state, (who, from), id, Command::Delete).await
}

/// Changes the name, the spec, or both.
pub async fn change(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    Id(id): Id,
    SpecJson(mut patch, named): SpecJson<WorkbenchPatch>,
) -> ApiResult<Json<Box<Workbench>>> {
    let workbench = super::find(&state, &id).await?;
    let mut of_settings = Vec::new();
    let mut task = None;
    if let Some(spec) = &mut patch.spec {
        let apps = state.engine.apps().await;
        let app = apps.iter().find(|app| app.name == workbench.app);
        let limits = limits::of(&state, &workbench.workspace_id).await?;
        named.fill_in(spec, app, &limits);
        of_settings = limits.problems(spec);
        of_settings.extend(set_size(spec, app, workbench.spec.size.as_deref()));
        let parameters = app.map_or(&[][..], |app| &app.parameters);
        if spec.parameters.is_some() {
            let stored = workbench.spec.parameters.as_ref();
            of_settings.extend(set_parameters(spec, parameters, stored));
            task = state.engine.task(&workbench.app, spec).await;
        }
    }
    let (name, mut errors) = check(&patch);
    errors.extend(of_settings);
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let edit = Edit {
        name,
        spec: patch.spec,
        task,
    };
    let changed = run(&state, (who, from), id, Command::Change(edit)).await;
    changed.map(|(_, workbench)| workbench)
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

async fn run(
    state: &AppState,
    (who, from): (SignedIn, Client),
    id: String,
    command: Command,
) -> ApiResult<Accepted> {
    let id = WorkbenchId::new(id);
    let by = actor(&who, from);
    let workbench = state.commands.carry_out(&id, command, by).await?;
    state.controller.enqueue(&id);
    Ok((StatusCode::ACCEPTED, Json(workbench)))
}
