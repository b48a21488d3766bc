//! Enforcement of the permissions that a route needs, before its handler runs.

use super::header_end::end_session;
use super::user_header::{NamedUser, SessionMatch, named};
use super::{ACCESS_TOKEN_PREFIX, SignedIn, check};
use crate::clock;
use crate::cookies;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{Identity, RequestScope, Snapshot};
use crate::tokens;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use vestibule_model::access::{Permission, Resource, holds_somewhere};

/// Clients that may call a route, and the resource on which they need its permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Any client.
    Public,
    /// The process of a run, by the run's own token.
    RunToken,
    /// Any signed-in user.
    Session,
    /// Any signed-in user. The response has only what the user may see by the permission.
    Filtered,
    /// Users who have the permission on anything.
    Somewhere,
    /// Users who have it on the installation.
    Platform,
    /// Users who have it on the workspace `{id}`.
    Workspace,
    /// Users who have it on the workbench `{id}`.
    Workbench,
    /// Users who have it on the workbench of the run `{id}`.
    Run,
    /// Users who have it in the workspace of the build `{id}`.
    Build,
    /// Users who have it on the workbench of the tab `{id}`.
    Tab,
    /// Users who have it on the workbench that the body names, which the handler checks.
    BodyWorkbench,
    /// Users who have it in the workspace that the body names, which the handler checks.
    Body,
}

/// Route of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in lower case.
    pub method: &'static str,
    /// The address, with `{id}` where an identifier goes.
    pub path: &'static str,
    /// Clients that may call it.
    pub access: Access,
    /// The permissions that it needs, all of them.
    pub needs: &'static [Permission],
}

/// Permissions that a route needs.
#[derive(Clone)]
pub struct RouteGate {
    /// The server's state.
    pub state: AppState,
    /// Clients that may call it.
    pub access: Access,
    /// The permissions that it needs.
    pub needs: &'static [Permission],
}

/// Refuses a request without session or without the permissions. The handler finds the user in the
/// request's extensions.
pub async fn enforce(
    State(gate): State<RouteGate>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    if matches!(gate.access, Access::Public | Access::RunToken) {
        return next.run(request).await;
    }
    let named = named(
        gate.state.user_header.as_ref(),
        request.extensions(),
        request.headers(),
    );
    match admit(&gate, &path_id(params), &named, request.headers()).await {
        Ok(signed_in) => {
            request.extensions_mut().insert(signed_in);
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    }
}

/// Returns the access token of the header `Authorization`, or else the token of the session's cookie.
fn credential(gate: &RouteGate, headers: &HeaderMap) -> ApiResult<String> {
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        return cookies::read(headers, gate.state.cookies.console())
            .map_err(|_| problem::two_sessions())?
            .filter(|token| !token.starts_with(ACCESS_TOKEN_PREFIX))
            .ok_or_else(problem::not_signed_in);
    };
    let (scheme, token) = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(problem::bad_access_token)?;
    // A session's token is no access token: it would work without the browser's protections.
    let is_token = scheme.eq_ignore_ascii_case("Bearer") && token.starts_with(ACCESS_TOKEN_PREFIX);
    match is_token {
        true => Ok(token.to_owned()),
        false => Err(problem::bad_access_token()),
    }
}

/// Returns how a session fits the user whom a proxy names. Access tokens name their user themselves.
fn fit(identity: &Identity, named: &NamedUser) -> SessionMatch {
    match identity.access_token {
        Some(_) => SessionMatch::Good,
        None => named.fit(&identity.user.username, identity.by_header),
    }
}

async fn admit(
    gate: &RouteGate,
    id: &str,
    named: &NamedUser,
    headers: &HeaderMap,
) -> ApiResult<SignedIn> {
    let hash = tokens::hash(&credential(gate, headers)?);
    let (place, _) = place(gate.access, id);
    let (identity, resource) = gate
        .state
        .db(move |store| store.identity_at(&hash, &place, clock::now()))
        .await?
        .ok_or_else(problem::not_signed_in)?;
    match fit(&identity, named) {
        SessionMatch::Good => decide(gate.access, gate.needs, identity, resource),
        SessionMatch::Refused => Err(problem::not_signed_in()),
        SessionMatch::Ends => {
            end_session(&gate.state, identity.session).await;
            Err(problem::not_signed_in())
        }
    }
}

/// Request of a [`Read`].
#[derive(Debug)]
pub struct ReadRequest {
    /// The identifier in the path.
    pub id: String,
    /// The address with the query.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
}

/// Handler that only reads one state of the database. It runs on a blocking thread.
pub type Read = fn(&Snapshot<'_>, &ReadRequest) -> ApiResult<Response>;

/// Answers a read in the transaction that finds the session and the resource, after the permissions
/// were checked: one trip to the database, on one state of it.
pub async fn read(
    gate: RouteGate,
    read: Read,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
) -> Response {
    let id = path_id(params);
    let (parts, _) = request.into_parts();
    let header = gate.state.user_header.as_ref();
    let named = named(header, &parts.extensions, &parts.headers);
    let hash = match credential(&gate, &parts.headers) {
        Ok(token) => tokens::hash(&token),
        Err(refused) => return refused.into_response(),
    };
    let requested = ReadRequest {
        id,
        uri: parts.uri,
        headers: parts.headers,
    };
    let (access, needs) = (gate.access, gate.needs);
    let session = hash.clone();
    let answer = gate.state.db(move |store| {
        let (place, _) = place(access, &requested.id);
        let mut fits = SessionMatch::Good;
        let answered = store.identified(
            &hash,
            &place,
            clock::now(),
            |snapshot, identity, resource| {
                fits = fit(&identity, &named);
                if fits != SessionMatch::Good {
                    return Err(problem::not_signed_in());
                }
                decide(access, needs, identity, resource)?;
                read(snapshot, &requested)
            },
        );
        let answer: ApiResult<Response> = match answered {
            Ok(found) => found.unwrap_or_else(|| Err(problem::not_signed_in())),
            Err(error) => Err(error.into()),
        };
        (answer, fits)
    });
    let (answer, fits) = answer.await;
    if fits == SessionMatch::Ends {
        end_session(&gate.state, session).await;
    }
    answer.into_response()
}

/// Returns the identifier in the path. Text that is not UTF-8 is no identifier.
fn path_id(params: Result<RawPathParams, RawPathParamsRejection>) -> String {
    let id = params.ok().and_then(|params| {
        let mut ids = params.iter().filter(|(name, _)| *name == "id");
        ids.next().map(|(_, id)| id.to_owned())
    });
    id.unwrap_or_default()
}

/// Returns the place on which a route needs its permissions, and its kind.
fn place(access: Access, id: &str) -> (RequestScope, &'static str) {
    match access {
        Access::Workspace => (RequestScope::Workspace(id.into()), "workspace"),
        Access::Workbench => (RequestScope::Workbench(id.into()), "workbench"),
        Access::Run => (RequestScope::Run(id.into()), "run"),
        Access::Build => (RequestScope::Build(id.into()), "build"),
        Access::Tab => (RequestScope::Tab(id.into()), "tab"),
        Access::Public
        | Access::RunToken
        | Access::Session
        | Access::Filtered
        | Access::Somewhere
        | Access::Platform
        | Access::BodyWorkbench
        | Access::Body => (RequestScope::Platform, ""),
    }
}

/// Returns the user if they have the permissions on the resource.
fn decide(
    access: Access,
    needs: &'static [Permission],
    identity: Identity,
    resource: Option<Resource>,
) -> ApiResult<SignedIn> {
    let (_, what) = place(access, "");
    let signed_in = SignedIn::new(identity, needs);
    match access {
        Access::Public
        | Access::RunToken
        | Access::Session
        | Access::Filtered
        | Access::BodyWorkbench
        | Access::Body => {}
        Access::Somewhere => {
            let mut needs = needs.iter();
            if let Some(missing) = needs.find(|one| !holds_somewhere(&signed_in.grants, **one)) {
                return Err(problem::not_permitted(*missing));
            }
        }
        Access::Platform => check(&signed_in, needs, &Resource::Platform, what)?,
        Access::Workspace | Access::Workbench | Access::Run | Access::Build | Access::Tab => {
            let resource = resource.ok_or_else(|| problem::not_found(what))?;
            check(&signed_in, needs, &resource, what)?;
        }
    }
    Ok(signed_in)
}
