//! Waiting for conditions. Nothing here sleeps and hopes: what does not come about is an error that
//! says how far it got.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// For what should come about at once, even on a slow machine.
pub const SHORT: Duration = Duration::from_secs(15);

/// For what takes a process or two to start.
pub const LONG: Duration = Duration::from_secs(45);

const PAUSE: Duration = Duration::from_millis(60);

/// Asks again until there is an answer, for [`SHORT`]; `what` finishes "waited for …".
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    until_within(SHORT, what, ask).await
}

/// Asks again until there is an answer. An error counts as no answer yet: a page that changes
/// under the question is normal. The last one is told at the end.
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
