//! One line in the log for each request: never its query, its headers or its body. What only looks
//! and finds is told to those who want to know everything (`vestibule::request=debug`): consoles and
//! apps ask every few seconds.

use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;

/// Answers a request and tells of it.
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
    if is_quiet(&method, status) {
        tell!(debug);
    } else {
        tell!(info);
    }
    response
}

/// Whether nothing was changed and nothing went wrong. That somebody is not signed in, or that
/// something is not there (any more), is an answer like another.
fn is_quiet(method: &Method, status: u16) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        && (status < 400 || matches!(status, 401 | 404))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_and_what_goes_wrong_is_seen() {
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
            assert_eq!(is_quiet(&method, status), quiet, "{method} {status}");
        }
    }
}
