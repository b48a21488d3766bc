//! `/api/workbenches/{id}/shares`: grants in a workbench's scope.

use super::grants::{actor, check_may_revoke, parse_grant};
use crate::auth::{ClientAddress, SignedIn};
use crate::body::ApiJson;
use crate::clock;
use crate::path_id::{Id, IdAndName};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::access::Scope;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::list::List;
use vestibule_model::people::{Member, NewGrant, NewShare};

/// Lists the users with a grant on the workbench.
pub async fn list(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<List<Member>>> {
    let id = WorkbenchId::new(id);
    let found = state
        .db(move |store| store.shares(&id, clock::now()))
        .await?;
    Ok(Json(List::whole(found)))
}

/// Grants a user a role on the workbench. The user is named by identifier, username or e-mail
/// address.
pub async fn add(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(id): Id,
    ApiJson(body): ApiJson<NewShare>,
) -> ApiResult<(StatusCode, Json<Member>)> {
    let by = actor(&signed_in, address);
    let member = state
        .db(move |store| {
            let user = store.account_by_name(&body.user, by.now)?;
            let no_user = || problem::invalid_field("user", "There is no such user.");
            let user = user.ok_or_else(no_user)?;
            let grant = NewGrant {
                role: body.role,
                scope: Scope::Workbench(id),
                expires_at: body.expires_at,
            };
            let grant = parse_grant(store, &signed_in, &grant, "", by.now)?;
            let created = store.add_grant(&user.id, &grant, &by)?;
            Ok::<_, problem::ApiError>(Member {
                user_id: user.id,
                username: user.username,
                display_name: user.display_name,
                grants: vec![created],
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(member)))
}

/// Removes a grant on the workbench.
pub async fn remove(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    IdAndName(id, grant): IdAndName,
) -> ApiResult<StatusCode> {
    let id = WorkbenchId::new(id);
    let by = actor(&signed_in, address);
    state
        .db(move |store| {
            let shares = store.shares(&id, by.now)?;
            let mut found = shares
                .iter()
                .flat_map(|one| one.grants.iter().map(move |it| (one, it)));
            let found = found.find(|(_, it)| it.id == grant);
            let (user, grant) = found.ok_or_else(|| problem::not_found("share"))?;
            check_may_revoke(store, &signed_in, grant)?;
            Ok::<_, problem::ApiError>(store.remove_grant(&user.user_id, &grant.id, &by)?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
