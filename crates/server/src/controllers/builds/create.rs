//! `POST /api/builds`.

use crate::auth::{SignedIn, check};
use crate::body::ApiJson;
use crate::clock;
use crate::idempotency;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{BuildRequest, BuildRequestOutcome};
use crate::tokens;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use vestibule_engine::builds::Blueprint;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::build::NewBuild;
use vestibule_model::ids::BuildId;
use vestibule_model::parameter::Values;

/// Requests a build and answers at once. A queued or running build of the same content is returned
/// instead.
pub async fn create(
    State(state): State<AppState>,
    signed_in: SignedIn,
    headers: HeaderMap,
    ApiJson(body): ApiJson<NewBuild>,
) -> ApiResult<Response> {
    let resource = Resource::Workspace(body.workspace_id.clone());
    check(&signed_in, signed_in.needs(), &resource, "workspace")?;
    let key = idempotency::key(&headers)?;
    let id = match (body.id, key) {
        (Some(id), _) => BuildId::parse(id.as_str()),
        (None, Some(key)) => {
            let parts = [signed_in.user.id.as_str(), body.workspace_id.as_str(), &key];
            BuildId::parse(&tokens::derived_id("bld-", &parts))
        }
        (None, None) => BuildId::parse(&tokens::id("bld-")),
    };
    let id = id.ok_or_else(|| {
        let message = "Use bld- and then 4 to 40 lower-case letters, digits or inner hyphens.";
        problem::invalid_field("id", message)
    })?;
    let requested = BuildRequest {
        blueprint: blueprint(&state, &body.app, &Values::new()).await?,
        id,
        workspace_id: body.workspace_id,
        by: Some(signed_in.user.id.clone()),
        retry_of: None,
    };
    request(&state, &signed_in, requested).await
}

/// Returns the build steps of an app with these parameters, absent ones by default, or a problem if it has none.
pub(super) async fn blueprint(
    state: &AppState,
    app: &str,
    parameters: &Values,
) -> ApiResult<Blueprint> {
    if let Some(blueprint) = state.engine.blueprint(app, parameters).await {
        return Ok(blueprint);
    }
    let shown: String = app.chars().take(64).collect();
    let is_known = state.engine.apps().await.iter().any(|one| one.name == app);
    Err(problem::invalid_field(
        "app",
        if is_known {
            format!("The app {shown:?} has no build steps; it can be started as it is.")
        } else {
            format!("The catalogue has no app {shown:?}.")
        },
    ))
}

/// Stores a request and returns the build.
pub(super) async fn request(
    state: &AppState,
    signed_in: &SignedIn,
    build_request: BuildRequest,
) -> ApiResult<Response> {
    let id = build_request.id.clone();
    let requested = state
        .db(move |store| store.request_build(&build_request, clock::now()))
        .await?;
    let (status, build) = match requested {
        BuildRequestOutcome::New(build) => (StatusCode::ACCEPTED, build),
        BuildRequestOutcome::Before(build) => (StatusCode::OK, build),
        BuildRequestOutcome::Taken => {
            // A build that the user may not see does not exist for them.
            let found = super::find(state, signed_in, id.as_str()).await?;
            let place = Resource::Workspace(found.workspace_id);
            if !allows(&signed_in.grants, Permission::WorkbenchRead, &place) {
                return Err(problem::not_found("build"));
            }
            return Err(problem::conflict(
                "id-taken",
                "Another build has this id, or the same Idempotency-Key was sent with other content. Choose a new one.",
            ));
        }
        BuildRequestOutcome::NoWorkspace => return Err(problem::not_found("workspace")),
    };
    let location = format!("/api/builds/{}", build.id);
    Ok((status, [(header::LOCATION, location)], Json(build)).into_response())
}
