//! `POST /api/workspaces/{id}/workbenches`.

use super::parameters::{set_parameters, set_size};
use super::spec_times::SpecJson;
use crate::auth::{ClientAddress, SignedIn};
use crate::clock;
use crate::controllers::grants::actor;
use crate::controllers::limits;
use crate::idempotency;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{Created, NewMessageRow, NewRow};
use crate::tokens;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use vestibule_model::ids::{MessageId, TabId, WorkbenchId, WorkspaceId};
use vestibule_model::problem::FieldError;
use vestibule_model::validation::{check_name, check_spec};
use vestibule_model::workbench::{Desired, NewWorkbench};

/// Creates a workbench and answers at once. The same request again creates no second one.
pub async fn create(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(workspace): Id,
    headers: HeaderMap,
    SpecJson(mut requested, named): SpecJson<NewWorkbench>,
) -> ApiResult<impl IntoResponse> {
    let workspace = WorkspaceId::new(workspace);
    let apps = state.engine.apps().await;
    let app = apps.iter().find(|app| app.name == requested.app);
    let limits = limits::of(&state, &workspace).await?;
    named.fill_in(&mut requested.spec, app, &limits);
    let is_known = app.is_some();
    let of_parameters = match app {
        Some(app) => set_parameters(&mut requested.spec, &app.parameters, None),
        None => Vec::new(),
    };
    let of_size = app.and_then(|app| set_size(&mut requested.spec, Some(app), None));
    let key = idempotency::key(&headers)?;
    let mut of_settings = limits.problems(&requested.spec);
    of_settings.extend(of_parameters);
    of_settings.extend(of_size);
    let mut new = check(
        requested,
        (is_known, of_settings),
        key,
        workspace,
        &signed_in,
    )?;
    let task = state.engine.task(&new.app, &new.spec).await;
    new.task = task.map(|text| NewMessageRow {
        id: MessageId::new(tokens::uuid(clock::now())),
        tab_id: TabId::new(tokens::uuid(clock::now())),
        text,
        by: new.by.clone(),
    });
    let by = actor(&signed_in, address);
    let created = state.commands.create(new, by).await?;
    let (status, workbench) = match created {
        Created::New(workbench) => (StatusCode::CREATED, workbench),
        Created::Before(workbench) => (StatusCode::OK, workbench),
        Created::Taken => return Err(taken()),
        Created::NoWorkspace => return Err(problem::not_found("workspace")),
    };
    state.controller.enqueue(&workbench.id);
    let location = format!("/api/workbenches/{}", workbench.id);
    Ok((status, [(header::LOCATION, location)], Json(workbench)))
}

/// Checks the request. The error lists every wrong field.
fn check(
    mut requested: NewWorkbench,
    (is_known_app, of_settings): (bool, Vec<FieldError>),
    key: Option<String>,
    workspace_id: WorkspaceId,
    signed_in: &SignedIn,
) -> ApiResult<NewRow> {
    let mut errors = check_spec(&requested.spec);
    requested.spec.env.get_or_insert_default();
    requested.spec.parameters.get_or_insert_default();
    errors.extend(of_settings);
    let name = check_name("name", &requested.name).map_err(|e| errors.insert(0, e));
    if !is_known_app {
        let message = format!("The catalogue has no app {:?}.", shortened(&requested.app));
        errors.push(FieldError::new("app", message));
    }
    let by = signed_in.user.id.clone();
    let id = match (requested.id, key) {
        (Some(id), _) => WorkbenchId::parse(&id),
        (None, Some(key)) => {
            let parts = [by.as_str(), workspace_id.as_str(), &key];
            WorkbenchId::parse(&tokens::derived_id("wb-", &parts))
        }
        (None, None) => WorkbenchId::parse(&tokens::id("wb-")),
    };
    if id.is_none() {
        let message = "Use wb- and then 4 to 40 lower-case letters, digits or inner hyphens.";
        errors.push(FieldError::new("id", message));
    }
    let start = match requested.desired.as_deref().map(Desired::from) {
        None | Some(Desired::Running) => true,
        Some(Desired::Stopped) => false,
        Some(Desired::Unknown(_)) => {
            errors.push(FieldError::new("desired", "Use Running or Stopped."));
            false
        }
    };
    match (name, id) {
        (Ok(name), Some(id)) if errors.is_empty() => Ok(NewRow {
            id,
            workspace_id,
            name,
            app: requested.app,
            spec: requested.spec,
            start,
            task: None,
            by,
            username: signed_in.user.username.clone(),
        }),
        _ => Err(problem::invalid(errors)),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

fn taken() -> problem::ApiError {
    problem::conflict(
        "id-taken",
        "Another workbench has this id, or the same Idempotency-Key was sent with other content. Choose a new one.",
    )
}
