//! The pages about people, audited: names of any script and of any length, filled and empty.

use super::user;
use crate::auditor::Auditor;
use anyhow::{Context as _, Result};
use serde_json::json;
use vestibule_e2e::{LONG, Role, Scene};

#[tokio::test]
async fn nothing_is_wrong_with_the_pages_about_people() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let role = json!([{ "role": "workspace-member", "scope": { "workspace": workspace } }]);
        let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(5);
        let id = user(&api, &"x".repeat(60), &long, role.clone()).await?;
        user(&api, "amal", "أمل الخوارزمي", role.clone()).await?;
        user(&api, "li", "李小龍", role).await?;
        let bench = api.stopped(&workspace, "Climate", "welcome").await?;
        let mut auditor = Auditor::new(scene)?;

        scene.open_signed_in("/admin/users").await?;
        page.find(Role::Link, "李小龍").await?;
        auditor.check("users").await?;
        page.click(Role::Field, "Select 李小龍").await?;
        auditor.check("users selected").await?;
        page.click(Role::Button, "Assign a role…").await?;
        page.find(Role::Field, "Role").await?;
        auditor.check("assigning a role").await?;
        page.click(Role::Button, "Cancel").await?;
        page.click(Role::Button, "New user").await?;
        page.click(Role::Button, "Add a role").await?;
        page.click(Role::Button, "Create user").await?;
        auditor.check("a new user").await?;
        page.fill("Username", "ada").await?;
        page.click(Role::Button, "Remove role").await?;
        page.click(Role::Button, "Create user").await?;
        page.find(Role::Dialog, "Created ada").await?;
        auditor.check("a password shown once").await?;
        page.click(Role::Button, "Done").await?;
        page.fill("Search users (/)", "nobody").await?;
        page.find(Role::Heading, "No users match").await?;
        auditor.check("no users").await?;

        page.goto(&scene.server.url(&format!("/admin/users/{id}")))
            .await?;
        page.find(Role::Button, "Remove Workspace member").await?;
        page.pick("Workspace", "Studio").await?;
        page.click(Role::Button, "Explain").await?;
        page.until_text("Allowed").await?;
        page.click(Role::Button, "All permissions (11)").await?;
        auditor.check("a user").await?;
        page.click(Role::Button, "Delete…").await?;
        page.find(Role::Button, "Delete user").await?;
        auditor.check("deleting a user").await?;

        page.goto(
            &scene
                .server
                .url(&format!("/workspaces/{workspace}/settings")),
        )
        .await?;
        page.find(Role::Button, "Add a member").await?;
        page.find(Role::Button, "Remove 李小龍").await?;
        auditor.check("members").await?;
        page.click(Role::Button, "Add a member").await?;
        page.find(Role::Field, "Role").await?;
        auditor.check("a new member").await?;

        let address = format!("/workspaces/{workspace}/sessions/{bench}");
        page.goto(&scene.server.url(&address)).await?;
        page.click(Role::Button, "Share").await?;
        page.fill("Username or e-mail", "amal").await?;
        page.click(Role::Button, "Share").await?;
        page.find_within(LONG, Role::Button, "Remove أمل الخوارزمي")
            .await?;
        auditor.check("shares").await?;

        page.goto(&scene.server.url("/account")).await?;
        page.find(Role::Heading, "Account").await?;
        page.find(Role::Button, "Create token").await?;
        auditor.check("the account").await?;
        page.click(Role::Button, "Create token").await?;
        page.find(Role::Field, "Name").await?;
        auditor.check("a new access token").await?;

        let invited = json!({ "username": "grace", "invite": true });
        let invited = api.post("/api/users", invited).await?.ok()?.json();
        let link = invited["invitation"].as_str().context("no link")?;
        page.client().delete_all_cookies().await?;
        page.goto("about:blank").await?;
        page.goto(link).await?;
        page.until_focused("Password").await?;
        auditor.check("an invitation").await?;
        page.fill("Password", "short").await?;
        page.click(Role::Button, "Set password and sign in").await?;
        page.until_text("Use at least 10 characters.").await?;
        auditor.check("an invitation with something wrong").await?;
        page.goto("about:blank").await?;
        page.goto(&scene.server.url("/invitation#used-or-wrong"))
            .await?;
        page.until_alert().await?;
        auditor.check("an invitation in vain").await?;
        auditor.done()
    })
    .await
}
