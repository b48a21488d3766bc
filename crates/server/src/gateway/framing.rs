//! Whether an app lets the console show it in a frame.
//!
//! A browser that is refused shows a broken page and tells nobody (FIELD 39): `load` fires all the
//! same. The gateway reads the refusal from the same headers and puts its own page there instead.

use super::navigation::{is_navigation, text};
use axum::http::{HeaderMap, StatusCode};
use vestibule_model::embedding::{Answer, refuses_framing};

/// Whether the browser asks on behalf of a page of another origin that frames this one. Frames
/// inside the app are the app's own business.
pub(super) fn is_framed_from_outside(headers: &HeaderMap) -> bool {
    is_navigation(headers)
        && text(headers, "sec-fetch-dest") == Some("iframe")
        && text(headers, "sec-fetch-site") != Some("same-origin")
}

/// Whether the browser will refuse to show this answer of the app inside the console.
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

/// The headers that are text, line by line.
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
    fn what_the_browser_shows_is_not_called_refused() {
        assert!(!refused(200, &[]));
        assert!(!refused(
            200,
            &[
                ("x-frame-options", "DENY"),
                ("content-security-policy", "frame-ancestors *")
            ]
        ));
        // Where it leads to decides.
        let leads_on = [("x-frame-options", "DENY"), ("location", "/lab")];
        assert!(!refused(302, &leads_on));
    }
}
