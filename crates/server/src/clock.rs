//! Wall clock.

use std::time::{SystemTime, UNIX_EPOCH};
use vestibule_model::time::Timestamp;

/// Returns the current time. A clock set before 1970 counts as 1970.
pub fn now() -> Timestamp {
    let millis = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
