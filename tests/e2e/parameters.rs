//! Parameters of an app: asked for by the form and the settings, and placed into its command.

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::json;
use std::fs;
use vestibule_e2e::{LONG, Role, Scene, until_within};

#[tokio::test]
async fn parameters_are_asked_for_checked_and_reach_the_command() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/new"))
            .await?;
        page.choose("Study").await?;
        page.find(Role::Field, "Topic").await?;
        page.click(Role::Button, "Create workbench").await?;
        page.until_text("Fill in Topic.").await?;
        page.until_focused("Topic").await?;
        page.fill("Topic", "a topic that is far too long").await?;
        page.click(Role::Button, "Create workbench").await?;
        page.until_text("Use at most 20 characters.").await?;
        // Parameters of the chosen app only, and what was typed stays.
        page.choose("Welcome").await?;
        page.until_gone(Role::Field, "Topic").await?;
        page.choose("Study").await?;
        page.fill("Topic", "$(touch bad) \"'").await?;
        page.pick("Depth", "deep").await?;
        page.fill("Task (optional)", "first line\nsecond line")
            .await?;
        page.click(Role::Button, "Create workbench").await?;
        page.find_within(LONG, Role::Frame, "Study").await?;

        let path = page.path().await?;
        let id = path.rsplit('/').next().context("an id")?.to_owned();
        let folder = scene.server.files(&id);
        let written = fs::read_to_string(folder.join("study.txt"))?;
        ensure!(
            written == "$(touch bad) \"'\ndeep\nfirst line\nsecond line\n",
            "{written}"
        );
        ensure!(!folder.join("bad").exists(), "a value was run");

        // The settings show them, and a restart applies others.
        page.click(Role::Button, "Details").await?;
        page.click(Role::Button, "Edit settings").await?;
        page.find(Role::Dialog, "Edit “Study”").await?;
        // WebDriver's own way to clear a field sends no `input` event.
        let empty = [
            Key::Control.into(),
            'a',
            Key::Null.into(),
            Key::Backspace.into(),
        ];
        let field = page.find(Role::Field, "Topic").await?;
        field.send_keys(&empty.iter().collect::<String>()).await?;
        page.click(Role::Button, "Save and start again").await?;
        page.until_text("Fill in Topic.").await?;
        page.fill("Topic", "birds").await?;
        page.pick("Depth", "shallow").await?;
        page.click(Role::Button, "Save and start again").await?;
        page.click(Role::Button, "Restart workbench").await?;
        until_within(LONG, "the next run to have them", async || {
            let written = fs::read_to_string(folder.join("study.txt"))?;
            ensure!(written.starts_with("birds\nshallow\nfirst"), "{written}");
            Ok(Some(()))
        })
        .await?;
        let shown = api.get_workbench(&id).await?;
        ensure!(shown["spec"]["parameters"]["topic"] == "birds", "{shown}");
        Ok(())
    })
    .await
}

/// A task runs once, ends its workbench as completed, and is continued in its tab.
#[tokio::test]
async fn a_task_completes_its_workbench_and_is_continued_in_its_tab() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/new"))
            .await?;
        page.choose("Errand").await?;
        page.fill("Prompt", "echo ran >> ran.txt; echo done-$((40+2))")
            .await?;
        page.click(Role::Button, "Create workbench").await?;
        page.until_text_within(LONG, "Completed").await?;
        let path = page.path().await?;
        let id = path.rsplit('/').next().context("an id")?.to_owned();
        // A completed run is no failure (FIELD 14).
        page.until_count("[role=tab] [data-kind=failed]", 0).await?;
        let tab = page
            .names(Role::Tab)
            .await?
            .into_iter()
            .find(|name| name.starts_with("Task"))
            .context("no tab of the task")?;
        page.click(Role::Tab, &tab).await?;
        page.until_text("done-42").await?;
        page.until_text("The run is over.").await?;
        page.fill("Message", "wc -l < ran.txt; echo more-$((40+3))")
            .await?;
        page.click(Role::Button, "Start and send").await?;
        page.until_text_within(LONG, "more-43").await?;
        let ran = fs::read_to_string(scene.server.files(&id).join("ran.txt"))?;
        ensure!(ran == "ran\n", "{ran}");
        let shown = api.get_workbench(&id).await?;
        ensure!(shown["k8sStatus"] == "Running", "{shown}");
        Ok(())
    })
    .await
}

/// A run that ends while the waiting room fades: the page goes on.
#[tokio::test]
async fn a_run_that_ends_as_soon_as_it_is_ready_leaves_a_page_that_lives() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.open_studio().await?;
        for pause in ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6"] {
            let body = json!({"name": format!("After {pause}"), "app": "errand",
                "spec": {"parameters": {"prompt": format!("sleep {pause}")}}});
            let id = api.make(&workspace, body).await?;
            let path = format!("/workspaces/{workspace}/sessions/{id}");
            page.goto(&scene.server.url(&path)).await?;
            page.until_text_within(LONG, "Completed").await?;
            let name = format!("Lives after {pause}");
            api.patch(&format!("/api/workbenches/{id}"), json!({"name": name}))
                .await?
                .ok()?;
            page.find(Role::Heading, &name).await?;
        }
        Ok(())
    })
    .await
}
