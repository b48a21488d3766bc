//! Password hashing with argon2id, on blocking threads and only a few at once.
//!
//! Those who wait are bounded: otherwise many sign-ins at once would hold up everybody's.

use crate::problem::{self, ApiResult};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Passwords that are hashed at once; each takes 46 MiB and a whole core.
const AT_ONCE: usize = 2;
/// Sign-ins in one lane that are under way at once, those that wait included.
pub const MOST: usize = 16;
/// Sign-ins from one address that are under way at once.
pub const MOST_PER_ADDRESS: usize = 8;

/// Memory in KiB, passes and lanes: one of the equally strong choices of the OWASP "Password Storage
/// Cheat Sheet". This one takes more memory for a shorter time: pieces above 32 MiB go back to
/// the system as soon as they are freed (glibc, `M_MMAP_THRESHOLD`), smaller ones would be held for
/// ever by an idle server.
const COST: (u32, u32, u32) = (47_104, 1, 1);

/// Password hasher with a bound of concurrent work.
///
/// Browsers that have signed in before have a lane of their own, so that other clients cannot hold them
/// up.
#[derive(Debug)]
pub struct Passwords {
    strangers: Lane,
    known: Lane,
    /// Hash to verify against for an unknown user, so that the response time does not reveal
    /// whether the user exists.
    nobody: String,
}

/// Sign-ins that share a number of hashes at once.
#[derive(Debug)]
struct Lane {
    permits: Semaphore,
    under_way: Mutex<LaneCounts>,
}

#[derive(Debug, Default)]
struct LaneCounts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Lane {
    fn new(at_once: usize) -> Self {
        Self {
            permits: Semaphore::new(at_once),
            under_way: Mutex::default(),
        }
    }

    fn enter(&self, from: IpAddr) -> Option<LanePermit<'_>> {
        let mut under_way = self.under_way();
        let of_address = under_way.by_address.get(&from).copied().unwrap_or(0);
        if under_way.total >= MOST || of_address >= MOST_PER_ADDRESS {
            return None;
        }
        under_way.total += 1;
        under_way.by_address.insert(from, of_address + 1);
        Some(LanePermit { lane: self, from })
    }

    fn under_way(&self) -> MutexGuard<'_, LaneCounts> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Place of a sign-in in its lane, until this is dropped.
#[derive(Debug)]
pub struct LanePermit<'a> {
    lane: &'a Lane,
    from: IpAddr,
}

impl Drop for LanePermit<'_> {
    fn drop(&mut self) {
        let mut under_way = self.lane.under_way();
        under_way.total = under_way.total.saturating_sub(1);
        if let Some(count) = under_way.by_address.get_mut(&self.from) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                under_way.by_address.remove(&self.from);
            }
        }
    }
}

impl Passwords {
    /// Creates a hasher. This hashes one password for unknown users.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            strangers: Lane::new(AT_ONCE),
            known: Lane::new(1),
            nobody: hash(&crate::tokens::random())?,
        })
    }

    /// Enters the queue for a hash; `is_known`: the browser has signed in before. Refused while too
    /// many wait.
    pub fn queue(&self, from: IpAddr, is_known: bool) -> ApiResult<LanePermit<'_>> {
        let lane = if is_known {
            &self.known
        } else {
            &self.strangers
        };
        lane.enter(from).ok_or_else(problem::sign_ins_busy)
    }

    /// Hashes a password for the store.
    pub async fn hash(&self, turn: &LanePermit<'_>, password: String) -> ApiResult<String> {
        work(turn, move || hash(&password)).await?.map_err(|error| {
            tracing::error!(%error, "a password cannot be hashed");
            problem::internal()
        })
    }

    /// Returns `true` if a password matches the stored hash. Takes as long for a user who does not
    /// exist.
    pub async fn verify(
        &self,
        turn: &LanePermit<'_>,
        password: String,
        stored: Option<String>,
    ) -> ApiResult<bool> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let is_right = work(turn, move || verify(&password, &stored)).await?;
        Ok(is_right && is_known)
    }
}

async fn work<T: Send + 'static>(
    turn: &LanePermit<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> ApiResult<T> {
    let permit = turn.lane.permits.acquire().await;
    let result = tokio::task::spawn_blocking(work).await;
    drop(permit);
    result.map_err(|error| {
        tracing::error!(%error, "hashing a password ended early");
        problem::internal()
    })
}

/// Hashes a password with a new salt.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)
        .map_err(|error| anyhow::anyhow!("failed to set up password hashing: {error}"))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| anyhow::anyhow!("failed to hash a password: {error}"))
}

/// Returns `true` if a password matches the stored hash. Blocks this thread for some 60 ms.
pub fn verify(password: &str, stored: &str) -> bool {
    match PasswordHash::new(stored) {
        Ok(hash) => Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok(),
        Err(error) => {
            tracing::error!(%error, "a stored password hash cannot be read");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn address(n: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + n).into()
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_fits() {
        let passwords = Passwords::new().expect("hashing works");
        let turn = passwords.queue(address(0), false).expect("a free lane");
        let stored = passwords.hash(&turn, "correct horse".to_owned()).await;
        let stored = stored.expect("hashing works");
        assert!(stored.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
        let fits = async |password: &str, stored: Option<&String>| {
            passwords
                .verify(&turn, password.to_owned(), stored.cloned())
                .await
                .expect("checking works")
        };
        assert!(fits("correct horse", Some(&stored)).await);
        assert!(!fits("correct hors", Some(&stored)).await);
        assert!(!fits("correct horse", None).await);
        assert!(!fits("", Some(&"garbled".to_owned())).await);
    }

    /// Security review, finding 6.
    #[test]
    fn those_who_wait_are_bounded_and_known_browsers_have_their_own_lane() {
        let passwords = Passwords::new().expect("hashing works");
        let queue = |n| passwords.queue(address(n), false);
        let one: Vec<_> = (0..MOST_PER_ADDRESS).map(|_| queue(0)).collect();
        assert!(one.iter().all(Result::is_ok));
        assert!(queue(0).is_err(), "one address leaves room for others");
        let others: Vec<_> = (1..).map_while(|n| queue(n).ok()).collect();
        assert_eq!(others.len(), MOST - MOST_PER_ADDRESS);
        assert!(passwords.queue(address(0), true).is_ok());
        drop(one);
        assert!(queue(0).is_ok());
    }
}
