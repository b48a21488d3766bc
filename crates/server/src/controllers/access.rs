//! `GET /api/access/explain`: why a user may do something, or may not.

use crate::auth::{SignedIn, check};
use crate::clock;
use crate::paging::QueryParams;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::RequestScope;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use vestibule_model::access::{Explanation, Permission, Resource, allows, explain as explanation};
use vestibule_model::ids::UserId;

/// Query of the route.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExplainParams {
    user: Option<String>,
    permission: String,
    workspace: Option<String>,
    workbench: Option<String>,
}

/// Explains a decision about the signed-in user, or about another one to those who may see users.
pub async fn explain(
    State(state): State<AppState>,
    signed_in: SignedIn,
    QueryParams(query): QueryParams<ExplainParams>,
) -> ApiResult<Json<Explanation>> {
    let permission = Permission::from_name(&query.permission)
        .ok_or_else(|| problem::invalid_field("permission", "There is no such permission."))?;
    let other = query.user.filter(|user| user != signed_in.user.id.as_str());
    if other.is_some() {
        check(&signed_in, &[Permission::UserRead], &Resource::Platform, "")?;
    }
    let (place, what) = match (query.workbench, query.workspace) {
        (Some(id), _) => (RequestScope::Workbench(id), "workbench"),
        (None, Some(id)) => (RequestScope::Workspace(id), "workspace"),
        (None, None) => (RequestScope::Platform, ""),
    };
    let reported = state
        .db(move |store| {
            let found = store.resource(&place)?;
            // Administrators of users may ask about what they cannot see.
            let may_ask = allows(&signed_in.grants, Permission::UserRead, &Resource::Platform);
            let resource = found.ok_or_else(|| problem::not_found(what))?;
            if !may_ask && resource != Resource::Platform {
                check(&signed_in, &[], &resource, what)?;
            }
            let grants = match other {
                None => signed_in.grants.clone(),
                Some(id) => {
                    let user = store.account(&UserId::new(id), clock::now())?;
                    let user = user.ok_or_else(|| problem::not_found("user"))?;
                    match user.disabled_at {
                        Some(_) => Vec::new(),
                        None => user.grants,
                    }
                }
            };
            let roles = store.roles()?;
            Ok::<_, problem::ApiError>(explanation(&roles, &grants, permission, &resource))
        })
        .await?;
    Ok(Json(reported))
}
