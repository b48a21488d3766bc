//! Host that a request names.

use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, SocketAddr};

/// Returns the host that a request names, with its port if it has one.
pub fn named_host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    // With two of them, a proxy on the way may have acted on the other one.
    hosts.next().is_none().then_some(host)
}

/// Returns `true` if a request names a loopback address as its host.
pub fn names_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    named_host(uri, headers).is_some_and(is_loopback)
}

/// Returns `true` if the host is a loopback address, with or without a port.
pub fn is_loopback(host: &str) -> bool {
    let address = host.parse::<SocketAddr>().map(|address| address.ip());
    let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
    address
        .or_else(|_| unbracketed.parse::<IpAddr>())
        .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_loopback_addresses_are_loopback() {
        for host in ["127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "10.0.0.7:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, HeaderValue::from_static("a"));
        assert_eq!(named_host(&Uri::from_static("/"), &headers), Some("a"));
        headers.append(header::HOST, HeaderValue::from_static("b"));
        assert_eq!(named_host(&Uri::from_static("/"), &headers), None);
    }
}
