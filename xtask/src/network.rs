//! Tells a network that refuses from a thing that does not exist.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Why a download did not work, as far as the tool's own words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The other side could not be reached, or did not let us in.
    Network,
    /// It answered, and does not have it.
    Missing,
    /// Something else.
    Other,
}

const NETWORK: &[&str] = &[
    "could not resolve",
    "couldn't resolve",
    "temporary failure in name resolution",
    "temporary failure resolving",
    "failed to lookup address",
    "dns error",
    "getaddrinfo",
    "enotfound",
    "econnrefused",
    "etimedout",
    "could not connect",
    "couldn't connect",
    "failed to connect",
    "connection refused",
    "connection reset",
    "connection timed out",
    "network is unreachable",
    "timed out",
    "timeout was reached",
    "403 forbidden",
    "407 proxy",
    "status code 403",
    "502 bad gateway",
    "503 service unavailable",
    "error sending request",
    "ssl connect error",
    "certificate",
];

const MISSING: &[&str] = &[
    "unable to locate package",
    "has no installation candidate",
    "404 not found",
    "e404",
    "etarget",
    "could not find `",
    "status code 404",
    "does not contain component",
    "does not support target",
    "is not available for the",
];

/// Reads what a tool said on its way out.
pub fn classify(output: &str) -> Trouble {
    let output = output.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| output.contains(word));
    if says(MISSING) {
        Trouble::Missing
    } else if says(NETWORK) {
        Trouble::Network
    } else {
        Trouble::Other
    }
}

/// Whether a connection to `host:port` comes about within three seconds.
pub fn reaches(address: &str) -> bool {
    address.to_socket_addrs().is_ok_and(|mut found| {
        found.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(3)).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusing_network_is_told_from_a_missing_thing() {
        let network = [
            "error: could not download file: error sending request for url",
            "Err:1 http://deb.example bookworm InRelease\n  Could not connect to deb.example:80",
            "npm error code ENOTFOUND",
            "warning: spurious network error: [6] Couldn't resolve host name",
        ];
        let missing = [
            "E: Unable to locate package rustc-web",
            "E: Package 'chromium' has no installation candidate",
            "npm error code E404",
            "error: could not find `trunk` in registry with version `=0.21.99`",
        ];
        for text in network {
            assert_eq!(classify(text), Trouble::Network, "{text}");
        }
        for text in missing {
            assert_eq!(classify(text), Trouble::Missing, "{text}");
        }
        assert_eq!(classify("error: linking with `cc` failed"), Trouble::Other);
    }
}
