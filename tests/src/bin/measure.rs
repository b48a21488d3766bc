//! Measures the times of a start, and the server's memory; `cargo xtask bench` runs it.

use anyhow::{Context, Result};
use std::io::{Write, stdout};
use std::time::{Duration, Instant};
use vestibule_e2e::{Api, LONG, Role, Scene, resident_kilobytes, until_within};

/// Number of repetitions; the median is printed, with the extremes.
const ROUNDS: usize = 7;

/// Number of running workbenches at the second measurement of memory.
const MANY: usize = 20;

#[tokio::main]
async fn main() -> Result<()> {
    Scene::play(async |scene| {
        let api = scene.server.api().await?;
        let workspace = api.workspace("Bench").await?;
        report("Server, idle, nothing running", &resident(scene)?)?;

        let by_api = by_api(&api, &workspace).await?;
        report("Welcome, click to Running, by the API", &times(by_api))?;
        let by_browser = by_browser(scene, &api, &workspace).await?;
        report(
            "Welcome, click to inside, in the browser",
            &times(by_browser),
        )?;

        let mut all = Vec::new();
        for number in 0..MANY {
            let name = format!("Many {number}");
            all.push(api.workbench(&workspace, &name, "welcome").await?);
        }
        for id in &all {
            api.until_status(id, "Running").await?;
        }
        let what = format!("Server, {MANY} workbenches running");
        report(&what, &resident(scene)?)
    })
    .await
}

/// Returns the times from the request to the first response with Running.
async fn by_api(api: &Api, workspace: &str) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let began = Instant::now();
        let name = format!("Round {round}");
        let id = api.workbench(workspace, &name, "welcome").await?;
        api.until_status(&id, "Running").await?;
        times.push(began.elapsed());
        away(api, &id).await?;
    }
    Ok(times)
}

/// Returns the times from the click on "Start again" to the app's page in the frame.
async fn by_browser(scene: &Scene, api: &Api, workspace: &str) -> Result<Vec<Duration>> {
    let page = &scene.page;
    let id = api.workbench(workspace, "Clicked", "welcome").await?;
    api.until_status(&id, "Running").await?;
    let path = format!("/workspaces/{workspace}/sessions/{id}");
    scene.open_signed_in(&path).await?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        page.find_within(LONG, Role::Frame, "Clicked").await?;
        page.click(Role::Button, "Stop").await?;
        page.click(Role::Button, "Stop workbench").await?;
        page.find_within(LONG, Role::Button, "Start again").await?;
        let began = Instant::now();
        page.click(Role::Button, "Start again").await?;
        page.enter("Clicked").await?;
        page.find_within(LONG, Role::Timer, "Clock").await?;
        times.push(began.elapsed());
        page.leave().await?;
    }
    away(api, &id).await?;
    Ok(times)
}

async fn away(api: &Api, id: &str) -> Result<()> {
    let path = format!("/api/workbenches/{id}");
    api.delete(&path).await?.ok()?;
    until_within(LONG, "a workbench to be gone", async || {
        Ok((api.get(&path).await?.status == 404).then_some(()))
    })
    .await
}

fn resident(scene: &Scene) -> Result<String> {
    let process = scene.server.process().context("the server does not run")?;
    let kilobytes = resident_kilobytes(process).context("the system does not report its memory")?;
    Ok(format!("{:.1} MB resident", kilobytes as f64 / 1024.0))
}

fn times(mut times: Vec<Duration>) -> String {
    times.sort();
    let milliseconds = |index: usize| times.get(index).map_or(0, Duration::as_millis);
    format!(
        "{} ms (from {} to {}, of {})",
        milliseconds(times.len() / 2),
        milliseconds(0),
        milliseconds(times.len().saturating_sub(1)),
        times.len()
    )
}

fn report(what: &str, figure: &str) -> Result<()> {
    writeln!(stdout(), "{what:42} {figure}").context("failed to write")
}
