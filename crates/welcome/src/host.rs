//! Hosts by which the page may be asked for.
//!
//! The page has no password. Another site's page can lead a name of its own to this machine (DNS
//! rebinding), and the browser then takes it for the same origin; only the name tells the two apart.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use url::Url;

/// Names that are answered.
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

    /// Whether the request names the public host or this machine.
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

/// Whether a name can lead nowhere else: browsers resolve everything below `localhost` themselves
/// (RFC 6761 section 6.3).
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
