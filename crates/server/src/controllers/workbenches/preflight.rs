//! `POST /api/workspaces/{id}/preflight`.

use crate::auth::{SignedIn, authorize};
use crate::body::Body;
use crate::path_id::Id;
use crate::problem::{self, Answer};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_engine::house::House as _;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::observed::{AppState as Seen, Capacity};
use vestibule_model::preflight::{Build, Preflight, Surroundings};
use vestibule_model::workbench::NewWorkbench;

/// Will it start? Takes what making the workbench takes, and makes nothing.
pub async fn preflight(
    State(state): State<AppState>,
    who: SignedIn,
    Id(workspace): Id,
    body: Body,
) -> Answer<Json<Preflight>> {
    let workspace = WorkspaceId::new(workspace);
    authorize(
        &who,
        Permission::WorkbenchCreate,
        &Resource::Workspace(workspace.clone()),
    )?;
    let new: NewWorkbench = body.parse()?;
    let prospect = state.engine.prospect(&new.app).await;
    let mut apps = state.engine.apps().await.into_iter();
    let app = apps.find(|app| app.name == new.app && prospect.app != Seen::Unknown);
    let build = app.as_ref().map(|app| match &prospect.app {
        _ if !app.needs_build => Build::Unneeded,
        Seen::Building(_) => Build::Running,
        _ if app.built => Build::Done,
        _ => Build::Due,
    });
    let (missing_secrets, name_taken_by) = stored(&state, workspace, &new).await?;
    let surroundings = Surroundings {
        app,
        build,
        full: match prospect.capacity {
            Capacity::Available => None,
            Capacity::Full(why) => Some(why),
        },
        missing_secrets,
        name_taken_by,
    };
    Ok(Json(surroundings.judge(&new)))
}

/// Which secrets are missing, and which other workbench has the name.
async fn stored(
    state: &AppState,
    workspace: WorkspaceId,
    new: &NewWorkbench,
) -> Answer<(Vec<String>, Option<String>)> {
    let (name, secrets) = (new.name.clone(), new.spec.secrets.clone());
    let house = state.house.clone();
    state
        .db(move |store| {
            let others = store
                .workbench_names(&workspace)?
                .ok_or_else(|| problem::not_found("workspace"))?;
            let missing = house
                .missing_secrets(&workspace, &secrets)
                .map_err(|error| {
                    tracing::error!(%error, "failed to look for secrets");
                    problem::internal()
                })?;
            Ok((missing, Surroundings::twin(&name, others)))
        })
        .await
}
