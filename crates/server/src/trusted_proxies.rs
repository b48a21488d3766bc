//! Proxies whose `X-Forwarded-For` counts.

use axum::http::HeaderMap;
use std::net::IpAddr;
use std::str::FromStr;

/// Addresses of the proxies in front of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Block>);

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    address: IpAddr,
    bits: u32,
}

impl TrustedProxies {
    /// Returns `true` if this peer is one of the proxies.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.0.iter().any(|block| block.covers(peer))
    }

    /// Returns the address of the client: the last one of the chain that no trusted proxy has.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let named: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        for name in named.into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            let Some(next) = address(name) else { break };
            client = next.to_canonical();
        }
        client
    }
}

/// Reads an address, with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.strip_prefix('[').unwrap_or(text);
    text.strip_suffix(']').unwrap_or(text).parse().ok()
}

impl Block {
    fn covers(&self, peer: IpAddr) -> bool {
        match (self.address, peer.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(peer)) => {
                (own.to_bits() ^ peer.to_bits()).leading_zeros() >= self.bits
            }
            (IpAddr::V6(own), IpAddr::V6(peer)) => {
                (own.to_bits() ^ peer.to_bits()).leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

impl FromStr for Block {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            || format!("{text:?} is not an address or a network, such as 127.0.0.1 or 10.0.0.0/8");
        let (host, bits) = match text.split_once('/') {
            Some((host, bits)) => (host, Some(bits.parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address = address(host).ok_or_else(wrong)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let blocks = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        blocks.map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(proxies: &str, peer: &str, forwarded: &[&'static str]) -> String {
        let proxies: TrustedProxies = proxies.parse().expect("good");
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        let peer = peer.parse().expect("an address");
        proxies.client(peer, &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_names_the_client() {
        let reported = &["203.0.113.9"][..];
        assert_eq!(client("", "127.0.0.1", reported), "127.0.0.1");
        assert_eq!(client("127.0.0.1", "192.0.2.1", reported), "192.0.2.1");
        assert_eq!(client("127.0.0.1", "127.0.0.1", reported), "203.0.113.9");
        assert_eq!(
            client("127.0.0.1", "::ffff:127.0.0.1", reported),
            "203.0.113.9"
        );
        assert_eq!(client("127.0.0.1", "127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(client("127.0.0.1", "127.0.0.1", &["rubbish"]), "127.0.0.1");
    }

    #[test]
    fn addresses_that_the_client_made_up_do_not_count() {
        let chain = &["1.1.1.1, 203.0.113.9", "10.1.2.3"][..];
        let proxies = "127.0.0.1, 10.0.0.0/8";
        assert_eq!(client(proxies, "127.0.0.1", chain), "203.0.113.9");
        assert_eq!(client("127.0.0.1", "127.0.0.1", chain), "10.1.2.3");
        assert_eq!(
            client("::1,fd00::/8", "fd00::7", &["[2001:db8::1]"]),
            "2001:db8::1"
        );
    }

    #[test]
    fn wrong_lists_are_refused() {
        for wrong in ["localhost", "10.0.0.0/33", "10.0.0.0/x", "1.2.3"] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
    }
}
