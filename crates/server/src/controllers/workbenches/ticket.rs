//! `POST /api/workbenches/{id}/ticket`.

use crate::auth::{BySession, ClientAddress};
use crate::body::ApiJson;
use crate::gateway;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::tickets::TicketGrant;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use vestibule_model::workbench::Ticket;

/// Body of the request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketRequest {
    /// The path in the app.
    next: Option<String>,
}

/// Returns the one-time address that lets the browser into the app's own origin.
pub async fn ticket(
    State(state): State<AppState>,
    BySession(signed_in): BySession,
    address: ClientAddress,
    Id(id): Id,
    body: Option<ApiJson<TicketRequest>>,
) -> ApiResult<Json<Ticket>> {
    let workbench = super::find(&state, &id).await?;
    let next = body.and_then(|ApiJson(requested)| requested.next);
    let next = next.as_deref();
    if next.is_some_and(|next| !gateway::is_safe_path(next)) {
        let message = "Use a path in the app, such as /lab?reset.";
        return Err(problem::invalid_field("next", message));
    }
    let rules = state.engine.gateway_rules(&workbench.app).await;
    let next = next.or(Some(rules.path.as_str()).filter(|path| *path != "/"));
    let origin = state.public_url.app_origin(&workbench.id);
    let ticket = state.tickets.issue(TicketGrant {
        user_id: signed_in.user.id.clone(),
        username: signed_in.user.username.clone(),
        address: address.0.to_string(),
        session: signed_in.session.clone(),
        workbench_id: workbench.id,
    });
    let url = gateway::address(&origin, &ticket, next);
    let reads_clipboard = rules.reads_clipboard;
    Ok(Json(Ticket {
        url,
        reads_clipboard,
    }))
}
