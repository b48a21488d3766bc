//! `GET /api/builds` and `GET /api/builds/{id}`.

use super::mark;
use crate::auth::SignedIn;
use crate::etag::is_known;
use crate::paging::{self, QueryParams};
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{self, BuildFilter};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use vestibule_model::access::{Permission, reach};
use vestibule_model::build::{Build, BuildList, BuildStatus};

/// Filter of builds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct BuildListParams {
    workspace: Option<String>,
    #[serde(rename = "projectId")]
    project_id: Option<String>,
    app: Option<String>,
    status: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// Lists the builds that the user may see, newest first. Consoles poll this: a matching
/// `If-None-Match` reads no rows.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
    QueryParams(query): QueryParams<BuildListParams>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let filter = BuildFilter {
        status: query.status.as_deref().map(status).transpose()?,
        workspace: paging::workspace(query.workspace, query.project_id)?,
        app: query.app,
        before: paging::cursor(query.cursor.as_deref(), |place| place.parse().ok())?,
        limit: paging::limit(query.limit.as_deref())?,
    };
    let reach = reach(&signed_in.grants, Permission::WorkbenchRead);
    let known = headers.get(header::IF_NONE_MATCH).cloned();
    let user = signed_in.user.id.clone();
    let page = state
        .db(move |store| {
            let is_known = |tag: &str| known.is_some_and(|known| is_known(&known, tag));
            let mut page = store.builds(&filter, &reach, user.as_str(), is_known)?;
            if let Some((builds, _)) = &mut page.rows {
                let noted = store.acknowledged(&user)?;
                builds.iter_mut().for_each(|build| mark(build, &noted));
            }
            Ok::<_, store::Error>(page)
        })
        .await?;
    let tag = [(header::ETAG, page.tag)];
    Ok(match page.rows {
        Some((builds, next)) => {
            let next_cursor = next.map(|place| place.to_string());
            let list = BuildList {
                builds,
                next_cursor,
            };
            (tag, Json(list)).into_response()
        }
        None => (StatusCode::NOT_MODIFIED, tag).into_response(),
    })
}

fn status(word: &str) -> ApiResult<BuildStatus> {
    match BuildStatus::from(word) {
        BuildStatus::Unknown(_) => Err(problem::invalid_field(
            "status",
            "Use pending, running, succeeded, failed or cancelled.",
        )),
        known => Ok(known),
    }
}

/// Returns one build.
pub async fn show(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
) -> ApiResult<Json<Build>> {
    let found = super::find(&state, &signed_in, &id).await?;
    Ok(Json(found))
}
