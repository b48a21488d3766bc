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

/// Most sign-ins under way in one browser; beyond that the oldest ends. Each is a cookie.
const MOST_AT_ONCE: usize = 5;

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

    /// Returns the names of the cookies that make room for one more sign-in: those that have ended or
    /// cannot be read, and the oldest beyond `MOST_AT_ONCE`.
    pub fn surplus(
        cipher: &SecretCipher,
        cookies: Vec<(String, String)>,
        now: Timestamp,
    ) -> Vec<String> {
        let end = |value: &str| open(cipher, value).map_or(0, |pending| pending.until);
        let mut all: Vec<(i64, String)> = cookies
            .into_iter()
            .map(|(name, value)| (end(&value), name))
            .collect();
        all.sort();
        let lasting = all.iter().filter(|(end, _)| *end > now.as_millis()).count();
        let surplus = all.len() - lasting.min(MOST_AT_ONCE - 1);
        all.truncate(surplus);
        all.into_iter().map(|(_, name)| name).collect()
    }

    /// Returns the sign-in of a cookie, once, if it is one with this provider and state. The error has
    /// the path to return to if the sign-in was used before.
    pub fn redeem(
        &self,
        cipher: &SecretCipher,
        cookie: &str,
        provider: &str,
        state: &str,
        now: Timestamp,
    ) -> Result<Pending, Option<String>> {
        let pending = open(cipher, cookie).ok_or(None)?;
        // Hashes: the time of the comparison reveals nothing of the state.
        let is_own = tokens::hash(&pending.state) == tokens::hash(state);
        let is_good = is_own && pending.provider == provider && pending.until > now.as_millis();
        match is_good {
            true if self.is_first_use(&pending, now) => Ok(pending),
            true => Err(Some(pending.next)),
            false => Err(None),
        }
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

fn open(cipher: &SecretCipher, cookie: &str) -> Option<Pending> {
    let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
    let text = cipher.open_sign_in(&sealed).ok()?;
    serde_json::from_slice(&text).ok()
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
        assert_eq!(redeem(&cookie, "lab", "other", now), Err(None));
        assert_eq!(redeem(&cookie, "other", "s", now), Err(None));
        assert_eq!(
            redeem(&cookie, "lab", "s", now + Millis::from_secs(601)),
            Err(None)
        );
        assert_eq!(redeem("", "lab", "s", now), Err(None));
        let mut changed = cookie.clone().into_bytes();
        changed[40] = if changed[40] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        assert_eq!(redeem(&changed, "lab", "s", now), Err(None));
        let other = attempts.redeem(&SecretCipher::random(), &cookie, "lab", "s", now);
        assert_eq!(other, Err(None));
        let found = redeem(&cookie, "lab", "s", now).expect("the first use");
        assert_eq!(found.verifier, "v");
        let again = Err(Some("/workspaces".to_owned()));
        assert_eq!(redeem(&cookie, "lab", "s", now), again);
    }

    /// In use, M11: two tabs had one cookie.
    #[test]
    fn a_browser_has_few_sign_ins_under_way_and_the_oldest_end() {
        let cipher = SecretCipher::random();
        let sealed = |until: i64| {
            let pending = Pending { until, ..pending() };
            let text = serde_json::to_vec(&pending).expect("JSON");
            URL_SAFE_NO_PAD.encode(cipher.seal_sign_in(&text))
        };
        let surplus = |ends: &[i64]| {
            let cookies = ends.iter().map(|end| (end.to_string(), sealed(*end)));
            Attempts::surplus(&cipher, cookies.collect(), Timestamp::from_millis(10))
        };
        assert_eq!(surplus(&[]), Vec::<String>::new());
        assert_eq!(surplus(&[11, 12, 13, 14]), Vec::<String>::new());
        assert_eq!(surplus(&[15, 11, 14, 12, 13]), ["11"]);
        assert_eq!(surplus(&[9, 12]), ["9"]);
        let foreign = vec![("x".to_owned(), "no sign-in".to_owned())];
        let found = Attempts::surplus(&cipher, foreign, Timestamp::from_millis(10));
        assert_eq!(found, ["x"]);
    }
}
