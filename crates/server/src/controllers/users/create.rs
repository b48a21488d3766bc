//! `POST /api/users`.

use super::invite_user;
use crate::auth::password_rules::check_new;
use crate::auth::{BySession, ClientAddress, check};
use crate::body::ApiJson;
use crate::controllers::grants::{actor, default_grants, parse_grant};
use crate::controllers::shown_once::ShownOnce;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{NewUser, PeopleRefusal};
use crate::tokens;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::people::{NewAccount, NewGrant, WithPassword, check_email, check_title};
use vestibule_model::problem::FieldError;
use vestibule_model::validation::check_username;

/// Creates a user. Without a password one is generated, or an invitation is made, and returned this
/// once. An access token is refused: the user's password would outlive it.
pub async fn create(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    ApiJson(body): ApiJson<NewAccount>,
) -> ApiResult<impl IntoResponse> {
    let mut errors = Vec::new();
    let mut keep = |result: Result<(), _>| errors.extend(result.err());
    keep(check_username("username", &body.username));
    let display_name = body.display_name.as_deref().unwrap_or_default();
    let display_name = check_title("displayName", display_name, true);
    keep(display_name.as_ref().map(|_| ()).map_err(Clone::clone));
    let email = body.email.as_deref().map(|text| check_email("email", text));
    let email = email.transpose();
    keep(email.as_ref().map(|_| ()).map_err(Clone::clone));
    if body.invite && body.password.is_some() {
        let message = "An invited user chooses the password.";
        keep(Err(FieldError::new("password", message)));
    }
    if let Some(password) = &body.password {
        keep(check_new(
            "password",
            password,
            &[&body.username, display_name.as_deref().unwrap_or_default()],
        ));
    }
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let generated = body.password.is_none() && !body.invite;
    let password = body.password.unwrap_or_else(generate);
    let by = actor(&signed_in, address);
    let (by_then, asker, grants) = (by.now, signed_in.clone(), body.grants);
    let deciding = state.clone();
    let grants = state
        .db(move |store| match grants {
            None => Ok(default_grants(&deciding, &*store.roles()?)),
            Some(body) => {
                if !body.is_empty() {
                    check(&asker, &[Permission::UserGrant], &Resource::Platform, "")?;
                }
                let one = |(place, grant): (usize, &NewGrant)| {
                    parse_grant(store, &asker, grant, &format!("grants[{place}]"), by_then)
                };
                body.iter()
                    .enumerate()
                    .map(one)
                    .collect::<ApiResult<Vec<_>>>()
            }
        })
        .await?;
    let hash = if body.invite {
        String::new()
    } else {
        let turn = state.passwords.queue(address.0, true)?;
        state.passwords.hash(&turn, password.clone()).await?
    };
    let display_name = display_name.unwrap_or_default();
    let new = NewUser {
        display_name: match display_name.as_str() {
            "" => body.username.clone(),
            _ => display_name,
        },
        username: body.username,
        email: email.unwrap_or_default(),
        password_hash: hash,
        grants,
    };
    let origin = state.public_url.origin();
    let (user, invitation) = state
        .db(move |store| {
            let user = store.add_user(&new, &by)?;
            if !body.invite {
                return Ok((user, None));
            }
            let (user, link) = invite_user(store, &user.id, &origin, &by)?;
            Ok::<_, PeopleRefusal>((user, Some(link)))
        })
        .await?;
    let location = format!("/api/users/{}", user.id);
    let created = WithPassword {
        user,
        password: generated.then_some(password),
        invitation,
    };
    let location = [(header::LOCATION, location)];
    Ok((StatusCode::CREATED, location, ShownOnce(created)))
}

/// Returns a password of 120 random bits.
pub(super) fn generate() -> String {
    tokens::random()[..20].to_owned()
}
