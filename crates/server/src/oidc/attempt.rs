//! Sign-ins under way: each is sealed in a cookie of the browser that began it, and used once.

use crate::clock;
use crate::secrets::SecretCipher;
use crate::tokens;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use vestibule_model::time::Timestamp;

/// Time for a person to sign in at the provider.
pub const LIFE: Duration = Duration::from_secs(10 * 60);

/// Most used sign-ins in memory; beyond that the oldest is removed. The provider refuses a used code
/// as well.
const MOST_USED: usize = 10_000;

/// Sign-in under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The provider's name.
    pub provider: String,
    /// The state, which the provider sends back.
    pub state: String,
    /// The nonce, which the ID token must have.
    pub nonce: String,
    /// The PKCE verifier.
    pub verifier: String,
    /// The path to return to.
    pub next: String,
    /// Time of its end, in milliseconds since 1970.
    pub until: i64,
}

/// Sign-ins that were used.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<String, i64>>);

impl Attempts {
    /// Returns the value of a cookie for a sign-in that begins now. It ends after [`LIFE`].
    pub fn seal(cipher: &SecretCipher, mut pending: Pending) -> String {
        let life = i64::try_from(LIFE.as_millis()).unwrap_or(i64::MAX);
        pending.until = clock::now().as_millis() + life;
        let text = serde_json::to_vec(&pending).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(cipher.seal_sign_in(&text))
    }

    /// Returns the sign-in of a cookie, once, if it is one with this provider and state.
    pub fn redeem(
        &self,
        cipher: &SecretCipher,
        cookie: &str,
        provider: &str,
        state: &str,
        now: Timestamp,
    ) -> Option<Pending> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let text = cipher.open_sign_in(&sealed).ok()?;
        let pending: Pending = serde_json::from_slice(&text).ok()?;
        // Hashes: the time of the comparison reveals nothing of the state.
        let is_own = tokens::hash(&pending.state) == tokens::hash(state);
        let is_good = is_own && pending.provider == provider && pending.until > now.as_millis();
        (is_good && self.is_first_use(&pending, now)).then_some(pending)
    }

    fn is_first_use(&self, pending: &Pending, now: Timestamp) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, until| *until > now.as_millis());
        if used.len() >= MOST_USED {
            let oldest = used.iter().min_by_key(|(_, until)| **until);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                used.remove(&oldest);
            }
        }
        let hash = tokens::hash(&pending.state);
        used.insert(hash, pending.until).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::time::Millis;

    fn pending() -> Pending {
        Pending {
            provider: "lab".to_owned(),
            state: "s".to_owned(),
            nonce: "n".to_owned(),
            verifier: "v".to_owned(),
            next: "/workspaces".to_owned(),
            until: 0,
        }
    }

    #[test]
    fn a_sign_in_is_used_once_by_the_browser_that_began_it() {
        let (cipher, attempts) = (SecretCipher::random(), Attempts::default());
        let cookie = Attempts::seal(&cipher, pending());
        let now = clock::now();
        let redeem = |cookie: &str, provider: &str, state: &str, now| {
            attempts.redeem(&cipher, cookie, provider, state, now)
        };
        assert_eq!(redeem(&cookie, "lab", "other", now), None);
        assert_eq!(redeem(&cookie, "other", "s", now), None);
        assert_eq!(
            redeem(&cookie, "lab", "s", now + Millis::from_secs(601)),
            None
        );
        assert_eq!(redeem("", "lab", "s", now), None);
        let mut changed = cookie.clone().into_bytes();
        changed[40] = if changed[40] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        assert_eq!(redeem(&changed, "lab", "s", now), None);
        assert!(
            attempts
                .redeem(&SecretCipher::random(), &cookie, "lab", "s", now)
                .is_none()
        );
        let found = redeem(&cookie, "lab", "s", now).expect("the first use");
        assert_eq!(found.verifier, "v");
        assert_eq!(redeem(&cookie, "lab", "s", now), None);
    }
}
