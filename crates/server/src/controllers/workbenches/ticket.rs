//! `POST /api/workbenches/{id}/ticket`.

use crate::auth::SignedIn;
use crate::body::Body;
use crate::path_id::Id;
use crate::problem::Answer;
use crate::state::AppState;
use crate::tickets::Pass;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::Permission;
use vestibule_model::workbench::Ticket;

/// The one-time address that lets the browser into the app's own origin.
pub async fn ticket(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id,
    body: Body,
) -> Answer<Json<Ticket>> {
    let workbench = super::find(&state, &who, Permission::WorkbenchOpen, &id).await?;
    body.expect_nothing()?;
    let origin = state.public_url.app_origin(&workbench.id);
    let ticket = state.tickets.issue(Pass {
        user_id: who.user.id.clone(),
        session: who.session.clone(),
        workbench_id: workbench.id,
    });
    let url = format!("{origin}/.vestibule/enter?ticket={ticket}");
    Ok(Json(Ticket { url }))
}
