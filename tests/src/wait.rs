//! Waiting for conditions, with an error that says what was missing.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Limit for what happens at once, even on a slow machine.
pub const SHORT: Duration = Duration::from_secs(15);

/// Limit for the start of a process.
pub const LONG: Duration = Duration::from_secs(45);

const PAUSE: Duration = Duration::from_millis(60);

/// Repeats `ask` until it returns a value, for at most [`SHORT`]; `what` completes "waited for …".
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    until_within(SHORT, what, ask).await
}

/// Repeats `ask` until it returns a value. It is also repeated after an error, since pages change while
/// they are examined; the last error becomes the cause.
pub async fn until_within<T>(
    limit: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let began = Instant::now();
    loop {
        let trouble = match ask().await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if began.elapsed() > limit {
            match trouble {
                Some(error) => return Err(error.context(format!("waited in vain for {what}"))),
                None => bail!("waited {} s in vain for {what}", limit.as_secs()),
            }
        }
        sleep(PAUSE).await;
    }
}
