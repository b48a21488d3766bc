//! The console by keyboard alone.

use anyhow::{Result, bail};
use fantoccini::key::Key;
use vestibule_e2e::{ADMIN, LONG, PASSWORD, Page, Role, Scene, until};

#[tokio::test]
async fn from_sign_in_to_the_app_without_a_mouse() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        page.goto(&scene.server.url("/")).await?;
        page.find(Role::Button, "Sign in").await?;
        tab_to(page, "Username").await?;
        page.type_text(ADMIN).await?;
        tab_to(page, "Password").await?;
        page.type_text(PASSWORD).await?;
        page.press(Key::Enter).await?;

        page.find(Role::Heading, "Workspaces").await?;
        tab_to(page, "New workspace").await?;
        page.press(Key::Enter).await?;
        // The dialog focuses its first field.
        until("the name to be focused", async || {
            Ok((page.focused().await? == "Name").then_some(()))
        })
        .await?;
        page.type_text("Studio").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Heading, "Studio").await?;

        tab_to(page, "Create a workbench").await?;
        page.press(Key::Enter).await?;
        page.find(Role::RadioGroup, "App").await?;
        tab_to(page, "Welcome").await?;
        page.press(Key::Space).await?;
        tab_to(page, "Name").await?;
        page.type_text("By keys").await?;
        page.press(Key::Enter).await?;

        // The app's frame opens and takes the focus.
        page.find_within(LONG, Role::Frame, "By keys").await?;
        until("the focus to go into the frame", async || {
            Ok((page.focused().await? == "By keys").then_some(()))
        })
        .await
    })
    .await
}

/// Presses Tab until an element whose name begins like this has the focus.
async fn tab_to(page: &Page, name: &str) -> Result<()> {
    let mut passed = Vec::new();
    for _ in 0..40 {
        let focused = page.focused().await?;
        if focused.starts_with(name) {
            return Ok(());
        }
        passed.push(focused);
        page.press(Key::Tab).await?;
    }
    bail!("Tab never came to “{name}”, only to {}", passed.join(" | "))
}
