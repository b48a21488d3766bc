//! The table with 10,000 rows: one of them changes, it is sorted, it is scrolled.

use crate::{PROBE, later, share, spread, tell};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use vestibule_e2e::{LONG, Scene, until_within};

const ROWS: usize = 10_000;
const ROUNDS: usize = 15;

/// Waits for a name in the table; answers the longest task until it was painted.
const CHANGE: &str = "
    const [text, done] = arguments;
    probe.longestTask(probe.shown(probe.shows('.rows .row-link', text))).then(done);";

/// Sorts by the name, the other way round; answers how long after the click that was painted.
const SORT: &str = "
    const [first, done] = arguments;
    const began = probe.now();
    document.querySelector('th.cell-name .sort').click();
    const is = () => document.querySelector('.rows .row-link')?.textContent === first;
    probe.shown(is).then((at) => done(at - began));";

/// Scrolls as quickly as a hand does, 400 pixels a frame; answers how long each frame took.
const SCROLL: &str = "
    const done = arguments[0];
    probe.scroll(0, 24000, 60).then(done);";

pub async fn measure() -> Result<()> {
    Scene::play_longer(async |scene| {
        scene.browser.before_pages(PROBE).await?;
        let api = scene.server.api().await?;
        let workspace = api.workspace("Bench").await?;
        api.rows(&workspace, ROWS).await?;
        let began = Instant::now();
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        let page = &scene.page;
        let all = format!("{ROWS} workbenches");
        page.until_text_within(LONG * 2, &all).await?;
        let shown = format!("{:.1} s", began.elapsed().as_secs_f64());
        tell("10,000 rows, until they are there", &shown)?;
        until_within(LONG, "the stream", async || {
            let live = "return document.querySelector('[data-feed=live]') !== null";
            Ok((page.execute(live, vec![]).await? == true).then_some(()))
        })
        .await?;
        // The list is read once more as the stream begins.
        sleep(Duration::from_secs(5)).await;

        let id = page
            .execute(
                "return document.querySelector('.row-link').dataset.row",
                vec![],
            )
            .await?;
        let path = format!("/api/workbenches/{}", id.as_str().context("no row")?);
        let mut tasks = Vec::new();
        for number in 0..ROUNDS {
            sleep(Duration::from_millis(300)).await;
            // It stays the first.
            let name = format!("A {number:03}");
            let (stored, task) = tokio::join!(
                api.patch(&path, json!({ "name": name })),
                later(scene, CHANGE, vec![json!(name)])
            );
            stored?.ok()?;
            tasks.push(task?.as_f64().context("no time")?);
        }
        tell("10,000 rows, one changes: longest task", &spread(tasks))?;

        let mut sorts = Vec::new();
        for round in 0..ROUNDS {
            let first = if round % 2 == 0 {
                "Row 10000".to_owned()
            } else {
                format!("A {:03}", ROUNDS - 1)
            };
            let time = later(scene, SORT, vec![json!(first)]).await?;
            sorts.push(time.as_f64().context("no time")?);
        }
        tell("10,000 rows, sorted: click to painted", &spread(sorts))?;

        let frames = later(scene, SCROLL, vec![]).await?;
        let frames = frames.as_array().context("no frames")?;
        let mut frames: Vec<f64> = frames.iter().filter_map(Value::as_f64).collect();
        let late = frames.iter().filter(|frame| **frame > 25.0).count();
        tell(
            "10,000 rows, scrolled: frames",
            &format!(
                "p50 {:.0} ms, p95 {:.0} ms, worst {:.0} ms; {late} of {} late",
                share(&mut frames, 0.5),
                share(&mut frames, 0.95),
                share(&mut frames, 1.0),
                frames.len()
            ),
        )
    })
    .await
}
