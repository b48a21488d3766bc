//! Time from a change in the server's store to the screen, in the list of workbenches.

use crate::{PROBE, later, report, spread};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;
use vestibule_e2e::{Api, LONG, Scene, until_within};

/// Number of changes sent by the stream.
const STREAMED: usize = 60;
/// Number of changes found by polling.
const POLLED: usize = 20;

/// Removes event streams from the browser, as some proxies do.
pub const NO_STREAM: &str = "delete window.EventSource;";

/// Waits for a text in the table; returns the time of its paint.
const PAINTED: &str = "
    const [text, done] = arguments;
    probe.shown(probe.shows('.rows .row-link', text)).then(done);";

pub async fn measure() -> Result<()> {
    let streamed = Scene::play_longer(async |scene| {
        scene.browser.before_pages(PROBE).await?;
        let (api, bench) = open(scene).await?;
        until_within(LONG, "the stream", async || {
            let live = "return document.querySelector('[data-stream=live]') !== null";
            Ok((scene.page.execute(live, vec![]).await? == true).then_some(()))
        })
        .await?;
        changes(scene, &api, &bench, STREAMED).await
    })
    .await?;
    report("Stored to painted, with the stream", &spread(streamed))?;
    let polled = Scene::play_longer(async |scene| {
        scene.browser.before_pages(PROBE).await?;
        scene.browser.before_pages(NO_STREAM).await?;
        let (api, bench) = open(scene).await?;
        changes(scene, &api, &bench, POLLED).await
    })
    .await?;
    report("Stored to painted, by polling alone", &spread(polled))
}

/// Opens a list with activity, which is polled at the short interval.
async fn open(scene: &Scene) -> Result<(Api, String)> {
    let api = scene.server.api().await?;
    let workspace = api.workspace("Bench").await?;
    api.workbench(&workspace, "Under way", "deaf").await?;
    api.rows(&workspace, 20).await?;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let body = json!({"name": "First", "app": "welcome", "desired": "Stopped"});
    let made = api.post(&path, body).await?.ok()?.json();
    let bench = made["id"].as_str().context("no id")?.to_owned();
    scene
        .open_signed_in(&format!("/workspaces/{workspace}"))
        .await?;
    scene.page.until_text("22 workbenches").await?;
    Ok((api, bench))
}

/// Renames a workbench repeatedly; returns the delay of each name on the screen.
async fn changes(scene: &Scene, api: &Api, bench: &str, count: usize) -> Result<Vec<f64>> {
    let path = format!("/api/workbenches/{bench}");
    let mut times = Vec::new();
    for number in 0..count {
        // Out of step with the page's own clock.
        let pause = 300 + (number as u64 * 377) % 900;
        sleep(Duration::from_millis(pause)).await;
        let name = format!("Named {number:03}");
        let (stored, painted) = tokio::join!(
            api.patch(&path, json!({ "name": name })),
            later(scene, PAINTED, vec![json!(name)])
        );
        let stored = milliseconds(&stored?.ok()?.json()["updatedAt"])?;
        let painted = painted?.as_f64().context("no time")?;
        times.push(painted - stored);
    }
    Ok(times)
}

fn milliseconds(time: &Value) -> Result<f64> {
    let text = time.as_str().context("no time")?;
    let time = time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)?;
    Ok(time.unix_timestamp_nanos() as f64 / 1e6)
}
