//! Limit of failed sign-ins, counted by username, by address and by known browser.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Attempts for one username from one address, or from one known browser, that a window allows.
pub const ATTEMPTS: u32 = 10;
/// Attempts from one address, over all usernames.
pub const ATTEMPTS_PER_ADDRESS: u32 = 60;
/// Attempts for one username, over all addresses.
pub const ATTEMPTS_PER_NAME: u32 = 100;
/// Length of a window, which its first attempt opens.
pub const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Most windows in memory.
const MAX_KEPT: usize = 10_000;

/// Attempt to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The username as typed.
    pub username: &'a str,
    /// The address that it comes from.
    pub from: IpAddr,
    /// The hash of the browser's device token, if it has signed in with this username before.
    /// Failures of other clients do not count for it.
    pub device: Option<&'a str>,
}

/// Limiter of sign-ins. An attempt counts as failed until it succeeds, so that many at once do not
/// slip through. Names that do not exist count like others: the limit must not reveal them.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<HashMap<Key, Window>>);

/// Kind of a one-time token that a client guesses. Each kind has a count of its own, so that guesses
/// of one hold up nothing else from the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guess {
    /// The token of an invitation.
    Invitation,
    /// The token of the link that creates the first administrator.
    SetUp,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Guess(Guess, IpAddr),
    Device(String),
    Pair(String, IpAddr),
    Address(IpAddr),
    Name(String),
}

impl Key {
    fn limit(&self) -> u32 {
        match self {
            Self::Guess(..) | Self::Device(_) | Self::Pair(..) => ATTEMPTS,
            Self::Address(_) => ATTEMPTS_PER_ADDRESS,
            Self::Name(_) => ATTEMPTS_PER_NAME,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    attempts: u32,
}

impl Limiter {
    /// Counts an attempt. The error is the number of seconds to wait after too many.
    pub fn attempt(&self, attempt: Attempt<'_>, now: Instant) -> Result<(), u64> {
        self.count(keys(attempt), now)
    }

    /// Counts a wrong one-time token. The error is the number of seconds to wait after too many.
    pub fn guess(&self, kind: Guess, from: IpAddr, now: Instant) -> Result<(), u64> {
        self.count(vec![Key::Guess(kind, from)], now)
    }

    fn count(&self, keys: Vec<Key>, now: Instant) -> Result<(), u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in &keys {
            let Some(window) = windows.get(key) else {
                continue;
            };
            let passed = now.saturating_duration_since(window.began);
            if passed < WINDOW && window.attempts >= key.limit() {
                return Err((WINDOW - passed).as_secs().max(1));
            }
        }
        make_room(&mut windows, keys.len(), now)?;
        for key in keys {
            let window = windows.entry(key).or_insert(Window {
                began: now,
                attempts: 0,
            });
            if now.saturating_duration_since(window.began) >= WINDOW {
                *window = Window {
                    began: now,
                    attempts: 0,
                };
            }
            window.attempts += 1;
        }
        Ok(())
    }

    /// Reverts an attempt after a successful sign-in, and resets the count of its name and
    /// address. The other counts keep what others failed.
    pub fn succeeded(&self, attempt: Attempt<'_>) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(attempt) {
            if matches!(key, Key::Device(_) | Key::Pair(..)) {
                windows.remove(&key);
            } else if let Some(window) = windows.get_mut(&key) {
                window.attempts = window.attempts.saturating_sub(1);
            }
        }
    }
}

fn keys(attempt: Attempt<'_>) -> Vec<Key> {
    // Names are compared without case when one signs in.
    let name = attempt.username.to_lowercase();
    match attempt.device {
        Some(device) => vec![Key::Device(device.to_owned())],
        None => vec![
            Key::Pair(name.clone(), attempt.from),
            Key::Address(attempt.from),
            Key::Name(name),
        ],
    }
}

/// Makes room for new windows. Windows with fewer attempts are evicted first, and full ones never:
/// filling the table must not reset anybody's count. The error is the number of seconds to wait.
fn make_room(windows: &mut HashMap<Key, Window>, count: usize, now: Instant) -> Result<(), u64> {
    if windows.len() + count <= MAX_KEPT {
        return Ok(());
    }
    windows.retain(|_, window| now.saturating_duration_since(window.began) < WINDOW);
    if windows.len() + count <= MAX_KEPT {
        return Ok(());
    }
    let mut least: Vec<_> = windows
        .iter()
        .filter(|(key, window)| window.attempts < key.limit())
        .map(|(key, window)| (window.attempts, window.began, key.clone()))
        .collect();
    if least.len() < count {
        return Err(WINDOW.as_secs());
    }
    least.sort_unstable_by_key(|(attempts, began, _)| (*attempts, *began));
    // Many at once, so that a flood does not sort the table for every attempt.
    for (_, _, key) in least.into_iter().take(MAX_KEPT / 10) {
        windows.remove(&key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn from(username: &str, from: IpAddr) -> Attempt<'_> {
        Attempt {
            username,
            from,
            device: None,
        }
    }

    fn address(n: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + n).into()
    }

    #[test]
    fn too_many_attempts_have_to_wait() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..ATTEMPTS {
            assert_eq!(limiter.attempt(from("ada", HERE), start), Ok(()));
        }
        assert_eq!(limiter.attempt(from("ADA", HERE), start), Err(300));
        assert_eq!(limiter.attempt(from("bob", HERE), start), Ok(()));
        assert_eq!(limiter.attempt(from("ada", HERE), start + WINDOW), Ok(()));
    }

    #[test]
    fn a_successful_sign_in_resets_the_count() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..3 * ATTEMPTS_PER_NAME {
            assert_eq!(limiter.attempt(from("ada", HERE), start), Ok(()));
            limiter.succeeded(from("ada", HERE));
        }
    }

    /// Security, SH3: 10 wrong invitations ended all sign-ins through providers behind one address.
    #[test]
    fn guesses_of_one_kind_hold_up_nothing_else() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..ATTEMPTS {
            assert_eq!(limiter.guess(Guess::Invitation, HERE, start), Ok(()));
        }
        for _ in 0..ATTEMPTS_PER_NAME {
            assert_eq!(limiter.guess(Guess::Invitation, HERE, start), Err(300));
        }
        assert_eq!(limiter.guess(Guess::SetUp, HERE, start), Ok(()));
        assert_eq!(limiter.guess(Guess::Invitation, address(1), start), Ok(()));
        for n in 0..ATTEMPTS_PER_ADDRESS {
            let name = format!("u{n}");
            assert_eq!(limiter.attempt(from(&name, HERE), start), Ok(()));
        }
    }

    /// Security review, finding 4.
    #[test]
    fn a_flood_of_names_and_addresses_resets_no_count() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for _ in 0..ATTEMPTS {
            assert_eq!(limiter.attempt(from("admin", HERE), start), Ok(()));
        }
        for n in 0..2 * u32::try_from(MAX_KEPT).expect("small") {
            let _ = limiter.attempt(from(&format!("u{n}"), address(n / 8)), start);
        }
        assert!(limiter.0.lock().expect("not poisoned").len() <= MAX_KEPT);
        assert_eq!(limiter.attempt(from("admin", HERE), start), Err(300));
    }

    /// Security review, finding 4.
    #[test]
    fn one_address_has_a_bound_over_all_names() {
        let limiter = Limiter::default();
        let start = Instant::now();
        let refused = (0..=ATTEMPTS_PER_ADDRESS)
            .filter(|n| {
                let name = format!("u{n}");
                limiter.attempt(from(&name, HERE), start).is_err()
            })
            .count();
        assert_eq!(refused, 1);
        assert_eq!(limiter.attempt(from("ada", address(1)), start), Ok(()));
    }

    #[test]
    fn one_name_has_a_bound_over_all_addresses() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for n in 0..ATTEMPTS_PER_NAME {
            assert_eq!(limiter.attempt(from("ada", address(n)), start), Ok(()));
        }
        assert!(limiter.attempt(from("ada", HERE), start).is_err());
    }

    /// Security review, finding 5.
    #[test]
    fn strangers_do_not_lock_a_known_browser_out() {
        let limiter = Limiter::default();
        let start = Instant::now();
        for n in 0..ATTEMPTS_PER_NAME {
            let _ = limiter.attempt(from("ada", address(n / ATTEMPTS)), start);
            let _ = limiter.attempt(from("ada", HERE), start);
        }
        let known = Attempt {
            device: Some("hash"),
            ..from("ada", HERE)
        };
        assert!(limiter.attempt(from("ada", HERE), start).is_err());
        for _ in 0..ATTEMPTS {
            assert_eq!(limiter.attempt(known, start), Ok(()));
        }
        assert_eq!(
            limiter.attempt(known, start),
            Err(300),
            "it has a bound of its own"
        );
    }
}
