//! Checks of grants that a request would give or take.

use crate::auth::{ClientAddress, SignedIn};
use crate::clock;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{Actor, Store};
use vestibule_model::access::{Grant, Permission, Roles, Scope, may_give};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::people::NewGrant;
use vestibule_model::time::Timestamp;

/// Returns the originator of a change.
pub fn actor(signed_in: &SignedIn, address: ClientAddress) -> Actor {
    Actor {
        id: Some(signed_in.user.id.clone()),
        name: signed_in.user.username.clone(),
        address: address.0.to_string(),
        now: clock::now(),
    }
}

/// Returns the grant that a request wants. Refuses roles and scopes that do not exist, scopes in
/// which the role has no effect, and permissions that the user does not hold. `field` is the path of
/// the grant in the body. Without an end, the grant ends with the permissions that it comes from.
pub fn parse_grant(
    store: &Store,
    signed_in: &SignedIn,
    requested: &NewGrant,
    field: &str,
    now: Timestamp,
) -> ApiResult<Grant> {
    let roles = store.roles()?;
    let at = |name: &str| match field {
        "" => name.to_owned(),
        field => format!("{field}.{name}"),
    };
    if roles.get(&requested.role).is_none() {
        return Err(problem::invalid_field(
            &at("role"),
            "There is no such role.",
        ));
    }
    let home = home(store, &requested.scope)
        .map_err(|error| error.unwrap_or_else(|| no_place(&at("scope"))))?;
    let flat = roles.flatten(&requested.role);
    let mut known = flat.keys().filter_map(|name| Permission::from_name(name));
    if !known.any(|permission| requested.scope.binds(permission.dimension())) {
        let message = "The role has no permission that works in this scope.";
        return Err(problem::invalid_field(&at("scope"), message));
    }
    if requested.expires_at.is_some_and(|end| end <= now) {
        return Err(problem::invalid_field(
            &at("expiresAt"),
            "This time is over.",
        ));
    }
    let latest = expect_held(
        signed_in,
        &roles,
        &requested.role,
        &requested.scope,
        home.as_ref(),
    )?;
    let is_too_late = |end| latest.is_some_and(|latest| end > latest);
    if let (Some(latest), Some(true)) = (latest, requested.expires_at.map(is_too_late)) {
        let message = format!("You hold these permissions until {latest}. Use no later time.");
        return Err(problem::invalid_field(&at("expiresAt"), message));
    }
    Ok(Grant {
        expires_at: requested.expires_at.or(latest),
        ..Grant::new(&roles, &requested.role, requested.scope.clone())
    })
}

/// Refuses to take a grant whose permissions the user does not hold. A grant whose place is gone can
/// be taken.
pub fn check_may_revoke(store: &Store, signed_in: &SignedIn, grant: &Grant) -> ApiResult<()> {
    let roles = store.roles()?;
    match home(store, &grant.scope) {
        Ok(home) => {
            expect_held(signed_in, &roles, &grant.role, &grant.scope, home.as_ref()).map(drop)
        }
        Err(None) => Ok(()),
        Err(Some(error)) => Err(error),
    }
}

fn expect_held(
    signed_in: &SignedIn,
    roles: &Roles,
    role: &str,
    scope: &Scope,
    home: Option<&WorkspaceId>,
) -> ApiResult<Option<Timestamp>> {
    may_give(&signed_in.grants, roles, role, scope, home)
        .map_err(|missing| problem::not_held(&missing))
}

/// Returns the workspace of a scope's workbench. The error is `None` if the scope names nothing.
fn home(store: &Store, scope: &Scope) -> Result<Option<WorkspaceId>, Option<problem::ApiError>> {
    match store.home(scope) {
        Ok(found) => found.ok_or(None),
        Err(error) => Err(Some(error.into())),
    }
}

fn no_place(field: &str) -> problem::ApiError {
    let message =
        "There is nothing of this scope. Use {\"platform\":true}, a workspace or a workbench.";
    problem::invalid_field(field, message)
}

/// Returns the grants that new users get.
pub fn default_grants(state: &AppState, roles: &Roles) -> Vec<Grant> {
    let role = state.default_role.as_deref();
    let grant = role.map(|role| Grant::new(roles, role, Scope::Platform(true)));
    grant.into_iter().collect()
}
