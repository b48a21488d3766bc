//! A workbench shared with a user who isn't a member.

use super::{SECRET, user};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene};

#[tokio::test]
async fn a_workbench_is_shared_until_it_is_not() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        user(&api, "ada", "Ada Lovelace", json!([])).await?;
        let bench = api.stopped(&workspace, "Climate", "welcome").await?;
        let address = format!("/workspaces/{workspace}/sessions/{bench}");
        scene.open_signed_in(&address).await?;
        page.click(Role::Button, "Share").await?;
        page.find(Role::Dialog, "Share “Climate”").await?;
        page.until_focused("Username or e-mail").await?;
        page.until_text("Not shared yet.").await?;
        page.fill("Username or e-mail", "nobody").await?;
        page.click(Role::Button, "Share").await?;
        page.until_text("There is no such user.").await?;
        page.fill("Username or e-mail", "ada").await?;
        page.pick("They can", "Only watch").await?;
        page.pick("Ends", "In 1 day").await?;
        page.click(Role::Button, "Share").await?;
        page.find(Role::Button, "Remove Ada Lovelace").await?;
        let path = format!("/api/workbenches/{bench}/shares");
        let shares = api.get(&path).await?.ok()?.json();
        let grant = &shares["items"][0]["grants"][0];
        ensure!(grant["role"] == "workspace-viewer", "{shares}");
        grant["expiresAt"].as_str().context("it has no end")?;
        page.click(Role::Button, "Close").await?;

        // It is found without its address; who only watches sees why nothing can be done.
        scene.open_as("ada", SECRET, "/workspaces").await?;
        page.find(Role::Heading, "Shared with you").await?;
        page.click(Role::Link, "Climate").await?;
        page.find_within(LONG, Role::Heading, "Climate").await?;
        let start = page.find(Role::Button, "Start").await?;
        ensure!(start.attr("aria-disabled").await?.as_deref() == Some("true"));
        let why = start.attr("aria-description").await?.unwrap_or_default();
        ensure!(
            why.starts_with("Only ") && why.ends_with(" can start workbenches."),
            "{why}"
        );
        // A press shows the reason, as on a touch screen, and Escape hides it.
        page.click(Role::Button, "Start").await?;
        page.until_text(&why).await?;

        scene.open_signed_in(&address).await?;
        page.click(Role::Button, "Share").await?;
        page.click(Role::Button, "Remove Ada Lovelace").await?;
        page.until_text("Not shared yet.").await?;
        let shares = api.get(&path).await?.ok()?.json();
        ensure!(shares["items"] == json!([]), "{shares}");
        Ok(())
    })
    .await
}
