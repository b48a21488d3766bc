//! The table with 10,000 rows: a row changes, the table is sorted and scrolled.

use crate::updates::NO_STREAM;
use crate::{PROBE, later, report, share, spread};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use vestibule_e2e::{Api, LONG, Scene, until_within};

const ROWS: usize = 10_000;
const ROUNDS: usize = 15;
/// Number of changes found by polling.
const POLLED: usize = 8;

/// Returns `true` if the page has the list, has polled its changes once, and has been idle for a
/// second, after which no work of the first load is left.
const SETTLED: &str = "
    const asked = performance.getEntriesByType('resource')
        .filter((one) => one.name.includes('/workbenches?since=') && one.responseEnd > 0);
    return asked.length > 0 && performance.now() - asked[0].responseEnd > 1000;";

/// Waits for a name in the table; returns the longest task until it was painted.
const CHANGE: &str = "
    const [text, done] = arguments;
    probe.longestTask(probe.shown(probe.shows('.rows .row-link', text))).then(done);";

/// Reverses the order by name; returns the time from the click to the paint.
const SORT: &str = "
    const [first, done] = arguments;
    const began = probe.now();
    document.querySelector('th.cell-name .sort').click();
    const is = () => document.querySelector('.rows .row-link')?.textContent === first;
    probe.shown(is).then((at) => done(at - began));";

/// Scrolls at a hand's speed, 400 pixels a frame; returns the duration of each frame.
const SCROLL: &str = "
    const done = arguments[0];
    probe.scroll(0, 24000, 60).then(done);";

pub async fn measure() -> Result<()> {
    Scene::play_longer(async |scene| {
        scene.browser.before_pages(PROBE).await?;
        let api = scene.server.api().await?;
        let workspace = api.workspace("Bench").await?;
        api.rows(&workspace, ROWS).await?;
        let path = format!("/workspaces/{workspace}");
        let began = Instant::now();
        scene.open_signed_in(&path).await?;
        let all = format!("{ROWS} workbenches");
        scene.page.until_text_within(LONG * 2, &all).await?;
        let shown = format!("{:.1} s", began.elapsed().as_secs_f64());
        report("10,000 rows, until they are there", &shown)?;
        until_true(
            scene,
            "the stream",
            "return document.querySelector('[data-stream=live]') !== null",
        )
        .await?;
        until_true(scene, "the page to rest", SETTLED).await?;
        let tasks = changes(scene, &api, "A", ROUNDS).await?;
        report("10,000 rows, one changes: longest task", &spread(tasks))?;
        sorts(scene, &format!("A {:03}", ROUNDS - 1)).await?;
        scroll(scene).await?;

        // A list with activity is polled at the short interval.
        api.workbench(&workspace, "Under way", "deaf").await?;
        scene.browser.before_pages(NO_STREAM).await?;
        scene.page.goto(&scene.server.url(&path)).await?;
        let all = format!("{} workbenches", ROWS + 1);
        scene.page.until_text_within(LONG * 2, &all).await?;
        until_true(scene, "the page to rest", SETTLED).await?;
        let tasks = changes(scene, &api, "A by polling", POLLED).await?;
        report(
            "10,000 rows, one changes, by polling alone: longest task",
            &spread(tasks),
        )
    })
    .await
}

async fn until_true(scene: &Scene, what: &str, script: &str) -> Result<()> {
    until_within(LONG, what, async || {
        let is_true = scene.page.execute(script, vec![]).await? == true;
        Ok(is_true.then_some(()))
    })
    .await
}

/// Renames the first row repeatedly; returns the longest task until each name was painted.
async fn changes(scene: &Scene, api: &Api, name: &str, count: usize) -> Result<Vec<f64>> {
    let first = "return document.querySelector('.row-link').dataset.row";
    let id = scene.page.execute(first, vec![]).await?;
    let path = format!("/api/workbenches/{}", id.as_str().context("no row")?);
    let mut tasks = Vec::new();
    for number in 0..count {
        sleep(Duration::from_millis(300)).await;
        // The row stays the first.
        let name = format!("{name} {number:03}");
        let (stored, task) = tokio::join!(
            api.patch(&path, json!({ "name": name })),
            later(scene, CHANGE, vec![json!(name)])
        );
        stored?.ok()?;
        tasks.push(task?.as_f64().context("no time")?);
    }
    Ok(tasks)
}

async fn sorts(scene: &Scene, first: &str) -> Result<()> {
    let mut sorts = Vec::new();
    for round in 0..ROUNDS {
        let first = if round % 2 == 0 { "Row 10000" } else { first };
        let time = later(scene, SORT, vec![json!(first)]).await?;
        sorts.push(time.as_f64().context("no time")?);
    }
    report("10,000 rows, sorted: click to painted", &spread(sorts))
}

async fn scroll(scene: &Scene) -> Result<()> {
    let frames = later(scene, SCROLL, vec![]).await?;
    let frames = frames.as_array().context("no frames")?;
    let mut frames: Vec<f64> = frames.iter().filter_map(Value::as_f64).collect();
    let late = frames.iter().filter(|frame| **frame > 25.0).count();
    report(
        "10,000 rows, scrolled: frames",
        &format!(
            "p50 {:.0} ms, p95 {:.0} ms, worst {:.0} ms; {late} of {} late",
            share(&mut frames, 0.5),
            share(&mut frames, 0.95),
            share(&mut frames, 1.0),
            frames.len()
        ),
    )
}
