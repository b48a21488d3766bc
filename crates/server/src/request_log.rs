//! Request log: one line for each request, without its query, headers or body. Reads that succeed
//! are logged at debug level (`vestibule::request=debug`), since consoles and apps poll; so are all
//! requests to apps that did not fail here: what a page of an app sends is its own affair, and a
//! notebook that is left alone saves itself every few seconds.
//! (tower-http's `TraceLayer` needs a span for these fields, since its callback for a response does
//! not see the request.)

use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;

/// Marker of responses on an app's origin.
#[derive(Debug, Clone, Copy)]
pub struct OfApp;

/// Answers a request and logs it.
pub async fn record(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let host = request
        .headers()
        .get(header::HOST)
        .map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let is_of_app = response.extensions().get::<OfApp>().is_some();
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    macro_rules! tell {
        ($level:ident) => {
            tracing::$level!(
                target: "vestibule::request",
                %method,
                host = host.as_deref().unwrap_or_default(),
                path,
                status,
                ms
            )
        };
    }
    if is_quiet(&method, status, is_of_app) {
        tell!(debug);
    } else {
        tell!(info);
    }
    response
}

/// Returns `true` if a request changed nothing here and nothing went wrong. 401 and 404 are ordinary
/// answers to polling.
fn is_quiet(method: &Method, status: u16, is_of_app: bool) -> bool {
    if is_of_app {
        return status < 500;
    }
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        && (status < 400 || matches!(status, 401 | 404))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_and_errors_are_logged_at_info_level() {
        for (method, status, quiet) in [
            (Method::GET, 200, true),
            (Method::GET, 101, true),
            (Method::HEAD, 304, true),
            (Method::GET, 302, true),
            (Method::GET, 401, true),
            (Method::GET, 404, true),
            (Method::GET, 403, false),
            (Method::GET, 429, false),
            (Method::GET, 500, false),
            (Method::GET, 502, false),
            (Method::POST, 202, false),
            (Method::POST, 401, false),
            (Method::PUT, 200, false),
            (Method::PATCH, 200, false),
            (Method::DELETE, 404, false),
        ] {
            assert_eq!(is_quiet(&method, status, false), quiet, "{method} {status}");
        }
    }

    /// Reliability review, finding 16: a notebook that was left alone wrote a line every 10 s.
    #[test]
    fn requests_to_apps_are_logged_at_info_level_only_when_they_fail() {
        for (method, status, quiet) in [
            (Method::PUT, 200, true),
            (Method::POST, 201, true),
            (Method::POST, 401, true),
            (Method::POST, 502, false),
            (Method::GET, 504, false),
        ] {
            assert_eq!(is_quiet(&method, status, true), quiet, "{method} {status}");
        }
    }
}
