//! Limit of failed sign-ins, counted by username and address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Attempts that a window allows.
pub const TRIES: u32 = 10;
/// Length of a window from its first attempt on.
pub const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Most windows in memory; beyond that the oldest is evicted.
const MAX_KEPT: usize = 10_000;

type Key = (String, IpAddr);

/// Limiter of sign-ins. An attempt counts as failed until it succeeds, so that many at once do not
/// slip through.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<Key, Window>>);

#[derive(Debug)]
struct Window {
    began: Instant,
    tries: u32,
}

impl Limiter {
    /// Counts an attempt. The error is the number of seconds to wait after too many.
    pub fn attempt(&self, username: &str, from: IpAddr, now: Instant) -> Result<(), u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_KEPT {
            make_room(&mut windows, now);
        }
        let window = windows.entry(key(username, from)).or_insert(Window {
            began: now,
            tries: 0,
        });
        let passed = now.saturating_duration_since(window.began);
        if passed >= WINDOW {
            *window = Window {
                began: now,
                tries: 0,
            };
        } else if window.tries >= TRIES {
            return Err((WINDOW - passed).as_secs().max(1));
        }
        window.tries += 1;
        Ok(())
    }

    /// Resets the count after a successful sign-in.
    pub fn succeeded(&self, username: &str, from: IpAddr) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.remove(&key(username, from));
    }
}

fn key(username: &str, from: IpAddr) -> Key {
    // Names are compared without case when one signs in; unreasonably long ones are no names.
    let name = username.chars().take(64).collect::<String>();
    (name.to_lowercase(), from)
}

fn make_room(windows: &mut HashMap<Key, Window>, now: Instant) {
    windows.retain(|_, window| now.saturating_duration_since(window.began) < WINDOW);
    if windows.len() >= MAX_KEPT
        && let Some(oldest) = windows
            .iter()
            .min_by_key(|(_, window)| window.began)
            .map(|(key, _)| key.clone())
    {
        windows.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn too_many_tries_have_to_wait() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..TRIES {
            assert_eq!(limiter.attempt("ada", HERE, start), Ok(()));
        }
        assert_eq!(limiter.attempt("ADA", HERE, start), Err(300));
        assert_eq!(limiter.attempt("bob", HERE, start), Ok(()));
        assert_eq!(limiter.attempt("ada", HERE, start + WINDOW), Ok(()));
    }

    #[test]
    fn a_successful_sign_in_resets_the_count() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..3 * TRIES {
            assert_eq!(limiter.attempt("ada", HERE, start), Ok(()));
            limiter.succeeded("ada", HERE);
        }
    }
}
