//! Builds: requested, followed to their end, cancelled, retried, and their output.

use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{Api, Fault, LONG, Page, Role, Scene, open_gate, until, until_within};

/// Returns the rendered lines of the log as text.
const LINES: &str =
    "return [...document.querySelectorAll('.log-lines .log-code')].map((l) => l.textContent)";

/// FIELD 18: "Progress events all arrive at the end […]. A reconnect duplicates the log."
#[tokio::test]
async fn field_18_a_build_is_followed_to_its_end_also_over_a_reload() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_studio().await?;
        page.click(Role::Link, "Builds").await?;
        page.find(Role::Heading, "No builds yet").await?;
        page.click(Role::Button, "Build an app").await?;
        page.find(Role::RadioGroup, "App").await?;
        page.choose("Kit").await?;
        page.click(Role::Button, "Build").await?;

        page.find_within(LONG, Role::Heading, "Build of Kit")
            .await?;
        until_line(page, "waiting at the gate").await?;
        page.until_text("Building").await?;
        // The step that runs shows the last line.
        let step =
            "return document.querySelector('.step[data-kind=working] .step-output')?.innerText";
        until("the last line at its step", async || {
            let line = page.execute(step, vec![]).await?;
            Ok((line == "waiting at the gate").then_some(()))
        })
        .await?;
        let before = lines(page).await?;
        page.client().refresh().await?;
        until_line(page, "waiting at the gate").await?;
        ensure!(lines(page).await? == before, "the same after a reload");

        open_gate(scene.server.folder())?;
        until_line(page, "all done").await?;
        until_state(page, "Built").await?;
        let all = lines(page).await?;
        for once in [
            "the first line",
            "waiting at the gate",
            "through the gate",
            "all done",
        ] {
            let count = all.iter().filter(|line| *line == once).count();
            ensure!(count == 1, "“{once}” is there {count} times: {all:#?}");
        }
        let steps = "return [...document.querySelectorAll('.step')].map((s) => s.dataset.kind)";
        let steps = page.execute(steps, vec![]).await?;
        ensure!(
            steps == json!(["completed", "completed", "completed"]),
            "{steps}"
        );
        page.until_count(".step-output", 0).await?;
        page.click(Role::Link, "Builds").await?;
        page.find(Role::Link, "Kit").await?;
        page.until_text("Built").await
    })
    .await
}

#[tokio::test]
async fn colours_binary_output_and_endless_lines_are_readable() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, _) = open_build(scene, "kit").await?;
        until_line(page, "waiting at the gate").await?;
        let all = lines(page).await?;
        for line in ["error and green", "100%", "after escapes"] {
            ensure!(all.iter().any(|one| one == line), "no “{line}” in {all:#?}");
        }
        let odd = all.iter().find(|line| line.starts_with("not text"));
        let odd = odd.context("no binary line")?;
        ensure!(
            odd.contains("␀␁") && odd.contains("<b>as it is</b>"),
            "{odd}"
        );
        let is_clean = |line: &String| !line.contains(char::is_control);
        ensure!(all.iter().all(is_clean), "an escape is left: {all:#?}");
        let red = "return document.querySelector('.log-code .sgr-red.sgr-bold')?.textContent";
        ensure!(page.execute(red, vec![]).await? == "error");

        // The long line is folded; unfolded it is split into pieces that a browser can lay out.
        let x: usize = all
            .iter()
            .filter(|line| line.starts_with("xx"))
            .map(String::len)
            .sum();
        ensure!(x == 2_500, "{x} characters of it");
        page.click(Role::Button, "Wrap").await?;
        until("the pieces", async || {
            let all = lines(page).await?;
            let longest = all.iter().map(|line| line.chars().count()).max();
            Ok((longest == Some(2_000)).then_some(()))
        })
        .await?;
        let colours = page.execute(CONTRASTS, vec![]).await?;
        let least = colours.as_f64().context("no contrast")?;
        ensure!(least >= 4.5, "a colour has a contrast of {least}");
        Ok(())
    })
    .await
}

/// Returns the lowest contrast of the sixteen colours against the log's background, as painted.
const CONTRASTS: &str = "
    const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
    const log = document.querySelector('.log');
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const light = (colour) => {
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const parts = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    let least = 99;
    for (const theme of ['light', 'dark']) {
        document.documentElement.dataset.theme = theme;
        const ground = light(getComputedStyle(log).backgroundColor);
        for (const name of names.flatMap((name) => [name, `bright-${name}`])) {
            const probe = document.createElement('span');
            probe.className = `sgr-${name}`;
            log.append(probe);
            const ink = light(getComputedStyle(probe).color);
            probe.remove();
            const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
            least = Math.min(least, ratio);
        }
    }
    delete document.documentElement.dataset.theme;
    return least;";

#[tokio::test]
async fn failed_build_shows_its_reason_and_has_searchable_linkable_lines() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, path) = open_build(scene, "crooked").await?;
        until_state(page, "Failed").await?;
        page.until_text("A step of the build failed.").await?;
        // The reader is an administrator.
        page.until_text("You can fix this").await?;
        page.until_text("Exit code 3").await?;
        // The relevant lines of a failure are at the end.
        until_line(page, "a NEEDLE in it").await?;

        page.type_text("/").await?;
        page.until_focused("Search the log").await?;
        page.type_text("REMARK 12").await?;
        page.until_text("11").await?;
        page.press(Key::Enter).await?;
        page.until_text("1 of 11").await?;
        until_line(page, "remark 12").await?;
        let shift_enter = [char::from(Key::Shift), char::from(Key::Enter)];
        page.type_text(&String::from_iter(shift_enter)).await?;
        page.until_text("11 of 11").await?;
        until_line(page, "remark 129").await?;
        let chosen = "return document.querySelector('[data-chosen] .log-code')?.textContent";
        until("the line to be chosen", async || {
            Ok((page.execute(chosen, vec![]).await? == "remark 129").then_some(()))
        })
        .await?;
        let hash = page.execute("return location.hash", vec![]).await?;
        let hash = hash.as_str().context("no hash")?.to_owned();
        ensure!(hash.starts_with("#L"), "the address is {hash}");

        // The link to a line opens the log at that line.
        page.goto("about:blank").await?;
        page.goto(&scene.server.url(&[&path, hash.as_str()].concat()))
            .await?;
        until_line(page, "remark 129").await?;
        until("the line to be chosen again", async || {
            Ok((page.execute(chosen, vec![]).await? == "remark 129").then_some(()))
        })
        .await?;
        page.find(Role::Link, "Download").await?;
        Ok(())
    })
    .await
}

/// A build's result appears above the log and doesn't move the visible lines.
#[tokio::test]
async fn visible_log_lines_do_not_move_when_a_build_ends() -> Result<()> {
    const TOP: &str = "
        const lines = [...document.querySelectorAll('.log-code')];
        const line = lines.find((one) => one.textContent === 'the first line');
        return line ? line.getBoundingClientRect().top : null";
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, path) = open_build(scene, "kit").await?;
        until_line(page, "waiting at the gate").await?;
        until_line(page, "the first line").await?;
        until("the log to be left alone at its beginning", async || {
            let up = "document.querySelector('.log-scroll').scrollTop = 0";
            page.execute(up, vec![]).await?;
            page.has(Role::Button, "Follow")
                .await
                .map(|is| is.then_some(()))
        })
        .await?;
        let top = async || {
            let top = page.execute(TOP, vec![]).await?;
            top.as_f64().context("the line is gone")
        };
        let before = top().await?;
        let id = path.rsplit('/').next().unwrap_or_default();
        let cancel = format!("/api/builds/{id}/cancel");
        api.post(&cancel, json!({})).await?.ok()?;
        until_state(page, "Cancelled").await?;
        page.until_count(".build-told", 1).await?;
        until("the line to be where it was", async || {
            let after = top().await?;
            // Scroll positions are whole pixels, positions of elements aren't.
            ensure!(
                (after - before).abs() <= 1.0,
                "it went from {before} to {after}"
            );
            Ok(Some(()))
        })
        .await
    })
    .await
}

/// FIELD 25, 28: a late response doesn't revive a cancelled build, and it is never shown as running
/// for ever.
#[tokio::test]
async fn field_25_a_build_is_cancelled_and_tried_again() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, first) = open_build(scene, "kit").await?;
        until_line(page, "waiting at the gate").await?;
        page.click(Role::Button, "Cancel").await?;
        page.find(Role::Dialog, "Cancel the build of Kit?").await?;
        page.click(Role::Button, "Keep building").await?;
        page.click(Role::Button, "Cancel").await?;
        page.click(Role::Button, "Cancel build").await?;
        until_state(page, "Cancelled").await?;
        page.until_text("waiting at the gate").await?;

        open_gate(scene.server.folder())?;
        page.click(Role::Button, "Try again").await?;
        until_within(LONG, "the page of the new build", async || {
            Ok((page.path().await? != first).then_some(()))
        })
        .await?;
        until_state(page, "Built").await?;
        page.click(Role::Link, "Previous build").await?;
        until_state(page, "Cancelled").await
    })
    .await
}

/// FIELD 28: a build is shown as being cancelled from the click on, also after a reload and after a
/// restart of the server, and the cancellation is requested once.
#[tokio::test]
async fn field_28_build_that_ignores_the_stop_is_shown_as_cancelling_until_it_ends() -> Result<()> {
    Scene::play_through(&[], async |scene, proxy| {
        // The page knows its own request only.
        proxy.inject("/api/runs/stream", Fault::status(503));
        let (api, path) = open_build(scene, "stubborn").await?;
        until_line(&scene.page, "holding on").await?;
        let id = path.rsplit('/').next().context("no id")?;
        let cancel_path = format!("/api/builds/{id}/cancel");
        let cancelling = api.post(&cancel_path, json!({})).await?.ok()?.json();
        ensure!(cancelling["status"] == "running", "{cancelling}");
        ensure!(cancelling["cancelRequestedAt"].is_string(), "{cancelling}");
        // The build runs for five more seconds; the server's intermediate states are checked for
        // about as long.
        let answer = |body: Value| Fault::body("application/json", &body.to_string());
        proxy.inject("/api/builds", answer(json!({ "builds": [&cancelling] })));
        proxy.inject("/api/builds/*", answer(cancelling));
        scene.server.kill()?;
        scene.server.start_again().await?;
        let page = &scene.page;
        for _ in 0..2 {
            until_state(page, "Cancelling…").await?;
            page.until_text("Stopping the running step…").await?;
            ensure!(!page.has(Role::Button, "Cancel").await?);
            page.client().refresh().await?;
        }
        page.click(Role::Link, "Builds").await?;
        page.find(Role::Link, "Stubborn").await?;
        page.until_text("Cancelling…").await?;
        ensure!(!page.text().await?.contains("Building"));
        let again = "Cancel the build of Stubborn";
        ensure!(!page.has(Role::Button, again).await?, "it is offered twice");

        page.find_within(LONG, Role::Button, "Activity: Cancelling build…")
            .await?;
        page.click(Role::Button, "Activity: Cancelling build…")
            .await?;
        page.find(Role::Heading, "Activity").await?;
        let panel = "return document.getElementById('activity-panel').innerText";
        let shown = page.execute(panel, vec![]).await?;
        let shown = shown.as_str().unwrap_or_default();
        ensure!(shown.contains("Cancelling…"), "{shown}");
        ensure!(!page.has(Role::Button, "Cancel Stubborn").await?);
        page.press(Key::Escape).await?;

        // The restarted server has ended the build.
        proxy.behave();
        page.until_text_within(LONG, "Cancelled").await?;
        page.find(Role::Button, "Try again to build Stubborn")
            .await?;
        Ok(())
    })
    .await
}

/// FIELD 15: "Waiting […] for ever while the cause sits in a condition nobody shows."
#[tokio::test]
async fn field_15_a_start_that_waits_for_its_build_leads_to_it() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workbench) = scene.open_workbench("From a kit", "kit").await?;
        let link = "See the build and its log";
        page.find_within(LONG, Role::Link, link).await?;
        page.click(Role::Link, link).await?;
        page.find_within(LONG, Role::Heading, "Build of Kit")
            .await?;
        until_line(page, "waiting at the gate").await?;
        open_gate(scene.server.folder())?;
        until_state(page, "Built").await?;
        api.until_status(&workbench, "Running").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_build_by_keyboard_alone() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, workspace) = scene.studio().await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/builds"))
            .await?;
        page.find(Role::Heading, "No builds yet").await?;
        page.tab_to("Build an app").await?;
        page.press(Key::Enter).await?;
        page.find(Role::RadioGroup, "App").await?;
        page.tab_to("Kit").await?;
        page.press(Key::Space).await?;
        page.press(Key::Enter).await?;
        page.find_within(LONG, Role::Heading, "Build of Kit")
            .await?;
        until_line(page, "waiting at the gate").await?;

        // The log is a single tab stop and scrolls with the usual keys.
        page.tab_to("Log").await?;
        page.press(Key::Home).await?;
        page.find(Role::Button, "Follow").await?;
        page.press(Key::End).await?;
        page.until_gone(Role::Button, "Follow").await?;
        page.type_text("/").await?;
        page.until_focused("Search the log").await?;
        page.type_text("waiting AT").await?;
        page.press(Key::Enter).await?;
        page.until_text("1 of 1").await?;
        page.press(Key::Escape).await?;
        page.until_focused("Log").await?;

        page.tab_to("Cancel").await?;
        page.press(Key::Enter).await?;
        page.until_focused("Keep building").await?;
        page.tab_to("Cancel build").await?;
        page.press(Key::Enter).await?;
        until_state(page, "Cancelled").await
    })
    .await
}

/// Requests a build and opens its page.
async fn open_build(scene: &Scene, app: &str) -> Result<(Api, String)> {
    let (api, workspace) = scene.studio().await?;
    let id = api.build(&workspace, app).await?;
    let path = format!("/workspaces/{workspace}/builds/{id}");
    scene.open_signed_in(&path).await?;
    Ok((api, path))
}

async fn lines(page: &Page) -> Result<Vec<String>> {
    let lines = page.execute(LINES, vec![]).await?;
    let lines = lines.as_array().into_iter().flatten();
    Ok(lines.filter_map(Value::as_str).map(str::to_owned).collect())
}

async fn until_line(page: &Page, line: &str) -> Result<()> {
    until_within(LONG, &format!("the line “{line}”"), async || {
        let lines = lines(page).await?;
        if lines.iter().any(|one| one == line) {
            return Ok(Some(()));
        }
        bail!("there are {lines:#?}")
    })
    .await
}

/// Returns the badge of the build beside the heading.
async fn until_state(page: &Page, word: &str) -> Result<()> {
    let script = "return document.querySelector('.page-top .state-word')?.textContent ?? ''";
    until_within(LONG, &format!("the state {word}"), async || {
        let shown = page.execute(script, vec![]).await?;
        if shown == word {
            return Ok(Some(()));
        }
        bail!("it is {shown}")
    })
    .await
}
