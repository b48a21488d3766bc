//! Agents: messages that run in order in the workbench's folder, and their transcript.

use crate::auditor::Auditor;
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::time::Instant;
use vestibule_e2e::{Api, LONG, Page, Role, Scene, until, until_within};

/// Text of the shown panel's transcript.
const TRANSCRIPT: &str =
    "return document.querySelector('.tab-panel[data-state=shown] [role=log]')?.innerText ?? ''";

/// FIELD 20 to 22: the first message is typed before there is anything to run it, and runs once.
#[tokio::test]
async fn a_message_typed_before_the_agent_is_ready_runs_once_when_it_is() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, workspace) = scene.studio().await?;
        let id = api.stopped(&workspace, "Bench", "tardy").await?;
        let page = &scene.page;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/sessions/{id}"))
            .await?;
        page.click(Role::Button, "New agent").await?;
        page.until_focused("Message").await?;
        page.fill("Message", "echo once >> ran.txt; echo \"done-$((40+2))\"")
            .await?;
        page.click(Role::Button, "Send when ready").await?;
        page.fill(
            "Message",
            "wc -l < ran.txt; printf '\\033[31mred\\033[0m <b>\\n'",
        )
        .await?;
        page.press(Key::Enter).await?;
        page.fill("Message", "echo never").await?;
        page.click(Role::Button, "Send when ready").await?;
        page.click(Role::Button, "Cancel “echo never”").await?;
        page.until_gone(Role::Button, "Cancel “echo never”").await?;
        let bench = api.look(&id).await?;
        ensure!(bench["k8sStatus"] != "Running", "it was ready at once");

        until_said(page, "<b>").await?;
        let said = transcript(page).await?;
        ensure!(said.contains("done-42"), "{said}");
        ensure!(said.lines().any(|line| line.trim() == "1"), "{said}");
        ensure!(!said.contains("never\n"), "{said}");
        let red = "return document.querySelector('.transcript .sgr-red')?.textContent";
        ensure!(page.execute(red, vec![]).await? == "red", "no colour");
        let ended = [json!("succeeded"), json!("succeeded"), json!("cancelled")];
        until("the messages to end", async || {
            let states = states(&api, &id).await?;
            ensure!(states == ended, "{states:?}");
            Ok(Some(()))
        })
        .await?;

        // A reload shows each event once.
        let path = page.path().await?;
        page.goto(&scene.server.url(&path)).await?;
        until_said(page, "<b>").await?;
        let again = transcript(page).await?;
        ensure!(again.matches("done-42").count() == 1, "{again}");
        Ok(())
    })
    .await
}

/// FIELD 24: the draft of one tab never appears in another, however fast one switches.
#[tokio::test]
async fn drafts_belong_to_their_tabs_and_outlive_a_reload() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        let mut tabs = Vec::new();
        for text in ["for A", "for B"] {
            page.click(Role::Button, "New agent").await?;
            page.until_focused("Message").await?;
            page.fill("Message", text).await?;
            tabs.push(page.path().await?);
            // A second press within this time would be a double click.
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        }
        ensure!(tabs[0] != tabs[1], "one tab");
        for _ in 0..5 {
            for (at, text) in ["for A", "for B"].iter().enumerate() {
                let switch = "document.querySelectorAll('[role=tab]')[arguments[0]].click()";
                page.execute(switch, vec![json!(at + 1)]).await?;
                until_draft(page, text).await?;
            }
        }
        for (path, text) in tabs.iter().zip(["for A", "for B"]) {
            page.goto(&scene.server.url(path)).await?;
            until_draft(page, text).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_turn_is_stopped_at_once_and_the_next_message_runs() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        page.click(Role::Button, "New agent").await?;
        page.until_focused("Message").await?;
        page.fill("Message", "echo began-$((40+2)); sleep 600")
            .await?;
        page.press(Key::Enter).await?;
        until_said(page, "began-42").await?;
        page.fill("Message", "echo after-$((40+3))").await?;
        // Enter never stops.
        page.press(Key::Enter).await?;
        page.find(Role::Button, "Cancel “echo after-$((40+3))”")
            .await?;
        let began = Instant::now();
        page.click(Role::Button, "Interrupt").await?;
        page.until_focused("Message").await?;
        until_said(page, "after-43").await?;
        println!(
            "stopped, and the next one answered, after {:?}",
            began.elapsed()
        );
        let states = states(&api, &id).await?;
        ensure!(states[0] == "stopped", "{states:?}");

        // Arrow keys bring back what was sent.
        page.press(Key::Up).await?;
        until_draft(page, "echo after-$((40+3))").await?;
        let mut auditor = Auditor::new(scene)?;
        auditor.check("an agent").await?;
        auditor.done()
    })
    .await
}

async fn transcript(page: &Page) -> Result<String> {
    let text = page.execute(TRANSCRIPT, vec![]).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// Waits until the output, and not only the message, has this text.
async fn until_said(page: &Page, text: &str) -> Result<()> {
    until_within(LONG, &format!("the output “{text}”"), async || {
        let script =
            "return [...document.querySelectorAll('.tab-panel[data-state=shown] .turn-output')]
            .map((one) => one.textContent).join('')";
        let said = page.execute(script, vec![]).await?;
        let said = said.as_str().unwrap_or_default().to_owned();
        ensure!(said.contains(text), "it is:\n{said}");
        Ok(Some(()))
    })
    .await
}

async fn until_draft(page: &Page, text: &str) -> Result<()> {
    until(&format!("the draft “{text}”"), async || {
        let script =
            "return document.querySelector('.tab-panel[data-state=shown] textarea')?.value";
        let shown = page.execute(script, vec![]).await?;
        ensure!(shown == text, "it is {shown}");
        Ok(Some(()))
    })
    .await
}

/// States of the messages of the workbench's only tab.
async fn states(api: &Api, workbench: &str) -> Result<Vec<Value>> {
    let list = api
        .get(&format!("/api/workbenches/{workbench}/tabs"))
        .await?;
    let tab = list.ok()?.json()["items"][0]["id"].take();
    let path = format!("/api/tabs/{}/messages", tab.as_str().context("no tab")?);
    let list = api.get(&path).await?.ok()?.json();
    let items = list["items"].as_array().cloned().unwrap_or_default();
    Ok(items.iter().map(|one| one["state"].clone()).collect())
}
