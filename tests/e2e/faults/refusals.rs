//! Responses that end polling: not found, deleted, forbidden, and signed out.

use super::{FLAGS, WORKBENCH, open_starting, until_answered, until_quiet};
use anyhow::{Result, ensure};
use vestibule_e2e::{Fault, LONG, Role, Scene};

/// FIELD 10: a 404 just after creation doesn't end polling.
#[tokio::test]
async fn not_found_just_after_creation_is_retried() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let page = &scene.page;
        let (_, workspace) = scene.studio().await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/new"))
            .await?;
        page.find(Role::RadioGroup, "App").await?;
        proxy.inject(WORKBENCH, Fault::status(404));
        page.choose("Welcome").await?;
        page.fill("Name", "Just made").await?;
        page.click(Role::Button, "Create workbench").await?;

        // Leaving the previous page ends its polling.
        until_answered(proxy, 404, 4).await?;
        ensure!(page.has(Role::Heading, "Just made").await?);
        ensure!(!page.has(Role::Heading, "Workbench not found").await?);
        proxy.behave();
        page.until_status(LONG, "Running").await
    })
    .await
}

/// FIELD 10: a workbench that existed and is gone ends polling at once; no request follows.
#[tokio::test]
async fn gone_or_forbidden_workbench_is_not_polled_again() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let page = &scene.page;
        open_starting(scene, proxy).await?;
        for (status, title, requests) in [
            (404, "This workbench was deleted", 1),
            (410, "This workbench was deleted", 1),
            (403, "No access", 1),
        ] {
            page.find(Role::Region, "Starting").await?;
            proxy.inject(WORKBENCH, Fault::status(status));
            page.find(Role::Heading, title).await?;
            until_quiet(proxy, WORKBENCH).await?;
            let refused = until_answered(proxy, status, requests).await?;
            ensure!(refused.len() == requests, "{status}: {refused:#?}");
            ensure!(!page.has(Role::Button, "Sign in").await?, "{status}");

            proxy.forget();
            proxy.inject(WORKBENCH, Fault::Pass);
            page.client().refresh().await?;
        }
        page.find(Role::Region, "Starting").await?;
        Ok(())
    })
    .await
}

/// The same for a workspace, on each of its pages.
#[tokio::test]
async fn missing_workspace_is_shown_on_each_of_its_pages() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.open_studio().await?;
        page.find(Role::Heading, "No workbenches yet").await?;
        api.delete(&format!("/api/workspaces/{workspace}"))
            .await?
            .ok()?;
        page.find(Role::Heading, "This workspace was deleted")
            .await?;
        ensure!(!page.has(Role::Link, "Create a workbench").await?);
        let title = "Workspace not found";
        for rest in ["", "/new", "/builds", "/settings"] {
            let path = format!("/workspaces/ws-nowhere{rest}");
            page.goto(&scene.server.url(&path)).await?;
            // At once: nothing created in this tab could still be on its way.
            page.find(Role::Heading, title).await?;
            for offer in ["Create workbench", "Build an app", "Try now"] {
                ensure!(!page.has(Role::Button, offer).await?, "{path}: {offer}");
            }
        }
        let path = format!(
            "/workspaces/{}/builds/bld-nowhere",
            api.workspace("Loft").await?
        );
        page.goto(&scene.server.url(&path)).await?;
        page.find(Role::Heading, "Build not found").await?;
        ensure!(!page.has(Role::Button, "Try now").await?);
        page.goto(&scene.server.url("/workspaces/ws-nowhere"))
            .await?;
        page.click(Role::Link, "Go to workspaces").await?;
        page.find(Role::Heading, "Workspaces").await?;
        Ok(())
    })
    .await
}

/// Only a 401 leads to the sign-in page; a single request suffices, and signing in returns to the
/// same page.
#[tokio::test]
async fn a_401_leads_to_signing_in_and_back_to_the_page() -> Result<()> {
    Scene::play_through(&FLAGS, async |scene, proxy| {
        let page = &scene.page;
        open_starting(scene, proxy).await?;
        let path = page.path().await?;
        proxy.inject(WORKBENCH, Fault::status(401));
        page.find(Role::Button, "Sign in").await?;
        let asked = page.path().await?;
        ensure!(asked.starts_with("/sign-in?next="), "{asked}");
        until_quiet(proxy, WORKBENCH).await?;
        let refused = until_answered(proxy, 401, 1).await?;
        ensure!(refused.len() == 1, "{refused:#?}");

        proxy.behave();
        scene.sign_in().await?;
        page.find(Role::Region, "Starting").await?;
        ensure!(page.path().await? == path);
        Ok(())
    })
    .await
}
