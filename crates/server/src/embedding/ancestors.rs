//! `frame-ancestors` and `X-Frame-Options`, read as browsers do.
//!
//! The `content-security-policy` crate parses policies, but matches `frame-ancestors` only for whole
//! navigations and brings second copies of `base64` and `sha2`.

use url::Url;

/// Returns `true` if `frame-ancestors` keeps the console from showing the app, or `None` if no policy
/// has it.
///
/// `policies` are the lines of `Content-Security-Policy`. Every policy has to allow it; within one
/// the first `frame-ancestors` counts, and an empty one allows no origin (CSP 3 section 6.4.2).
pub(super) fn frame_ancestors_refuses<'a>(
    policies: impl IntoIterator<Item = &'a str>,
    app: &str,
    console: &str,
) -> Option<bool> {
    let (app, console) = (Url::parse(app).ok(), Url::parse(console).ok());
    let mut verdict = None;
    for policy in policies.into_iter().flat_map(|line| line.split(',')) {
        if let Some(sources) = ancestors(policy) {
            let allows = match (&app, &console) {
                (Some(app), Some(console)) => sources
                    .split_ascii_whitespace()
                    .any(|source| is_met(source, app, console)),
                _ => false,
            };
            verdict = Some(verdict.unwrap_or(false) || !allows);
        }
    }
    verdict
}

/// Returns `true` if `X-Frame-Options` keeps the console from showing the app. It counts only where
/// no policy has `frame-ancestors`. Contradicting values, or unknown values beside a known one,
/// refuse; a single unknown value allows (HTML section 7.5).
pub(super) fn x_frame_options_refuses<'a>(
    lines: impl IntoIterator<Item = &'a str>,
    app: &str,
    console: &str,
) -> bool {
    let mut values: Vec<String> = Vec::new();
    for value in lines.into_iter().flat_map(|line| line.split(',')) {
        let value = value.trim().to_ascii_lowercase();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    let is_known = |value: &String| ["deny", "sameorigin", "allowall"].contains(&value.as_str());
    match values.as_slice() {
        [] => false,
        [one] if one == "deny" => true,
        [one] if one == "sameorigin" => !is_same_origin(app, console),
        [_] => false,
        many => many.iter().any(is_known),
    }
}

/// Returns the sources of a policy's `frame-ancestors`, if it has one.
fn ancestors(policy: &str) -> Option<&str> {
    policy.split(';').find_map(|directive| {
        let directive = directive.trim_ascii();
        let end = directive
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(directive.len());
        directive[..end]
            .eq_ignore_ascii_case("frame-ancestors")
            .then(|| &directive[end..])
    })
}

/// Returns `true` if a source is the console (CSP 3 section 6.7.2.8). Paths are ignored: an
/// ancestor is an origin.
fn is_met(source: &str, app: &Url, console: &Url) -> bool {
    let source = source.to_ascii_lowercase();
    if source == "'self'" {
        return app.origin() == console.origin();
    }
    if source == "*" {
        return true;
    }
    if let Some(scheme) = source.strip_suffix(':') {
        return is_scheme(scheme, console.scheme());
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        // Without a scheme the app's own counts.
        None => (app.scheme(), source.as_str()),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = split_port(authority);
    is_scheme(scheme, console.scheme())
        && is_host(host, console.host_str().unwrap_or_default())
        && is_port(port, console)
}

/// Returns `true` if a scheme is the named one, or its safe form.
fn is_scheme(named: &str, found: &str) -> bool {
    named == found || (named == "http" && found == "https")
}

fn is_host(named: &str, found: &str) -> bool {
    match named.strip_prefix("*.") {
        Some(parent) => found
            .strip_suffix(parent)
            .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => named == "*" || (named == found && !named.is_empty()),
    }
}

fn is_port(named: Option<&str>, console: &Url) -> bool {
    let port = console.port_or_known_default();
    match named {
        Some("*") => true,
        None | Some("") => console.port().is_none(),
        // Port 80 stands for 443 too, as http does for https.
        Some("80") if console.scheme() == "https" => matches!(port, Some(80 | 443)),
        Some(named) => named.parse().ok() == port,
    }
}

fn is_same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => false,
    }
}

/// Returns host and port of a source. The colons of an IPv6 address stand in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let after_brackets = authority.rfind(']').map_or(0, |i| i + 1);
    match authority[after_brackets..].rfind(':') {
        Some(i) => {
            let i = after_brackets + i;
            (&authority[..i], Some(&authority[i + 1..]))
        }
        None => (authority, None),
    }
}
