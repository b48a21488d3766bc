//! `GET /api/roles`, `GET /api/roles/{name}` and `GET /api/permissions`.

use crate::auth::SignedIn;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use vestibule_model::access::{Permission, Resource, Role, allows};
use vestibule_model::list::List;
use vestibule_model::people::{ListedRole, PermissionInfo};

/// Lists all permissions that this version knows, with the roles that have them.
pub async fn permissions(State(state): State<AppState>) -> ApiResult<Json<List<PermissionInfo>>> {
    let roles = state.db(|store| store.roles()).await?;
    let describe = |permission| {
        let holders = roles.holders(permission).map(Role::shown_title);
        PermissionInfo::new(permission, holders.map(str::to_owned).collect())
    };
    let all = Permission::ALL.iter().copied().map(describe);
    Ok(Json(List::whole(all.collect())))
}

/// Lists all roles with their versions: the system roles, then the custom ones by name.
pub async fn list(
    State(state): State<AppState>,
    signed_in: SignedIn,
) -> ApiResult<Json<List<ListedRole>>> {
    let mut roles = state.db(|store| store.listed_roles()).await?;
    if !allows(&signed_in.grants, Permission::UserRead, &Resource::Platform) {
        roles
            .iter_mut()
            .for_each(|role| role.changed_by_name = None);
    }
    Ok(Json(List::whole(roles)))
}

/// Returns one role. Its `ETag` is the version that a change must name.
pub async fn show(State(state): State<AppState>, Id(name): Id) -> ApiResult<impl IntoResponse> {
    let found = state.db(move |store| store.role(&name)).await?;
    let (role, version) = found.ok_or_else(|| problem::not_found("role"))?;
    Ok(([(header::ETAG, super::tag(version))], Json(role)))
}
