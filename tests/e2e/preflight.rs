//! What would keep a workbench from starting is said, and mended, before it is made.

use anyhow::Result;
use vestibule_e2e::{LONG, Role, Scene};

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
        page.until_text("Nothing speaks against its start.").await?;

        page.fill("Another secret's name", "API_KEY").await?;
        page.click(Role::Button, "Add name").await?;
        page.until_text("Missing in this workspace: API_KEY.")
            .await?;
        page.until_text("starts once what it waits for is there")
            .await?;

        page.click(Role::Button, "Add the secret").await?;
        page.fill("Value of API_KEY", "open sesame").await?;
        page.click(Role::Button, "Save secret").await?;
        page.until_text("Nothing speaks against its start.").await?;
        page.until_gone(Role::Button, "Save secret").await?;

        page.click(Role::Button, "Create workbench").await?;
        page.find_within(LONG, Role::Frame, "Keyed").await?;
        Ok(())
    })
    .await
}
