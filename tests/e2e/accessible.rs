//! Every page, checked with axe-core, light on a desktop and dark on a phone: it finds
//! nothing that would keep people with disabilities out. Nothing leaves its box or the screen either.

use crate::auditor::Auditor;
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::json;
use vestibule_e2e::{LONG, Page, Role, Scene, Setting, until};

#[tokio::test]
async fn nothing_is_wrong_with_setting_up() -> Result<()> {
    Scene::play_in(Setting::New, async |scene| {
        let page = &scene.page;
        let mut auditor = Auditor::new(scene)?;
        let log = scene.server.log();
        let link = log
            .split_whitespace()
            .find(|word| word.contains("/set-up?token="));
        page.goto(link.context("the server printed no set-up link")?)
            .await?;
        page.find(Role::Button, "Create administrator").await?;
        auditor.check("setting up").await?;
        page.click(Role::Button, "Create administrator").await?;
        until("the errors of the form", async || {
            let wrong = "return document.querySelectorAll('[aria-invalid=true]').length";
            Ok((page.execute(wrong, vec![]).await? == 2).then_some(()))
        })
        .await?;
        auditor.check("setting up with something wrong").await?;
        page.goto(&scene.server.url("/set-up")).await?;
        page.until_text("The address has no token.").await?;
        auditor.check("setting up without a token").await?;
        page.goto(&scene.server.url("/set-up?token=old")).await?;
        page.until_text("This set-up link was used").await?;
        auditor.check("setting up in vain").await?;
        auditor.done()
    })
    .await
}

/// Menus, active filters and nested forms: content that opens over or within a page.
#[tokio::test]
async fn nothing_is_wrong_with_what_opens_on_a_page() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let mut auditor = Auditor::new(scene)?;
        let (api, workspace) = scene.studio().await?;
        api.rows(&workspace, 3).await?;
        let go = async |path: String| page.goto(&scene.server.url(&path)).await;

        let list = format!("/workspaces/{workspace}");
        scene.open_signed_in(&list).await?;
        page.until_text("3 workbenches").await?;
        page.click(Role::Button, "admin").await?;
        page.find(Role::MenuItem, "Sign out").await?;
        auditor.check("the person's menu").await?;
        ensure!(page.has(Role::MenuItem, "Sign out").await?, "it has closed");
        page.press(Key::Escape).await?;
        page.until_gone(Role::MenuItem, "Sign out").await?;

        go(list.clone()).await?;
        page.until_text("3 workbenches").await?;
        page.fill("Search workbenches", "nowhere to be found")
            .await?;
        page.until_text("0 of 3").await?;
        auditor.check("a search that finds nothing").await?;
        page.click(Role::Button, "Clear search").await?;
        page.until_text("3 workbenches").await?;
        let first = "document.querySelector('.chips button').click()";
        page.execute(first, vec![]).await?;
        page.until_count(".chips [aria-pressed=true]", 1).await?;
        page.click(Role::Field, "Select all that are shown").await?;
        auditor
            .check("a filter and a choice of workbenches")
            .await?;

        go(format!("{list}/new")).await?;
        page.choose("Welcome").await?;
        page.fill("Name", "Keyed").await?;
        unfold(page).await?;
        page.fill("Another secret's name", "API_KEY").await?;
        page.click(Role::Button, "Add name").await?;
        page.click(Role::Button, "Add the secret").await?;
        page.click(Role::Button, "Save secret").await?;
        unfold(page).await?;
        page.until_count("#secret-value[aria-invalid=true]", 1)
            .await?;
        auditor.check("the form of a secret in the form").await?;

        let wants =
            json!({ "name": "Wants", "app": "welcome", "spec": { "secrets": ["API_KEY"] } });
        let wants = api.make(&workspace, wants).await?;
        go(format!("{list}/sessions/{wants}")).await?;
        page.until_text_within(LONG, "API_KEY").await?;
        page.click(Role::Button, "Add the secret").await?;
        page.find(Role::Dialog, "Add the secret API_KEY").await?;
        auditor.check("the dialog for a secret").await?;

        go(format!("{list}/builds")).await?;
        page.click(Role::Button, "Build an app").await?;
        page.find(Role::RadioGroup, "App").await?;
        auditor.check("the choice of an app to build").await?;
        page.choose("Kit").await?;
        page.click(Role::Button, "Build").await?;
        page.find_within(LONG, Role::Heading, "Build of Kit")
            .await?;
        page.click(Role::Button, "Cancel").await?;
        page.find(Role::Dialog, "Cancel the build of Kit?").await?;
        auditor
            .check("the question before cancelling a build")
            .await?;
        auditor.done()
    })
    .await
}

#[tokio::test]
async fn nothing_is_wrong_with_the_pages_around_workbenches() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let mut auditor = Auditor::new(scene)?;
        let go = async |path: &str| page.goto(&scene.server.url(path)).await;

        go("/").await?;
        page.find(Role::Button, "Sign in").await?;
        auditor.check("signing in").await?;
        scene.open_signed_in("/workspaces").await?;
        page.find(Role::Heading, "Workspaces").await?;
        page.find(Role::Button, "New workspace").await?;
        auditor.check("no workspaces").await?;
        page.click(Role::Button, "New workspace").await?;
        page.find(Role::Dialog, "New workspace").await?;
        auditor.check("the dialog for a new workspace").await?;

        let api = scene.server.api().await?;
        let empty = api.workspace("Empty").await?;
        let full = api.workspace("Full").await?;
        api.rows(&full, 150).await?;
        api.workbench(&full, "A failed one", "missing").await?;
        go("/workspaces").await?;
        page.find(Role::Link, "Full").await?;
        auditor.check("some workspaces").await?;
        go(&format!("/workspaces/{empty}")).await?;
        page.find(Role::Heading, "No workbenches yet").await?;
        auditor.check("a workspace without workbenches").await?;
        go(&format!("/workspaces/{full}?sort=state")).await?;
        page.until_text("151 workbenches").await?;
        page.until_status(LONG, "Failed").await?;
        auditor.check("a workspace with many workbenches").await?;
        page.click(Role::Field, "Select all that are shown").await?;
        page.click(Role::Button, "Delete").await?;
        page.find(Role::Dialog, "Delete 151 workbenches?").await?;
        auditor.check("the question before deleting many").await?;

        go(&format!("/workspaces/{full}/new")).await?;
        page.find(Role::RadioGroup, "App").await?;
        auditor.check("the form for a new workbench").await?;
        page.fill("Name", " ").await?;
        page.click(Role::Button, "Create workbench").await?;
        page.until_text("Give it a name.").await?;
        auditor.check("the form with something wrong").await?;
        go("/no/such/page").await?;
        page.find(Role::Heading, "Not found").await?;
        auditor.check("a page that is not there").await?;
        auditor.done()
    })
    .await
}

#[tokio::test]
async fn nothing_is_wrong_with_the_pages_of_a_workbench() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let mut auditor = Auditor::new(scene)?;
        let (api, workspace) = scene.studio().await?;
        let spec = json!({ "startTimeoutSeconds": 3600 });
        let waits = json!({ "name": "Waits", "app": "deaf", "spec": spec });
        let waits = api.make(&workspace, waits).await?;
        let secret =
            json!({ "name": "Wants", "app": "welcome", "spec": { "secrets": ["API_KEY"] } });
        let wants = api.make(&workspace, secret).await?;
        let fails = json!({ "name": "Fails", "app": "unprepared" });
        let fails = api.make(&workspace, fails).await?;
        let runs = api.workbench(&workspace, "Runs", "welcome").await?;
        let shy = api.workbench(&workspace, "Shy", "shy").await?;
        api.until_status(&fails, "Failed").await?;
        for id in [&runs, &shy] {
            api.until_status(id, "Running").await?;
        }
        let sessions = format!("/workspaces/{workspace}/sessions");

        scene.open_signed_in(&format!("{sessions}/{waits}")).await?;
        page.find(Role::Region, "Starting").await?;
        page.find(Role::Button, "Copy diagnostics").await?;
        unfold(page).await?;
        auditor.check("a start").await?;
        page.click(Role::Button, "Delete").await?;
        page.find(Role::Button, "Delete workbench").await?;
        auditor.check("the question before deleting").await?;
        page.click(Role::Button, "Cancel").await?;
        page.click(Role::Button, "Edit settings").await?;
        until("the dialog", async || {
            let dialogs = page.names(Role::Dialog).await?;
            Ok((!dialogs.is_empty()).then_some(()))
        })
        .await?;
        auditor.check("the settings").await?;

        let go = async |path: String| page.goto(&scene.server.url(&path)).await;
        go(format!("{sessions}/{wants}")).await?;
        page.until_text_within(LONG, "API_KEY").await?;
        auditor.check("a start that waits for a secret").await?;
        go(format!("{sessions}/{fails}")).await?;
        page.find(Role::Region, "Ended").await?;
        page.until_text_within(LONG, "exit code 2").await?;
        page.find(Role::Button, "Copy diagnostics").await?;
        unfold(page).await?;
        auditor.check("a start that failed").await?;
        go(format!("{sessions}/{fails}/runs/1")).await?;
        page.find(Role::Button, "Copy diagnostics").await?;
        unfold(page).await?;
        auditor.check("an attempt").await?;

        go(format!("{sessions}/{runs}")).await?;
        page.find_within(LONG, Role::Frame, "Runs").await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        auditor.check("a running app").await?;
        page.click(Role::Button, "Details").await?;
        page.find(Role::Button, "Copy diagnostics").await?;
        unfold(page).await?;
        auditor.check("a running app with its details").await?;
        go(format!("{sessions}/{shy}")).await?;
        page.find_within(LONG, Role::Heading, "The app can't be shown here")
            .await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        auditor.check("an app that cannot be shown").await?;
        auditor.done()
    })
    .await
}

#[tokio::test]
async fn nothing_is_wrong_with_builds_and_what_goes_on() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let mut auditor = Auditor::new(scene)?;
        let (api, workspace) = scene.studio().await?;
        let builds = format!("/workspaces/{workspace}/builds");
        scene.open_signed_in(&builds).await?;
        page.find(Role::Heading, "No builds yet").await?;
        auditor.check("no builds").await?;
        for app in ["crooked", "kit"] {
            let id = api.build(&workspace, app).await?;
            page.goto(&scene.server.url(&format!("{builds}/{id}")))
                .await?;
            let line = if app == "kit" {
                "waiting at the gate"
            } else {
                "a NEEDLE in it"
            };
            page.until_text_within(LONG, line).await?;
            auditor.check(&format!("the build of {app}")).await?;
        }
        page.goto(&scene.server.url(&builds)).await?;
        page.find(Role::Heading, "Builds").await?;
        page.until_text_within(LONG, "Crooked").await?;
        auditor.check("builds").await?;
        let script = "return document.querySelector('button[popovertarget=activity-panel]')";
        until("the indicator", async || {
            let name = format!("{script}?.getAttribute('aria-label') ?? ''");
            let name = page.execute(&name, vec![]).await?;
            Ok(name
                .as_str()
                .is_some_and(|name| name.contains("failed"))
                .then_some(()))
        })
        .await?;
        page.execute(&format!("{script}.click()"), vec![]).await?;
        page.find(Role::Button, "Dismiss Crooked").await?;
        auditor.check("activity").await?;
        auditor.done()
    })
    .await
}

#[tokio::test]
async fn nothing_is_wrong_with_the_settings_of_a_workspace() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let mut auditor = Auditor::new(scene)?;
        let (api, workspace) = scene.studio().await?;
        let settings = format!("/workspaces/{workspace}/settings");
        scene.open_signed_in(&settings).await?;
        page.find(Role::Heading, "No secrets yet").await?;
        auditor.check("settings without secrets").await?;
        page.click(Role::Button, "Add a secret").await?;
        page.click(Role::Button, "Save secret").await?;
        page.until_count("dialog [aria-invalid=true]", 2).await?;
        auditor.check("a new secret with something wrong").await?;

        let wants = json!({ "name": "Wants", "app": "welcome", "desired": "Stopped",
            "spec": { "secrets": ["API_KEY"] } });
        api.make(&workspace, wants).await?;
        for name in ["API_KEY", "TOKEN"] {
            let path = format!("/api/workspaces/{workspace}/secrets/{name}");
            api.put(&path, json!({ "value": "hunter2" })).await?.ok()?;
        }
        page.goto(&scene.server.url(&settings)).await?;
        page.find(Role::Button, "Delete API_KEY").await?;
        page.until_text("Delete its workbench first.").await?;
        page.fill("Name of the workspace", " ").await?;
        page.click(Role::Button, "Rename").await?;
        page.until_text("Give it a name.").await?;
        auditor.check("settings with secrets").await?;
        page.click(Role::Button, "Delete API_KEY").await?;
        page.find(Role::Dialog, "Delete secret API_KEY?").await?;
        auditor.check("the question before a secret goes").await?;
        page.click(Role::Button, "Cancel").await?;
        page.click(Role::Button, "Replace TOKEN").await?;
        page.find(Role::Dialog, "Replace secret TOKEN").await?;
        auditor.check("another value for a secret").await?;

        let empty = api.workspace("Empty").await?;
        page.goto(&scene.server.url(&format!("/workspaces/{empty}/settings")))
            .await?;
        page.click(Role::Button, "Delete workspace").await?;
        page.find(Role::Dialog, "Delete “Empty”?").await?;
        auditor
            .check("the question before a workspace goes")
            .await?;
        page.click(Role::Button, "Delete workspace").await?;
        page.until_text("Deleted “Empty”").await?;
        auditor.check("a workspace is gone").await?;
        auditor.done()
    })
    .await
}

/// Opens every `<details>`.
async fn unfold(page: &Page) -> Result<()> {
    let script = "
        const folded = [...document.querySelectorAll('details:not([open])')]
            .filter((one) => one.checkVisibility());
        for (const one of folded) { one.querySelector('summary').click(); }
        return folded.length;";
    until("everything to be unfolded", async || {
        Ok((page.execute(script, vec![]).await? == 0).then_some(()))
    })
    .await
}
