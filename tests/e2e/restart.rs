//! Server restarts and page reloads in the middle of a start.

use anyhow::{Result, ensure};
use vestibule_e2e::{LONG, Role, Scene, until_within, with_text_in_command};

/// The start continues without the server; the page shows that it is offline, and recovers by
/// itself (FIELD 5: "stuck; a manual refresh fixed it"; FIELD 9: no user is signed out).
#[tokio::test]
async fn killed_server_in_the_middle_of_a_start_is_shown_and_comes_back() -> Result<()> {
    Scene::play(async |scene| {
        let (_, id) = scene.open_workbench("Slow one", "slow").await?;
        scene.page.find(Role::Region, "Starting").await?;
        let mut before = Vec::new();
        until_within(LONG, "the app's process", async || {
            before = with_text_in_command(&id);
            Ok((before.len() >= 2).then_some(()))
        })
        .await?;
        scene.server.kill()?;

        let page = &scene.page;
        until_within(LONG, "the page to say that it hears nothing", async || {
            let text = page.text().await?.to_lowercase();
            Ok([
                "reach",
                "no answer",
                "offline",
                "connection",
                "does not answer",
            ]
            .iter()
            .any(|word| text.contains(word))
            .then_some(()))
        })
        .await?;
        ensure!(!page.has(Role::Button, "Sign in").await?, "it signed out");
        ensure!(
            page.has(Role::Heading, "Slow one").await?,
            "the known data is gone"
        );

        scene.server.start_again().await?;
        let api = scene.server.api().await?;
        let now = api.until_status(&id, "Running").await?;
        ensure!(
            now["run"]["number"] == 1,
            "it was started a second time: {now:#}"
        );
        ensure!(
            with_text_in_command(&id) == before,
            "other processes than before"
        );
        scene.page.enter("Slow one").await?;
        scene.page.find(Role::Timer, "Clock").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn page_reloaded_in_the_middle_of_a_start_continues() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Slow one", "tardy").await?;
        page.find(Role::Region, "Starting").await?;
        let before = api.get_workbench(&id).await?["run"].clone();

        page.client().refresh().await?;
        page.find(Role::Heading, "Slow one").await?;
        page.find(Role::Region, "Starting").await?;
        let after = api.get_workbench(&id).await?["run"].clone();
        for field in ["id", "number", "startedAt", "startDeadline"] {
            ensure!(
                before[field] == after[field],
                "{field}: {before} and {after}"
            );
        }
        page.enter("Slow one").await?;
        page.find(Role::Timer, "Clock").await?;
        Ok(())
    })
    .await
}

/// Workbenches outlive the server: it exits cleanly on request, and finds them again.
#[tokio::test]
async fn a_running_workbench_outlives_the_server() -> Result<()> {
    Scene::play(async |scene| {
        let (_, id) = scene.open_workbench("Steady", "welcome").await?;
        scene.page.enter("Steady").await?;
        scene.page.find(Role::Timer, "Clock").await?;
        scene.page.leave().await?;
        let before = with_text_in_command(&id);

        ensure!(scene.server.stop().await?, "it did not end cleanly");
        ensure!(with_text_in_command(&id) == before, "its processes changed");
        scene.server.start_again().await?;
        let api = scene.server.api().await?;
        let now = api.until_status(&id, "Running").await?;
        ensure!(now["run"]["number"] == 1, "{now:#}");
        ensure!(with_text_in_command(&id) == before, "its processes changed");
        scene.page.client().refresh().await?;
        scene.page.enter("Steady").await?;
        scene.page.find(Role::Timer, "Clock").await?;
        Ok(())
    })
    .await
}
