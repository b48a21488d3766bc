//! Who may show a page in a frame: `frame-ancestors` and `X-Frame-Options`, read as browsers do.

use super::origin::{Origin, default_port, split_port};

/// Whether `frame-ancestors` keeps the console from showing the app; none where no policy has it.
///
/// `policies` are the lines of `Content-Security-Policy`. Every policy has to allow it; within one
/// the first `frame-ancestors` counts, and an empty one allows nobody (CSP 3 section 6.4.2).
pub fn frame_ancestors_refuses<'a>(
    policies: impl IntoIterator<Item = &'a str>,
    app: &str,
    console: &str,
) -> Option<bool> {
    let (app, console) = (Origin::parse(app), Origin::parse(console));
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

/// Whether `X-Frame-Options` keeps the console from showing the app. It counts only where no policy
/// has `frame-ancestors`. Values that contradict each other, or that nobody knows beside one that
/// is known, refuse; a single unknown value allows (HTML section 7.5).
pub fn x_frame_options_refuses<'a>(
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
        [one] if one == "sameorigin" => Origin::parse(app) != Origin::parse(console),
        [_] => false,
        many => many.iter().any(is_known),
    }
}

/// The sources of a policy's `frame-ancestors`, if it has one.
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

/// Whether a source is the console (CSP 3 section 6.7.2.8). Paths are not looked at: an ancestor is
/// an origin.
fn is_met(source: &str, app: &Origin, console: &Origin) -> bool {
    let source = source.to_ascii_lowercase();
    if source == "'self'" {
        return app == console;
    }
    if source == "*" {
        return true;
    }
    if let Some(scheme) = source.strip_suffix(':') {
        return is_scheme(scheme, &console.scheme);
    }
    let (scheme, rest) = match source.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        // Without a scheme the app's own counts.
        None => (app.scheme.as_str(), source.as_str()),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = split_port(authority);
    is_scheme(scheme, &console.scheme) && is_host(host, &console.host) && is_port(port, console)
}

/// Whether a scheme is the named one, or its safe form.
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

fn is_port(named: Option<&str>, console: &Origin) -> bool {
    match named {
        Some("*") => true,
        None | Some("") => default_port(&console.scheme) == Some(console.port),
        // Port 80 stands for 443 too, as http does for https.
        Some("80") if console.scheme == "https" => [80, 443].contains(&console.port),
        Some(port) => port.parse() == Ok(console.port),
    }
}
