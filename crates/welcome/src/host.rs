//! Host names under which the page is served.
//!
//! The page has no password. Another site's page can point a name of its own to this machine (DNS
//! rebinding), and the browser then treats both as the same origin; only the name distinguishes them.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use url::Url;

/// Host names that are served.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    public: Option<String>,
}

impl Hosts {
    pub(crate) fn new(origin: Option<&Url>) -> Self {
        Self {
            public: origin.and_then(Url::host_str).map(str::to_owned),
        }
    }

    /// Returns `true` if the request names the public host or this machine.
    pub(crate) fn know(&self, request: &Request) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let named = match (request.uri().authority(), hosts.next(), hosts.next()) {
            (Some(authority), _, None) => Some(authority.clone()),
            (None, Some(host), None) => Authority::try_from(host.as_bytes()).ok(),
            _ => None,
        };
        named.is_some_and(|authority| self.has(authority.host()))
    }

    fn has(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.public.as_ref() == Some(&host) || is_this_machine(&host)
    }
}

/// Returns `true` if a name can only mean this machine: browsers resolve everything below
/// `localhost` themselves (RFC 6761 section 6.3).
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Refuses a request for another host.
pub(crate) fn misdirected() -> Response {
    let text = "This page doesn't answer to that host name. Its entry in the catalogue names the public one with --origin {origin}.\n";
    (StatusCode::MISDIRECTED_REQUEST, text).into_response()
}
