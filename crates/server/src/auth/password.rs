//! Password hashing with argon2id, on blocking threads and only a few at once.

use crate::problem::{self, Answer};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Passwords that are hashed at once; each takes 46 MiB and a whole core.
const AT_ONCE: usize = 2;

/// Memory in KiB, passes and lanes: one of the equally strong choices of the OWASP "Password Storage
/// Cheat Sheet". This one takes more memory for a shorter time: pieces above 32 MiB go back to
/// the system as soon as they are freed (glibc, `M_MMAP_THRESHOLD`), smaller ones would be held for
/// ever by an idle server.
const COST: (u32, u32, u32) = (47_104, 1, 1);

/// Password hasher with a bound of concurrent work.
#[derive(Debug)]
pub struct Passwords {
    permits: Semaphore,
    /// Hash to verify against for an unknown user, so that the response time does not reveal
    /// whether the user exists.
    nobody: String,
}

impl Passwords {
    /// Creates a hasher. This hashes one password for unknown users.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            permits: Semaphore::new(AT_ONCE),
            nobody: hash(&crate::tokens::random())?,
        })
    }

    /// Hashes a password for the store.
    pub async fn hash(&self, password: String) -> Answer<String> {
        self.work(move || hash(&password)).await?.map_err(|error| {
            tracing::error!(%error, "a password cannot be hashed");
            problem::internal()
        })
    }

    /// Returns whether a password matches the stored hash. Takes as long for a user who does not
    /// exist.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Answer<bool> {
        let is_known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let is_right = self.work(move || verify(&password, &stored)).await?;
        Ok(is_right && is_known)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Answer<T> {
        let permit = self.permits.acquire().await;
        let result = tokio::task::spawn_blocking(work).await;
        drop(permit);
        result.map_err(|error| {
            tracing::error!(%error, "hashing a password ended early");
            problem::internal()
        })
    }
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

/// Returns whether a password matches the stored hash. Blocks this thread for some 60 ms.
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

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_fits() {
        let passwords = Passwords::new().expect("hashing works");
        let stored = passwords.hash("correct horse".to_owned()).await;
        let stored = stored.expect("hashing works");
        assert!(stored.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
        let fits = async |password: &str, stored: Option<&String>| {
            passwords
                .verify(password.to_owned(), stored.cloned())
                .await
                .expect("checking works")
        };
        assert!(fits("correct horse", Some(&stored)).await);
        assert!(!fits("correct hors", Some(&stored)).await);
        assert!(!fits("correct horse", None).await);
        assert!(!fits("", Some(&"garbled".to_owned())).await);
    }
}
