//! Starts that fail or are late, each shown as it is.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene, until, until_within};

/// FIELD 15: the cause is shown at once, not an endless "waiting for events".
#[tokio::test]
async fn missing_program_is_reported() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_workbench("No program", "missing").await?;
        page.until_status(LONG, "Failed").await?;
        page.until_text("ProgramNotFound").await?;
        page.until_text("vestibule-test-no-such-program").await?;
        page.until_count("iframe", 0).await?;
        page.find(Role::Button, "Start again").await?;
        Ok(())
    })
    .await
}

/// If the catalogue lists an app's requirements, the form shows what is missing before the start.
#[tokio::test]
async fn form_shows_apps_that_cannot_start_and_why() -> Result<()> {
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

/// FIELD 1: a timeout is never silent; FIELD 2: only "Keep waiting" moves the limit.
#[tokio::test]
async fn a_port_that_never_listens_becomes_visibly_late_and_can_be_waited_for() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let body = json!({
            "name": "Deaf one", "app": "deaf", "spec": { "startTimeoutSeconds": 6 },
        });
        let (api, id) = scene.open_made(body).await?;
        page.find(Role::Region, "Starting").await?;
        let first = api.get_workbench(&id).await?["run"]["startDeadline"].clone();

        // A reload starts no new limit.
        page.client().refresh().await?;
        page.find(Role::Heading, "Deaf one").await?;
        ensure!(api.get_workbench(&id).await?["run"]["startDeadline"] == first);

        page.find_within(LONG, Role::Button, "Keep waiting").await?;
        page.until_text("StartDeadlineExceeded").await?;
        page.until_count("iframe", 0).await?;
        for action in ["Stop", "Delete"] {
            page.find(Role::Button, action).await?;
        }

        page.click(Role::Button, "Keep waiting").await?;
        until("a later limit", async || {
            let now = api.get_workbench(&id).await?["run"]["startDeadline"].clone();
            Ok((now.as_str() > first.as_str()).then_some(()))
        })
        .await?;
        let run = api.get_workbench(&id).await?["run"].clone();
        ensure!(run["number"] == 1, "waiting on is no new start: {run}");

        page.click(Role::Button, "Stop").await?;
        page.until_status(LONG, "Stopped").await?;
        page.until_text("You stopped this workbench").await
    })
    .await
}

/// FIELD 14 and 17: the outcome is unambiguous, and the last lines of output are kept.
#[tokio::test]
async fn failed_app_shows_its_exit_code_and_last_lines() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Unprepared", "unprepared").await?;
        page.until_status(LONG, "Failed").await?;
        page.until_text("PrerequisiteFailed").await?;
        page.until_text("exit code 2").await?;
        let run = api.get_workbench(&id).await?["run"]["id"].clone();
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

/// Stop works in every phase, here during a start; a late success doesn't undo it.
#[tokio::test]
async fn a_start_can_be_stopped_before_it_is_ready() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Slow one", "tardy").await?;
        page.find(Role::Region, "Starting").await?;
        page.click(Role::Button, "Cancel").await?;
        page.until_status(LONG, "Stopped").await?;
        until_within(LONG, "its process to end", async || {
            Ok(vestibule_e2e::with_text_in_command(&id)
                .is_empty()
                .then_some(()))
        })
        .await?;
        ensure!(api.get_workbench(&id).await?["k8sStatus"] == "Stopped");
        page.until_count("iframe", 0).await
    })
    .await
}

/// FIELD 12: a process that dies while Running is reported within seconds. It is restarted by the
/// engine, so the test kills it until the engine gives up.
#[tokio::test]
async fn app_killed_while_in_use_is_reported() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, id) = scene.open_workbench("Doomed", "welcome").await?;
        page.enter("Doomed").await?;
        page.find(Role::Timer, "Clock").await?;
        page.leave().await?;
        until_within(
            LONG,
            "the crashes to be reported and restarts to end",
            async || {
                let apps = vestibule_e2e::with_text_in_command(&id)
                    .into_iter()
                    .filter(|pid| vestibule_e2e::with_text_in_command("--port").contains(pid));
                for pid in apps {
                    vestibule_e2e::signal(pid, "KILL");
                }
                let text = page.text().await?;
                Ok(text.contains("The app stopped 4 times").then_some(()))
            },
        )
        .await?;
        page.until_count("iframe", 0).await
    })
    .await
}
