//! `GET`, `POST /api/acknowledgements`: outcomes of runs and builds that a user acknowledged.

use crate::auth::SignedIn;
use crate::body::ApiJson;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::build::Acknowledge;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::run::Run;

/// Most keys in one request.
const MOST: usize = 500;

/// Lists the user's acknowledged keys.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
) -> ApiResult<Json<List<String>>> {
    let user = signed_in.user.id.clone();
    let noted = state.db(move |store| store.acknowledged(&user)).await?;
    let mut items: Vec<String> = noted.into_iter().collect();
    // A stable order: the same keys in another order would have another `ETag`.
    items.sort_unstable();
    Ok(Json(List::whole(items)))
}

/// Acknowledges these keys. Keys of things that are gone or that the user may not see are skipped.
pub async fn add(
    State(state): State<AppState>,
    signed_in: SignedIn,
    ApiJson(body): ApiJson<Acknowledge>,
) -> ApiResult<Json<List<String>>> {
    if body.keys.len() > MOST {
        let message = format!("Send at most {MOST} at once.");
        return Err(problem::invalid_field("keys", message));
    }
    let (user, grants) = (signed_in.user.id.clone(), signed_in.grants.clone());
    state
        .db(move |store| {
            store.acknowledge(&user, &body.keys, |workspace, workbench| {
                let workspace = WorkspaceId::new(workspace);
                let resource = match workbench {
                    Some(id) => Resource::Workbench(workspace, WorkbenchId::new(id)),
                    None => Resource::Workspace(workspace),
                };
                allows(&grants, Permission::WorkbenchRead, &resource)
            })
        })
        .await?;
    list(State(state), signed_in).await
}

/// Marks the runs that the user acknowledged.
pub async fn mark(state: &AppState, signed_in: &SignedIn, runs: &mut [Run]) -> store::Result<()> {
    let user = signed_in.user.id.clone();
    let noted = state.db(move |store| store.acknowledged(&user)).await?;
    for run in runs {
        run.acknowledged = noted.contains(&run.key());
    }
    Ok(())
}
