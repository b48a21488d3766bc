//! Signing in and out.

mod by_header;
mod invitation;
mod me;
mod providers;
mod set_up;
mod sign_in;
mod sign_out;

pub use by_header::by_header;
pub use invitation::{accept as accept_invitation, show as invitation};
pub use me::me;
pub use providers::{callback, list as providers, start};
pub use set_up::set_up;
pub use sign_in::sign_in;
pub use sign_out::sign_out;

use crate::auth::limiter::Guess;
use crate::auth::{ClientAddress, user_agent};
use crate::clock;
use crate::cookies;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{Actor, Identity, NewSession};
use crate::tokens;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::time::Instant;
use vestibule_model::access::{Grant, PermissionSet};
use vestibule_model::auth::{Me, User};
use vestibule_model::ids::UserId;

/// Creates a session in place of the browser's earlier one. The response carries its cookie and
/// describes the user.
async fn begin_session(
    state: &AppState,
    headers: &HeaderMap,
    user: &UserId,
    (username, address): (&str, ClientAddress),
) -> ApiResult<Response> {
    begin_by(
        state,
        headers,
        user,
        (username, address),
        SignInMethod::Password,
    )
    .await
}

/// Method by which a user has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum SignInMethod {
    /// By a password or an invitation.
    Password,
    /// Through this identity provider.
    Provider(String),
    /// By the header of a proxy.
    Header,
}

async fn begin_by(
    state: &AppState,
    headers: &HeaderMap,
    user: &UserId,
    signed_in: (&str, ClientAddress),
    method: SignInMethod,
) -> ApiResult<Response> {
    let (cookie, identity) = open_session(state, headers, user, signed_in, method).await?;
    let signed_in = describe(identity.user, identity.grants);
    Ok(([(header::SET_COOKIE, cookie)], Json(signed_in)).into_response())
}

/// Creates a session in place of the browser's earlier one, and returns its cookie.
async fn open_session(
    state: &AppState,
    headers: &HeaderMap,
    user: &UserId,
    (username, address): (&str, ClientAddress),
    method: SignInMethod,
) -> ApiResult<(HeaderValue, Identity)> {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let agent: String = agent.chars().take(user_agent::KEPT).collect();
    let by = Actor {
        id: Some(user.clone()),
        name: username.to_owned(),
        address: address.0.to_string(),
        now: clock::now(),
    };
    let token = tokens::random();
    let hash = tokens::hash(&token);
    let earlier = cookies::read(headers, state.cookies.console());
    let earlier = earlier.ok().flatten().map(|token| tokens::hash(&token));
    let user = user.clone();
    let identity = state
        .db(move |store| {
            if let Some(earlier) = earlier {
                store.delete_session(&earlier)?;
            }
            let new = NewSession {
                hash: &hash,
                user_agent: &agent,
                by: &by,
                provider: match &method {
                    SignInMethod::Password => None,
                    SignInMethod::Provider(id) => Some(id),
                    SignInMethod::Header => Some("proxy"),
                },
                by_header: method == SignInMethod::Header,
            };
            store.create_session(&new, &user)?;
            store.identity(&hash, by.now)
        })
        .await?
        .ok_or_else(problem::not_signed_in)?;
    Ok((state.cookies.set(state.cookies.console(), &token), identity))
}

/// Returns the version of grants with the permissions of their roles: equal grants have equal versions.
pub fn access_version(grants: &[Grant]) -> String {
    // Grants consist of texts and lists, whose serialization cannot fail.
    let text = serde_json::to_string(grants).unwrap_or_default();
    let mut version = tokens::hash(&text);
    version.truncate(16);
    version
}

/// Returns a user with the permissions of the grants.
fn describe(user: User, grants: Vec<Grant>) -> Me {
    let held = grants.iter().map(|grant| grant.permissions);
    let permissions = held
        .fold(PermissionSet::default(), PermissionSet::or)
        .iter()
        .map(|permission| permission.name().to_owned())
        .collect();
    Me {
        access_version: access_version(&grants),
        user,
        grants,
        permissions,
    }
}

/// Counts a wrong token of a link and refuses it beyond the limit.
fn count_guess(state: &AppState, kind: Guess, address: ClientAddress) -> ApiResult<()> {
    state
        .sign_ins
        .guess(kind, address.0, Instant::now())
        .map_err(problem::too_many_sign_ins)
}
