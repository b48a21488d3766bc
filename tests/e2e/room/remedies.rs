//! The actions of the status card: adding a secret, waiting longer, retrying, changing settings.

use super::open;
use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene, until, until_within};

#[tokio::test]
async fn a_missing_secret_is_added_from_the_card_and_the_start_goes_on_by_itself() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let spec = json!({ "secrets": ["API_KEY"] });
        let (api, id) = open(scene, "Keyed", "welcome", spec).await?;
        page.until_text("Secret API_KEY is missing.").await?;
        page.click(Role::Button, "Add the secret").await?;
        // The secret's name is prefilled; the value has the focus.
        let dialog = "Add the secret API_KEY";
        page.find(Role::Dialog, dialog).await?;
        page.click(Role::Button, "Cancel").await?;
        page.until_gone(Role::Dialog, dialog).await?;
        page.click(Role::Button, "Add the secret").await?;
        page.find(Role::Dialog, dialog).await?;
        until("the value to be focused", async || {
            Ok((page.focused().await? == "Value of API_KEY").then_some(()))
        })
        .await?;
        page.type_text("open sesame").await?;
        page.click(Role::Button, "Save secret").await?;
        page.find_within(LONG, Role::Frame, "Keyed").await?;
        page.until_status(LONG, "Running").await?;
        let run = api.get_workbench(&id).await?["run"].clone();
        ensure!(run["number"] == 1, "it was started again: {run:#}");
        Ok(())
    })
    .await
}

/// FIELD 1 and 2: after a timeout the user decides, and may wait longer.
#[tokio::test]
async fn late_start_becomes_ready_after_keep_waiting() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let spec = json!({ "startTimeoutSeconds": 3 });
        let (api, id) = open(scene, "Late one", "tardy", spec).await?;
        let what = "The app wasn't ready in time.";
        page.until_text_within(LONG, what).await?;
        page.click(Role::Button, "Keep waiting").await?;
        page.find_within(LONG, Role::Frame, "Late one").await?;
        page.until_status(LONG, "Running").await?;
        ensure!(api.get_workbench(&id).await?["run"]["number"] == 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn late_start_is_retried_from_the_beginning() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let spec = json!({ "startTimeoutSeconds": 3 });
        let (api, id) = open(scene, "Deaf one", "deaf", spec).await?;
        page.find_within(LONG, Role::Button, "Keep waiting").await?;
        page.click(Role::Button, "Start again").await?;
        until_within(LONG, "a second attempt", async || {
            Ok((api.get_workbench(&id).await?["run"]["number"] == 2).then_some(()))
        })
        .await?;
        page.find_within(LONG, Role::Region, "Starting").await?;
        page.find_within(LONG, Role::Button, "Keep waiting").await?;
        // The clicked button disappears; the keyboard focus stays in place.
        page.click(Role::Button, "Keep waiting").await?;
        until_within(LONG, "the focus to stay in the status card", async || {
            let focused = page.focused().await?;
            ensure!(focused == "Deaf one", "it is on {focused}");
            Ok(Some(()))
        })
        .await
    })
    .await
}

/// Text typed while the page updates isn't lost (FIELD 8), and wrong settings are corrected on the
/// page that shows their effect.
#[tokio::test]
async fn settings_are_corrected_and_the_start_is_retried() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let spec = json!({ "secrets": ["WRONG_NAME"] });
        let (api, id) = open(scene, "Misnamed", "welcome", spec).await?;
        page.until_text("Secret WRONG_NAME is missing.").await?;
        page.click(Role::Button, "Edit settings").await?;
        page.fill("Name", "Named well").await?;
        // A secret is chosen by a checkbox with its name; the alternative is to cancel.
        page.click(Role::Field, "WRONG_NAME not in this workspace yet")
            .await?;
        page.click(Role::Button, "Save and start again").await?;
        page.find_within(LONG, Role::Frame, "Named well").await?;
        let now = api.until_status(&id, "Running").await?;
        ensure!(now["spec"]["secrets"] == json!([]), "{now:#}");
        ensure!(now["run"]["number"] == 2, "{now:#}");
        Ok(())
    })
    .await
}

/// DESIGN 4.3: a spec newer than the running one is shown as pending.
#[tokio::test]
async fn settings_saved_while_running_are_shown_as_pending() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = open(scene, "Steady", "welcome", json!({})).await?;
        page.find_within(LONG, Role::Frame, "Steady").await?;
        page.click(Role::Button, "Details").await?;
        page.click(Role::Button, "Edit settings").await?;
        page.click(Role::Button, "Add variable").await?;
        page.fill("Variable name", "COLOUR").await?;
        page.fill("Value", "green").await?;
        page.click(Role::Button, "Save").await?;

        let update = "Settings changed: restart to apply them";
        page.click(Role::Button, update).await?;
        page.until_text("Settings changed.").await?;
        page.click(Role::Button, "Restart now").await?;
        page.click(Role::Button, "Restart workbench").await?;
        until_within(LONG, "a second run with the new settings", async || {
            let now = api.get_workbench(&id).await?;
            let is_new = now["run"]["number"] == 2 && now["k8sStatus"] == "Running";
            Ok(is_new.then_some(()))
        })
        .await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        page.until_gone(Role::Button, update).await
    })
    .await
}

/// The usual duration is shown only after enough starts.
#[tokio::test]
async fn usual_duration_is_shown_after_enough_starts() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, first) = open(scene, "First", "slow", json!({})).await?;
        page.find(Role::Region, "Starting").await?;
        let text = page.text().await?;
        ensure!(!text.contains("usually"), "nothing is known yet: {text}");
        let workspace = api.get_workbench(&first).await?["workspaceId"].clone();
        let workspace = workspace.as_str().unwrap_or_default();
        let mut all = vec![first];
        for number in 2..=5 {
            let name = format!("Earlier {number}");
            all.push(api.workbench(workspace, &name, "slow").await?);
        }
        for id in &all {
            api.until_status(id, "Running").await?;
        }
        let sixth = api.workbench(workspace, "Sixth", "slow").await?;
        let path = format!("/workspaces/{workspace}/sessions/{sixth}");
        page.goto(&scene.server.url(&path)).await?;
        page.until_text("usually ").await
    })
    .await
}

/// The page is left before the command was answered, even before it was sent.
#[tokio::test]
async fn start_goes_on_after_its_page_was_left() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.open_studio().await?;
        let id = api.stopped(&workspace, "Left alone", "welcome").await?;
        let path = format!("/workspaces/{workspace}/sessions/{id}");
        page.goto(&scene.server.url(&path)).await?;
        page.find(Role::Button, "Start").await?;
        let script = "
            const start = document.querySelector('.actions [data-variant=primary]');
            start.click();
            document.querySelector('nav a[href^=\"/workspaces/\"]').click();";
        page.execute(script, vec![]).await?;
        page.find(Role::Heading, "Studio").await?;
        api.until_status(&id, "Running").await?;
        Ok(())
    })
    .await
}
