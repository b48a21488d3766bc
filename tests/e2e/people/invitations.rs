//! Invitation links.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use vestibule_e2e::{Role, Scene};

/// Returns the text of a field.
const VALUE: &str = "return document.querySelector(arguments[0]).value;";

#[tokio::test]
async fn a_user_is_invited_by_a_link_and_chooses_a_password() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let link = async || {
            let value = page.execute(VALUE, vec![json!("#one-time-secret")]).await?;
            let link = value.as_str().context("no link")?.to_owned();
            anyhow::Ok(link)
        };
        scene.open_signed_in("/admin/users").await?;
        page.click(Role::Button, "New user").await?;
        page.until_focused("Username").await?;
        page.fill("Username", "ada").await?;
        page.fill("Display name", "Ada Lovelace").await?;
        page.pick("First sign-in", "By an invitation link").await?;
        page.click(Role::Button, "Create user").await?;
        page.find(Role::Dialog, "Created Ada Lovelace").await?;
        let first = link().await?;
        page.click(Role::Button, "Done").await?;
        page.until_text("Invited").await?;
        page.click(Role::Link, "Ada Lovelace").await?;
        page.until_text("Invited. The link works until").await?;
        page.click(Role::Button, "New link…").await?;
        page.find(Role::Dialog, "New invitation link for Ada Lovelace?")
            .await?;
        page.click(Role::Button, "New link").await?;
        page.find(Role::Dialog, "Invitation of Ada Lovelace")
            .await?;
        let second = link().await?;
        ensure!(first != second);
        page.click(Role::Button, "Done").await?;

        page.client().delete_all_cookies().await?;
        page.goto(&first).await?;
        let why = page.until_alert().await?;
        ensure!(why.contains("This invitation was used already"), "{why}");
        page.goto("about:blank").await?;
        page.goto(&second).await?;
        page.until_focused("Password").await?;
        page.fill("Password", "short").await?;
        page.click(Role::Button, "Set password and sign in").await?;
        page.until_text("Use at least 10 characters.").await?;
        page.fill("Password", "correct horse battery").await?;
        page.click(Role::Button, "Set password and sign in").await?;
        page.find(Role::Heading, "Workspaces").await?;
        ensure!(page.path().await? == "/workspaces");

        // The link is used up, and the user is an ordinary one.
        let api = scene.server.api().await?;
        let users = api.get("/api/users?search=ada").await?.ok()?.json();
        ensure!(users["items"][0]["hasPassword"] == true, "{users}");
        page.goto("about:blank").await?;
        page.goto(&second).await?;
        page.until_alert().await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_invitation_is_revoked() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = scene.server.api().await?;
        let body = json!({ "username": "ada", "displayName": "Ada Lovelace", "invite": true });
        let made = api.post("/api/users", body).await?.ok()?.json();
        let link = made["invitation"].as_str().context("no link")?;
        let id = made["user"]["id"].as_str().context("no id")?;
        scene.open_signed_in(&format!("/admin/users/{id}")).await?;
        page.click(Role::Button, "Revoke link").await?;
        page.until_text("No password yet.").await?;
        page.goto(link).await?;
        page.until_alert().await?;
        Ok(())
    })
    .await
}
