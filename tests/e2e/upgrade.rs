//! An upgrade from version 0.1.0: its database, its runs' records and its live supervisors are taken
//! over.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::PathBuf;
use vestibule_e2e::{LONG, Role, Scene, until_within, with_text_in_command};
use vestibule_model::reason::current;

#[tokio::test]
#[ignore = "needs version 0.1.0 in VESTIBULE_EARLIER_BIN; `cargo xtask test upgrade` builds it"]
async fn workbenches_of_version_0_1_0_are_entered_stopped_and_deleted() -> Result<()> {
    let earlier = std::env::var_os("VESTIBULE_EARLIER_BIN").map(PathBuf::from);
    let earlier = earlier.context("VESTIBULE_EARLIER_BIN is not set")?;
    Scene::play_earlier(earlier, async |scene| {
        let (api, workspace) = scene.studio().await?;
        let running = api.workbench(&workspace, "Climate", "welcome").await?;
        let doomed = api.workbench(&workspace, "Doomed", "welcome").await?;
        let failed = api.workbench(&workspace, "Broken", "talks").await?;
        let starting = api.workbench(&workspace, "Deaf", "deaf").await?;
        for workbench in [&running, &doomed] {
            api.until_status(workbench, "Running").await?;
        }
        api.until_status(&failed, "Failed").await?;
        // Before that its conditions would change by themselves.
        until_within(LONG, "the process to be started", async || {
            let phase = api.get_workbench(&starting).await?["status"]["phase"].take();
            Ok((phase == "Running").then_some(()))
        })
        .await?;
        let build = api.build(&workspace, "kit").await?;
        let before = statuses_of(&api, [&running, &doomed, &failed, &starting]).await?;
        let processes = with_text_in_command(&running);

        scene.server.upgrade().await?;
        let api = scene.server.api().await?;
        api.until_status(&running, "Running").await?;
        let after = statuses_of(&api, [&running, &doomed, &failed, &starting]).await?;
        for (before, after) in before.iter().zip(&after) {
            ensure!(before == after, "{before:#}\nbecame\n{after:#}");
        }
        ensure!(
            with_text_in_command(&running) == processes,
            "it was started again"
        );
        ensure!(
            started_before(&api, &running).await?,
            "it is not said to be without isolation"
        );
        for workbench in [&running, &failed] {
            reads_as_of_today(&api, workbench).await?;
        }
        // An earlier administrator is one by a role of today.
        let users = api.get("/api/users").await?.ok()?.json();
        let grants = &users["items"][0]["grants"];
        ensure!(grants[0]["role"] == "administrator", "{users:#}");
        // A server's end interrupts a build; it is requested again, not lost.
        api.get(&format!("/api/builds/{build}")).await?.ok()?;

        let page = &scene.page;
        let studio = format!("/workspaces/{workspace}");
        scene
            .open_signed_in(&format!("{studio}/sessions/{running}"))
            .await?;
        page.enter("Climate").await?;
        page.find(Role::Timer, "Clock").await?;
        page.leave().await?;
        page.click(Role::Button, "Stop").await?;
        page.click(Role::Button, "Stop workbench").await?;
        api.until_status(&running, "Stopped").await?;
        until_within(LONG, "the app's processes to end", async || {
            Ok(with_text_in_command(&running).is_empty().then_some(()))
        })
        .await?;
        page.click(Role::Button, "Start again").await?;
        api.until_status(&running, "Running").await?;
        ensure!(
            !started_before(&api, &running).await?,
            "it was started after the upgrade"
        );
        page.enter("Climate").await?;
        page.find(Role::Timer, "Clock").await?;
        page.leave().await?;

        api.post(&format!("/api/workbenches/{starting}/stop"), json!({}))
            .await?
            .ok()?;
        api.until_status(&starting, "Stopped").await?;
        for workbench in [&doomed, &failed] {
            api.delete(&format!("/api/workbenches/{workbench}"))
                .await?
                .ok()?;
            until_within(LONG, "the workbench to be deleted", async || {
                let answer = api.get(&format!("/api/workbenches/{workbench}")).await?;
                Ok((answer.status == 404).then_some(()))
            })
            .await?;
        }
        ensure!(
            with_text_in_command(&doomed).is_empty(),
            "a process is left"
        );
        Ok(())
    })
    .await
}

/// Returns `true` if a workbench's conditions say that it was started before the upgrade.
async fn started_before(api: &vestibule_e2e::Api, workbench: &str) -> Result<bool> {
    let status = api.get_workbench(workbench).await?["status"].take();
    Ok(status.to_string().contains("started before the upgrade"))
}

/// Fails if the status or the journal of a workbench has a reason that only 0.1.0 wrote, or if the
/// upgrade counted as a change of a condition.
async fn reads_as_of_today(api: &vestibule_e2e::Api, workbench: &str) -> Result<()> {
    let seen = api.get_workbench(workbench).await?;
    let run = seen["run"]["id"].as_str().context("it has no run")?;
    let journal = api.get(&format!("/api/runs/{run}/journal")).await?.ok()?;
    let journal = journal.json()["items"].take();
    let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let (entries, conditions) = (of(&journal), of(&seen["status"]["conditions"]));
    ensure!(!entries.is_empty(), "the journal of {workbench} is lost");
    for one in entries.iter().chain(&conditions) {
        let word = one["reason"].as_str().unwrap_or_default();
        let is_known = one["type"].is_null() || current(word) == word;
        ensure!(is_known, "{one:#} is in the words of 0.1.0");
    }
    let mut ready: Vec<_> = entries
        .iter()
        .filter(|e| e["type"] == "RunnerStarted")
        .collect();
    ready.dedup_by_key(|entry| {
        (
            entry["to"].clone(),
            entry["reason"].clone(),
            entry["message"].clone(),
        )
    });
    let all = entries
        .iter()
        .filter(|e| e["type"] == "RunnerStarted")
        .count();
    ensure!(ready.len() == all, "an entry stands twice: {journal:#}");
    Ok(())
}

/// Returns what must not change by an upgrade: phase, run, and the conditions that hold, with their
/// reasons in the words of today. Of the others 0.1.0 said that it was not observed; now they say why they don't hold.
async fn statuses_of(api: &vestibule_e2e::Api, all: [&String; 4]) -> Result<Vec<Value>> {
    let mut seen = Vec::new();
    for workbench in all {
        let status = api.get_workbench(workbench).await?["status"].take();
        let conditions = status["conditions"].as_array().cloned().unwrap_or_default();
        let conditions: Vec<Value> = conditions
            .iter()
            .filter(|one| one["status"] == "True")
            .map(|one| {
                json!([
                    one["type"],
                    current(one["reason"].as_str().unwrap_or_default())
                ])
            })
            .collect();
        seen.push(json!({
            "workbench": workbench,
            "phase": status["phase"],
            "runNumber": status["runNumber"],
            "conditions": conditions,
        }));
    }
    Ok(seen)
}
