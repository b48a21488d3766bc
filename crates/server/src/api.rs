//! What holds for every answer of the API: where requests may come from, `ETag`, the server's
//! clock, and problems instead of bare statuses.

use crate::auth::origin;
use crate::clock;
use crate::problem;
use crate::routes;
use crate::state::AppState;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The server's clock at the moment of the answer, for the console to correct its own.
const TIME: HeaderName = HeaderName::from_static("x-vestibule-time");

/// The API as a router.
pub fn router(state: &AppState) -> Router {
    routes::router()
        .fallback(async || problem::no_route())
        .method_not_allowed_fallback(async || problem::wrong_method())
        .layer(middleware::from_fn(etag))
        .layer(middleware::from_fn_with_state(state.clone(), guard))
        .layer(middleware::map_response(common_headers))
        .with_state(state.clone())
}

/// Refuses what another origin's page made the browser send.
async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let public_origin = state.public_url.origin();
    if origin::is_welcome(request.method(), request.headers(), &public_origin) {
        next.run(request).await
    } else {
        tracing::warn!(
            origin = ?request.headers().get(header::ORIGIN),
            path = request.uri().path(),
            "a request from another origin was refused"
        );
        problem::cross_site().into_response()
    }
}

async fn common_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Ok(now) = HeaderValue::from_str(&clock::now().to_string()) {
        headers.insert(TIME, now);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    response
}

/// Marks every JSON answer to a read with the hash of its body, and leaves the body out when the
/// asker has it already. A handler that knows a cheaper tag has set it, and has asked for itself.
async fn etag(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    if !is_read || response.status() != StatusCode::OK || !is_json(response.headers()) {
        return response;
    }
    if response.headers().contains_key(header::ETAG) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // JSON answers are made in memory: there is no stream to wait for, and no limit to reach.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return problem::internal().into_response();
    };
    let hash = Sha256::digest(&bytes);
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]));
    let is_known = known.is_some_and(|known| is_known(&known, &tag));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, tag);
    }
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json")
}

/// Whether the asker has what this tag is for.
pub fn is_known(if_none_match: &HeaderValue, tag: &str) -> bool {
    if_none_match
        .to_str()
        .is_ok_and(|known| matches_tag(known, tag))
}

/// Whether an `If-None-Match` names the tag (RFC 9110 section 13.1.2: compared weakly).
fn matches_tag(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly_and_one_by_one() {
        assert!(matches_tag("\"a\"", "\"a\""));
        assert!(matches_tag("\"x\", W/\"a\"", "\"a\""));
        assert!(matches_tag("*", "\"a\""));
        assert!(!matches_tag("\"ab\"", "\"a\""));
        assert!(!matches_tag("", "\"a\""));
    }
}
