//! The header's indicator names the current activity at every moment, across page loads, stream
//! failures and server restarts.

mod contact;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{
    ADMIN, Api, LONG, PASSWORD, Page, Role, Scene, open_gate, until, until_within,
};

/// Accessible name of the indicator.
const NAME: &str =
    "document.querySelector('button[popovertarget=activity-panel]')?.getAttribute('aria-label')";

/// Records every accessible name of the indicator.
const RECORD: &str = "
    window.names = [];
    new MutationObserver(() => {
        const button = document.querySelector('button[popovertarget=activity-panel]');
        const now = button?.getAttribute('aria-label');
        if (now && now !== window.names.at(-1)) { window.names.push(now); }
    }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] });";

/// Name of the indicator without any activity.
const IDLE: &str = "nothing under way";

/// Opens the workspaces and records the names of the indicator.
async fn open(scene: &Scene) -> Result<(Api, String)> {
    let (api, workspace) = scene.studio().await?;
    scene.browser.before_pages(RECORD).await?;
    scene.open_signed_in("/workspaces").await?;
    shows_label(&scene.page, IDLE).await?;
    Ok((api, workspace))
}

/// Waits until the indicator has exactly this name.
async fn shows_label(page: &Page, wanted: &str) -> Result<()> {
    shows_one_label(page, &[wanted]).await
}

async fn shows_one_label(page: &Page, wanted: &[&str]) -> Result<()> {
    until_within(
        LONG,
        &format!("the indicator to say {wanted:?}"),
        async || {
            let script = format!("return [{NAME} ?? '', window.names ?? []]");
            let now = page.execute(&script, vec![]).await?;
            let said = now[0].as_str().unwrap_or_default();
            let said = said.strip_prefix("Activity: ").unwrap_or(said);
            if wanted.contains(&said) {
                return Ok(Some(()));
            }
            anyhow::bail!("it says “{said}”, after {}", now[1])
        },
    )
    .await
}

/// Returns every recorded name on this page, in order.
async fn names(page: &Page) -> Result<Vec<String>> {
    let names = page.execute("return window.names", vec![]).await?;
    let names = names.as_array().context("no names")?;
    let name = |one: &Value| {
        let name = one.as_str().unwrap_or_default();
        name.trim_start_matches("Activity: ").to_owned()
    };
    Ok(names.iter().map(name).collect())
}

/// Checks that these names were recorded in this order, possibly with others in between.
fn in_order(names: &[String], wanted: &[&str]) -> Result<()> {
    let mut rest = names.iter();
    for word in wanted {
        ensure!(
            rest.any(|one| one == word),
            "no “{word}” in its place in {names:?}"
        );
    }
    Ok(())
}

/// Covers indicator and panel together: two starts, a page reload, and two stops.
#[tokio::test]
async fn indicator_names_and_counts_a_workbenchs_jobs() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        let first = api.workbench(&workspace, "First", "reluctant").await?;
        shows_label(page, "Starting First…").await?;
        let second = api.workbench(&workspace, "Second", "slow").await?;
        shows_label(page, "Starting Second…, 1 more").await?;
        page.client().refresh().await?;
        let both = ["Running: First, 1 more", "Running: Second, 1 more"];
        shows_one_label(page, &both).await?;
        for id in [&first, &second] {
            api.until_status(id, "Running").await?;
        }

        let open = "document.querySelector('button[popovertarget=activity-panel]').click()";
        page.execute(open, vec![]).await?;
        page.click(Role::Button, "Stop First").await?;
        // A running workbench isn't stopped by one misclick, and the panel stays open behind the
        // question.
        page.find(Role::Dialog, "Stop “First”?").await?;
        page.until_focused("Cancel").await?;
        page.press(Key::Escape).await?;
        page.until_focused("Stop First").await?;
        ensure!(api.get_workbench(&first).await?["k8sStatus"] == "Running");
        page.click(Role::Button, "Stop First").await?;
        page.click(Role::Button, "Stop workbench").await?;
        shows_label(page, "Running: Second").await?;
        in_order(
            &names(page).await?,
            &["Stopping First…, 1 more", "Running: Second"],
        )?;
        page.find(Role::Link, "First").await?;
        page.click(Role::Button, "Stop Second").await?;
        page.click(Role::Button, "Stop workbench").await?;
        shows_label(page, IDLE).await?;
        in_order(&names(page).await?, &["Running: Second", IDLE])
    })
    .await
}

/// Follows a new workbench through a queued build until its app is open. Builds of other users
/// aren't counted.
#[tokio::test]
async fn start_that_needs_a_build_is_shown_from_the_queue_on() -> Result<()> {
    Scene::play_with(&["--max-builds", "1"], async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        // Another build has the only slot.
        scene.server.add_administrator("ada")?;
        let ada = Api::signed_in(scene.server.port(), "ada", PASSWORD).await?;
        let hers = ada.build(&ada.workspace("Hers").await?, "kit").await?;
        let hers = format!("/api/builds/{hers}");
        until("her build to be under way", async || {
            let build = ada.get(&hers).await?.ok()?.json();
            Ok((build["status"] == "running").then_some(()))
        })
        .await?;
        shows_label(page, IDLE).await?;

        let id = api.workbench(&workspace, "Mine", "prepared").await?;
        shows_label(page, "Build queued…").await?;
        page.client().refresh().await?;
        shows_label(page, "Build queued…").await?;
        open_gate(scene.server.folder())?;
        shows_label(page, "Building Prepared… step 1 of 1").await?;
        shows_label(page, "Starting Mine…").await?;
        shows_label(page, "Running: Mine").await?;
        api.post(&format!("/api/workbenches/{id}/stop"), json!({}))
            .await?
            .ok()?;
        shows_label(page, IDLE).await?;
        in_order(
            &names(page).await?,
            &[
                "Build queued…",
                "Building Prepared… step 1 of 1",
                "Starting Mine…",
                "Running: Mine",
                IDLE,
            ],
        )
    })
    .await
}

/// Activity continues across pages, and a start requested on this page appears at once.
#[tokio::test]
async fn command_of_this_page_and_its_run_are_one_job() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        api.stopped(&workspace, "Mine", "slow").await?;
        page.click(Role::Link, "Studio").await?;
        page.click(Role::Link, "Mine").await?;
        page.click(Role::Button, "Start").await?;
        shows_label(page, "Starting Mine…").await?;
        shows_label(page, "Running: Mine").await?;
        let names = names(page).await?;
        ensure!(
            !names.iter().any(|one| one.contains("more")),
            "counted twice: {names:?}"
        );
        Ok(())
    })
    .await
}

/// A restart is one job from the click until the app responds again: between stop and start it
/// isn't shown as running, and is counted once.
#[tokio::test]
async fn a_restart_is_one_job_from_the_click_to_ready() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        let id = api.workbench(&workspace, "Mine", "slow").await?;
        api.until_status(&id, "Running").await?;
        page.click(Role::Link, "Studio").await?;
        page.click(Role::Link, "Mine").await?;
        shows_label(page, "Running: Mine").await?;
        page.find_within(LONG, Role::Button, "Details").await?;
        page.click(Role::Button, "Restart").await?;
        page.click(Role::Button, "Restart workbench").await?;
        shows_label(page, "Starting Mine…").await?;
        shows_label(page, "Running: Mine").await?;
        let names = names(page).await?;
        let running = "Running: Mine";
        let wanted = [running, "Restarting Mine…", "Starting Mine…", running];
        ensure!(names.ends_with(&wanted.map(str::to_owned)), "{names:?}");
        Ok(())
    })
    .await
}

/// A start that waits for a user, and one that is late, aren't shown as plain starts: not in the
/// header, the panel or the run's own page.
#[tokio::test]
async fn blocked_or_late_start_shows_its_reason() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        let path = format!("/api/workspaces/{workspace}/workbenches");
        let late = json!({
            "name": "Deaf one", "app": "deaf", "spec": { "startTimeoutSeconds": 3 },
        });
        let late = api.post(&path, late).await?.ok()?.json();
        shows_label(page, "Late: Deaf one").await?;
        let lacking = json!({
            "name": "Keyless", "app": "welcome", "spec": { "secrets": ["MISSING_KEY"] },
        });
        let lacking = api.post(&path, lacking).await?.ok()?.json();
        shows_label(page, "Waiting for you: Keyless, 1 more").await?;
        page.click(Role::Button, "Activity: Waiting for you: Keyless, 1 more")
            .await?;
        page.until_count(".activity-row .mark[data-kind=waiting]", 2)
            .await?;
        page.until_text("A secret is missing").await?;
        page.press(Key::Escape).await?;
        for (made, word) in [(late, "Late"), (lacking, "Waiting for you")] {
            let id = made["id"].as_str().context("no id")?;
            let path = format!("/workspaces/{workspace}/sessions/{id}/runs/1");
            page.goto(&scene.server.url(&path)).await?;
            let shown = format!(
                "const state = document.querySelector('.status-card .state');
                 return state?.dataset.kind === 'waiting' && state.textContent.trim() === '{word}'"
            );
            until(&format!("the attempt to read {word}"), async || {
                Ok((page.execute(&shown, vec![]).await? == true).then_some(()))
            })
            .await?;
        }
        Ok(())
    })
    .await
}

/// FIELD 25: "so do all jobs after sign-out".
#[tokio::test]
async fn signing_out_empties_the_indicator() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        api.workbench(&workspace, "Left", "welcome").await?;
        shows_label(page, "Running: Left").await?;
        page.click(Role::Button, "admin").await?;
        page.click(Role::MenuItem, "Sign out").await?;
        page.find(Role::Button, "Sign in").await?;
        page.until_count("button[popovertarget=activity-panel]", 0)
            .await?;
        let title = page.client().title().await?;
        ensure!(!title.contains("Left"), "{title}");
        scene.sign_in().await?;
        shows_label(page, "Running: Left").await
    })
    .await
}

/// With the keyboard alone: the panel opens and takes the focus, Esc closes it and returns the
/// focus.
#[tokio::test]
async fn panel_is_opened_and_closed_by_keyboard() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        api.workbench(&workspace, "Running", "welcome").await?;
        let name = "Activity: Running: Running";
        shows_label(page, "Running: Running").await?;
        page.find(Role::Button, name).await?;
        let script = "document.querySelector('button[popovertarget=activity-panel]').focus()";
        page.execute(script, vec![]).await?;
        page.press(Key::Enter).await?;
        page.find(Role::Dialog, "Activity").await?;
        until("the focus to be in the panel", async || {
            Ok((page.focused().await? == "Activity").then_some(()))
        })
        .await?;
        page.press(Key::Tab).await?;
        ensure!(page.focused().await? == "Mine", "{}", page.focused().await?);
        page.press(Key::Escape).await?;
        page.until_gone(Role::Dialog, "Activity").await?;
        ensure!(page.focused().await? == name, "{}", page.focused().await?);
        Ok(())
    })
    .await
}

/// A failure stays until it is acknowledged, in this browser or in another one.
#[tokio::test]
async fn a_failure_stays_until_it_is_acknowledged_on_any_device() -> Result<()> {
    Scene::play(async |scene| {
        let (api, workspace) = open(scene).await?;
        let page = &scene.page;
        api.workbench(&workspace, "Broken", "missing").await?;
        shows_label(page, "1 failed").await?;
        page.client().refresh().await?;
        shows_label(page, "1 failed").await?;

        // Another browser of the same user.
        let other = vestibule_e2e::Browser::start().await?;
        let elsewhere = other.page();
        elsewhere.goto(&scene.server.url("/workspaces")).await?;
        elsewhere.fill("Username", ADMIN).await?;
        elsewhere.fill("Password", PASSWORD).await?;
        elsewhere.click(Role::Button, "Sign in").await?;
        shows_label(&elsewhere, "1 failed").await?;
        elsewhere.click(Role::Button, "Activity: 1 failed").await?;
        elsewhere.click(Role::Button, "Dismiss Broken").await?;
        shows_label(&elsewhere, IDLE).await?;
        shows_label(page, IDLE).await?;
        page.client().refresh().await?;
        shows_label(page, IDLE).await
    })
    .await
}
