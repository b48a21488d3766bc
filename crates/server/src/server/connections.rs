//! Bounds of open connections, in total and for each peer address.

use crate::per_user::MOST_STREAMS;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The most connections that are held at once, however many descriptors there are.
const MOST: u64 = 8_192;

/// Descriptors that connections never use: the engine's, the database's and the builds' share.
const LEAST_RESERVE: u64 = 64;

/// Bounds of open connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// From all addresses together.
    pub total: usize,
    /// From one address.
    pub per_address: usize,
}

impl Bounds {
    /// Returns the bounds for a limit of open files.
    ///
    /// A quarter of the descriptors is kept for the engine. A connection may need two, since a
    /// request to an app opens another one. One address gets half of the connections: behind a
    /// proxy every visitor has the proxy's address, so a smaller share would shut people out.
    pub fn for_descriptors(limit: u64) -> Self {
        let reserve = (limit / 4).max(LEAST_RESERVE);
        let total = (limit.saturating_sub(reserve) / 2).clamp(8, MOST);
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        Self {
            total,
            per_address: total / 2,
        }
    }

    /// Returns how many connections to apps and tabs one user may have open: more than one address may
    /// have, so that a program of the user elsewhere can't shut the user out.
    pub fn connections_per_user(self) -> usize {
        self.per_address + (self.per_address / 4).max(1)
    }

    /// Returns how many event streams one user may have open. With their connections they leave room
    /// for others.
    pub fn streams_per_user(self) -> usize {
        (self.per_address / 4).clamp(1, MOST_STREAMS)
    }
}

/// Bound that a new connection would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    Total,
    PerAddress,
}

/// Open connections by address.
#[derive(Debug)]
pub(super) struct Connections {
    bounds: Bounds,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A counted connection; dropping it makes room for the next.
#[derive(Debug)]
pub(super) struct Permit {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl Connections {
    pub(super) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            open: Mutex::default(),
        })
    }

    /// Counts a connection from this address, or returns the bound that forbids it. A proxy's
    /// address has no bound of its own.
    pub(super) fn admit(
        self: &Arc<Self>,
        peer: IpAddr,
        is_proxy: bool,
    ) -> Result<Permit, Exceeded> {
        let address = block_of(peer);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= self.bounds.total {
            return Err(Exceeded::Total);
        }
        let of_address = open.by_address.get(&address).copied().unwrap_or(0);
        if of_address >= self.bounds.per_address && !is_proxy {
            return Err(Exceeded::PerAddress);
        }
        open.total += 1;
        open.by_address.insert(address, of_address + 1);
        Ok(Permit {
            connections: Arc::clone(self),
            address,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self
            .connections
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        open.total = open.total.saturating_sub(1);
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

/// Returns the address to count by. One IPv6 host has a whole /64 to choose addresses from.
fn block_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(connections: &Arc<Connections>, address: &str) -> Result<Permit, Exceeded> {
        connections.admit(address.parse().expect("an address"), false)
    }

    #[test]
    fn connections_stay_below_the_descriptor_limit() {
        for limit in [64, 128, 256, 1024, 4096, 65_536, u64::MAX] {
            let bounds = Bounds::for_descriptors(limit);
            let needed = 2 * bounds.total as u64;
            assert!(limit < 128 || needed + LEAST_RESERVE <= limit, "{limit}");
            assert!(bounds.total as u64 <= MOST);
            assert!(bounds.per_address > 0 && bounds.per_address < bounds.total);
            let of_user = bounds.connections_per_user() + bounds.streams_per_user();
            assert!(of_user < bounds.total, "{limit}");
        }
        assert_eq!(Bounds::for_descriptors(1024).total, 384);
    }

    #[test]
    fn one_address_leaves_room_for_others() {
        let connections = Connections::new(Bounds {
            total: 3,
            per_address: 2,
        });
        let first = admit(&connections, "192.0.2.1").expect("room");
        let _second = admit(&connections, "::ffff:192.0.2.1").expect("room");
        let refused = admit(&connections, "192.0.2.1");
        assert_eq!(refused.err(), Some(Exceeded::PerAddress));
        let proxy = connections.admit("192.0.2.1".parse().expect("an address"), true);
        assert!(proxy.is_ok(), "a proxy stands for many visitors");
        drop(proxy);
        let _other = admit(&connections, "192.0.2.2").expect("room");
        let refused = admit(&connections, "192.0.2.3");
        assert_eq!(refused.err(), Some(Exceeded::Total));
        drop(first);
        assert!(admit(&connections, "192.0.2.1").is_ok());
        let open = connections.open.lock().expect("the count");
        assert_eq!(open.total, 2, "the last one was dropped at once");
    }

    #[test]
    fn one_ipv6_network_counts_as_one_address() {
        let connections = Connections::new(Bounds {
            total: 9,
            per_address: 1,
        });
        let _first = admit(&connections, "2001:db8::1").expect("room");
        assert!(admit(&connections, "2001:db8::ffff:2").is_err());
        assert!(admit(&connections, "2001:db8:0:1::1").is_ok());
    }
}
