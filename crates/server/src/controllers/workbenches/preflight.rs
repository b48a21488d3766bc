//! `POST /api/workspaces/{id}/preflight`.

use crate::auth::SignedIn;
use crate::body::ApiJson;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_engine::engine_host::EngineHost as _;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::app::App;
use vestibule_model::build::BuildStatus;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::observed::{AppAvailability, Capacity};
use vestibule_model::parameter::Values;
use vestibule_model::preflight::{Build, FailedBuild, Preflight, StartContext};
use vestibule_model::workbench::NewWorkbench;

/// Predicts whether a new workbench would start. Takes the body of creating one, and creates
/// nothing.
pub async fn preflight(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(workspace): Id,
    ApiJson(new): ApiJson<NewWorkbench>,
) -> ApiResult<Json<Preflight>> {
    let workspace = WorkspaceId::new(workspace);
    let prospect = state.engine.prospect(&new.app).await;
    let mut apps = state.engine.apps().await.into_iter();
    let app = apps.find(|app| app.name == new.app && prospect.app != AppAvailability::Unknown);
    let (build, failed_build) = match &app {
        Some(app) => {
            let parameters = new.spec.parameters.clone().unwrap_or_default();
            let (build, failed) = build(&state, app, &parameters).await?;
            (
                Some(build),
                failed.map(|failed| as_seen(&signed_in, failed)),
            )
        }
        None => (None, None),
    };
    let (missing_secrets, name_taken_by) = stored(&state, workspace, &new).await?;
    let surroundings = StartContext {
        app,
        build,
        failed_build,
        full: match prospect.capacity {
            Capacity::Available => None,
            Capacity::Full(why) => Some(why),
        },
        missing_secrets,
        name_taken_by,
    };
    Ok(Json(surroundings.judge(&new)))
}

/// Returns the state of the app's build and, if one is due, the last failure.
async fn build(
    state: &AppState,
    app: &App,
    parameters: &Values,
) -> ApiResult<(Build, Option<FailedBuild>)> {
    if !app.needs_build {
        return Ok((Build::Unneeded, None));
    }
    let Some(blueprint) = state.engine.blueprint(&app.name, parameters).await else {
        return Ok((Build::Unneeded, None));
    };
    if blueprint.is_built {
        return Ok((Build::Done, None));
    }
    let content = blueprint.content;
    state
        .db(move |store| {
            Ok::<_, problem::ApiError>(match store.build_under_way(&content)? {
                Some(BuildStatus::Running) => (Build::Running, None),
                Some(_) => (Build::Queued, None),
                None => (Build::Due, store.failed_build(&content)?),
            })
        })
        .await
}

/// Hides the ids of a failed build from users who may not see its workspace. The failure itself
/// concerns all workspaces.
fn as_seen(signed_in: &SignedIn, failed: FailedBuild) -> FailedBuild {
    let home = failed.workspace_id.clone().map(Resource::Workspace);
    let may_see = |home| allows(&signed_in.grants, Permission::WorkbenchRead, home);
    match home.as_ref().is_some_and(may_see) {
        true => failed,
        false => failed.unseen(),
    }
}

/// Returns the missing secrets and the workbench that has the same name.
async fn stored(
    state: &AppState,
    workspace: WorkspaceId,
    new: &NewWorkbench,
) -> ApiResult<(Vec<String>, Option<String>)> {
    let (name, secrets) = (new.name.clone(), new.spec.secrets.clone());
    let host = state.host.clone();
    state
        .db(move |store| {
            let others = store
                .workbench_names(&workspace)?
                .ok_or_else(|| problem::not_found("workspace"))?;
            let missing = host
                .missing_secrets(&workspace, &secrets)
                .map_err(|error| {
                    tracing::error!(%error, "failed to search for secrets");
                    problem::internal()
                })?;
            Ok((missing, StartContext::twin(&name, others)))
        })
        .await
}
