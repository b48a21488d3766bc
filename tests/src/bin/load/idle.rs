//! Cost of a hundred running workbenches without any activity.

use crate::{report, resident};
use anyhow::{Context, Result};
use std::fs;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use vestibule_e2e::Server;

/// Number of running workbenches.
const WORKBENCHES: usize = 100;
/// Duration of the measurement.
const WATCH: Duration = Duration::from_secs(20);
/// Unit of processor time in `/proc`, on every current Linux: hundredths of a second.
const TICKS: f64 = 100.0;

pub async fn measure() -> Result<()> {
    let server = Server::start(true).await?;
    let api = server.api().await?;
    let workspace = api.workspace("Bench").await?;
    report(
        "Server, idle, nothing running",
        &format!("{:.1} MB resident", resident(&server)?),
    )?;
    let began = Instant::now();
    let mut all = Vec::new();
    for number in 0..WORKBENCHES {
        let name = format!("Idle {number}");
        all.push(api.workbench(&workspace, &name, "welcome").await?);
    }
    for id in &all {
        api.until_status(id, "Running").await?;
    }
    report(
        "100 local workbenches, asked for to all Ready",
        &format!("{:.1} s", began.elapsed().as_secs_f64()),
    )?;
    // The work that follows the starts is finished by then.
    sleep(Duration::from_secs(3)).await;
    let (before, began) = (processor(&server)?, Instant::now());
    sleep(WATCH).await;
    let used = (processor(&server)? - before) / began.elapsed().as_secs_f64();
    report(
        "Server, idle, 100 local workbenches running",
        &format!(
            "{:.1} MB resident, {:.2} % of a core",
            resident(&server)?,
            100.0 * used
        ),
    )
}

/// Returns the seconds of processor time that the server has used.
fn processor(server: &Server) -> Result<f64> {
    let process = server.process().context("the server does not run")?;
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The process name in front may contain anything, but ends with the last bracket.
    let (_, fields) = text.rsplit_once(')').context("an unknown form")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<f64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS)
}
