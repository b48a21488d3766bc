//! Measures response times in a real browser; `cargo xtask bench` runs it: with `tabs` those of tabs,
//! without an argument all others.

mod first_load;
mod rows;
mod start;
mod tabs;
mod updates;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{Write, stdout};
use vestibule_e2e::Scene;

/// Script that records paint times in each measured page.
const PROBE: &str = include_str!("probe.js");

#[tokio::main]
async fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("tabs") => return tabs::measure().await,
        Some(other) => bail!("unknown part `{other}`; there is tabs"),
        None => {}
    }
    updates::measure().await?;
    start::measure().await?;
    rows::measure().await?;
    first_load::measure().await
}

/// Runs an asynchronous script in the page, which calls its last argument.
async fn later(scene: &Scene, script: &str, args: Vec<Value>) -> Result<Value> {
    let client = scene.page.client();
    let answer = client.execute_async(script, args).await;
    answer.with_context(|| format!("a script failed: {script}"))
}

/// Returns the value below which this share of the values is.
fn share(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a short list"
    )]
    let place = ((times.len() as f64 * share).ceil() as usize).max(1) - 1;
    times.get(place).copied().unwrap_or(f64::NAN)
}

/// Formats median, 95th percentile and maximum.
fn spread(mut times: Vec<f64>) -> String {
    format!(
        "p50 {:.0} ms, p95 {:.0} ms, worst {:.0} ms, of {}",
        share(&mut times, 0.5),
        share(&mut times, 0.95),
        share(&mut times, 1.0),
        times.len()
    )
}

fn report(what: &str, figure: &str) -> Result<()> {
    writeln!(stdout(), "{what:52} {figure}").context("failed to write")
}
