//! The indicator while the page is offline or the server is away.

use super::{IDLE, open, shows_label};
use anyhow::{Context, Result, ensure};
use vestibule_e2e::{LONG, Page, Role, Scene, until, until_within};

/// FIELD 25: a run that is deleted while the page is offline is gone when it reconnects.
///
/// FIELD 26: without a network the page claims nothing.
#[tokio::test]
async fn run_deleted_while_offline_is_gone_afterwards() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        let id = api.workbench(&workspace, "Doomed", "welcome").await?;
        shows_label(page, "Running: Doomed").await?;
        scene.browser.set_offline(true).await?;
        shows_label(page, "Offline").await?;
        api.delete(&format!("/api/workbenches/{id}")).await?.ok()?;
        until("it to be gone", async || {
            let answer = api.get(&format!("/api/workbenches/{id}")).await?;
            Ok((answer.status == 404).then_some(()))
        })
        .await?;
        scene.browser.set_offline(false).await?;
        shows_label(page, IDLE).await
    })
    .await
}

/// FIELD 26: while the server is unreachable, header and tab title show since when, and don't claim
/// that anything is in progress. Afterwards they show the true state (FIELD 28) as soon as the page
/// beside them does.
#[tokio::test]
async fn unreachable_server_is_shown_and_its_return_restores_the_true_state() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        api.workbench(&workspace, "Steady", "welcome").await?;
        shows_label(page, "Running: Steady").await?;
        api.workbench(&workspace, "Tardy", "tardy").await?;
        shows_label(page, "Starting Tardy…, 1 more").await?;
        page.click(Role::Link, "Studio").await?;
        page.find(Role::Link, "Tardy").await?;
        page.execute(TRUST, vec![]).await?;
        scene.server.kill()?;
        until_within(LONG, "the page and its header to be stale", async || {
            let header = moment(page, "header").await?.context("no word")?;
            Ok(moment(page, "room").await?.map(|room| (header, room)))
        })
        .await?;
        let title = page.client().title().await?;
        ensure!(!title.contains("Starting"), "{title}");
        scene.server.start_again().await?;
        shows_label(page, "Running: Tardy, 1 more").await?;
        page.until_count(".freshness .notice", 0).await?;
        let times = page.execute("return window.trust", vec![]).await?;
        let of = |what: &str, which: usize| times[what][which].as_f64().context("no moment");
        let (lost, back) = (
            of("header", 0)? - of("room", 0)?,
            of("header", 1)? - of("room", 1)?,
        );
        ensure!(lost < 5_000.0, "the header was late by {lost} ms: {times}");
        ensure!(back < 5_000.0, "the header stayed by {back} ms: {times}");
        Ok(())
    })
    .await
}

/// Reliability review, finding 16: the bar of a running app went on with "Running" and "The app
/// answers." for 11 s after the header had said that the server is away.
#[tokio::test]
async fn bar_of_a_running_app_is_stale_soon_after_the_header() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_workbench("Seen", "welcome").await?;
        page.find_within(LONG, Role::Frame, "Seen").await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        let trust = TRUST.replace(".freshness .notice", ".app-toolbar-stale");
        page.execute(&trust, vec![]).await?;
        scene.server.kill()?;
        let header = until_within(LONG, "the header to be stale", async || {
            moment(page, "header").await
        })
        .await?;
        let bar = until_within(LONG, "the bar to be stale", async || {
            moment(page, "room").await
        })
        .await?;
        ensure!(
            bar - header < 3_000.0,
            "the bar was late by {} ms",
            bar - header
        );
        Ok(())
    })
    .await
}

/// Records when the header, and the page beside it, become stale and fresh again.
const TRUST: &str = "
    window.trust = { header: [], room: [] };
    const button = () => document.querySelector('button[popovertarget=activity-panel]');
    const styles = {
        header: () => button()?.getAttribute('aria-label')?.startsWith('Activity: Offline since '),
        room: () => document.querySelector('.freshness .notice') !== null,
    };
    const note = () => {
        for (const [what, is] of Object.entries(styles)) {
            const known = window.trust[what];
            if (Boolean(is()) === (known.length % 2 === 0)) { known.push(performance.now()); }
        }
    };
    new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true });";

/// Returns the first recorded time of one of these states.
async fn moment(page: &Page, what: &str) -> Result<Option<f64>> {
    let times = page
        .execute(&format!("return window.trust.{what}[0]"), vec![])
        .await?;
    Ok(times.as_f64())
}
