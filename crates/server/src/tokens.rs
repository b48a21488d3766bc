//! Random tokens and identifiers, and hashes of tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt;
use sha2::{Digest, Sha256};
use vestibule_model::ids::{ID_ALPHABET, ID_LENGTH, uuid_7};
use vestibule_model::time::Timestamp;

/// Returns a token of 256 random bits, in characters that need no escaping.
pub fn random() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns the hash of a token for the store: a reader of the database cannot use it.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// Returns a new identifier, such as `ws-7k2m9x4q` for the prefix `ws-`.
pub fn id(prefix: &str) -> String {
    let mut rng = rand::rng();
    let tail =
        (0..ID_LENGTH).map(|_| char::from(ID_ALPHABET[rng.random_range(0..ID_ALPHABET.len())]));
    prefix.chars().chain(tail).collect()
}

/// Returns a new UUID of version 7 for this time.
pub fn uuid(now: Timestamp) -> String {
    uuid_7(
        u64::try_from(now.as_millis()).unwrap_or(0),
        rand::rng().random(),
    )
}

/// Returns an identifier that is the same for the same parts and that others cannot choose.
pub fn derived_id(prefix: &str, parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    let tail = digest
        .finalize()
        .into_iter()
        .take(16)
        .map(|byte| char::from(ID_ALPHABET[usize::from(byte) % ID_ALPHABET.len()]));
    prefix.chars().chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::ids::WorkbenchId;

    #[test]
    fn identifiers_are_identifiers() {
        assert!(WorkbenchId::parse(&id("wb-")).is_some());
        let derived = derived_id("wb-", &["u-1", "ws-1", "key"]);
        assert!(WorkbenchId::parse(&derived).is_some());
        assert_eq!(derived, derived_id("wb-", &["u-1", "ws-1", "key"]));
        assert_ne!(derived, derived_id("wb-", &["u-1", "ws-1k", "ey"]));
    }

    #[test]
    fn tokens_differ_and_their_hash_does_not_show_them() {
        let token = random();
        assert_ne!(token, random());
        assert_eq!(token.len(), 43);
        assert!(!hash(&token).contains(&token));
    }
}
