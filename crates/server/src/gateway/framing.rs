//! Refusals of apps to be framed by the console.
//!
//! A refused browser shows a broken page and reports nothing (FIELD 39): `load` fires all the same.
//! The gateway reads the refusal from the same headers and answers with its own page instead.

use super::navigation::{is_navigation, text};
use crate::embedding::{Answer, refuses_framing};
use axum::http::{HeaderMap, StatusCode};

/// Returns `true` if the request is for a frame in a page of another origin. Frames inside the app do
/// not count.
pub(super) fn is_framed_from_outside(headers: &HeaderMap) -> bool {
    is_navigation(headers)
        && text(headers, "sec-fetch-dest") == Some("iframe")
        && text(headers, "sec-fetch-site") != Some("same-origin")
}

/// Returns `true` if the browser will refuse to show this answer inside the console.
pub(super) fn is_refused(
    status: StatusCode,
    headers: &HeaderMap,
    app: &str,
    console: &str,
) -> bool {
    refuses_framing(&Answer {
        status: status.as_u16(),
        headers: &lines(headers),
        app,
        console,
    })
}

/// Returns the headers that are text, line by line.
pub(super) fn lines(headers: &HeaderMap) -> Vec<(&str, &str)> {
    headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    const CONSOLE: &str = "http://vestibule.localhost:8080";
    const APP: &str = "http://wb-aaaa.vestibule.localhost:8080";

    fn refused(status: u16, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let status = StatusCode::from_u16(status).expect("a status");
        is_refused(status, &headers, APP, CONSOLE)
    }

    #[test]
    fn field_39_refusals_are_read_as_the_browser_reads_them() {
        assert!(refused(200, &[("x-frame-options", "DENY")]));
        assert!(refused(403, &[("x-frame-options", "SAMEORIGIN")]));
        let policy = "default-src 'self'; frame-ancestors 'self'";
        assert!(refused(200, &[("content-security-policy", policy)]));
    }

    #[test]
    fn shown_answers_are_not_refused() {
        assert!(!refused(200, &[]));
        assert!(!refused(
            200,
            &[
                ("x-frame-options", "DENY"),
                ("content-security-policy", "frame-ancestors *")
            ]
        ));
        // The redirect's target decides.
        let leads_on = [("x-frame-options", "DENY"), ("location", "/lab")];
        assert!(!refused(302, &leads_on));
    }
}
