//! `/api/auth/providers`: sign-in through OpenID Connect. Except for the list these are addresses for
//! browsers, so that errors lead to the sign-in page, which explains them.

use super::{SignInMethod, open_session};
use crate::auth::ClientAddress;
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
use crate::tokens;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
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
    headers: HeaderMap,
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
            let earlier = cookies::read_all(&headers, state.cookies.sign_in());
            let surplus = Attempts::surplus(&state.host.cipher, earlier, clock::now());
            let name = state.cookies.sign_in_of(&begun.pending.state);
            let sealed = Attempts::seal(&state.host.cipher, begun.pending);
            let cookies = [state.cookies.set_sign_in(&name, &sealed)].into_iter();
            let ended = surplus.iter().map(|name| state.cookies.clear(name));
            to(&begun.address, cookies.chain(ended))
        }
        Err(refused) => to(&explanation(&id, refused, next.as_deref()), []),
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
    let name = answer.state.as_deref().unwrap_or_default();
    let name = state.cookies.sign_in_of(name);
    let clear = state.cookies.clear(&name);
    let outcome = finish(
        &state,
        client_address,
        (&headers, &name),
        &id,
        answer,
        &mut next,
    )
    .await;
    let home = || "/workspaces".to_owned();
    match outcome {
        Ok(session) => to(&next.unwrap_or_else(home), [session, clear]),
        // A page that is loaded again, or an answer that came twice.
        Err(SignInRefusal::Expired) if has_session(&state, &headers).await => {
            to(&next.unwrap_or_else(home), [clear])
        }
        Err(refused) => {
            tracing::info!(provider = id, reason = refused.code(), address = %client_address.0, "a sign-in was refused");
            to(&explanation(&id, refused, next.as_deref()), [clear])
        }
    }
}

/// Returns `true` if the browser is signed in.
async fn has_session(state: &AppState, headers: &HeaderMap) -> bool {
    let token = cookies::read(headers, state.cookies.console());
    let Some(token) = token.ok().flatten() else {
        return false;
    };
    let hash = tokens::hash(&token);
    let found = state.db(move |store| store.identity(&hash, clock::now()));
    found.await.is_ok_and(|found| found.is_some())
}

/// Returns the cookie of the new session. Sets the path to return to as soon as it is known.
async fn finish(
    state: &AppState,
    client_address: ClientAddress,
    (headers, cookie): (&HeaderMap, &str),
    id: &str,
    answer: CallbackParams,
    next: &mut Option<String>,
) -> Result<HeaderValue, SignInRefusal> {
    let provider = state.providers.get(id).ok_or(SignInRefusal::Unknown)?;
    let cookie = cookies::read(headers, cookie);
    let cookie = cookie.ok().flatten().ok_or(SignInRefusal::Expired)?;
    let requested = answer.state.unwrap_or_default();
    let attempts = &state.providers.attempts;
    let redeemed = attempts.redeem(&state.host.cipher, &cookie, id, &requested, clock::now());
    let pending = redeemed.map_err(|used| {
        *next = used;
        SignInRefusal::Expired
    })?;
    *next = Some(pending.next.clone());
    match answer.error.as_deref() {
        None => {}
        Some("access_denied" | "login_required" | "consent_required") => {
            return Err(SignInRefusal::Cancelled);
        }
        Some(error) => {
            tracing::warn!(provider = id, error, "a provider failed");
            return Err(match error {
                "temporarily_unavailable" | "server_error" => SignInRefusal::ProviderFailed,
                _ => SignInRefusal::BadAnswer,
            });
        }
    }
    // Another provider must not answer for this one (RFC 9207).
    let issuer = provider.settings().issuer.as_str();
    if answer.iss.is_some_and(|named| named != issuer) {
        return Err(SignInRefusal::BadAnswer);
    }
    let code = answer.code.ok_or(SignInRefusal::BadAnswer)?;
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
                undecided: person.undecided,
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

/// Returns the address of the sign-in page, which explains the reason.
fn explanation(id: &str, refused: SignInRefusal, next: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("problem", refused.code());
    if refused != SignInRefusal::Unknown {
        query.append_pair("provider", id);
    }
    if let Some(next) = next {
        query.append_pair("next", next);
    }
    format!("/sign-in?{}", query.finish())
}

fn to(address: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let mut response = Redirect::to(address).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}
