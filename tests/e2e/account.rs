//! The account's page: access tokens and the password.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use vestibule_e2e::{Role, Scene};

#[tokio::test]
async fn access_token_is_shown_once_and_deleted() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_signed_in("/account").await?;
        page.find(Role::Heading, "Access tokens").await?;
        page.until_text("You have no access tokens.").await?;
        page.click(Role::Button, "Create token").await?;
        page.find(Role::Dialog, "Create token").await?;
        page.fill("Name", "Backup").await?;
        page.press(Key::Enter).await?;
        page.until_text("Select at least one permission.").await?;
        page.click(Role::Field, "workspace:read").await?;
        page.fill("Name", "Backup").await?;
        page.press(Key::Enter).await?;
        page.until_text("You won't see it again.").await?;
        page.click(Role::Button, "Done").await?;
        page.find(Role::Button, "Delete Backup").await?;
        let html = "return document.documentElement.outerHTML";
        let html = page.execute(html, Vec::new()).await?.to_string();
        ensure!(!html.contains("vst_"), "the token is still on the page");
        page.click(Role::Button, "Delete Backup").await?;
        page.find(Role::Dialog, "Delete the access token “Backup”?")
            .await?;
        page.click(Role::Button, "Delete").await?;
        page.until_text("You have no access tokens.").await
    })
    .await
}

#[tokio::test]
async fn password_change_keeps_this_session_and_names_errors_at_their_fields() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_signed_in("/account").await?;
        page.find(Role::Heading, "Password").await?;
        page.fill("Current password", "not the password").await?;
        page.fill("New password", "password123").await?;
        page.press(Key::Enter).await?;
        page.until_text("This password is easy to guess.").await?;
        page.fill("New password", "seven quiet harbour lamps")
            .await?;
        page.press(Key::Enter).await?;
        page.until_text("This isn't your password.").await?;
        ensure!(page.path().await? == "/account");
        Ok(())
    })
    .await
}

/// Issue 11: the console shows the level of isolation that holds, and what it does not promise.
#[tokio::test]
async fn about_names_the_isolation_and_its_limits() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = scene.server.api().await?;
        scene.open_signed_in("/account").await?;
        page.find(Role::Heading, "About this server").await?;
        let apps = api.get("/api/apps").await?.ok()?.json();
        let level = &apps["items"][0]["isolation"]["level"];
        let (name, limit) = match level.as_str() {
            Some("sandbox") => ("Sandbox", "Faults of the kernel"),
            _ => ("None", "They can read each other's files"),
        };
        page.until_text("Isolation of apps").await?;
        page.until_text(name).await?;
        page.until_text(limit).await?;
        let ready = api.get("/readyz").await?.ok()?;
        let stated = format!("isolation: {}", level.as_str().unwrap_or_default());
        ensure!(ready.text.contains(&stated), "{}", ready.text);
        let log = scene.server.log();
        ensure!(log.contains("isolation of apps: "), "{log}");
        Ok(())
    })
    .await
}
