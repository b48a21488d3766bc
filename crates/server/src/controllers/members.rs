//! `/api/workspaces/{id}/members`: grants in a workspace's scope.

use super::grants::{actor, check_may_revoke, parse_grant};
use crate::auth::{BySession, ClientAddress, SignedIn};
use crate::body::ApiJson;
use crate::clock;
use crate::path_id::{Id, IdAndName};
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{Actor, Store};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use vestibule_model::access::Scope;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::list::List;
use vestibule_model::people::{Account, Member, NewGrant, NewMember};

/// Lists the users with a grant in the workspace, or in every one.
pub async fn list(State(state): State<AppState>, Id(id): Id) -> ApiResult<Json<List<Member>>> {
    let id = WorkspaceId::new(id);
    let found = state
        .db(move |store| store.members(&id, clock::now()))
        .await?;
    Ok(Json(List::whole(found)))
}

/// Grants a user a role in the workspace instead of the roles that they have there. The user is named
/// by identifier, username or e-mail address.
pub async fn set(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    IdAndName(id, user): IdAndName,
    ApiJson(body): ApiJson<NewMember>,
) -> ApiResult<Json<Member>> {
    let by = actor(&signed_in, address);
    let member = state
        .db(move |store| {
            let user = find(store, &user, &by)?;
            let scope = Scope::Workspace(id);
            expect_free(store, &signed_in, &user, &scope)?;
            let grant = NewGrant {
                role: body.role,
                scope,
                expires_at: None,
            };
            let grant = parse_grant(store, &signed_in, &grant, "", by.now)?;
            let created = store.set_grant(&user.id, &grant.scope, Some(&grant), &by)?;
            Ok::<_, problem::ApiError>(Member {
                user_id: user.id,
                username: user.username,
                display_name: user.display_name,
                grants: created.into_iter().collect(),
            })
        })
        .await?;
    Ok(Json(member))
}

/// Removes a user's roles in the workspace.
pub async fn remove(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    IdAndName(id, user): IdAndName,
) -> ApiResult<StatusCode> {
    let by = actor(&signed_in, address);
    state
        .db(move |store| {
            let user = find(store, &user, &by)?;
            let scope = Scope::Workspace(id);
            expect_free(store, &signed_in, &user, &scope)?;
            store.set_grant(&user.id, &scope, None, &by)?;
            Ok::<_, problem::ApiError>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves the workspace.
pub async fn leave(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    Id(id): Id,
) -> ApiResult<StatusCode> {
    let by = actor(&signed_in, address);
    let scope = Scope::Workspace(id);
    state
        .db(move |store| store.set_grant(&signed_in.user.id, &scope, None, &by))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn find(store: &Store, name: &str, by: &Actor) -> ApiResult<Account> {
    let found = store.account_by_name(name, by.now)?;
    found.ok_or_else(|| problem::not_found("user"))
}

/// Refuses to take roles whose permissions the signed-in user does not hold.
fn expect_free(
    store: &Store,
    signed_in: &SignedIn,
    user: &Account,
    scope: &Scope,
) -> ApiResult<()> {
    let grants = user.grants.iter().filter(|grant| grant.scope == *scope);
    for grant in grants {
        check_may_revoke(store, signed_in, grant)?;
    }
    Ok(())
}
