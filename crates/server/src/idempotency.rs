//! The `Idempotency-Key`: what makes sending twice the same as sending once.

use crate::problem::{self, Answer};
use axum::http::HeaderMap;

/// The longest key.
const MAX_KEY: usize = 255;

/// The key of a request, if it has one.
pub fn key(headers: &HeaderMap) -> Answer<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(problem::invalid_field(
            "Idempotency-Key",
            format!("Use 1 to {MAX_KEY} visible ASCII characters."),
        )),
    }
}
