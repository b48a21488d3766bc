//! Waiting for a condition.

use anyhow::{Result, bail};
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(120);
const INTERVAL: Duration = Duration::from_millis(100);

/// Calls the check until it returns `None`; its text says what is missing.
pub fn until(what: &str, mut missing: impl FnMut() -> Result<Option<String>>) -> Result<()> {
    let began = Instant::now();
    loop {
        let Some(text) = missing()? else {
            return Ok(());
        };
        if began.elapsed() > LIMIT {
            bail!("{what}: not after {} s: {text}", LIMIT.as_secs());
        }
        thread::sleep(INTERVAL);
    }
}
