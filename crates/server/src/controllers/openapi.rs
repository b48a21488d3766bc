//! `GET /api/openapi.json` and `GET /api/docs`.

use crate::openapi::{self, Document};
use axum::Extension;
use axum::http::header;
use axum::response::{Html, IntoResponse};

/// Returns the OpenAPI document.
pub async fn document(Extension(document): Extension<&'static Document>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, document.json.as_str())
}

/// Returns the document as a page.
pub async fn page(Extension(document): Extension<&'static Document>) -> impl IntoResponse {
    let policy = [(header::CONTENT_SECURITY_POLICY, openapi::policy())];
    (policy, Html(document.page.as_str()))
}
