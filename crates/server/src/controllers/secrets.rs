//! `/api/workspaces/{id}/secrets`: values go in, never out.

use crate::auth::{ClientAddress, SignedIn};
use crate::body::ApiJson;
use crate::controllers::grants::actor;
use crate::path_id::{Id, IdAndName};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::Actor;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::SecretString;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::secret::{NewSecret, Secret};
use vestibule_model::validation::{MAX_SECRETS, secret_name_problem, secret_value_problem};

/// Lists a workspace's secrets with the user who set each and when. Users who may see workbenches
/// also get the workbenches that use each.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
    Id(id): Id,
) -> ApiResult<Json<List<Secret>>> {
    let id = WorkspaceId::new(id);
    let resource = Resource::Workspace(id.clone());
    let may_see_uses = allows(&signed_in.grants, Permission::WorkbenchRead, &resource);
    let (workspace, secrets) = state
        .db(move |store| {
            let mut secrets = store.secrets(&id)?;
            if may_see_uses && !secrets.is_empty() {
                let mut uses = store.uses_of_secrets(&id)?;
                for secret in &mut secrets {
                    secret.used_by = Some(uses.remove(&secret.name).unwrap_or_default());
                }
            }
            Ok::<_, crate::store::Error>((store.workspace(&id)?, secrets))
        })
        .await?;
    workspace.ok_or_else(|| problem::not_found("workspace"))?;
    Ok(Json(List::whole(secrets)))
}

/// Sets a secret. Starts that wait for it continue at once (FIELD 15).
pub async fn set(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    IdAndName(id, name): IdAndName,
    ApiJson(NewSecret { value }): ApiJson<NewSecret>,
) -> ApiResult<(StatusCode, Json<Secret>)> {
    let id = WorkspaceId::new(id);
    if let Some(message) = secret_name_problem(&name) {
        return Err(problem::invalid_field("name", message));
    }
    if let Some(message) = secret_value_problem(&value) {
        return Err(problem::invalid_field("value", message));
    }
    let sealed = state
        .host
        .cipher
        .seal(&id, &name, &SecretString::from(value));
    let by = Actor {
        now: state.host.clock.now(),
        ..actor(&signed_in, address)
    };
    let (workspace, key) = (id.clone(), name.clone());
    let (found, set) = state
        .db(move |store| {
            let set = store.set_secret(&workspace, &key, &sealed, &by)?;
            Ok::<_, crate::store::Error>((store.workspace(&workspace)?, set))
        })
        .await?;
    found.ok_or_else(|| problem::not_found("workspace"))?;
    let Some(secret) = set else {
        return Err(problem::conflict(
            "too-many-secrets",
            format!(
                "The workspace has {MAX_SECRETS} secrets. Delete one that is not needed first."
            ),
        ));
    };
    tracing::info!(workspace = %id, name, by = signed_in.user.username, "a secret was set");
    wake(&state, id, name).await?;
    let status = if secret.created_at == secret.updated_at {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(secret)))
}

/// Deletes a secret. Running processes keep its value.
pub async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    IdAndName(id, name): IdAndName,
) -> ApiResult<StatusCode> {
    let id = WorkspaceId::new(id);
    let by = actor(&signed_in, address);
    let (workspace, key) = (id.clone(), name.clone());
    let was_there = state
        .db(move |store| store.delete_secret(&workspace, &key, &by))
        .await?;
    if !was_there {
        return Err(problem::not_found("secret"));
    }
    tracing::info!(workspace = %id, name, by = signed_in.user.username, "a secret was deleted");
    wake(&state, id, name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reconciles every workbench that uses the secret.
async fn wake(state: &AppState, workspace: WorkspaceId, name: String) -> ApiResult<()> {
    let naming = state
        .db(move |store| store.workbenches_naming(&workspace, &name))
        .await?;
    for id in &naming {
        state.controller.enqueue(id);
    }
    Ok(())
}
