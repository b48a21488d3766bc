//! Headers that pass the gateway, in both directions.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::net::IpAddr;

/// Headers that speak about one connection only (RFC 9110 section 7.6.1, and `Keep-Alive` and
/// `Proxy-Connection` from before it). `Trailer` is not among them: trailers pass, and it is what
/// announces them.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Header of the gateway's own answers.
pub const GATEWAY: HeaderName = HeaderName::from_static("x-vestibule-gateway");

/// Client of a request, for the app's forwarding headers.
pub struct Forwarded<'a> {
    /// The browser's address, if it is known.
    pub client: Option<IpAddr>,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The host the browser named.
    pub host: &'a str,
}

/// Rewrites a browser's headers for the app.
pub fn to_app(headers: &mut HeaderMap, from: &Forwarded<'_>) {
    let upgrade = take_upgrade(headers);
    let takes_trailers = takes_trailers(headers);
    remove_hop_by_hop(headers);
    // The gateway answers `100 Continue` itself when it begins to read the body.
    headers.remove(header::EXPECT);
    hide_our_cookies(headers);
    for name in forwarding_names(headers) {
        headers.remove(name);
    }
    insert(headers, "x-forwarded-proto", from.scheme);
    insert(headers, "x-forwarded-host", from.host);
    if let Some(client) = from.client {
        insert(headers, "x-forwarded-for", &client.to_string());
    }
    put_upgrade(headers, upgrade);
    if takes_trailers {
        headers.append(header::CONNECTION, HeaderValue::from_static("te"));
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
}

/// Rewrites an app's headers for the browser.
pub fn to_browser(
    headers: &mut HeaderMap,
    is_upgrade: bool,
    listens_on: Option<&str>,
    origin: &str,
    console: &str,
) {
    let upgrade = take_upgrade(headers).filter(|_| is_upgrade);
    remove_hop_by_hop(headers);
    headers.remove(GATEWAY);
    remove_proxy_orders(headers);
    tame_cookies(headers, is_cross_site(origin, console));
    limit_clearing(headers);
    turn_location(headers, listens_on, origin);
    limit_framing(headers, console);
    put_upgrade(headers, upgrade);
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// Removes and returns the protocol of a well-formed upgrade.
fn take_upgrade(headers: &mut HeaderMap) -> Option<HeaderValue> {
    let asks = connection_names(headers).any(|name| name.eq_ignore_ascii_case("upgrade"));
    headers.remove(header::UPGRADE).filter(|_| asks)
}

fn put_upgrade(headers: &mut HeaderMap, upgrade: Option<HeaderValue>) {
    if let Some(protocol) = upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, protocol);
    }
}

/// Returns `true` if the browser's side takes trailers (RFC 9110 section 6.5.1): then so does the
/// gateway.
fn takes_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

fn connection_names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = connection_names(headers)
        .filter_map(|name| HeaderName::try_from(name).ok())
        .collect();
    for name in HOP_BY_HOP.into_iter().chain(named) {
        headers.remove(name);
    }
}

fn forwarding_names(headers: &HeaderMap) -> Vec<HeaderName> {
    headers
        .keys()
        .filter(|name| {
            let text = name.as_str();
            text.starts_with("x-forwarded-") || text == "x-real-ip" || *name == header::FORWARDED
        })
        .cloned()
        .collect()
}

/// Returns `true` if a cookie is the server's own, with or without the secure prefix.
fn is_ours(cookie: &str) -> bool {
    // A cookie without a name is sent as its value alone, which may look like one of ours.
    let named = cookie.trim_start_matches(['=', ' ', '\t']);
    let name = named.split('=').next().unwrap_or_default().trim();
    let name = name.strip_prefix("__Host-").unwrap_or(name);
    name == "vestibule" || name.starts_with("vestibule-")
}

fn hide_our_cookies(headers: &mut HeaderMap) {
    let kept: Vec<HeaderValue> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| {
            let pairs: Vec<&[u8]> = value
                .as_bytes()
                .split(|byte| *byte == b';')
                .map(<[u8]>::trim_ascii)
                .filter(|pair| !pair.is_empty() && !is_ours(&String::from_utf8_lossy(pair)))
                .collect();
            (!pairs.is_empty())
                .then(|| HeaderValue::from_bytes(&pairs.join(&b"; "[..])).ok())
                .flatten()
        })
        .collect();
    replace_all(headers, &header::COOKIE, kept);
}

/// Returns whether an app's origin is of another site than the console: its host is not below the
/// console's.
fn is_cross_site(origin: &str, console: &str) -> bool {
    let host = |origin: &str| origin.rsplit("://").next().unwrap_or_default().to_owned();
    !host(origin).ends_with(&format!(".{}", host(console)))
}

/// Keeps an app's cookies on its own origin: none of the server's names, and no `Domain`, with
/// which it would reach the console and every other app.
///
/// A cross-site app's cookies are partitioned, as the gateway's own is: browsers would not send them
/// in the console's frame otherwise.
fn tame_cookies(headers: &mut HeaderMap, is_cross_site: bool) {
    let kept: Vec<HeaderValue> = headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|value| !is_ours(&String::from_utf8_lossy(value.as_bytes())))
        .filter_map(|value| {
            let replaced: &[&str] = match is_cross_site {
                true => &["domain", "samesite", "secure", "partitioned"],
                false => &["domain"],
            };
            let mut parts: Vec<&[u8]> = value
                .as_bytes()
                .split(|byte| *byte == b';')
                .map(<[u8]>::trim_ascii)
                .enumerate()
                .filter(|(i, part)| *i == 0 || !is_one_of(part, replaced))
                .map(|(_, part)| part)
                .collect();
            if is_cross_site {
                parts.extend([&b"SameSite=None"[..], b"Secure", b"Partitioned"]);
            }
            HeaderValue::from_bytes(&parts.join(&b"; "[..])).ok()
        })
        .collect();
    replace_all(headers, &header::SET_COOKIE, kept);
}

fn is_one_of(attribute: &[u8], names: &[&str]) -> bool {
    let name = attribute
        .split(|byte| *byte == b'=')
        .next()
        .unwrap_or_default();
    let name = name.trim_ascii();
    names
        .iter()
        .any(|one| name.eq_ignore_ascii_case(one.as_bytes()))
}

fn replace_all(headers: &mut HeaderMap, name: &HeaderName, values: Vec<HeaderValue>) {
    headers.remove(name);
    for value in values {
        headers.append(name.clone(), value);
    }
}

/// Rewrites a redirect to the app's listening address so that it stays on the app's origin.
///
/// Apps that build absolute addresses from where they listen name a port that browsers cannot use,
/// and apps behind a TLS proxy name `http`, to which a framed page may not navigate.
fn turn_location(headers: &mut HeaderMap, listens_on: Option<&str>, origin: &str) {
    let Some(location) = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
    else {
        return;
    };
    let host = origin.split("://").last().unwrap_or_default();
    let mut own = vec![format!("http://{host}")];
    if let Some(address) = listens_on {
        let port = address.rsplit(':').next().unwrap_or_default();
        own.push(format!("http://{address}"));
        own.push(format!("http://localhost:{port}"));
    }
    let path = own
        .iter()
        .find_map(|listens| location.strip_prefix(listens.as_str()))
        .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    if let Some(translated) =
        path.and_then(|path| HeaderValue::from_str(&format!("{origin}{path}")).ok())
    {
        headers.insert(header::LOCATION, translated);
    }
}

/// Removes headers by which an app could make a proxy in front of the server send any file that the
/// proxy can read.
///
/// `X-Accel-Buffering` stays: it only asks nginx not to buffer a stream.
fn remove_proxy_orders(headers: &mut HeaderMap) {
    let orders: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            let is_order = ["x-accel-", "x-sendfile", "x-lighttpd-", "x-reproxy-"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
            is_order && name != "x-accel-buffering"
        })
        .cloned()
        .collect();
    for name in orders {
        headers.remove(name);
    }
}

/// Restricts `Clear-Site-Data` to the app's origin. Browsers clear cookies for the whole site, so
/// that one app's sign-out would end the console's session and those of all other apps.
fn limit_clearing(headers: &mut HeaderMap) {
    const OF_THE_ORIGIN: [&str; 3] = ["\"cache\"", "\"storage\"", "\"executionContexts\""];
    let kept: Vec<&str> = headers
        .get_all(&CLEAR_SITE_DATA)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|kind| OF_THE_ORIGIN.contains(kind))
        .collect();
    let kept = HeaderValue::from_str(&kept.join(", ")).ok();
    let kept = kept.filter(|value| !value.is_empty());
    replace_all(headers, &CLEAR_SITE_DATA, kept.into_iter().collect());
}

/// Limits framing of the app's pages to the console and the app itself: other apps could trick people
/// into clicks.
///
/// An app may refuse framing by the older header instead. Nothing is added to that, because a
/// `frame-ancestors` would override it (CSP level 3 section 6.4.2.2). Browsers ignore the older
/// header where its value is unknown, and where the app itself sends a `frame-ancestors`.
fn limit_framing(headers: &mut HeaderMap, console: &str) {
    if refuses_framing(headers) && !has_frame_ancestors(headers) {
        return;
    }
    headers.remove(header::X_FRAME_OPTIONS);
    if let Ok(policy) = HeaderValue::from_str(&format!("frame-ancestors 'self' {console}")) {
        headers.append(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Replaces an app's own rules about frames by the gateway's.
pub(super) fn replace_framing(headers: &mut HeaderMap, console: &str) {
    headers.remove(header::X_FRAME_OPTIONS);
    let kept: Vec<HeaderValue> = headers
        .get_all(header::CONTENT_SECURITY_POLICY)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|policy| {
            let directives = policy.split(';').map(str::trim).filter(|directive| {
                let name = directive
                    .split_ascii_whitespace()
                    .next()
                    .unwrap_or_default();
                !name.is_empty() && !name.eq_ignore_ascii_case("frame-ancestors")
            });
            let policy = directives.collect::<Vec<_>>().join("; ");
            HeaderValue::from_str(&policy)
                .ok()
                .filter(|policy| !policy.is_empty())
        })
        .collect();
    replace_all(headers, &header::CONTENT_SECURITY_POLICY, kept);
    limit_framing(headers, console);
}

/// Moves the app's own origin to the host that the app is sent, so that the two still agree.
pub(super) fn move_origin(headers: &mut HeaderMap, origin: &str, host: &str) {
    let is_own = headers
        .get(header::ORIGIN)
        .is_some_and(|value| value == origin);
    if is_own && let Ok(moved) = HeaderValue::from_str(&format!("http://{host}")) {
        headers.insert(header::ORIGIN, moved);
    }
}

/// Returns `true` if `X-Frame-Options` has a value that browsers apply.
fn refuses_framing(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::X_FRAME_OPTIONS)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|value| {
            value.eq_ignore_ascii_case(b"deny") || value.eq_ignore_ascii_case(b"sameorigin")
        })
}

/// Returns `true` if a policy in force names `frame-ancestors`.
fn has_frame_ancestors(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_SECURITY_POLICY)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| matches!(byte, b',' | b';')))
        .filter_map(|directive| {
            directive
                .split(u8::is_ascii_whitespace)
                .find(|word| !word.is_empty())
        })
        .any(|name| name.eq_ignore_ascii_case(b"frame-ancestors"))
}

#[cfg(test)]
mod tests;
