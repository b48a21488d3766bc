//! The settings of a workspace: its name, its secrets, and its deletion.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{Api, LONG, Page, Role, Scene, until, until_within};

const NAME: &str = "Name of the workspace";

/// FIELD 8: "[…] resets the form while one types."
#[tokio::test]
async fn field_8_other_users_changes_do_not_reset_the_name_being_typed() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.open_studio().await?;
        page.click(Role::Link, "Settings").await?;
        page.find(Role::Heading, "Settings").await?;
        page.fill(NAME, "Worksh").await?;
        let path = format!("/api/workspaces/{workspace}");
        api.patch(&path, json!({"name": "Atelier"})).await?.ok()?;
        // The page receives events of the workspace.
        api.stopped(&workspace, "Bench", "welcome").await?;
        page.until_text_within(LONG, "Renamed to “Atelier” in the meantime.")
            .await?;
        page.find(Role::Link, "Atelier").await?;
        ensure!(value(page, NAME).await? == "Worksh", "it was reset");

        page.fill(NAME, "a\u{202e}b").await?;
        page.click(Role::Button, "Rename").await?;
        page.until_text("characters that change the writing direction")
            .await?;
        ensure!(name(&api, &path).await? == "Atelier");
        page.fill(NAME, "  Workshop ").await?;
        page.click(Role::Button, "Rename").await?;
        page.find(Role::Link, "Workshop").await?;
        ensure!(name(&api, &path).await? == "Workshop");
        until("the field to show it", async || {
            Ok((value(page, NAME).await? == "Workshop").then_some(()))
        })
        .await?;
        page.click(Role::Link, "Workshop").await?;
        page.find(Role::Heading, "Workshop").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn secrets_are_added_replaced_and_deleted() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let body = json!({"name": "Needs it", "app": "welcome", "desired": "Stopped",
            "spec": {"secrets": ["API_KEY"]}});
        let bench = api.make(&workspace, body).await?;
        open(scene, &workspace).await?;
        page.find(Role::Heading, "No secrets yet").await?;

        page.click(Role::Button, "Add a secret").await?;
        page.find(Role::Dialog, "Add a secret").await?;
        page.fill("Name", "PATH").await?;
        page.click(Role::Button, "Save secret").await?;
        page.until_text("so it cannot be a secret").await?;
        page.until_text("Give it a value.").await?;
        page.fill("Name", "API_KEY").await?;
        page.fill("Value", "hunter2").await?;
        page.click(Role::Button, "Save secret").await?;
        page.find(Role::Button, "Replace API_KEY").await?;
        page.find(Role::Link, "Needs it").await?;
        let text = page.text().await?;
        ensure!(text.contains("admin"), "no author is shown: {text}");

        // An existing secret isn't overwritten by accident.
        page.click(Role::Button, "Add a secret").await?;
        page.fill("Name", "API_KEY").await?;
        page.fill("Value", "another").await?;
        page.click(Role::Button, "Save secret").await?;
        page.until_text("A secret with this name already exists.")
            .await?;
        page.click(Role::Button, "Cancel").await?;

        let list = format!("/api/workspaces/{workspace}/secrets");
        let set = async || {
            let list = api.get(&list).await?.ok()?.json();
            anyhow::Ok(list["items"][0]["updatedAt"].clone())
        };
        let before = set().await?;
        page.click(Role::Button, "Replace API_KEY").await?;
        page.find(Role::Dialog, "Replace secret API_KEY").await?;
        ensure!(value(page, "Value of API_KEY").await?.is_empty());
        page.fill("Value of API_KEY", "hunter3").await?;
        page.press(Key::Enter).await?;
        page.until_gone(Role::Dialog, "Replace secret API_KEY")
            .await?;
        ensure!(set().await? != before, "it was not set");
        ensure!(!page.client().source().await?.contains("hunter"));

        page.click(Role::Button, "Delete API_KEY").await?;
        page.find(Role::Dialog, "Delete secret API_KEY?").await?;
        page.until_text("“Needs it” uses it: its next start waits until it is set again.")
            .await?;
        page.click(Role::Button, "Cancel").await?;
        page.click(Role::Button, "Delete API_KEY").await?;
        page.click(Role::Button, "Delete secret").await?;
        page.find(Role::Heading, "No secrets yet").await?;
        page.until_focused("Secrets").await?;
        let start = format!("/api/workbenches/{bench}/start");
        api.post(&start, json!({})).await?.ok()?;
        until_within(LONG, "the start to wait", async || {
            let seen = api.get_workbench(&bench).await?;
            let conditions = seen["status"]["conditions"].as_array();
            let waits = |one: &Value| one["type"] == "SecretsReady" && one["status"] == "False";
            Ok(conditions.into_iter().flatten().any(waits).then_some(()))
        })
        .await
    })
    .await
}

#[tokio::test]
async fn workspace_is_deleted_once_it_is_empty() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let bench = api.stopped(&workspace, "Bench", "welcome").await?;
        open(scene, &workspace).await?;
        let sentence = "Delete its workbench first.";
        page.until_text(sentence).await?;
        ensure!(!page.has(Role::Button, "Delete workspace").await?);
        page.click(Role::Link, "Go to workbenches").await?;
        page.find(Role::Heading, "Studio").await?;
        page.find(Role::Link, "Bench").await?;
        page.client().back().await?;
        page.until_text(sentence).await?;

        let path = format!("/api/workbenches/{bench}");
        api.delete(&path).await?.ok()?;
        page.find_within(LONG, Role::Button, "Delete workspace")
            .await?;
        page.click(Role::Button, "Delete workspace").await?;
        page.find(Role::Dialog, "Delete “Studio”?").await?;
        // Another user creates one before the deletion is confirmed.
        let bench = api.stopped(&workspace, "Late", "welcome").await?;
        page.click(Role::Button, "Delete workspace").await?;
        let refused = page.until_alert().await?;
        ensure!(refused.contains(sentence), "{refused}");
        page.click(Role::Button, "Cancel").await?;
        page.until_text(sentence).await?;

        let path = format!("/api/workbenches/{bench}");
        api.delete(&path).await?.ok()?;
        page.find_within(LONG, Role::Button, "Delete workspace")
            .await?;
        page.click(Role::Button, "Delete workspace").await?;
        page.find(Role::Dialog, "Delete “Studio”?").await?;
        page.click(Role::Button, "Delete workspace").await?;
        page.find(Role::Heading, "Workspaces").await?;
        page.until_text("Deleted “Studio”").await?;
        let gone = api.get(&format!("/api/workspaces/{workspace}")).await?;
        ensure!(gone.status == 404, "it is there: {}", gone.status);
        // The workspace's old address also shows that it is gone.
        page.goto(
            &scene
                .server
                .url(&format!("/workspaces/{workspace}/settings")),
        )
        .await?;
        page.find(Role::Heading, "Workspace not found").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_settings_by_keyboard_alone() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, workspace) = scene.open_studio().await?;
        page.find(Role::Heading, "No workbenches yet").await?;
        page.tab_to("Settings").await?;
        page.press(Key::Enter).await?;
        page.until_focused("Settings").await?;
        ensure!(page.path().await? == format!("/workspaces/{workspace}/settings"));
        page.find(Role::Field, NAME).await?;
        page.tab_to(NAME).await?;
        page.press(Key::End).await?;
        page.type_text(" 2").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Link, "Studio 2").await?;
        page.until_focused(NAME).await?;

        page.find(Role::Heading, "No secrets yet").await?;
        page.tab_to("Add a secret").await?;
        page.press(Key::Enter).await?;
        page.until_focused("Name").await?;
        page.type_text("TOKEN").await?;
        page.tab_to("Value").await?;
        page.type_text("hunter2").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Button, "Delete TOKEN").await?;
        page.until_focused("Add a secret").await?;
        page.tab_to("Delete TOKEN").await?;
        page.press(Key::Enter).await?;
        // The safe choice has the focus, and Esc cancels.
        page.until_focused("Cancel").await?;
        page.press(Key::Escape).await?;
        page.until_focused("Delete TOKEN").await?;
        page.press(Key::Enter).await?;
        page.until_focused("Cancel").await?;
        page.tab_to("Delete secret").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Heading, "No secrets yet").await?;
        page.until_focused("Secrets").await?;

        page.tab_to("Delete workspace").await?;
        page.press(Key::Enter).await?;
        page.until_focused("Cancel").await?;
        page.tab_to("Delete workspace").await?;
        page.press(Key::Enter).await?;
        page.until_text("Deleted “Studio 2”").await?;
        page.until_focused("Workspaces").await
    })
    .await
}

async fn open(scene: &Scene, workspace: &str) -> Result<()> {
    let path = format!("/workspaces/{workspace}/settings");
    scene.open_signed_in(&path).await?;
    scene.page.find(Role::Heading, "Settings").await?;
    Ok(())
}

/// Returns the value of a field.
async fn value(page: &Page, name: &str) -> Result<String> {
    let field = page.find(Role::Field, name).await?;
    Ok(field.prop("value").await?.unwrap_or_default())
}

async fn name(api: &Api, path: &str) -> Result<Value> {
    Ok(api.get(path).await?.ok()?.json()["name"].clone())
}
