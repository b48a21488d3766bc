//! The main path, from sign-in to a running app and back.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::Value;
use vestibule_e2e::{LONG, Page, Role, SHORT, Scene, until, until_within};

/// Signs in, creates a workspace and a workbench, follows its start, uses the app, stops it, starts
/// it again and deletes it.
#[tokio::test]
async fn from_sign_in_to_the_app_and_back() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        page.goto(&scene.server.url("/")).await?;
        scene.sign_in().await?;
        make_workspace(page, "Studio").await?;
        make_workbench(page, "Slow", "Analysis").await?;

        // The status card, with each step as it changes.
        page.find(Role::Heading, "Analysis").await?;
        page.find(Role::Region, "Starting").await?;
        page.find(Role::List, "Steps").await?;
        let shown = room_texts_until_inside(page).await?;
        ensure!(
            shown.len() >= 2,
            "the room never changed what it showed: {shown:#?}"
        );

        // The app's own page, with a clock that a WebSocket drives.
        page.enter("Analysis").await?;
        clock_ticks(page).await?;
        page.leave().await?;

        // Stopped: the frame is removed, with a reason.
        page.click(Role::Button, "Stop").await?;
        page.find(Role::Dialog, "Stop “Analysis”?").await?;
        page.until_text("Unsaved work in the app will be lost. Files in the folder are kept.")
            .await?;
        page.until_focused("Cancel").await?;
        page.press(Key::Escape).await?;
        page.until_focused("Stop").await?;
        page.until_status(SHORT, "Running").await?;
        page.click(Role::Button, "Stop").await?;
        page.click(Role::Button, "Stop workbench").await?;
        page.until_status(LONG, "Stopped").await?;
        page.until_count("iframe", 0).await?;
        page.until_text("You stopped this workbench").await?;

        // Started again with the same folder and the same address.
        page.click(Role::Button, "Start again").await?;
        page.find_within(LONG, Role::Region, "Starting").await?;
        page.until_status(LONG, "Running").await?;
        page.enter("Analysis").await?;
        clock_ticks(page).await?;
        page.leave().await?;

        // Restarted by one command.
        let api = scene.server.api().await?;
        let path = page.path().await?;
        let id = path.rsplit('/').next().unwrap_or_default().to_owned();
        page.click(Role::Button, "Restart").await?;
        page.find(Role::Dialog, "Restart “Analysis”?").await?;
        page.click(Role::Button, "Restart workbench").await?;
        until_within(LONG, "a third run that is running", async || {
            let now = api.get_workbench(&id).await?;
            let is_third = now["run"]["number"] == 3 && now["k8sStatus"] == "Running";
            Ok(is_third.then_some(()))
        })
        .await?;
        page.enter("Analysis").await?;
        clock_ticks(page).await?;
        page.leave().await?;

        // Deleted after a confirmation, which is declined first.
        page.click(Role::Button, "Delete").await?;
        page.until_focused("Cancel").await?;
        page.click(Role::Button, "Cancel").await?;
        page.until_gone(Role::Button, "Delete workbench").await?;
        page.click(Role::Button, "Delete").await?;
        page.click(Role::Button, "Delete workbench").await?;
        until_within(LONG, "the workbench to be gone", async || {
            let answer = api.get(&format!("/api/workbenches/{id}")).await?;
            Ok((answer.status == 404).then_some(()))
        })
        .await?;
        page.until_count("iframe", 0).await?;
        let left = vestibule_e2e::with_text_in_command(&id);
        ensure!(left.is_empty(), "processes were left behind: {left:?}");
        Ok(())
    })
    .await
}

/// The same with a program that isn't made for Vestibule.
#[tokio::test]
async fn third_party_app_works_as_well() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        page.goto(&scene.server.url("/")).await?;
        scene.sign_in().await?;
        make_workspace(page, "Studio").await?;
        make_workbench(page, "Files", "My files").await?;
        page.enter("My files").await?;
        page.until_text("Directory listing for /").await?;
        page.leave().await?;
        page.click(Role::Button, "Stop").await?;
        page.click(Role::Button, "Stop workbench").await?;
        page.until_status(LONG, "Stopped").await?;
        page.until_count("iframe", 0).await?;
        page.click(Role::Button, "Start again").await?;
        page.until_status(LONG, "Running").await?;
        page.enter("My files").await?;
        page.until_text("Directory listing for /").await?;
        Ok(())
    })
    .await
}

/// FIELD 3: another workbench's frame is never shown because the previous one was running.
#[tokio::test]
async fn the_frame_belongs_to_the_workbench_on_the_page() -> Result<()> {
    Scene::play(async |scene| {
        let (api, first) = scene.open_workbench("First", "welcome").await?;
        let page = &scene.page;
        page.enter("First").await?;
        page.leave().await?;
        let workspace = api.get_workbench(&first).await?["workspaceId"].clone();
        let workspace = workspace.as_str().unwrap_or_default();
        let second = api.workbench(workspace, "Second", "deaf").await?;

        // By in-page navigation, so that a page load clears no state of the first.
        let path = format!("/workspaces/{workspace}/sessions/{second}");
        let script = "history.pushState(null, '', arguments[0]); dispatchEvent(new PopStateEvent('popstate'))";
        page.execute(script, vec![path.into()]).await?;
        page.find(Role::Heading, "Second").await?;
        // The first frame is kept, hidden and inert.
        let seen = async || -> Result<()> {
            let seen = page.names(Role::Frame).await?;
            ensure!(seen.is_empty(), "there is a frame of {seen:?}");
            page.until_count(".kept:not([inert])", 0).await
        };
        seen().await?;
        page.until_status(LONG, "Progressing").await?;
        seen().await
    })
    .await
}

/// FIELD 8: a poll resets no form; FIELD 19: starts by other users appear in a list by themselves.
#[tokio::test]
async fn list_follows_other_users_and_an_open_form_is_unchanged() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.open_studio().await?;
        page.find(Role::Heading, "Studio").await?;

        let workbench = api
            .workbench(&workspace, "From elsewhere", "welcome")
            .await?;
        page.find_within(LONG, Role::Link, "From elsewhere").await?;
        page.until_status(LONG, "Running").await?;

        open_form(page).await?;
        page.fill("Name", "half a na").await?;
        page.find_within(LONG, Role::Button, "Activity: Running: From elsewhere")
            .await?;
        let stop = format!("/api/workbenches/{workbench}/stop");
        api.post(&stop, Value::Object(Default::default()))
            .await?
            .ok()?;
        api.until_status(&workbench, "Stopped").await?;
        // The event has reached the page, and the form is unchanged.
        page.find_within(LONG, Role::Button, "Activity: nothing under way")
            .await?;
        let name = page.find(Role::Field, "Name").await?;
        ensure!(name.prop("value").await?.as_deref() == Some("half a na"));
        Ok(())
    })
    .await
}

/// Creates a workspace on the page that lists them, and ends on its page.
async fn make_workspace(page: &Page, name: &str) -> Result<()> {
    page.find(Role::Heading, "Workspaces").await?;
    page.click(Role::Button, "New workspace").await?;
    page.fill("Name", name).await?;
    page.click(Role::Button, "Create workspace").await?;
    until("the workspace's page", async || {
        if page.has(Role::Heading, name).await? {
            return Ok(Some(()));
        }
        if page.has(Role::Link, name).await? {
            page.click(Role::Link, name).await?;
        }
        Ok(None)
    })
    .await
}

/// Fills in and submits the form; ends on the workbench's page.
async fn make_workbench(page: &Page, app: &str, name: &str) -> Result<()> {
    open_form(page).await?;
    page.choose(app).await?;
    page.fill("Name", name).await?;
    page.click(Role::Button, "Create workbench").await
}

async fn open_form(page: &Page) -> Result<()> {
    let ways = ["Create a workbench", "New workbench"];
    let way = until("a way to the form", async || {
        for way in ways {
            if page.has(Role::Link, way).await? {
                return Ok(Some(way));
            }
        }
        Ok(None)
    })
    .await?;
    page.click(Role::Link, way).await?;
    page.find(Role::RadioGroup, "App").await?;
    Ok(())
}

/// Returns each distinct text of the status card until the frame is shown.
async fn room_texts_until_inside(page: &Page) -> Result<Vec<String>> {
    let mut shown: Vec<String> = Vec::new();
    // Seconds change constantly; only words count as a change.
    let words = "const room = [...document.querySelectorAll('section, [role=region]')]
            .find((e) => e.getAttribute('aria-label') === 'Starting'
                || document.getElementById(e.getAttribute('aria-labelledby'))?.innerText === 'Starting');
        return room ? room.innerText.replace(/[0-9]+/g, '#') : null";
    until_within(LONG, "the frame", async || {
        if let Some(text) = page.execute(words, vec![]).await?.as_str()
            && shown.last().is_none_or(|last| last != text)
        {
            shown.push(text.to_owned());
        }
        Ok(page.has(Role::Frame, "Analysis").await?.then_some(()))
    })
    .await?;
    Ok(shown)
}

/// Checks inside the welcome app's frame that its clock shows three different times.
async fn clock_ticks(page: &Page) -> Result<()> {
    let mut seen: Vec<String> = Vec::new();
    until("three ticks of the clock", async || {
        let clock = page.find(Role::Timer, "Clock").await?;
        let text = clock.text().await?;
        if !text.is_empty() && seen.last() != Some(&text) {
            seen.push(text);
        }
        Ok((seen.len() >= 3).then_some(()))
    })
    .await
}
