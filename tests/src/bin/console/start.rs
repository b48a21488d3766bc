//! Time from the click on Start to the first frame that shows the start.

use crate::{PROBE, later, report, spread};
use anyhow::{Context, Result};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene};

const ROUNDS: usize = 15;

/// Waits until the page shows the start; returns the time from the click to the paint.
const STARTS: &str = "
    const done = arguments[0];
    probe.shown(probe.shows('main [data-k8s-status=Progressing]', null))
        .then((at) => done(at - probe.clicked()));";

pub async fn measure() -> Result<()> {
    let times = Scene::play_longer(async |scene| {
        scene.browser.before_pages(PROBE).await?;
        let api = scene.server.api().await?;
        let workspace = api.workspace("Bench").await?;
        let id = api.workbench(&workspace, "Clicked", "deaf").await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/sessions/{id}"))
            .await?;
        let page = &scene.page;
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            page.find_within(LONG, Role::Heading, "Clicked").await?;
            api.post(&format!("/api/workbenches/{id}/stop"), json!({}))
                .await?
                .ok()?;
            api.until_status(&id, "Stopped").await?;
            page.find_within(LONG, Role::Button, "Start again").await?;
            page.click(Role::Button, "Start again").await?;
            let time = later(scene, STARTS, vec![]).await?;
            times.push(time.as_f64().context("no time")?);
        }
        Ok(times)
    })
    .await?;
    report(
        "Click on Start to the waiting page's first frame",
        &spread(times),
    )
}
