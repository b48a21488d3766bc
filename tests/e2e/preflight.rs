//! The form for a new workbench is short, and shows in advance why a start would fail.

use anyhow::{Result, ensure};
use vestibule_e2e::{LONG, Role, Scene, until};

#[tokio::test]
async fn a_missing_secret_is_added_in_the_form_and_then_it_starts() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, workspace) = scene.studio().await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/new"))
            .await?;
        page.choose("Welcome").await?;
        page.fill("Name", "Keyed").await?;
        page.until_text("Ready to start.").await?;

        let unfold = "document.querySelector('details.more').open = true";
        page.execute(unfold, vec![]).await?;
        page.fill("Another secret's name", "API_KEY").await?;
        page.click(Role::Button, "Add name").await?;
        page.until_text("Missing in this workspace: API_KEY.")
            .await?;
        page.until_text("starts once what it waits for is there")
            .await?;

        page.click(Role::Button, "Add the secret").await?;
        page.fill("Value of API_KEY", "open sesame").await?;
        page.click(Role::Button, "Save secret").await?;
        page.until_text("Ready to start.").await?;
        page.until_gone(Role::Button, "Save secret").await?;

        page.click(Role::Button, "Create workbench").await?;
        page.find_within(LONG, Role::Frame, "Keyed").await?;
        Ok(())
    })
    .await
}

/// Name and app are prefilled, and the button is on the screen: one click creates a workbench.
#[tokio::test]
async fn a_workbench_is_created_by_one_click_with_a_name_that_is_free() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        scene.browser.resize(1280, 800).await?;
        let form = format!("/workspaces/{workspace}/new");
        scene.open_signed_in(&form).await?;
        page.choose("Welcome").await?;
        until_name(page, "Welcome").await?;
        let below = "const button = document.querySelector('.form-actions button');
            return Math.ceil(button.getBoundingClientRect().bottom - innerHeight)";
        let below = page.execute(below, vec![]).await?;
        ensure!(
            below.as_i64() <= Some(0),
            "the button is {below} px below the screen"
        );
        page.click(Role::Button, "Create workbench").await?;
        page.find_within(LONG, Role::Frame, "Welcome").await?;

        page.goto(&scene.server.url(&form)).await?;
        page.choose("Welcome").await?;
        until_name(page, "Welcome 2").await?;
        let list = api
            .get(&format!("/api/workspaces/{workspace}/workbenches"))
            .await?;
        let list = list.ok()?.json();
        ensure!(list["items"].as_array().map(Vec::len) == Some(1), "{list}");
        Ok(())
    })
    .await
}

async fn until_name(page: &vestibule_e2e::Page, name: &str) -> Result<()> {
    until(&format!("the name {name}"), async || {
        let script = "return document.getElementById('workbench-name')?.value";
        let value = page.execute(script, vec![]).await?;
        ensure!(value == name, "it is {value}");
        Ok(Some(()))
    })
    .await
}
