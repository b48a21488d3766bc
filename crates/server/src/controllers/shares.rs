//! `/api/workbenches/{id}/shares`: grants in a workbench's scope.

use super::grants::{actor, expect_takeable, wanted};
use crate::auth::{Client, SignedIn};
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
    who: SignedIn,
    from: Client,
    Id(id): Id,
    ApiJson(asked): ApiJson<NewShare>,
) -> ApiResult<(StatusCode, Json<Member>)> {
    let by = actor(&who, from);
    let member = state
        .db(move |store| {
            let user = store.account_by_name(&asked.user, by.now)?;
            let no_user = || problem::invalid_field("user", "There is no such user.");
            let user = user.ok_or_else(no_user)?;
            let grant = NewGrant {
                role: asked.role,
                scope: Scope::Workbench(id),
                expires_at: asked.expires_at,
            };
            let grant = wanted(store, &who, &grant, "", by.now)?;
            let made = store.add_grant(&user.id, &grant, &by)?;
            Ok::<_, problem::ApiError>(Member {
                user_id: user.id,
                username: user.username,
                display_name: user.display_name,
                grants: vec![made],
            })
        })
        .await?;
    Ok((StatusCode::CREATED, Json(member)))
}

/// Removes a grant on the workbench.
pub async fn remove(
    State(state): State<AppState>,
    who: SignedIn,
    from: Client,
    IdAndName(id, grant): IdAndName,
) -> ApiResult<StatusCode> {
    let id = WorkbenchId::new(id);
    let by = actor(&who, from);
    state
        .db(move |store| {
            let shares = store.shares(&id, by.now)?;
            let mut found = shares
                .iter()
                .flat_map(|one| one.grants.iter().map(move |it| (one, it)));
            let found = found.find(|(_, it)| it.id == grant);
            let (user, grant) = found.ok_or_else(|| problem::not_found("share"))?;
            expect_takeable(store, &who, grant)?;
            Ok::<_, problem::ApiError>(store.remove_grant(&user.user_id, &grant.id, &by)?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
