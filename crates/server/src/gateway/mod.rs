//! The gateway: each running workbench at its own origin, let in by a one-time ticket.

mod access;
mod enter;
mod guard;
mod headers;
mod navigation;
mod page;
mod proxy;
mod trouble;

use crate::state::AppState;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use proxy::Upstream;
use std::net::SocketAddr;
use vestibule_model::ids::WorkbenchId;

pub use proxy::Proxy;

/// Answers a request to a workbench's own origin.
pub async fn handle(state: AppState, id: WorkbenchId, request: Request) -> Response {
    let style = navigation::style(&request);
    let console = state.public_url.origin();
    let answer = if request.uri().path() == enter::PATH {
        enter::enter(&state, &id, &request.into_parts().0).await
    } else {
        pass(&state, &id, request).await
    };
    answer.unwrap_or_else(|trouble| page::answer(&trouble, style, &console))
}

/// Lets a request through to the app, if it may pass.
async fn pass(
    state: &AppState,
    id: &WorkbenchId,
    request: Request,
) -> Result<Response, trouble::Trouble> {
    let origin = state.public_url.app_origin(id);
    let (parts, body) = request.into_parts();
    let token = access::check(state, id, &origin, &parts).await?;
    let endpoint = state.workbench_endpoint(id).await?;
    let upstream = Upstream {
        address: endpoint.address,
        origin,
        console: state.public_url.origin(),
        scheme: state.public_url.scheme(),
        client: parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip()),
    };
    let guard = guard::session_end(state.clone(), id.clone(), token);
    let request = Request::from_parts(parts, body);
    state.proxy.forward(&upstream, request, guard).await
}
