//! Navigations of users and requests of programs.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};

/// Format of the gateway's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A page.
    Page,
    /// `application/problem+json`.
    Problem,
}

/// Returns the format that fits the request.
pub(super) fn style(request: &Request) -> Style {
    let is_page = is_navigation(request.headers())
        || (request.method() == Method::GET
            && text(request.headers(), "sec-fetch-mode").is_none()
            && accepts_html(request.headers()));
    if is_page { Style::Page } else { Style::Problem }
}

/// Returns `true` if the browser navigates to a page, in a window or a frame (Fetch Metadata section
/// 2.2).
pub(super) fn is_navigation(headers: &HeaderMap) -> bool {
    text(headers, "sec-fetch-mode") == Some("navigate")
}

/// Returns `true` if a user opens the address in a window, from a bookmark, a link or another site.
///
/// Navigations that the console or an app began do not count: with a browser that refuses the app's
/// cookie, redirecting them to the console would never end.
pub(super) fn comes_from_outside(request: &Request) -> bool {
    if request.method() != Method::GET {
        return false;
    }
    let headers = request.headers();
    match text(headers, "sec-fetch-mode") {
        Some(mode) => {
            mode == "navigate"
                && text(headers, "sec-fetch-dest") == Some("document")
                && text(headers, "sec-fetch-site") != Some("same-site")
        }
        // Not every browser sends Fetch Metadata, and none does over plain http.
        None => accepts_html(headers),
    }
}

/// Returns a header's value, or `None` if it is absent or no text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    text(headers, header::ACCEPT.as_str()).is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn is_from_outside(headers: &[(&str, &str)]) -> bool {
        let mut request = Request::get("/lab");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        comes_from_outside(&request.body(Body::empty()).expect("a request"))
    }

    #[test]
    fn only_a_window_that_was_opened_from_elsewhere_is_a_visit() {
        let navigate = ("sec-fetch-mode", "navigate");
        let document = ("sec-fetch-dest", "document");
        for site in ["none", "cross-site", "same-origin"] {
            let site = ("sec-fetch-site", site);
            assert!(is_from_outside(&[navigate, document, site]), "{site:?}");
        }
        assert!(is_from_outside(&[("accept", "text/html,*/*")]));
        let console = ("sec-fetch-site", "same-site");
        assert!(!is_from_outside(&[navigate, document, console]));
        let frame = ("sec-fetch-dest", "iframe");
        assert!(!is_from_outside(&[navigate, frame]));
        assert!(!is_from_outside(&[
            ("sec-fetch-mode", "cors"),
            ("accept", "text/html")
        ]));
        assert!(!is_from_outside(&[("accept", "*/*")]));
    }
}
