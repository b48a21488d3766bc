//! `POST /api/auth/header`: sign-in of the user whom a proxy names.

use super::{SignInMethod, begin_by};
use crate::auth::ClientAddress;
use crate::auth::user_header::{NamedUser, Peer, proxy};
use crate::body::EmptyBody;
use crate::clock;
use crate::controllers::grants::default_grants;
use crate::problem::{self, ApiError, ApiResult};
use crate::state::AppState;
use crate::store::{NewUser, PeopleRefusal};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

/// Signs in the user whom the header of a proxy names. The session lasts while the proxy names them.
pub async fn by_header(
    State(state): State<AppState>,
    Peer(peer): Peer,
    client_address: ClientAddress,
    headers: HeaderMap,
    _: EmptyBody,
) -> ApiResult<Response> {
    let header = state.user_header.clone();
    let header = header.ok_or_else(problem::no_user_header)?;
    let NamedUser::User(name) = header.named(peer, &headers) else {
        return Err(problem::no_user_header());
    };
    let deciding = state.clone();
    let by = proxy(&client_address.0.to_string(), clock::now());
    let user = state
        .db(move |store| {
            if let Some(user) = store.user_named(&name, by.now)? {
                return Ok(user);
            }
            if !header.creates || store.user_count()? == 0 {
                return Err(problem::no_user_here());
            }
            let new = NewUser {
                username: name.clone(),
                password_hash: String::new(),
                display_name: name.clone(),
                email: None,
                grants: default_grants(&deciding, &*store.roles()?),
            };
            match store.add_user(&new, &by) {
                // Two requests at once.
                Err(PeopleRefusal::Taken(_)) => store
                    .user_named(&name, by.now)?
                    .ok_or_else(problem::no_user_here),
                created => Ok::<_, ApiError>(created?),
            }
        })
        .await?;
    if user.disabled_at.is_some() {
        return Err(problem::user_disabled());
    }
    tracing::info!(user = %user.id, address = %client_address.0, "signed in by the header of a proxy");
    begin_by(
        &state,
        &headers,
        &user.id,
        (&user.username, client_address),
        SignInMethod::Header,
    )
    .await
}
