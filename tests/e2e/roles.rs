//! The matrix of roles: editing, the review with its effect, the merge, and the keyboard.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{Api, LONG, Page, Role, Scene, until};

const STOP: &str = "Stop workbenches: Night team";

/// Creates the role "Night team" with one permission, and a user who has it in a workspace with a running workbench.
async fn night_team(scene: &Scene) -> Result<Api> {
    let (api, workspace) = scene.studio().await?;
    let role = json!({"name": "night-team", "title": "Night team", "inherits": ["workspace-viewer"],
        "permissions": ["workbench:stop", "workbench:open"]});
    api.post("/api/roles", role).await?.ok()?;
    let grants = json!([{"role": "night-team", "scope": {"workspace": workspace}}]);
    let user = json!({"username": "ada", "grants": grants});
    api.post("/api/users", user).await?.ok()?;
    let bench = api.workbench(&workspace, "Bench", "welcome").await?;
    api.until_status(&bench, "Running").await?;
    Ok(api)
}

async fn open(scene: &Scene) -> Result<()> {
    scene.open_signed_in("/admin/roles").await?;
    scene.page.find_within(LONG, Role::Heading, "Roles").await?;
    // Only these rows are rendered for certain.
    scene.page.find(Role::Field, "Filter permissions").await?;
    scene.page.fill("Filter permissions", "workbench:").await?;
    until_checked(&scene.page, "Stop workbenches: Workspace member", "true").await
}

/// Waits for the state of a cell.
async fn until_checked(page: &Page, name: &str, state: &str) -> Result<()> {
    let script = "return [...document.querySelectorAll('[role=checkbox]')]
        .find((e) => e.ariaLabel.startsWith(arguments[0]))?.ariaChecked ?? 'absent'";
    until(&format!("“{name}” to be {state}"), async || {
        let seen = page.execute(script, vec![json!(name)]).await?;
        ensure!(seen == state, "it is {seen}");
        Ok(Some(()))
    })
    .await
}

/// Clicks a cell.
async fn click(page: &Page, name: &str) -> Result<()> {
    let script = "[...document.querySelectorAll('[role=checkbox]')]
        .find((e) => e.ariaLabel.startsWith(arguments[0])).click()";
    page.execute(script, vec![json!(name)]).await.map(drop)
}

async fn permissions(api: &Api) -> Result<Value> {
    let role = api.get("/api/roles/night-team").await?.ok()?.json();
    Ok(role["permissions"].clone())
}

/// FIELD 33: "Checkboxes that cannot be toggled. \"Add role\" does nothing."
#[tokio::test]
async fn field_33_a_change_is_reviewed_with_its_effect_and_saved() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = night_team(scene).await?;
        open(scene).await?;
        // What is inherited or belongs to a system role stays, and says why.
        click(page, "See workbenches: Workspace member").await?;
        page.until_text("Inherited from Workspace viewer").await?;
        click(page, "Stop workbenches: Workspace viewer").await?;
        page.until_text("System role: it can't be changed.").await?;
        page.until_text("No changes").await?;

        page.fill("Filter roles", "team").await?;
        until_checked(page, STOP, "true").await?;
        click(page, STOP).await?;
        until_checked(page, STOP, "false").await?;
        page.until_text("1 change").await?;
        page.click(Role::Button, "Undo").await?;
        until_checked(page, STOP, "true").await?;
        page.click(Role::Button, "Redo").await?;
        until_checked(page, STOP, "false").await?;
        ensure!(permissions(&api).await? == json!(["workbench:open", "workbench:stop"]));

        page.click(Role::Button, "Review").await?;
        page.find(Role::Dialog, "Review changes").await?;
        page.until_text(
            "1 person loses “Stop workbenches” (ada); 1 running workbench is affected.",
        )
        .await?;
        page.click(Role::Button, "Save changes").await?;
        page.until_text("Saved 1 change").await?;
        ensure!(permissions(&api).await? == json!(["workbench:open"]));
        page.until_text("No changes").await
    })
    .await
}

/// FIELD 34: the last writer won.
#[tokio::test]
async fn field_34_changes_of_two_administrators_are_merged() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = night_team(scene).await?;
        open(scene).await?;
        page.fill("Filter roles", "team").await?;
        until_checked(page, STOP, "true").await?;
        click(page, STOP).await?;
        until_checked(page, STOP, "false").await?;
        // Another administrator adds a permission.
        change_elsewhere(scene).await?;
        page.click(Role::Button, "Review").await?;
        page.until_text("1 person loses").await?;
        page.click(Role::Button, "Save changes").await?;
        page.until_text("Someone else changed roles in the meantime.")
            .await?;
        page.until_text("Changed by others").await?;
        page.until_text("Start workbenches").await?;
        ensure!(
            permissions(&api).await?
                == json!(["workbench:open", "workbench:start", "workbench:stop"])
        );
        page.click(Role::Button, "Save changes").await?;
        page.until_text("Saved 1 change").await?;
        ensure!(permissions(&api).await? == json!(["workbench:open", "workbench:start"]));
        Ok(())
    })
    .await
}

/// Adds a permission to the role by another tab's request.
async fn change_elsewhere(scene: &Scene) -> Result<()> {
    let script = "
        const done = arguments[arguments.length - 1];
        fetch('/api/roles/night-team', { method: 'PUT',
            headers: { 'content-type': 'application/json', 'if-match': '\"1\"' },
            body: JSON.stringify({ title: 'Night team', description: '', inherits: ['workspace-viewer'],
                permissions: ['workbench:open', 'workbench:start', 'workbench:stop'] }) })
            .then((answer) => done(answer.status), (error) => done(String(error)));";
    let status = scene.page.client().execute_async(script, vec![]).await?;
    ensure!(status == 200, "it answered {status}");
    Ok(())
}

#[tokio::test]
async fn roles_are_created_copied_renamed_and_deleted() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let api = night_team(scene).await?;
        open(scene).await?;
        page.fill("Filter roles", "team").await?;
        page.click(Role::Button, "New role").await?;
        page.find(Role::Dialog, "New role").await?;
        page.click(Role::Button, "Create role").await?;
        page.until_text("Give it a text.").await?;
        page.fill("Title", "Day team").await?;
        page.click(Role::Button, "Create role").await?;
        until_checked(page, "Open apps: Day team", "false").await?;
        click(page, "Open apps: Day team").await?;
        until_checked(page, "Open apps: Day team", "true").await?;

        page.click(Role::Button, "Night team").await?;
        page.find(Role::Dialog, "Night team").await?;
        page.click(Role::Button, "Delete…").await?;
        page.until_text("Used by 1 person (ada).").await?;
        page.click(Role::Button, "Delete role").await?;
        page.until_text("Its users need another role. Choose one.")
            .await?;
        let choose = "const s = document.querySelector('#role-replacement'); s.value = 'day-team';
            s.dispatchEvent(new Event('change', { bubbles: true }))";
        page.execute(choose, vec![]).await?;
        page.click(Role::Button, "Delete role").await?;
        page.until_gone(Role::Dialog, "Delete “Night team”?")
            .await?;
        page.click(Role::Button, "Review").await?;
        page.until_text("Night team: deleted, its users get Day team")
            .await?;
        page.until_text("Day team can act on workspaces").await?;
        page.click(Role::Button, "Save changes").await?;
        page.until_text("Saved 2 changes").await?;
        let gone = api.get("/api/roles/night-team").await?;
        ensure!(gone.status == 404, "{}", gone.status);
        let made = api.get("/api/roles/day-team").await?.ok()?.json();
        ensure!(made["permissions"] == json!(["workbench:open"]), "{made}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_matrix_by_keyboard_alone_and_leaving_asks() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        night_team(scene).await?;
        scene.open_signed_in("/admin/roles").await?;
        page.find_within(LONG, Role::Field, "Filter permissions")
            .await?;
        page.tab_to("Filter permissions").await?;
        page.type_text("stop").await?;
        page.tab_to("Filter roles").await?;
        page.type_text("night").await?;
        page.press(Key::Tab).await?;
        until("the grid", async || {
            if page.focused().await?.starts_with("Workbenches: Night team") {
                return Ok(Some(()));
            }
            page.press(Key::Tab).await?;
            Ok(None)
        })
        .await?;
        page.press(Key::Down).await?;
        page.until_focused(STOP).await?;
        page.type_text(" ").await?;
        page.until_focused(&format!("{STOP}, changed")).await?;
        let undo = format!("{}z{}", char::from(Key::Control), char::from(Key::Null));
        page.type_text(&undo).await?;
        page.until_focused(STOP).await?;
        page.type_text(" ").await?;
        page.until_focused(&format!("{STOP}, changed")).await?;
        page.press(Key::Home).await?;
        page.until_focused("Stop workbenches").await?;

        page.click(Role::Link, "Users").await?;
        page.find(Role::Dialog, "Leave without saving?").await?;
        page.press(Key::Escape).await?;
        page.until_text("1 change").await?;
        page.click(Role::Link, "Users").await?;
        page.click(Role::Button, "Discard and leave").await?;
        page.find(Role::Heading, "Users").await?;
        // Going back and forth loses nothing that was not discarded.
        page.client().back().await?;
        page.until_text("No changes").await?;
        page.fill("Filter permissions", "stop").await?;
        page.fill("Filter roles", "team").await?;
        until_checked(page, STOP, "true").await?;
        click(page, STOP).await?;
        page.until_text("1 change").await?;
        page.client().forward().await?;
        page.find(Role::Heading, "Users").await?;
        page.client().back().await?;
        page.until_text("Your unsaved changes are back.").await?;
        page.until_text("1 change").await
    })
    .await
}
