//! Commands to a workbench: `PATCH`, `DELETE`, `…/start`, `…/stop`,
//! `…/restart`, `…/extend`.
//!
//! All answer with the workbench once the command is stored. The status shows its effect.

use super::parameters::{set_parameters, set_size};
use crate::auth::{ClientAddress, SignedIn};
use crate::body::{ChangeJson, EmptyBody, ReadBack};
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
use vestibule_model::spec::SpecPatch;
use vestibule_model::validation::{check_name, check_spec};
use vestibule_model::workbench::{Workbench, WorkbenchPatch};

type Accepted = (StatusCode, Json<Box<Workbench>>);

/// Starts a workbench.
pub async fn start(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    run(&state, (signed_in, address), id, Command::Start).await
}

/// Stops a workbench.
pub async fn stop(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    run(&state, (signed_in, address), id, Command::Stop).await
}

/// Ends the current run and begins the next one.
pub async fn restart(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    run(&state, (signed_in, address), id, Command::Restart).await
}

/// Extends the current start, or once the app has responded, its time without use.
pub async fn extend(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    _: EmptyBody,
) -> ApiResult<Accepted> {
    let accepted = run(&state, (signed_in, address), id, Command::Extend).await?;
    let (_, Json(workbench)) = &accepted;
    if workbench.has_answered() {
        state.host.uses.of(&workbench.id).note();
        state.controller.enqueue(&workbench.id);
    }
    Ok(accepted)
}

/// Deletes a workbench with its folder and history.
pub async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
) -> ApiResult<Accepted> {
    run(&state, (signed_in, address), id, Command::Delete).await
}

impl ReadBack for WorkbenchPatch {
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "workspaceId",
        "app",
        "generation",
        "lastSeq",
        "desired",
        "deleting",
        "deletedByName",
        "stoppedByName",
        "restarting",
        "createdBy",
        "createdByName",
        "createdAt",
        "updatedAt",
        "k8sStatus",
        "status",
        "run",
    ];
}

/// Changes the name, the spec, or both.
pub async fn change(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ChangeJson(mut patch): ChangeJson<WorkbenchPatch>,
) -> ApiResult<Json<Box<Workbench>>> {
    let workbench = super::find(&state, &id).await?;
    let mut errors = Vec::new();
    let name = patch.name.map(|name| check_name("name", &name));
    let name = name.transpose().unwrap_or_else(|error| {
        errors.push(error);
        None
    });
    let mut task = None;
    if let Some(patch) = &mut patch.spec {
        let (of_spec, text) = check_patch(&state, &workbench, patch).await?;
        errors.extend(of_spec);
        task = text;
    }
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let edit = Edit {
        name,
        spec: patch.spec,
        task,
    };
    let changed = run(&state, (signed_in, address), id, Command::Change(edit)).await;
    changed.map(|(_, workbench)| workbench)
}

/// Checks the spec with the changes, and adds the size and the parameters that the app gives to them.
/// Returns the errors, and the text of the workbench's task if the changes concern it.
async fn check_patch(
    state: &AppState,
    workbench: &Workbench,
    patch: &mut SpecPatch,
) -> ApiResult<(Vec<FieldError>, Option<String>)> {
    let stored = &workbench.spec;
    let apps = state.engine.apps().await;
    let app = apps.iter().find(|app| app.name == workbench.app);
    let mut spec = patch.applied_to(stored);
    let mut errors = check_spec(&spec);
    errors.extend(
        limits::of(state, &workbench.workspace_id)
            .await?
            .problems(&spec),
    );
    // A stored value may exceed a limit that was set later: the workbench keeps it.
    errors.retain(|error| patch.changes(&error.field));
    errors.extend(set_size(&mut spec, app, stored.size.as_deref()));
    if patch.size.is_some() || stored.size.is_none() {
        patch.size = Some(spec.size.clone());
    }
    let mut task = None;
    if patch.parameters.is_some() {
        let parameters = app.map_or(&[][..], |app| &app.parameters);
        errors.extend(set_parameters(
            &mut spec,
            parameters,
            stored.parameters.as_ref(),
        ));
        patch.parameters = spec.parameters.clone();
        task = state.engine.task(&workbench.app, &spec).await;
    }
    Ok((errors, task))
}

async fn run(
    state: &AppState,
    (signed_in, address): (SignedIn, ClientAddress),
    id: String,
    command: Command,
) -> ApiResult<Accepted> {
    let id = WorkbenchId::new(id);
    let by = actor(&signed_in, address);
    let workbench = state.commands.carry_out(&id, command, by).await?;
    state.controller.enqueue(&id);
    Ok((StatusCode::ACCEPTED, Json(workbench)))
}
