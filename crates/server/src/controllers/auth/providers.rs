//! `/api/auth/providers`: sign-in through OpenID Connect. Except for the list these are addresses for
//! browsers, so that errors lead to the sign-in page, which explains them.

use super::{SignInMethod, open_session};
use crate::auth::ClientAddress;
use crate::auth::limiter::Attempt;
use crate::auth::user_header::{self, Peer};
use crate::clock;
use crate::controllers::grants::default_grants;
use crate::cookies;
use crate::oidc::{Attempts, Person, Provider, SignInRefusal};
use crate::paging::QueryParams;
use crate::path_id::Id;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::store::{Actor, Entry, ProviderSignIn};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::time::Instant;
use url::form_urlencoded::Serializer;
use vestibule_model::access::{Grant, Roles, Scope};
use vestibule_model::auth::{SignInProvider, SignInWays, is_own_path};

/// Longest path to return to; it is kept in a cookie.
const MOST_NEXT: usize = 1_000;

/// Lists the providers, and the user whom a proxy names.
pub async fn list(
    State(state): State<AppState>,
    Peer(peer): Peer,
    headers: HeaderMap,
) -> Json<SignInWays> {
    let named = state.providers.iter().map(Provider::settings);
    let providers = named.map(|settings| SignInProvider {
        id: settings.id.clone(),
        name: settings.name.clone(),
    });
    let header = state.user_header.as_ref();
    let named = header.map(|header| header.named(peer, &headers));
    Json(SignInWays {
        providers: providers.collect(),
        header_user: match named {
            Some(user_header::NamedUser::User(name)) => Some(name),
            _ => None,
        },
    })
}

/// Query of the beginning.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct StartParams {
    next: Option<String>,
}

/// Begins a sign-in: leads to the provider.
pub async fn start(
    State(state): State<AppState>,
    Id(id): Id,
    QueryParams(query): QueryParams<StartParams>,
) -> Response {
    let next = query
        .next
        .filter(|next| is_own_path(next) && next.len() <= MOST_NEXT);
    let begun = match state.providers.get(&id) {
        Some(provider) => {
            let back = next.clone().unwrap_or_else(|| "/workspaces".to_owned());
            provider.begin(&state.public_url.origin(), back).await
        }
        None => Err(SignInRefusal::Unknown),
    };
    match begun {
        Ok(begun) => {
            let sealed = Attempts::seal(&state.host.cipher, begun.pending);
            to(&begun.address, state.cookies.set_sign_in(&sealed), None)
        }
        Err(refused) => explain(&state, &id, refused, next.as_deref()),
    }
}

/// Answer of the provider.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CallbackParams {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Ends a sign-in: checks the provider's answer, and leads to the page where the person was.
pub async fn callback(
    State(state): State<AppState>,
    client_address: ClientAddress,
    headers: HeaderMap,
    Id(id): Id,
    QueryParams(answer): QueryParams<CallbackParams>,
) -> Response {
    let mut next = None;
    match finish(&state, client_address, &headers, &id, answer, &mut next).await {
        Ok(session) => {
            let next = next.unwrap_or_else(|| "/workspaces".to_owned());
            let clear = state.cookies.clear(state.cookies.sign_in());
            to(&next, session, Some(clear))
        }
        Err(refused) => {
            tracing::info!(provider = id, reason = refused.code(), address = %client_address.0, "a sign-in was refused");
            explain(&state, &id, refused, next.as_deref())
        }
    }
}

/// Returns the cookie of the new session. Sets the path to return to as soon as it is known.
async fn finish(
    state: &AppState,
    client_address: ClientAddress,
    headers: &HeaderMap,
    id: &str,
    answer: CallbackParams,
    next: &mut Option<String>,
) -> Result<HeaderValue, SignInRefusal> {
    let provider = state.providers.get(id).ok_or(SignInRefusal::Unknown)?;
    let cookie = cookies::read(headers, state.cookies.sign_in());
    let cookie = cookie.ok().flatten().ok_or(SignInRefusal::Expired)?;
    let requested = answer.state.unwrap_or_default();
    let attempts = &state.providers.attempts;
    let pending = attempts
        .redeem(&state.host.cipher, &cookie, id, &requested, clock::now())
        .ok_or(SignInRefusal::Expired)?;
    *next = Some(pending.next.clone());
    match answer.error.as_deref() {
        None => {}
        Some("access_denied" | "login_required" | "consent_required") => {
            return Err(SignInRefusal::Cancelled);
        }
        Some("temporarily_unavailable" | "server_error") => return Err(SignInRefusal::Unreachable),
        Some(_) => return Err(SignInRefusal::BadAnswer),
    }
    // Another provider must not answer for this one (RFC 9207).
    let issuer = provider.settings().issuer.as_str();
    if answer.iss.is_some_and(|named| named != issuer) {
        return Err(SignInRefusal::BadAnswer);
    }
    let code = answer.code.ok_or(SignInRefusal::BadAnswer)?;
    // An empty name belongs to no user, so these attempts never lock out a sign-in by password.
    let attempt = Attempt {
        username: "",
        from: client_address.0,
        device: None,
    };
    let tried = state.sign_ins.attempt(attempt, Instant::now());
    tried.map_err(|_| SignInRefusal::TooMany)?;
    let found = provider
        .finish(&state.public_url.origin(), code, &pending)
        .await;
    let outcome = match found {
        Ok(person) => enter(state, provider, person, client_address).await?,
        Err(refused) => Err((None, refused)),
    };
    let (user, username) = match outcome {
        Ok(user) => user,
        Err((user, refused)) => {
            note(state, id, user, refused, client_address).await;
            return Err(refused);
        }
    };
    state.sign_ins.succeeded(attempt);
    tracing::info!(%user, provider = id, address = %client_address.0, "signed in");
    let signed_in = (username.as_str(), client_address);
    let method = SignInMethod::Provider(id.to_owned());
    let session = open_session(state, headers, &user, signed_in, method).await;
    session.map(|(cookie, _)| cookie).map_err(failed)
}

/// User with the name.
type Named = (vestibule_model::ids::UserId, String);

/// Finds or creates the user of a person. The inner error has the user who was refused.
async fn enter(
    state: &AppState,
    provider: &Provider,
    person: Person,
    address: ClientAddress,
) -> Result<Result<Named, (Option<Named>, SignInRefusal)>, SignInRefusal> {
    let settings = provider.settings().clone();
    let by = Actor {
        id: None,
        name: format!("provider {}", settings.id),
        address: address.0.to_string(),
        now: clock::now(),
    };
    let deciding = state.clone();
    let entry = state
        .db(move |store| {
            let roles = store.roles()?;
            let default_role = match settings.has_usual_role() {
                true => default_grants(&deciding, &roles),
                false => grants_of(&roles, settings.default_role()),
            };
            let mapped = person.roles.iter();
            let arrival = ProviderSignIn {
                grants: mapped
                    .map(|(role, scope)| Grant::new(&roles, role, scope.clone()))
                    .collect(),
                identity: (settings.issuer.to_string(), person.subject),
                provider: settings.id,
                username: person.username,
                display_name: person.display_name,
                email: person.email,
                new_user: settings.create_users.then_some(default_role),
            };
            store.arrive(&arrival, &by)
        })
        .await
        .map_err(|error| failed(error.into()))?;
    Ok(match entry {
        Entry::User(id, name) => Ok((id, name)),
        Entry::Disabled(id, name) => Err((Some((id, name)), SignInRefusal::Disabled)),
        Entry::NoUser => Err((None, SignInRefusal::NoUser)),
        Entry::NotSetUp => Err((None, SignInRefusal::NotSetUp)),
    })
}

fn grants_of(roles: &Roles, role: Option<&str>) -> Vec<Grant> {
    let grant = role.map(|role| Grant::new(roles, role, Scope::Platform(true)));
    grant.into_iter().collect()
}

/// Writes a refused sign-in into the audit log.
async fn note(
    state: &AppState,
    id: &str,
    user: Option<Named>,
    refused: SignInRefusal,
    address: ClientAddress,
) {
    let by = Actor {
        id: None,
        name: String::new(),
        address: address.0.to_string(),
        now: clock::now(),
    };
    let id = id.to_owned();
    let noted = state.db(move |store| {
        let user = user.as_ref().map(|(id, name)| (id, name.as_str()));
        store.note_refused_sign_in(user, Some((&id, refused.code())), &by)
    });
    if let Err(error) = noted.await {
        tracing::warn!(%error, "failed to note a refused sign-in");
    }
}

fn failed(error: ApiError) -> SignInRefusal {
    tracing::error!(?error, "a sign-in through a provider failed");
    SignInRefusal::Failed
}

/// Leads to the sign-in page, which explains the reason.
fn explain(state: &AppState, id: &str, refused: SignInRefusal, next: Option<&str>) -> Response {
    let mut query = Serializer::new(String::new());
    query.append_pair("problem", refused.code());
    if refused != SignInRefusal::Unknown {
        query.append_pair("provider", id);
    }
    if let Some(next) = next {
        query.append_pair("next", next);
    }
    let address = format!("/sign-in?{}", query.finish());
    to(&address, state.cookies.clear(state.cookies.sign_in()), None)
}

fn to(address: &str, cookie: HeaderValue, more: Option<HeaderValue>) -> Response {
    let mut response = Redirect::to(address).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::SET_COOKIE, cookie);
    if let Some(more) = more {
        headers.append(header::SET_COOKIE, more);
    }
    response
}
