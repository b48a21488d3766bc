//! Starts that do not go well, each told truly.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene, until, until_within};

/// FIELD 15: the cause is shown at once, not "waiting for events" for ever.
#[tokio::test]
async fn an_app_that_is_not_installed_says_so() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_workbench("No program", "missing").await?;
        page.until_status(LONG, "Failed").await?;
        page.until_text("ErrImagePull").await?;
        page.until_text("vestibule-test-no-such-program").await?;
        page.until_count("iframe", 0).await?;
        page.find(Role::Button, "Try again").await?;
        Ok(())
    })
    .await
}

/// Where the catalogue says what an app requires, the form says what is missing before one tries.
#[tokio::test]
async fn the_form_shows_what_cannot_be_started_here_and_why() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = scene.studio().await?;
        let apps = api.get("/api/apps").await?.ok()?.json();
        let absent = apps["items"]
            .as_array()
            .and_then(|apps| apps.iter().find(|app| app["name"] == "absent"))
            .context("the catalogue has no `absent`")?
            .clone();
        ensure!(absent["available"] == false, "{absent}");
        ensure!(
            absent["unavailableReason"]
                .as_str()
                .is_some_and(|why| why.contains("vestibule-test-no-such-program")),
            "{absent}"
        );

        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        let page = &scene.page;
        page.click(Role::Link, "Create a workbench").await?;
        page.until_text("vestibule-test-no-such-program").await
    })
    .await
}

/// FIELD 1: a timeout is never silent; FIELD 2: nothing but "Keep waiting" moves the limit.
#[tokio::test]
async fn a_port_that_never_listens_becomes_visibly_late_and_can_be_waited_for() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let body = json!({
            "name": "Deaf one", "app": "deaf", "spec": { "startTimeoutSeconds": 6 },
        });
        let (api, id) = scene.open_made(body).await?;
        page.find(Role::Region, "Starting").await?;
        let first = api.look(&id).await?["run"]["startDeadline"].clone();

        // Loading the page again starts no new limit.
        page.client().refresh().await?;
        page.find(Role::Heading, "Deaf one").await?;
        ensure!(api.look(&id).await?["run"]["startDeadline"] == first);

        page.find_within(LONG, Role::Button, "Keep waiting").await?;
        page.until_text("StartDeadlineExceeded").await?;
        page.until_count("iframe", 0).await?;
        for action in ["Stop", "Delete"] {
            page.find(Role::Button, action).await?;
        }

        page.click(Role::Button, "Keep waiting").await?;
        until("a later limit", async || {
            let now = api.look(&id).await?["run"]["startDeadline"].clone();
            Ok((now.as_str() > first.as_str()).then_some(()))
        })
        .await?;
        let run = api.look(&id).await?["run"].clone();
        ensure!(run["number"] == 1, "waiting on is no new start: {run}");

        page.click(Role::Button, "Stop").await?;
        page.until_status(LONG, "Stopped").await?;
        page.until_text("A user stopped it").await
    })
    .await
}

/// FIELD 14 and 17: how it ended is unambiguous, and the last lines of its output are kept.
#[tokio::test]
async fn an_app_that_ends_with_an_error_says_which_and_shows_its_last_words() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Unprepared", "unprepared").await?;
        page.until_status(LONG, "Failed").await?;
        page.until_text("PrerequisiteFailed").await?;
        page.until_text("exit code 2").await?;
        let run = api.look(&id).await?["run"]["id"].clone();
        let run = run.as_str().context("no run")?.to_owned();
        let log = api.get(&format!("/api/runs/{run}/log")).await?.ok()?;
        let log = log.json();
        let text = log["text"].as_str().unwrap_or_default().trim();
        ensure!(!text.is_empty(), "no output was kept: {log}");
        let last = text.lines().next_back().unwrap_or_default();
        page.until_text_within(LONG, last).await
    })
    .await
}

/// Stopping works in every phase, here while it starts; a late success does not undo it.
#[tokio::test]
async fn a_start_can_be_stopped_before_it_is_ready() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Slow one", "slow").await?;
        page.find(Role::Region, "Starting").await?;
        page.click(Role::Button, "Cancel").await?;
        page.until_status(LONG, "Stopped").await?;
        until_within(LONG, "its process to end", async || {
            Ok(vestibule_e2e::with_text_in_command(&id)
                .is_empty()
                .then_some(()))
        })
        .await?;
        ensure!(api.look(&id).await?["k8sStatus"] == "Stopped");
        page.until_count("iframe", 0).await
    })
    .await
}

/// FIELD 12: a process that dies while Running shows within seconds. It is started again, so it is
/// killed until that is given up.
#[tokio::test]
async fn an_app_that_is_killed_while_one_works_inside_is_reported() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, id) = scene.open_workbench("Doomed", "welcome").await?;
        page.enter("Doomed").await?;
        page.find(Role::Timer, "Clock").await?;
        page.leave().await?;
        until_within(LONG, "the crashes to be told and given up", async || {
            let apps = vestibule_e2e::with_text_in_command(&id)
                .into_iter()
                .filter(|pid| vestibule_e2e::with_text_in_command("--port").contains(pid));
            for pid in apps {
                vestibule_e2e::signal(pid, "KILL");
            }
            let text = page.text().await?;
            Ok(text.contains("The app stopped 4 times").then_some(()))
        })
        .await?;
        page.until_count("iframe", 0).await
    })
    .await
}
