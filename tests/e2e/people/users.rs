//! `/admin/users`: the list, one user, roles and access.

use super::{SECRET, user};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use vestibule_e2e::{Api, Page, Role, Scene, until};

const CHECKED: &str = "return document.querySelector(arguments[0])?.value ?? ''";

/// FIELD 33: "The role chosen in the form never reaches the API."
#[tokio::test]
async fn a_user_is_created_with_a_role_and_signs_in_with_the_password_shown_once() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, _) = scene.open_studio().await?;
        page.click(Role::Button, "admin").await?;
        page.click(Role::MenuItem, "Administration").await?;
        page.find(Role::Heading, "Users").await?;
        page.click(Role::Button, "New user").await?;
        page.until_focused("Username").await?;
        page.fill("Username", "two words").await?;
        page.click(Role::Button, "Create user").await?;
        page.until_text("letters, digits or").await?;
        page.fill("Username", "ada").await?;
        page.fill("Display name", "Ada Lovelace").await?;
        page.fill("E-mail", "ada@example.org").await?;
        page.pick("First sign-in", "With a one-time password")
            .await?;
        page.click(Role::Button, "Add a role").await?;
        page.click(Role::Button, "Create user").await?;
        // Missing choices are marked, and nothing is sent.
        page.until_text("Choose a role").await?;
        page.pick("Workspace", "Studio").await?;
        page.pick("Role", "Workspace member").await?;
        page.click(Role::Button, "Create user").await?;
        page.find(Role::Dialog, "Created Ada Lovelace").await?;
        let password = page
            .execute(CHECKED, vec![json!("#one-time-secret")])
            .await?;
        let password = password.as_str().context("no password")?.to_owned();
        page.click(Role::Button, "Done").await?;
        page.find(Role::Link, "Ada Lovelace").await?;
        ensure!(!page.client().source().await?.contains(&password));
        let ada = Api::signed_in(scene.server.port(), "ada", &password).await?;
        let seen = ada.get("/api/workspaces").await?.ok()?.json();
        ensure!(seen["items"][0]["name"] == "Studio", "{seen}");
        drop(api);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn one_user_is_edited_explained_disabled_and_deleted() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let id = user(&api, "ada", "Ada Lovelace", json!([])).await?;
        user(&api, "bob", "Bob", json!([])).await?;
        scene.open_signed_in("/admin/users").await?;
        page.find(Role::Link, "Bob").await?;
        page.fill("Search users (/)", "lovel").await?;
        page.until_gone(Role::Link, "Bob").await?;
        ensure!(page.path().await?.contains("q=lovel"));
        page.click(Role::Link, "Ada Lovelace").await?;
        page.find(Role::Heading, "Ada Lovelace").await?;

        page.fill("Display name", "Augusta Ada King").await?;
        page.click(Role::Button, "Save").await?;
        page.find(Role::Heading, "Augusta Ada King").await?;

        explain(page, "Open apps (workbench:open)").await?;
        page.until_text("Not allowed").await?;
        page.until_text("Roles with this permission: Platform administrator")
            .await?;
        page.click(Role::Button, "Add a role").await?;
        page.pick("Workspace", "Studio").await?;
        page.pick("Role", "Workspace member").await?;
        page.click(Role::Button, "Add a role").await?;
        page.find(Role::Button, "Remove Workspace member").await?;
        let grants = async || {
            let user = api.get(&format!("/api/users/{id}")).await?.ok()?.json();
            anyhow::Ok(user["grants"].clone())
        };
        ensure!(grants().await?[0]["scope"] == json!({ "workspace": workspace }));
        explain(page, "See workbenches (workbench:read)").await?;
        page.until_text("Workspace member → Workspace viewer")
            .await?;

        page.click(Role::Button, "Remove Workspace member").await?;
        page.click(Role::Button, "Remove role").await?;
        page.until_text("No roles yet.").await?;
        page.until_focused("Roles").await?;
        ensure!(grants().await? == json!([]));

        page.click(Role::Button, "Disable…").await?;
        page.find(Role::Dialog, "Disable Augusta Ada King?").await?;
        page.click(Role::Button, "Disable user").await?;
        page.find(Role::Button, "Enable").await?;
        let refused = Api::signed_in(scene.server.port(), "ada", SECRET).await;
        ensure!(refused.is_err(), "a disabled user has signed in");
        page.click(Role::Button, "Enable").await?;
        page.find(Role::Button, "Disable…").await?;
        page.click(Role::Button, "Reset password…").await?;
        page.click(Role::Button, "Reset password").await?;
        page.find(Role::Dialog, "New password of Augusta Ada King")
            .await?;
        let password = page
            .execute(CHECKED, vec![json!("#one-time-secret")])
            .await?;
        page.click(Role::Button, "Done").await?;
        let password = password.as_str().context("no password")?;
        let ada = Api::signed_in(scene.server.port(), "ada", password).await?;
        page.click(Role::Button, "Sign out everywhere").await?;
        until("the session to end", async || {
            let status = ada.get("/api/auth/me").await?.status;
            Ok((status == 401).then_some(()))
        })
        .await?;

        page.click(Role::Button, "Delete…").await?;
        page.until_text("Workbenches that the user created stay")
            .await?;
        page.click(Role::Button, "Delete user").await?;
        page.find(Role::Heading, "Users").await?;
        page.until_gone(Role::Link, "Augusta Ada King").await?;
        scene
            .page
            .goto(&scene.server.url(&format!("/admin/users/{id}")))
            .await?;
        page.find(Role::Heading, "User not found").await?;
        Ok(())
    })
    .await
}

async fn explain(page: &Page, permission: &str) -> Result<()> {
    page.pick("Permission", permission).await?;
    page.pick("Workspace", "Studio").await?;
    page.click(Role::Button, "Explain").await
}

#[tokio::test]
async fn a_role_is_assigned_to_several_users_and_each_failure_is_named() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let mut ids = Vec::new();
        for name in ["Ann", "Ben", "Cid"] {
            ids.push(user(&api, &name.to_lowercase(), name, json!([])).await?);
        }
        scene.open_signed_in("/admin/users").await?;
        for name in ["Ann", "Ben", "Cid"] {
            page.click(Role::Field, &format!("Select {name}")).await?;
        }
        api.delete(&format!("/api/users/{}", ids[1])).await?.ok()?;
        page.click(Role::Button, "Assign a role…").await?;
        page.find(Role::Dialog, "Assign a role to 3 users").await?;
        page.pick("Workspace", "Studio").await?;
        page.pick("Role", "Workspace viewer").await?;
        page.click(Role::Button, "Assign role").await?;
        page.find(Role::Dialog, "1 of 3 failed").await?;
        let text = page.text().await?;
        ensure!(text.contains("Ben"), "the failure is not named: {text}");
        page.click(Role::Button, "Close").await?;
        for id in [&ids[0], &ids[2]] {
            let user = api.get(&format!("/api/users/{id}")).await?.ok()?.json();
            let grant = &user["grants"][0];
            ensure!(
                grant["scope"] == json!({ "workspace": workspace }),
                "{user}"
            );
        }
        Ok(())
    })
    .await
}

/// FIELD 36: "One can remove one's own last administrator right."
#[tokio::test]
async fn field_36_the_own_account_says_why_it_cannot_be_locked_out() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_signed_in("/admin/users").await?;
        page.click(Role::Link, "admin").await?;
        page.until_text("You can't disable your own account.")
            .await?;
        page.until_text("You can't delete your own account.")
            .await?;
        page.until_text("You can't remove your own right to manage roles of users.")
            .await?;
        for name in ["Disable…", "Delete…", "Remove Platform administrator"] {
            let button = page.find(Role::Button, name).await?;
            let state = button.attr("aria-disabled").await?;
            ensure!(state.as_deref() == Some("true"), "{name} is offered");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_the_permission_the_page_names_it_and_its_holders() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = scene.server.api().await?;
        user(&api, "eve", "Eve", json!([])).await?;
        scene.open_as("eve", SECRET, "/admin/users").await?;
        page.until_text("Only administrators and user managers can see users.")
            .await?;
        page.click(Role::Button, "Eve").await?;
        page.find(Role::MenuItem, "Account").await?;
        ensure!(!page.has(Role::MenuItem, "Administration").await?);
        page.goto(&scene.server.url("/admin/audit")).await?;
        page.until_text("Only administrators can read the audit log.")
            .await
    })
    .await
}

/// FIELD 37: "Sorting only within the page."
#[tokio::test]
async fn field_37_search_sort_and_pages_cover_all_users() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = scene.server.api().await?;
        for number in 0..60 {
            user(
                &api,
                &format!("u{number:02}"),
                &format!("User {number:02}"),
                json!([]),
            )
            .await?;
        }
        scene.open_signed_in("/admin/users").await?;
        page.find(Role::Link, "User 00").await?;
        page.until_count("tbody tr", 50).await?;
        ensure!(!page.has(Role::Link, "User 59").await?);
        page.click(Role::Button, "Next page").await?;
        page.find(Role::Link, "User 59").await?;
        page.click(Role::Button, "Name").await?;
        page.find(Role::Link, "User 58").await?;
        page.until_count("tbody tr", 50).await?;
        ensure!(
            !page.has(Role::Link, "User 00").await?,
            "only the page was sorted"
        );
        page.fill("Search users (/)", "user 03").await?;
        page.until_count("tbody tr", 1).await?;
        page.find(Role::Link, "User 03").await?;
        // A reload shows the same.
        let path = page.path().await?;
        page.goto(&scene.server.url(&path)).await?;
        page.until_count("tbody tr", 1).await?;
        page.fill("Search users (/)", "nobody at all").await?;
        page.find(Role::Heading, "No users match").await?;
        Ok(())
    })
    .await
}
