//! The gateway: each running workbench at its own origin, let in by a one-time ticket.

mod access;
mod doctor;
mod enter;
mod framing;
mod guard;
mod headers;
mod navigation;
mod page;
mod proxy;
mod trouble;

use crate::state::AppState;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use page::WayOut;
use proxy::Upstream;
use std::net::SocketAddr;
use trouble::Trouble;
use vestibule_model::ids::WorkbenchId;

pub use doctor::Doctor;
pub use proxy::Proxy;

/// Answers a request to a workbench's own origin.
pub async fn handle(state: AppState, id: WorkbenchId, request: Request) -> Response {
    let style = navigation::style(&request);
    let answer = if request.uri().path() == enter::PATH {
        enter::enter(&state, &id, &request.into_parts().0).await
    } else {
        pass(&state, &id, request).await
    };
    match answer {
        Ok(response) => response,
        Err(trouble) => {
            let way_out = WayOut {
                console: state.public_url.origin(),
                path: place(&state, &id, &trouble).await,
            };
            page::answer(&trouble, style, &way_out)
        }
    }
}

/// Where in the console the workbench has its page. Only those who are in are told: where it
/// belongs is nothing for strangers.
async fn place(state: &AppState, id: &WorkbenchId, trouble: &Trouble) -> Option<String> {
    if !trouble.is_behind_the_door() {
        return None;
    }
    let wanted = id.clone();
    let found = state.db(move |store| store.workbench(&wanted)).await;
    let workspace = found.ok().flatten()?.workspace_id;
    Some(format!("/workspaces/{workspace}/sessions/{id}"))
}

/// Lets a request through to the app, if it may pass.
async fn pass(state: &AppState, id: &WorkbenchId, request: Request) -> Result<Response, Trouble> {
    let origin = state.public_url.app_origin(id);
    let (parts, body) = request.into_parts();
    let token = access::check(state, id, &origin, &parts).await?;
    let endpoint = state.workbench_endpoint(id).await?;
    let used = state.house.uses.of(id);
    used.note();
    let upstream = Upstream {
        address: endpoint.address,
        origin,
        console: state.public_url.origin(),
        scheme: state.public_url.scheme(),
        client: parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip()),
        used,
    };
    let guard = guard::session_end(state.clone(), id.clone(), token);
    let is_framed = framing::is_framed_from_outside(&parts.headers);
    let request = Request::from_parts(parts, body);
    let answer = state.proxy.forward(&upstream, request, guard).await?;
    let is_refused = |answer: &Response| {
        let (app, console) = (&upstream.origin, &upstream.console);
        framing::is_refused(answer.status(), answer.headers(), app, console)
    };
    if is_framed && is_refused(&answer) {
        return Err(Trouble::FramingRefused);
    }
    Ok(answer)
}
