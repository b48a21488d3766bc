//! `GET /api/auth/me`.

use crate::auth::SignedIn;
use axum::Json;
use vestibule_model::auth::Me;

/// Returns the signed-in user.
pub async fn me(signed_in: SignedIn) -> Json<Me> {
    Json(super::describe(
        signed_in.user.clone(),
        signed_in.grants.clone(),
    ))
}
