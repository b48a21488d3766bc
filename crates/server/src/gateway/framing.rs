//! Whether an app lets the console show it in a frame.
//!
//! A browser that is refused shows a broken page and tells nobody (FIELD 39): `load` fires all the
//! same. The gateway reads the refusal from the same headers and puts its own page there instead.

use super::navigation::{is_navigation, text};
use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the browser asks on behalf of a page of another origin that frames this one. Frames
/// inside the app are the app's own business.
pub(super) fn is_framed_from_outside(headers: &HeaderMap) -> bool {
    is_navigation(headers)
        && text(headers, "sec-fetch-dest") == Some("iframe")
        && text(headers, "sec-fetch-site") != Some("same-origin")
}

/// Whether the browser will refuse to show an answer with these headers inside the console.
///
/// `frame-ancestors` counts before `X-Frame-Options` (CSP level 3 section 6.4.2.2), and every
/// policy has to allow it.
pub(super) fn is_refused(headers: &HeaderMap, console: &str) -> bool {
    let mut policies = ancestors(headers).peekable();
    if policies.peek().is_some() {
        return policies.any(|sources| !allows(&sources, console));
    }
    headers
        .get_all(header::X_FRAME_OPTIONS)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| ["deny", "sameorigin"].contains(&value.trim().to_ascii_lowercase().as_str()))
}

/// The sources of each policy's `frame-ancestors`.
fn ancestors(headers: &HeaderMap) -> impl Iterator<Item = Vec<String>> + '_ {
    headers
        .get_all(header::CONTENT_SECURITY_POLICY)
        .iter()
        .filter_map(|value: &HeaderValue| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|policy| {
            policy.split(';').find_map(|directive| {
                let mut words = directive.split_ascii_whitespace();
                let is_it = words.next()?.eq_ignore_ascii_case("frame-ancestors");
                is_it.then(|| words.map(str::to_ascii_lowercase).collect())
            })
        })
}

/// Whether one of the sources is the console: `*`, its scheme, or its host, with or without scheme
/// and port, where a leading `*.` stands for any subdomain.
fn allows(sources: &[String], console: &str) -> bool {
    let Some((scheme, authority)) = console.split_once("://") else {
        return false;
    };
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    sources.iter().any(|source| {
        if source == "*" || source.strip_suffix(':') == Some(scheme) {
            return true;
        }
        let source = match source.split_once("://") {
            Some((named, rest)) if named == scheme => rest,
            Some(_) => return false,
            None => source,
        };
        let source = source.trim_end_matches('/');
        let (named, named_port) = source.split_once(':').unwrap_or((source, ""));
        let is_host = match named.strip_prefix("*.") {
            Some(parent) => host
                .strip_suffix(parent)
                .is_some_and(|below| below.ends_with('.')),
            None => named == host,
        };
        is_host && (named_port == port || named_port == "*")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    const CONSOLE: &str = "http://vestibule.localhost:8080";

    fn refused(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        is_refused(&headers, CONSOLE)
    }

    #[test]
    fn field_39_refusals_are_read_as_the_browser_reads_them() {
        assert!(refused(&[("x-frame-options", "DENY")]));
        assert!(refused(&[("x-frame-options", " SameOrigin ")]));
        for policy in [
            "frame-ancestors 'none'",
            "default-src 'self'; frame-ancestors 'self'",
            "frame-ancestors https://vestibule.localhost:8080",
            "frame-ancestors vestibule.localhost:9090",
            "frame-ancestors *, frame-ancestors 'self'",
            "Frame-Ancestors",
        ] {
            assert!(refused(&[("content-security-policy", policy)]), "{policy}");
        }
    }

    #[test]
    fn what_the_browser_shows_is_not_called_refused() {
        assert!(!refused(&[]));
        assert!(!refused(&[("x-frame-options", "ALLOWALL")]));
        assert!(!refused(&[
            ("x-frame-options", "DENY"),
            ("content-security-policy", "frame-ancestors *")
        ]));
        for policy in [
            "default-src 'none'",
            "frame-ancestors http:",
            "frame-ancestors 'self' http://vestibule.localhost:8080",
            "frame-ancestors *.localhost:*",
        ] {
            assert!(!refused(&[("content-security-policy", policy)]), "{policy}");
        }
    }
}
