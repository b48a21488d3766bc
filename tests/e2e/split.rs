//! The log as a tab, and a tab beside the app.

use crate::auditor::Auditor;
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::json;
use vestibule_e2e::{LONG, Page, Role, Scene, until, until_within};

/// Text of the shown log.
const LOG: &str =
    "return document.querySelector('.tab-panel[data-state=shown] .log-lines')?.innerText ?? ''";
/// Right edge of the app's frame, and left edge of the tab, in whole pixels.
const EDGES: &str = "const of = (one) => document.querySelector(one)?.getBoundingClientRect();
    return [of('.kept[data-state=shown]')?.right, of('.tab-panel[data-state=shown]')?.left].map(Math.round);";

/// A log tab starts nothing: it shows the last run's output, and follows the next run.
#[tokio::test]
async fn a_log_tab_follows_the_runs_and_starts_none() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, workspace) = scene.studio().await?;
        let id = api.stopped(&workspace, "Bench", "talks").await?;
        let page = &scene.page;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/sessions/{id}"))
            .await?;
        page.click(Role::Button, "New log").await?;
        page.until_text("No attempt yet.").await?;
        ensure!(
            api.get_workbench(&id).await?["run"].is_null(),
            "it was started"
        );
        api.post(&format!("/api/workbenches/{id}/start"), json!({}))
            .await?
            .ok()?;
        page.find_within(LONG, Role::Heading, "Attempt 1").await?;
        until_log(page, "The key is in use").await?;
        api.until_status(&id, "Failed").await?;
        // The bar offers what makes sense after the end.
        page.until_gone(Role::Button, "Stop").await?;
        page.click(Role::Button, "Start workbench").await?;
        page.find_within(LONG, Role::Heading, "Attempt 2").await?;
        until_log(page, "The key is in use").await?;
        let mut auditor = Auditor::new(scene)?;
        auditor.check("a log tab").await?;
        auditor.done()
    })
    .await
}

#[tokio::test]
async fn a_tab_is_shown_beside_the_app_and_the_frame_stays() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (_, id) = scene.open_workbench("Bench", "welcome").await?;
        let page = &scene.page;
        page.find_within(LONG, Role::Frame, "Bench").await?;
        let same = "return document.querySelector('.kept iframe').dataset.same ??= 'yes'";
        page.execute(same, vec![]).await?;
        page.click(Role::Button, "New log").await?;
        page.find_within(LONG, Role::Heading, "Attempt 1").await?;
        page.until_gone(Role::Frame, "Bench").await?;

        page.click(Role::Button, "Show beside the app").await?;
        page.find(Role::Frame, "Bench").await?;
        page.find(Role::Heading, "Attempt 1").await?;
        let narrow = until_beside(page, 480).await?;
        // By keyboard, to the limits and back.
        let focus =
            "document.querySelector('[role=separator][aria-label=\"Width of the tab\"]').focus()";
        page.execute(focus, vec![]).await?;
        page.until_focused("Width of the tab").await?;
        page.press(Key::Left).await?;
        page.press(Key::Left).await?;
        let wide = until_beside(page, 544).await?;
        ensure!(wide < narrow, "{wide} {narrow}");
        page.press(Key::Home).await?;
        until_beside(page, 280).await?;
        page.press(Key::Left).await?;
        until_beside(page, 312).await?;
        let mut auditor = Auditor::new(scene)?;
        auditor.check("a tab beside the app").await?;
        auditor.done()?;

        // After a reload it is as it was left.
        page.goto(&scene.server.url(&page.path().await?)).await?;
        page.find_within(LONG, Role::Frame, "Bench").await?;
        until_beside(page, 312).await?;
        page.execute(same, vec![]).await?;

        // A narrow window shows one, and a wide one both again; the app was never loaded again.
        scene.browser.resize(700, 800).await?;
        page.until_gone(Role::Frame, "Bench").await?;
        page.find(Role::Heading, "Attempt 1").await?;
        scene.browser.resize(1280, 800).await?;
        page.find(Role::Frame, "Bench").await?;
        page.click(Role::Button, "Show alone").await?;
        page.until_gone(Role::Frame, "Bench").await?;
        let kept = "return document.querySelector('.kept iframe').dataset.same";
        ensure!(
            page.execute(kept, vec![]).await? == "yes",
            "{id}: it was made anew"
        );
        Ok(())
    })
    .await
}

async fn until_log(page: &Page, text: &str) -> Result<()> {
    until_within(LONG, &format!("the line “{text}”"), async || {
        let shown = page.execute(LOG, vec![]).await?;
        let shown = shown.as_str().unwrap_or_default().to_owned();
        ensure!(shown.contains(text), "it is:\n{shown}");
        Ok(Some(()))
    })
    .await
}

/// Waits until the tab beside the app has this width, and nothing overlaps; returns the app's right edge.
async fn until_beside(page: &Page, width: i64) -> Result<i64> {
    until(&format!("a tab of {width} pixels"), async || {
        let inner = page.execute("return innerWidth", vec![]).await?;
        let edges = page.execute(EDGES, vec![]).await?;
        let (right, left) = (edges[0].as_i64(), edges[1].as_i64());
        let wanted = inner.as_i64().unwrap_or_default() - width;
        ensure!(right == Some(wanted), "{edges}, wanted {wanted}");
        // The line between them belongs to the tab.
        ensure!(
            left.is_some_and(|left| (0..=1).contains(&(left - wanted))),
            "{edges}"
        );
        Ok(right)
    })
    .await
}
