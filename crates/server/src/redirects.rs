//! Detection of redirects in a circle: a proxy that does not pass `Host` on sends each visitor back to
//! where they come from.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Redirects of one client in a window that are no circle. Browsers give up after 20.
const MOST: u32 = 8;
/// Length of a window from its first redirect on.
const WINDOW: Duration = Duration::from_secs(10);
/// Most clients in memory.
const MAX_KEPT: usize = 1_000;
/// Shortest time between two log lines about it.
const QUIET: Duration = Duration::from_secs(60);

/// Redirects to the public address, by client.
#[derive(Debug, Default)]
pub struct Redirects(Mutex<Recent>);

#[derive(Debug, Default)]
struct Recent {
    clients: HashMap<IpAddr, (Instant, u32)>,
    warned: Option<Instant>,
}

/// Response to a visitor who used another host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectVerdict {
    /// A redirect.
    Redirect,
    /// Redirected in a circle; `warn`: the log has not mentioned it for a while.
    Circle {
        /// `true` if it is to be logged.
        warn: bool,
    },
}

impl Redirects {
    /// Counts a visit by another name.
    pub fn count(&self, client: IpAddr, now: Instant) -> RedirectVerdict {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |began: Instant| now.saturating_duration_since(began) >= WINDOW;
        if recent.clients.len() >= MAX_KEPT {
            recent.clients.retain(|_, (began, _)| !is_over(*began));
        }
        if recent.clients.len() >= MAX_KEPT {
            return RedirectVerdict::Redirect;
        }
        let (began, count) = recent.clients.entry(client).or_insert((now, 0));
        if is_over(*began) {
            (*began, *count) = (now, 0);
        }
        *count += 1;
        if *count <= MOST {
            return RedirectVerdict::Redirect;
        }
        let was_quiet = recent
            .warned
            .is_none_or(|at| now.saturating_duration_since(at) >= QUIET);
        if was_quiet {
            recent.warned = Some(now);
        }
        RedirectVerdict::Circle { warn: was_quiet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    /// Reliability review, finding 10.
    #[test]
    fn many_redirects_of_one_client_are_a_circle() {
        let redirects = Redirects::default();
        let (here, start) = (IpAddr::V4(Ipv4Addr::LOCALHOST), Instant::now());
        for _ in 0..MOST {
            assert_eq!(redirects.count(here, start), RedirectVerdict::Redirect);
        }
        assert_eq!(
            redirects.count(here, start),
            RedirectVerdict::Circle { warn: true }
        );
        assert_eq!(
            redirects.count(here, start),
            RedirectVerdict::Circle { warn: false }
        );
        let other = IpAddr::V4(Ipv4Addr::BROADCAST);
        assert_eq!(redirects.count(other, start), RedirectVerdict::Redirect);
        assert_eq!(
            redirects.count(here, start + WINDOW),
            RedirectVerdict::Redirect
        );
    }
}
