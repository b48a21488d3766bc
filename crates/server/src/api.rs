//! Rules for all answers of the API: origin check, `ETag`, the server's clock, and problems instead
//! of bare statuses.

use crate::auth::origin;
use crate::clock;
use crate::etag;
use crate::openapi::{self, Document};
use crate::problem;
use crate::routes;
use crate::state::AppState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use url::form_urlencoded;

/// The server's clock at the moment of the answer, for the console to correct its own.
const TIME: HeaderName = HeaderName::from_static("x-vestibule-time");

/// The document of the API, which does not change while the program runs.
static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::of(routes::ALL));

/// The names in the query of each operation.
static QUERIES: LazyLock<BTreeMap<&str, Vec<&str>>> = LazyLock::new(openapi::query_names);

/// Returns the API as a router.
pub fn router(state: &AppState) -> Router {
    routes::router(state)
        .fallback(async || problem::no_route())
        .method_not_allowed_fallback(async || problem::wrong_method())
        .layer(middleware::from_fn(known_query))
        .layer(middleware::from_fn(complete))
        .layer(Extension(&*DOCUMENT))
        .layer(middleware::from_fn(etag::tag))
        .layer(middleware::from_fn_with_state(state.clone(), guard))
        .layer(middleware::map_response(common_headers))
        .with_state(state.clone())
}

/// Refuses a name in the query that the document does not have for the operation: a filter that is
/// ignored would look as if it had been applied. Providers add names of their own to the way back.
async fn known_query(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    let method = match *request.method() {
        Method::HEAD => "get".to_owned(),
        ref method => method.as_str().to_ascii_lowercase(),
    };
    let known = QUERIES.get(format!("{method} {path}").as_str());
    let is_free = !path.starts_with("/api/") || path.ends_with("/callback");
    let (Some(known), false) = (known, is_free) else {
        return next.run(request).await;
    };
    let query = request.uri().query().unwrap_or_default();
    let unknown = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.into_owned())
        .find(|name| !known.contains(&name.as_str()));
    match unknown {
        Some(name) => problem::unknown_parameter(&name, known).into_response(),
        None => next.run(request).await,
    }
}

/// Completes a request that may change something, also if its client is gone. hyper drops the handler
/// of a closed connection, which would leave a change that is committed without its effects, such as the
/// reconciliation of a workbench.
async fn complete(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            // The connection answers it with 500.
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that ends cancels tasks; no request waits any more.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Refuses requests that pages of other origins make the browser send.
async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let public_origin = state.public_url.origin();
    if is_return(&request)
        || origin::is_welcome(request.method(), request.headers(), &public_origin)
    {
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

/// Returns whether a browser comes back from an identity provider, which is another site. A cookie of
/// this browser and the state protect the address.
fn is_return(request: &Request) -> bool {
    let header = |name| request.headers().get(name).map(HeaderValue::as_bytes);
    let navigates = matches!(header("sec-fetch-mode"), None | Some(b"navigate"))
        && matches!(header("sec-fetch-dest"), None | Some(b"document"));
    let path = request.uri().path().strip_prefix("/api/auth/providers/");
    let is_callback = path
        .and_then(|rest| rest.strip_suffix("/callback"))
        .is_some_and(|id| !id.contains('/'));
    *request.method() == Method::GET && navigates && is_callback
}

async fn common_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if let Ok(now) = HeaderValue::from_str(&clock::now().to_string()) {
        headers.insert(TIME, now);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    response
}
