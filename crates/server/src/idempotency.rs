//! `Idempotency-Key` header.

use crate::problem::{self, ApiResult};
use axum::http::HeaderMap;

/// Longest key, in bytes.
const MAX_KEY: usize = 255;

/// Returns the key of a request, or `None` if it has none.
pub fn key(headers: &HeaderMap) -> ApiResult<Option<String>> {
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
