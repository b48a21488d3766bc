//! Measures what people see in a real browser, and how soon; `cargo xtask bench` runs it.

mod first_load;
mod news;
mod rows;
mod start;

use anyhow::{Context, Result};
use serde_json::Value;
use std::io::{Write, stdout};
use vestibule_e2e::Scene;

/// What pages are looked at with.
const PROBE: &str = include_str!("probe.js");

#[tokio::main]
async fn main() -> Result<()> {
    news::measure().await?;
    start::measure().await?;
    rows::measure().await?;
    first_load::measure().await
}

/// Runs a script in the page that answers later, by its last argument.
async fn later(scene: &Scene, script: &str, args: Vec<Value>) -> Result<Value> {
    let client = scene.page.client();
    let answer = client.execute_async(script, args).await;
    answer.with_context(|| format!("a script failed: {script}"))
}

/// The value below which this share of them is.
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

/// The middle, what nearly all are below, and the worst.
fn spread(mut times: Vec<f64>) -> String {
    format!(
        "p50 {:.0} ms, p95 {:.0} ms, worst {:.0} ms, of {}",
        share(&mut times, 0.5),
        share(&mut times, 0.95),
        share(&mut times, 1.0),
        times.len()
    )
}

fn tell(what: &str, figure: &str) -> Result<()> {
    writeln!(stdout(), "{what:52} {figure}").context("failed to write")
}
