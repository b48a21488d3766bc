//! `POST /api/roles/preview`.

use crate::auth::SignedIn;
use crate::body::ApiJson;
use crate::clock;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use vestibule_model::access::RoleImpact;
use vestibule_model::people::RolePreview;

/// Most roles of a preview.
const MOST_ROLES: usize = 1000;

/// Returns who would lose and gain what by a change of roles. Changes nothing.
pub async fn preview(
    State(state): State<AppState>,
    signed_in: SignedIn,
    ApiJson(body): ApiJson<RolePreview>,
) -> ApiResult<Json<RoleImpact>> {
    for (field, count) in [("roles", body.roles.len()), ("deleted", body.deleted.len())] {
        if count > MOST_ROLES {
            let message = format!("Use at most {MOST_ROLES} roles.");
            return Err(problem::invalid_field(field, message));
        }
    }
    let impact = state
        .db(move |store| store.role_impact(&body, &signed_in.user.id, clock::now()))
        .await?;
    Ok(Json(impact))
}
