//! Each run has a permanent address.

use super::open;
use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Page, Role, Scene, until};

const WHAT: &str = "The app stopped with exit code 2.";

#[tokio::test]
async fn runs_keep_their_address_after_a_reload_and_a_server_restart() -> Result<()> {
    Scene::play(async |scene| {
        let page = scene.page.clone();
        let (api, id) = open(scene, "Unprepared", "unprepared", json!({})).await?;
        api.until_status(&id, "Failed").await?;
        page.click(Role::Button, "Start again").await?;
        // The run may be over before it can be seen.
        until("a second attempt", async || {
            Ok((api.get_workbench(&id).await?["run"]["number"] == 2).then_some(()))
        })
        .await?;
        api.until_status(&id, "Failed").await?;
        page.find_within(LONG, Role::Region, "Ended").await?;

        page.click(Role::Button, "Attempts").await?;
        for name in ["Attempt 1", "Attempt 2"] {
            page.find(Role::Link, name).await?;
        }
        page.click(Role::Link, "Attempt 1").await?;
        shows_first(&page).await?;
        let path = page.path().await?;
        ensure!(path.ends_with(&format!("/sessions/{id}/runs/1")), "{path}");

        page.client().refresh().await?;
        shows_first(&page).await?;
        ensure!(scene.server.stop().await?, "the server did not end well");
        scene.server.start_again().await?;
        page.client().refresh().await?;
        shows_first(&page).await?;

        page.click(Role::Link, "Later attempt").await?;
        page.find(Role::Heading, "Attempt 2 of Unprepared").await?;
        page.find(Role::Link, "Earlier attempt").await?;
        page.until_gone(Role::Link, "Later attempt").await?;
        page.click(Role::Link, "Go to the workbench").await?;
        page.find(Role::Region, "Ended").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn missing_run_is_shown_as_not_found() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = open(scene, "Unprepared", "unprepared", json!({})).await?;
        api.until_status(&id, "Failed").await?;
        let path = format!("{}/runs/9", page.path().await?);
        page.goto(&scene.server.url(&path)).await?;
        page.find(Role::Heading, "Attempt not found").await?;
        page.click(Role::Link, "Earlier attempt").await?;
        shows_first(page).await
    })
    .await
}

async fn shows_first(page: &Page) -> Result<()> {
    page.find(Role::Heading, "Attempt 1 of Unprepared").await?;
    page.until_text(WHAT).await?;
    // The title of this window only speaks of this page.
    let title = "✕ Attempt 1 of Unprepared · Failed – Vestibule";
    until(title, async || {
        let shown = page.client().title().await?;
        ensure!(shown == title, "it is {shown}");
        Ok(Some(()))
    })
    .await?;
    page.find(Role::Button, "Timeline").await?;
    Ok(())
}
