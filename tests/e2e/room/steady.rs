//! Nothing moves under a pointer while a page loads or changes.

use super::open;
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use vestibule_e2e::{LONG, Page, Role, Scene, until_within};

/// Sums up the layout shifts (Cumulative Layout Shift), and notes each place of the room's first action.
const WATCH: &str = "
    window.shift = 0;
    window.shifts = [];
    window.tops = [];
    new PerformanceObserver((list) => {
        for (const one of list.getEntries().filter((one) => !one.hadRecentInput)) {
            window.shift += one.value;
            const moved = one.sources.map(({ node, previousRect, currentRect }) =>
                `${node?.className ?? node?.nodeName} from ${previousRect.top} to ${currentRect.top}`);
            window.shifts.push([one.value, moved]);
        }
    }).observe({ type: 'layout-shift', buffered: true });
    const note = () => {
        const first = document.querySelector('.room section > .actions button');
        const top = first ? Math.round(first.getBoundingClientRect().top) : null;
        if (top !== null && window.tops.at(-1) !== top) { window.tops.push(top); }
        requestAnimationFrame(note);
    };
    requestAnimationFrame(note);";

/// Ensures that the page was steady, by the limit of a good page.
async fn ensure_steady(page: &Page) -> Result<Value> {
    let script = "return [window.shift, window.shifts, window.tops]";
    let seen = page.execute(script, vec![]).await?;
    let shift = seen[0].as_f64().unwrap_or(f64::MAX);
    ensure!(shift <= 0.1, "it shifts by {shift}: {}", seen[1]);
    Ok(seen[2].clone())
}

/// In use, M3: the actions of a crashed app jumped by 224 pixels while the page loaded.
#[tokio::test]
async fn actions_of_a_crashed_app_stay_where_they_are() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(WATCH).await?;
        let (api, id) = open(scene, "Unprepared", "unprepared", json!({})).await?;
        api.until_status(&id, "Failed").await?;
        page.client().refresh().await?;
        page.find_within(LONG, Role::Button, "Start again").await?;
        until_within(LONG, "the end of the log", async || {
            let script = "return document.querySelectorAll('.log-end-line').length";
            Ok((page.execute(script, vec![]).await? != 0).then_some(()))
        })
        .await?;
        let tops = ensure_steady(page).await?;
        ensure!(
            tops.as_array().map(Vec::len) == Some(1),
            "they were at {tops}"
        );
        Ok(())
    })
    .await
}

/// In use, M3: the stage of a running app moved by the height of its toolbar.
#[tokio::test]
async fn stage_of_a_running_app_stays_where_it_is() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(WATCH).await?;
        let (api, id) = scene.open_workbench("Steady", "welcome").await?;
        api.until_status(&id, "Running").await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        ensure_steady(page).await?;
        page.client().refresh().await?;
        page.find_within(LONG, Role::Frame, "Steady").await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        ensure_steady(page).await.map(drop)
    })
    .await
}
