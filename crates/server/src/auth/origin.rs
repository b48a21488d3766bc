//! Requests that pages of other sites make the browser send.
//!
//! Apps' origins are same-site with the console, so `SameSite` cookies alone do not keep them out;
//! the headers `Origin` and `Sec-Fetch-Site` do (OWASP, "Cross-Site Request Forgery Prevention",
//! Fetch Metadata). Programs that are no browsers send neither.

use axum::http::{HeaderMap, Method, header};

/// Returns `true` if an API request comes from the console or from a program that is no browser.
pub fn is_welcome(method: &Method, headers: &HeaderMap, public_origin: &str) -> bool {
    let site = headers
        .get("sec-fetch-site")
        .map(|value| value.to_str().unwrap_or("unreadable"));
    if matches!(site, Some("same-site" | "cross-site")) {
        return false;
    }
    if method.is_safe() {
        return true;
    }
    match headers.get(header::ORIGIN) {
        Some(origin) => origin
            .to_str()
            .is_ok_and(|origin| origin.eq_ignore_ascii_case(public_origin)),
        None => matches!(site, None | Some("same-origin" | "none")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const OURS: &str = "http://vestibule.localhost:8080";

    fn judged(method: &Method, origin: Option<&'static str>, site: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        if let Some(site) = site {
            headers.insert("sec-fetch-site", HeaderValue::from_static(site));
        }
        is_welcome(method, &headers, OURS)
    }

    #[test]
    fn the_console_and_programs_are_welcome() {
        let post = &Method::POST;
        assert!(judged(post, Some(OURS), Some("same-origin")));
        assert!(judged(post, Some(OURS), None));
        assert!(judged(post, None, Some("same-origin")));
        assert!(judged(post, None, Some("none")));
        assert!(judged(post, None, None));
        assert!(judged(&Method::GET, None, Some("none")));
    }

    #[test]
    fn other_origins_are_not() {
        let post = &Method::POST;
        let app = Some("http://wb-7k2m9x4q.vestibule.localhost:8080");
        assert!(!judged(post, app, Some("same-site")));
        assert!(!judged(post, app, None));
        assert!(!judged(post, Some("null"), None));
        assert!(!judged(
            post,
            Some("http://evil.example"),
            Some("same-origin")
        ));
        assert!(!judged(post, Some(OURS), Some("cross-site")));
        assert!(!judged(post, None, Some("later-word")));
        assert!(!judged(&Method::GET, None, Some("same-site")));
        assert!(!judged(&Method::GET, None, Some("cross-site")));
    }
}
