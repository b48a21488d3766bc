//! Workspaces' secrets at rest: sealed under one key, each bound to its place.
//!
//! XChaCha20-Poly1305: its nonces are long enough to be drawn at random without keeping count. The
//! workspace and the name are authenticated with the value, so that a row that is moved or copied
//! to another place does not open.

mod key;

pub use key::{FILE, find};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use vestibule_model::ids::WorkspaceId;

const NONCE: usize = 24;
/// First byte of a sealed value, so that another format can follow.
const VERSION: u8 = 1;
/// Plaintext of the mark by which a key is recognised.
const CHECKED: &[u8] = b"vestibule";
/// Place of sign-ins under way.
const SIGN_IN: &[u8] = b"sign-in";

/// Cipher of the secrets.
pub struct SecretCipher(XChaCha20Poly1305);

/// Error of a stored value that is damaged, was moved, or was sealed with another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it does not open with this key")]
pub struct UnsealError;

impl fmt::Debug for SecretCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretCipher(***)")
    }
}

impl SecretCipher {
    /// Creates a cipher with this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Creates a cipher with a random key.
    pub fn random() -> Self {
        Self::new(&rand::rng().random())
    }

    /// Seals a value for its place.
    pub fn seal(&self, workspace: &WorkspaceId, name: &str, value: &SecretString) -> Vec<u8> {
        self.lock(value.expose_secret().as_bytes(), &place(workspace, name))
    }

    /// Opens a value that was sealed for this place.
    pub fn open(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        sealed: &[u8],
    ) -> Result<SecretString, UnsealError> {
        let plain = self.unlock(sealed, &place(workspace, name))?;
        String::from_utf8(plain)
            .map(SecretString::from)
            .map_err(|_| UnsealError)
    }

    /// Returns a mark by which the key is recognised later.
    pub fn mark(&self) -> Vec<u8> {
        self.lock(CHECKED, b"mark")
    }

    /// Returns `true` if a mark was made with this key.
    pub fn knows(&self, mark: &[u8]) -> bool {
        self.unlock(mark, b"mark")
            .is_ok_and(|plain| plain == CHECKED)
    }

    /// Returns a token by which a browser of this user is recognised later.
    pub fn device(&self, username: &str) -> Vec<u8> {
        self.lock(CHECKED, &device_place(username))
    }

    /// Returns `true` if a token was made for this user with this key.
    pub fn is_device(&self, username: &str, token: &[u8]) -> bool {
        self.unlock(token, &device_place(username))
            .is_ok_and(|plain| plain == CHECKED)
    }

    /// Seals a sign-in under way for the browser that began it.
    pub fn seal_sign_in(&self, plain: &[u8]) -> Vec<u8> {
        self.lock(plain, SIGN_IN)
    }

    /// Opens a sign-in under way.
    pub fn open_sign_in(&self, sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
        self.unlock(sealed, SIGN_IN)
    }

    fn lock(&self, plain: &[u8], place: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = rand::rng().random();
        let payload = Payload {
            msg: plain,
            aad: place,
        };
        let locked = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .expect("only messages of 256 GiB and more are refused");
        [&[VERSION], &nonce[..], &locked].concat()
    }

    fn unlock(&self, sealed: &[u8], place: &[u8]) -> Result<Vec<u8>, UnsealError> {
        let (version, rest) = sealed.split_first().ok_or(UnsealError)?;
        let (nonce, locked) = rest.split_first_chunk::<NONCE>().ok_or(UnsealError)?;
        if *version != VERSION {
            return Err(UnsealError);
        }
        let payload = Payload {
            msg: locked,
            aad: place,
        };
        self.0
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| UnsealError)
    }
}

/// Names hold no NUL, so no two places are written alike.
fn place(workspace: &WorkspaceId, name: &str) -> Vec<u8> {
    format!("secret\0{workspace}\0{name}").into_bytes()
}

fn device_place(username: &str) -> Vec<u8> {
    format!("device\0{username}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_with_its_key() {
        let (cipher, here) = (SecretCipher::random(), WorkspaceId::from("ws-here"));
        let value = SecretString::from("hunter2\nand a half");
        let sealed = cipher.seal(&here, "KEY", &value);
        let opened = cipher.open(&here, "KEY", &sealed).expect("it opens");
        assert_eq!(opened.expose_secret(), value.expose_secret());
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
        assert_ne!(
            sealed,
            cipher.seal(&here, "KEY", &value),
            "no two seals are alike"
        );

        assert!(cipher.open(&here, "OTHER", &sealed).is_err());
        assert!(cipher.open(&"ws-there".into(), "KEY", &sealed).is_err());
        assert!(SecretCipher::random().open(&here, "KEY", &sealed).is_err());
        for i in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[i] ^= 1;
            assert!(cipher.open(&here, "KEY", &damaged).is_err(), "byte {i}");
            assert!(cipher.open(&here, "KEY", &sealed[..i]).is_err());
        }
    }

    #[test]
    fn a_device_is_recognised_for_its_own_user_only() {
        let cipher = SecretCipher::random();
        let token = cipher.device("ada");
        assert!(cipher.is_device("ada", &token));
        assert!(!cipher.is_device("bob", &token));
        assert!(!SecretCipher::random().is_device("ada", &token));
        assert!(!cipher.is_device("ada", &cipher.mark()));
    }

    #[test]
    fn a_key_is_recognised() {
        let cipher = SecretCipher::random();
        assert!(cipher.knows(&cipher.mark()));
        assert!(!SecretCipher::random().knows(&cipher.mark()));
        assert!(!cipher.knows(b""));
    }
}
