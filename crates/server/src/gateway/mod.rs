//! The gateway: each running workbench at its own origin, let in by a one-time ticket.

mod access;
mod enter;
mod error;
mod examination;
mod framing;
mod guard;
mod navigation;
mod page;
mod service_worker;

use crate::auth::ClientAddress;
use crate::clock;
use crate::proxy::Upstream;
use crate::state::AppState;
use axum::extract::{ConnectInfo, Request};
use axum::http::uri::PathAndQuery;
use axum::response::Response;
use error::GatewayError;
use page::ConsoleLink;
use std::net::SocketAddr;
use std::sync::Arc;
use url::form_urlencoded;
use vestibule_model::ids::WorkbenchId;

pub use enter::{address, is_safe_path};
pub use examination::examine;

/// The longest path that is carried through the console; a longer one leads to the app's first page.
const LONGEST_PATH: usize = 4096;

/// Answers a request to a workbench's own origin.
pub async fn handle(state: AppState, id: WorkbenchId, request: Request) -> Response {
    let style = navigation::style(&request);
    let visit = Visit::of(&request);
    let answer = if request.uri().path() == enter::PATH {
        enter::enter(&state, &id, &request.into_parts().0).await
    } else {
        pass(&state, &id, request).await
    };
    let error = match answer {
        Ok(response) => return response,
        Err(error) => error,
    };
    let console = state.public_url.origin();
    if visit.is_from_outside && matches!(error, GatewayError::NoTicket | GatewayError::Unknown) {
        return page::to_console(&console, &entrance(&id, &visit.path));
    }
    let path = match place(&state, &id, &error).await {
        Some(path) => path,
        None => entrance(&id, &visit.path),
    };
    page::answer(&error, style, &ConsoleLink { console, path })
}

/// A user's visit of an app's address.
struct Visit {
    /// `true` if the visitor comes by a bookmark, a typed address or a link elsewhere.
    is_from_outside: bool,
    /// The path in the app.
    path: String,
}

impl Visit {
    fn of(request: &Request) -> Self {
        let path = if request.uri().path() == enter::PATH {
            enter::next(request.uri())
        } else {
            let path = request.uri().path_and_query();
            enter::safe_path(path.map_or("/", PathAndQuery::as_str)).to_owned()
        };
        Self {
            is_from_outside: navigation::comes_from_outside(request),
            path,
        }
    }
}

/// Returns the console's path that leads into the app. It contains only what the visitor knows
/// already.
fn entrance(id: &WorkbenchId, path: &str) -> String {
    if path == "/" || path.len() > LONGEST_PATH {
        return format!("/enter/{id}");
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("path", path)
        .finish();
    format!("/enter/{id}?{query}")
}

/// Returns the workbench's page in the console, or `None` for a visitor without a session: such visitors
/// must not learn which workspace the workbench belongs to.
async fn place(state: &AppState, id: &WorkbenchId, error: &GatewayError) -> Option<String> {
    if !error.needs_session() {
        return None;
    }
    let key = id.clone();
    let found = state.db(move |store| store.workbench(&key)).await;
    let workspace = found.ok().flatten()?.workspace_id;
    Some(format!("/workspaces/{workspace}/sessions/{id}"))
}

/// Forwards a request to the app, if it may pass.
async fn pass(
    state: &AppState,
    id: &WorkbenchId,
    request: Request,
) -> Result<Response, GatewayError> {
    let origin = state.public_url.app_origin(id);
    let (mut parts, body) = request.into_parts();
    let (user, token) = access::check(state, id, &origin, &parts).await?;
    if let Some(header) = &state.user_header {
        // From an address that is not listed it names anybody.
        parts.headers.remove(&header.name);
    }
    let endpoint = state.workbench_endpoint(id).await?;
    let used = state.host.uses.of(id);
    used.note();
    if state.notices.judge_upgrade(&parts.headers, clock::now()) {
        tracing::warn!(
            workbench = %id,
            "a WebSocket of an app arrived without its Upgrade header: a proxy in front drops it; for nginx set \
             `proxy_set_header Upgrade $http_upgrade;` and `proxy_set_header Connection $connection_upgrade;`"
        );
        return Err(GatewayError::UpgradeDropped);
    }
    let upstream = Upstream {
        engine: Arc::clone(&state.engine),
        target: endpoint.target,
        origin,
        console: state.public_url.origin(),
        scheme: state.public_url.scheme(),
        client: parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|_| ClientAddress::of(&parts, &state.trusted_proxies).0),
        host: endpoint.rules.host.clone(),
        replaces_framing: endpoint.rules.replaces_framing,
        used,
    };
    let limits_worker =
        !endpoint.rules.allows_root_service_worker && service_worker::is_script(&parts.headers);
    if limits_worker && service_worker::controls_entrance(parts.uri.path()) {
        return Err(GatewayError::ServiceWorkerRefused);
    }
    let held = state
        .connections
        .admit(&user)
        .ok_or(GatewayError::TooMany)?;
    let guard = guard::session_end(state.clone(), id.clone(), token, held);
    let exchange = upstream.used.begin();
    let is_framed = framing::is_framed_from_outside(&parts.headers);
    let request = Request::from_parts(parts, body);
    let mut answer = state
        .proxy
        .forward(&upstream, request, guard, Some(exchange))
        .await?;
    if limits_worker {
        service_worker::keep_to_its_folder(answer.headers_mut());
    }
    let is_refused = |answer: &Response| {
        let (app, console) = (&upstream.origin, &upstream.console);
        framing::is_refused(answer.status(), answer.headers(), app, console)
    };
    if is_framed && is_refused(&answer) {
        return Err(GatewayError::FramingRefused);
    }
    Ok(answer)
}
