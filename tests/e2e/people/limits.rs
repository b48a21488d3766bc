//! Default and longest times: set by an administrator, shown where they matter.

use crate::auditor::Auditor;
use anyhow::{Context, Result, ensure};
use vestibule_e2e::{LONG, Role, Scene, until};

const RUN_MAX: &str = "Longest run time (minutes)";
const RUN_DEFAULT: &str = "Default run time (minutes)";

#[tokio::test]
async fn limits_are_set_and_shown_on_the_form_and_before_the_next_run() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let bench = api.stopped(&workspace, "Before", "welcome").await?;
        let mut auditor = Auditor::new(scene)?;

        scene.open_signed_in("/admin/limits").await?;
        page.find(Role::Field, RUN_MAX).await?;
        page.fill(RUN_DEFAULT, "90").await?;
        page.fill(RUN_MAX, "60").await?;
        page.click(Role::Button, "Save").await?;
        page.until_text("Use at most 1 h, the maximum.").await?;
        auditor.check("time limits with something wrong").await?;
        page.fill(RUN_DEFAULT, "45").await?;
        page.click(Role::Button, "Save").await?;
        until("the limits to be saved", async || {
            let limits = api.get("/api/limits").await?.ok()?.json();
            Ok(
                (limits["runMaxSeconds"] == 3_600 && limits["runDefaultSeconds"] == 2_700)
                    .then_some(()),
            )
        })
        .await?;

        let go = async |path: String| page.goto(&scene.server.url(&path)).await;
        go(format!("/workspaces/{workspace}/settings")).await?;
        page.find(Role::Field, RUN_MAX).await?;
        page.until_text("Leave empty for 1 h, as in all workspaces.")
            .await?;
        auditor.check("time limits of a workspace").await?;
        page.fill(RUN_MAX, "120").await?;
        save(scene).await?;
        page.until_text("Use at most 1 h, the maximum.").await?;
        page.fill(RUN_MAX, "30").await?;
        save(scene).await?;
        let path = format!("/api/workspaces/{workspace}/limits");
        until("the workspace's limits to be saved", async || {
            let limits = api.get(&path).await?.ok()?.json();
            Ok((limits["effective"]["runMaxSeconds"] == 1_800).then_some(()))
        })
        .await?;

        go(format!("/workspaces/{workspace}/new")).await?;
        page.find(Role::RadioGroup, "App").await?;
        page.execute("document.querySelector('details.more').open = true", vec![])
            .await?;
        page.until_text("At most 30 min").await?;

        // A workbench from before the maximum: its page says what the next run gets.
        go(format!("/workspaces/{workspace}/sessions/{bench}")).await?;
        let said =
            "The next run is stopped after 30 min, the longest time that an administrator allows.";
        page.until_text_within(LONG, said).await?;
        auditor.check("a coming limit").await?;
        page.click(Role::Button, "Start").await?;
        api.until_status(&bench, "Running").await?;
        let runs = api.get(&format!("/api/workbenches/{bench}/runs")).await?;
        let runs = runs.ok()?.json();
        let run = runs["items"][0]["id"].as_str().context("a run")?;
        let journal = api.get(&format!("/api/runs/{run}/journal")).await?;
        let journal = journal.ok()?.json().to_string();
        ensure!(
            journal.contains("This run is stopped after 30 min"),
            "{journal}"
        );
        auditor.done()
    })
    .await
}

/// Saves the form of the limits, which is one of several on the page.
async fn save(scene: &Scene) -> Result<()> {
    let script =
        "document.querySelector('[aria-labelledby=setting-limits] button[type=submit]').click()";
    scene.page.execute(script, vec![]).await.map(drop)
}
