//! Time until a page is usable for a first visitor, on a slow machine and network.

use crate::{PROBE, report, share};
use anyhow::{Context, Result};
use serde_json::json;
use vestibule_e2e::{Api, LONG, Scene, until_within};

const ROUNDS: usize = 3;

/// "Fast 3G" as the browser's developer tools define it: bytes a second and milliseconds.
const DOWN: f64 = 1.6e6 * 0.9 / 8.0;
const UP: f64 = 0.75e6 * 0.9 / 8.0;
const LATENCY: f64 = 150.0 * 3.75;
/// Factor by which the processor is slowed down.
const SLOWER: u32 = 4;

pub async fn measure() -> Result<()> {
    Scene::play_longer(async |scene| {
        let api = scene.server.api().await?;
        let pages = prepare(&api).await?;
        scene.open_signed_in("/workspaces").await?;
        for is_slow in [false, true] {
            slow_down(scene, is_slow).await?;
            for (name, path, css) in &pages {
                let mut times = Vec::new();
                for _ in 0..ROUNDS {
                    times.push(usable(scene, path, css).await?);
                }
                let how = if is_slow {
                    "4× slower, fast 3G"
                } else {
                    "as it is"
                };
                let what = format!("First load to usable, {how}: {name}");
                report(&what, &format!("{:.2} s", share(&mut times, 0.5) / 1000.0))?;
            }
        }
        Ok(())
    })
    .await
}

/// Returns the pages: name, path, and a selector of what makes each usable.
async fn prepare(api: &Api) -> Result<[(&'static str, String, &'static str); 5]> {
    let workspace = api.workspace("Bench").await?;
    let id = api.workbench(&workspace, "Waits", "deaf").await?;
    api.until_status(&id, "Progressing").await?;
    let list = format!("/workspaces/{workspace}");
    Ok([
        (
            "the workspaces",
            "/workspaces".to_owned(),
            "main a[href*='/workspaces/ws-']",
        ),
        ("the workbenches", list.clone(), ".rows .row-link"),
        (
            "a new workbench",
            format!("{list}/new"),
            "form input[type=radio]",
        ),
        (
            "a workbench that starts",
            format!("{list}/sessions/{id}"),
            "main [data-k8s-status=Progressing]",
        ),
        (
            "an attempt",
            format!("{list}/sessions/{id}/runs/1"),
            "main h1",
        ),
    ])
}

async fn slow_down(scene: &Scene, is_slow: bool) -> Result<()> {
    let browser = &scene.browser;
    // Before that, the developer tools don't control the network.
    browser.devtools("Network.enable", json!({})).await?;
    let (latency, down, up) = if is_slow {
        (LATENCY, DOWN, UP)
    } else {
        (0.0, -1.0, -1.0)
    };
    let network = json!({
        "offline": false, "latency": latency, "downloadThroughput": down, "uploadThroughput": up,
    });
    browser
        .devtools("Network.emulateNetworkConditions", network)
        .await?;
    let rate = if is_slow { SLOWER } else { 1 };
    let done = browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": rate }));
    done.await.map(drop)
}

/// Opens a page with an empty cache; returns the time since the first request.
async fn usable(scene: &Scene, path: &str, css: &str) -> Result<f64> {
    let browser = &scene.browser;
    scene.page.goto("about:blank").await?;
    browser
        .devtools("Network.clearBrowserCache", json!({}))
        .await?;
    let wanted = json!(css);
    let script = format!(
        "{PROBE}
         probe.shown(() => document.body && probe.shows({wanted}, null)())
             .then((at) => {{ window.usable = at - performance.timeOrigin; }});"
    );
    let params = json!({ "source": script });
    let added = browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", params)
        .await?;
    scene.page.goto(&scene.server.url(path)).await?;
    let time = until_within(LONG, "the page to be usable", async || {
        let time = scene
            .page
            .execute("return window.usable ?? null", vec![])
            .await?;
        Ok(time.as_f64())
    })
    .await?;
    let name = added["identifier"].as_str().context("no identifier")?;
    let params = json!({ "identifier": name });
    let removed = browser.devtools("Page.removeScriptToEvaluateOnNewDocument", params);
    removed.await?;
    Ok(time)
}
