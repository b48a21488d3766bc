//! Members of a workspace, in its settings.

use super::{SECRET, user};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use vestibule_e2e::{Api, Fault, LONG, Role, Scene, until, until_within};

const NEEDS: &str = "Only administrators and owners can manage members.";

#[tokio::test]
async fn members_are_added_changed_and_removed() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let ada = user(&api, "ada", "Ada Lovelace", json!([])).await?;
        let settings = format!("/workspaces/{workspace}/settings");
        scene.open_signed_in(&settings).await?;
        page.find(Role::Heading, "Members").await?;
        page.click(Role::Button, "Add a member").await?;
        page.until_focused("Username or e-mail").await?;
        page.click(Role::Button, "Add member").await?;
        page.until_text("Enter a username or an e-mail address.")
            .await?;
        page.fill("Username or e-mail", "nobody").await?;
        page.click(Role::Button, "Add member").await?;
        page.until_text("There is no such user.").await?;
        page.fill("Username or e-mail", "ada@example.org").await?;
        page.pick("Role", "Workspace viewer").await?;
        page.click(Role::Button, "Add member").await?;
        page.find(Role::Button, "Change role Ada Lovelace").await?;
        let roles = async || {
            let path = format!("/api/users/{ada}");
            let user = api.get(&path).await?.ok()?.json();
            let grants = user["grants"].as_array().cloned().unwrap_or_default();
            let roles = grants.into_iter().map(|grant| grant["role"].clone());
            anyhow::Ok(roles.collect::<Value>())
        };
        ensure!(roles().await? == json!(["workspace-viewer"]));

        page.click(Role::Button, "Change role Ada Lovelace").await?;
        page.find(Role::Dialog, "Role of Ada Lovelace").await?;
        page.pick("Role", "Workspace member").await?;
        page.click(Role::Button, "Change role").await?;
        page.until_gone(Role::Dialog, "Role of Ada Lovelace")
            .await?;
        ensure!(roles().await? == json!(["workspace-member"]));

        page.click(Role::Button, "Remove Ada Lovelace").await?;
        page.find(Role::Dialog, "Remove Ada Lovelace from Studio?")
            .await?;
        page.click(Role::Button, "Remove member").await?;
        page.until_gone(Role::Button, "Remove Ada Lovelace").await?;
        page.until_focused("Members").await?;
        ensure!(roles().await? == json!([]));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_member_sees_who_has_access_and_leaves() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let scope = json!({ "workspace": workspace });
        let grants = json!([{ "role": "workspace-member", "scope": scope }]);
        user(&api, "ada", "Ada Lovelace", grants).await?;
        let settings = format!("/workspaces/{workspace}/settings");
        scene.open_as("ada", SECRET, &settings).await?;
        page.until_text(NEEDS).await?;
        page.until_text("Workspace owner").await?;
        let add = page.find(Role::Button, "Add a member").await?;
        ensure!(add.attr("aria-disabled").await?.as_deref() == Some("true"));
        ensure!(!page.has(Role::Button, "Remove admin").await?);
        page.click(Role::Button, "Leave").await?;
        page.find(Role::Dialog, "Leave Studio?").await?;
        page.click(Role::Button, "Leave workspace").await?;
        page.find(Role::Heading, "Workspaces").await?;
        page.until_gone(Role::Link, "Studio").await?;
        let ada = Api::signed_in(scene.server.port(), "ada", SECRET).await?;
        until("the workspace to be out of sight", async || {
            let status = ada
                .get(&format!("/api/workspaces/{workspace}"))
                .await?
                .status;
            Ok((status == 404).then_some(()))
        })
        .await
    })
    .await
}

/// A changed role takes effect on an open page, without a reload or a new sign-in.
#[tokio::test]
async fn a_changed_role_takes_effect_on_an_open_page() -> Result<()> {
    Scene::play_through(&[], async |scene, proxy| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let scope = json!({ "workspace": workspace });
        let grants = json!([{ "role": "workspace-viewer", "scope": scope }]);
        let ada = user(&api, "ada", "Ada Lovelace", grants).await?;
        let settings = format!("/workspaces/{workspace}/settings");
        // The stream begins after the first change, which only the version in its heartbeat reports
        // (FIELD 29).
        proxy.inject("/api/runs/stream", Fault::status(503));
        scene.open_as("ada", SECRET, &settings).await?;
        page.until_text(NEEDS).await?;
        proxy.until_asked("/api/runs/stream", 1).await?;
        let member = format!("/api/workspaces/{workspace}/members/{ada}");
        api.put(&member, json!({ "role": "workspace-owner" }))
            .await?
            .ok()?;
        proxy.behave();
        until_within(LONG, "the button to be switched on", async || {
            let add = page.find(Role::Button, "Add a member").await?;
            Ok(add.attr("aria-disabled").await?.is_none().then_some(()))
        })
        .await?;
        api.put(&member, json!({ "role": "workspace-viewer" }))
            .await?
            .ok()?;
        page.until_text(NEEDS).await
    })
    .await
}
