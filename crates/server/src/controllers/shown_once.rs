//! Response with a secret that is returned this once.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Response with a secret, which no cache may store.
pub struct ShownOnce<T>(pub T);

impl<T: Serialize> IntoResponse for ShownOnce<T> {
    fn into_response(self) -> Response {
        (NO_STORE, Json(self.0)).into_response()
    }
}

/// Header that keeps caches from storing a response.
const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
