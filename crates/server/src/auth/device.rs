//! Device tokens: a browser that has signed in before is known again.
//!
//! Failed sign-ins of other clients then do not lock its user out (OWASP, "Slow Down Online Guessing
//! Attacks with Device Cookies"). A token opens nothing; it only has a count of its own.

use crate::cookies::{self, Cookies};
use crate::secrets::SecretCipher;
use crate::tokens;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Returns the hash of the browser's token, or `None` if it has none for this username.
pub fn known(
    headers: &HeaderMap,
    cookies: Cookies,
    cipher: &SecretCipher,
    username: &str,
) -> Option<String> {
    let token = cookies::read(headers, cookies.device()).ok()??;
    let sealed = URL_SAFE_NO_PAD.decode(&token).ok()?;
    cipher
        .is_device(&username.to_lowercase(), &sealed)
        .then(|| tokens::hash(&token))
}

/// Returns a `Set-Cookie` value with a new token for this username.
pub fn cookie(cookies: Cookies, cipher: &SecretCipher, username: &str) -> HeaderValue {
    let token = URL_SAFE_NO_PAD.encode(cipher.device(&username.to_lowercase()));
    cookies.set(cookies.device(), &token)
}
