//! `GET /api/auth/me`.

use crate::auth::SignedIn;
use axum::Json;
use vestibule_model::auth::Me;

/// Returns the signed-in user.
pub async fn me(who: SignedIn) -> Json<Me> {
    Json(super::describe(who.user.clone(), who.grants.clone()))
}
