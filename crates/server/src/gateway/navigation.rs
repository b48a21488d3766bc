//! Whether a request wants a page for a person or an answer for a program.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};

/// How the gateway says what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A page.
    Page,
    /// `application/problem+json`.
    Problem,
}

/// The style that fits the request.
pub(super) fn style(request: &Request) -> Style {
    let is_page = is_navigation(request.headers())
        || (request.method() == Method::GET
            && text(request.headers(), "sec-fetch-mode").is_none()
            && accepts_html(request.headers()));
    if is_page { Style::Page } else { Style::Problem }
}

/// Whether the browser goes to a page, in a window or a frame (Fetch Metadata section 2.2).
pub(super) fn is_navigation(headers: &HeaderMap) -> bool {
    text(headers, "sec-fetch-mode") == Some("navigate")
}

/// A header's value, where it is there and is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    text(headers, header::ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html"))
}
