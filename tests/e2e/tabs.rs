//! Tabs: terminals beside an app.

use crate::auditor::Auditor;
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{Api, LONG, Page, Role, Scene, until, until_within};

/// Name of a terminal's frame.
const FRAME: &str = "Terminal. Shift+F6 leaves the terminal.";

/// FIELD 20 to 22: the tab is there before the request is sent, and becomes ready by itself.
#[tokio::test]
async fn a_terminal_opens_at_once_and_outlives_reloads_and_servers() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "tardy").await?;
        let page = &scene.page;
        page.find(Role::Region, "Starting").await?;
        let shown = "
            const [done] = arguments;
            const plus = document.querySelector('.tab-strip > button[aria-label=\"New terminal\"]');
            plus.click();
            requestAnimationFrame(() => done([...document.querySelectorAll('[role=tab]')]
                .map((tab) => tab.ariaLabel ?? tab.innerText)));";
        let names = page.client().execute_async(shown, vec![]).await?;
        ensure!(
            names == json!(["App", "Terminal, Preparing environment"]),
            "one frame after the click there is {names}"
        );
        let tab = the_tab(&api, &id).await?;
        ensure!(tab["state"] == "pending_provision", "{tab:#}");
        let bench = api.get_workbench(&id).await?;
        ensure!(bench["k8sStatus"] == "Progressing", "{bench:#}");
        page.until_text("Preparing environment").await?;
        let path = page.path().await?;
        let end = format!(
            "/sessions/{id}/tabs/{}",
            tab["id"].as_str().context("an id")?
        );
        ensure!(path.ends_with(&end), "{path}");

        enter(page).await?;
        run(page, "echo one-$((40+2))", "one-42").await?;
        page.leave().await?;
        page.goto(&scene.server.url(&path)).await?;
        enter(page).await?;
        until_output(page, "one-42").await?;
        run(page, "echo two-$((40+3))", "two-43").await?;

        page.leave().await?;
        scene.server.kill()?;
        let page = &scene.page;
        page.until_text("Reconnecting").await?;
        scene.server.start_again().await?;
        enter(page).await?;
        // The same shell, which remembers what was typed.
        run_later(page, "echo three-$((40+4))", "three-44").await?;
        let text = output(page).await?;
        ensure!(
            text.matches("one-42").count() == 1,
            "it is shown once: {text}"
        );
        page.leave().await?;
        ensure!(page.path().await? == path, "the selection has moved");
        Ok(())
    })
    .await
}

/// FIELD 23 and 24: a double click opens one tab, and a late success is torn down.
#[tokio::test]
async fn a_double_click_opens_one_tab_and_closing_a_pending_one_leaves_nothing() -> Result<()> {
    Scene::play(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "tardy").await?;
        let page = &scene.page;
        page.find(Role::Region, "Starting").await?;
        let twice = "
            const plus = document.querySelector('.tab-strip > button[aria-label=\"New terminal\"]');
            plus.click();
            plus.click();";
        page.execute(twice, vec![]).await?;
        page.until_count("[role=tab]", 2).await?;
        let pending = the_tab(&api, &id).await?;
        let close = "document.querySelector('[role=tab] .tab-close').dispatchEvent(
            new MouseEvent('click', { bubbles: true }));";
        page.execute(close, vec![]).await?;
        page.until_count("[role=tab]", 1).await?;
        until("no tab", async || Ok(open_tabs(&api, &id).await?.is_empty().then_some(()))).await?;
        let path = format!("/api/tabs/{}", pending["id"].as_str().context("an id")?);
        let closed = api.get(&path).await?.json();
        ensure!(!closed["closedAt"].is_null(), "{closed:#}");

        // Closed before the server has answered the request to open it.
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let hasty = "
            const [done] = arguments;
            const plus = document.querySelector('.tab-strip > button[aria-label=\"New terminal\"]');
            plus.click();
            setTimeout(() => {
                document.querySelector('[role=tab] .tab-close').dispatchEvent(new MouseEvent('click', { bubbles: true }));
                done(true);
            });";
        page.client().execute_async(hasty, vec![]).await?;
        page.until_count("[role=tab]", 1).await?;
        api.until_status(&id, "Running").await?;
        ensure!(open_tabs(&api, &id).await?.is_empty(), "a tab came back");
        ensure!(page.path().await?.ends_with(&id), "the app is not selected");
        page.enter("Bench").await?;
        page.find(Role::Timer, "Clock").await?;
        Ok(())
    })
    .await
}

/// FIELD 22: a retry happens in place, and starts the workbench; a broken tab changes nothing else.
#[tokio::test]
async fn a_broken_tab_is_retried_in_place() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        let page = &scene.page;
        let mut auditor = Auditor::new(scene)?;
        api.until_status(&id, "Running").await?;
        page.click(Role::Button, "New terminal").await?;
        enter(page).await?;
        run(page, "echo first-$((40+2))", "first-42").await?;
        page.leave().await?;
        let path = page.path().await?;
        auditor.check("a terminal").await?;

        api.post(&format!("/api/workbenches/{id}/stop"), json!({}))
            .await?
            .ok()?;
        // A stop is no failure (FIELD 14).
        page.find_within(LONG, Role::Button, "Start").await?;
        page.until_text("The workbench is stopped.").await?;
        page.until_count("[role=tab] [data-kind=failed]", 0).await?;
        auditor.check("a tab of a stopped workbench").await?;
        page.click(Role::Button, "Start").await?;
        enter(page).await?;
        run(page, "echo second-$((40+2))", "second-42").await?;
        let text = output(page).await?;
        ensure!(!text.contains("first-42"), "it is another shell: {text}");
        page.leave().await?;
        ensure!(page.path().await? == path, "it is another tab");
        ensure!(
            open_tabs(&api, &id).await?.len() == 1,
            "there are more tabs"
        );
        let bench = api.get_workbench(&id).await?;
        ensure!(bench["run"]["number"] == 2, "{bench:#}");

        // The shell ends: the tab says so, and can be closed, also as the last one.
        enter(page).await?;
        page.type_text("exit\n").await?;
        page.leave().await?;
        page.until_text("SessionEnded").await?;
        page.click(Role::Button, "Close").await?;
        page.until_count("[role=tab]", 1).await?;
        page.goto(&scene.server.url(&path)).await?;
        page.until_text("This tab was closed").await?;
        auditor.check("a closed tab").await?;
        page.click(Role::Button, "Go to the app").await?;
        page.enter("Bench").await?;
        page.find(Role::Timer, "Clock").await?;
        page.leave().await?;
        auditor.done()
    })
    .await
}

#[tokio::test]
async fn tabs_by_keyboard_alone() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        let page = &scene.page;
        page.find_within(LONG, Role::Frame, "Bench").await?;
        let app = "return document.querySelector('.kept iframe').dataset.same ??= 'yes'";
        page.execute(app, vec![]).await?;
        page.execute("document.querySelector('.skip-link').focus()", vec![])
            .await?;
        page.tab_to("New terminal").await?;
        page.press(Key::Enter).await?;
        // The terminal takes the focus once it is ready, and gives it back.
        page.until_focused(FRAME).await?;
        enter(page).await?;
        run(page, "echo typed-$((40+2))", "typed-42").await?;
        // In use, M1: the switcher opens from inside, and gives the focus back.
        page.type_text(&format!("{}k", char::from(Key::Control)))
            .await?;
        page.leave().await?;
        page.until_focused("Go to a workbench, workspace or page")
            .await?;
        page.press(Key::Escape).await?;
        page.until_focused(FRAME).await?;
        enter(page).await?;
        let leave = format!("{}{}", char::from(Key::Shift), char::from(Key::F6));
        page.type_text(&leave).await?;
        page.leave().await?;
        page.until_focused("Terminal").await?;

        page.press(Key::F2).await?;
        page.until_focused("Title").await?;
        page.fill("Title", "Build").await?;
        page.press(Key::Enter).await?;
        page.until_focused("Build").await?;
        page.press(Key::Left).await?;
        page.until_focused("App").await?;
        ensure!(page.path().await?.ends_with(&id), "the app is not selected");
        page.find(Role::Frame, "Bench").await?;
        page.press(Key::End).await?;
        page.until_focused("Build").await?;

        // A second one, which is moved to the left.
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        page.tab_to("New terminal").await?;
        page.press(Key::Enter).await?;
        page.until_focused(FRAME).await?;
        enter(page).await?;
        run(page, "(until [ -e told ]; do sleep 0.1; done; echo late) &", "[1]").await?;
        page.type_text(&leave).await?;
        page.leave().await?;
        page.until_focused("Terminal").await?;
        let shift = [Key::Control, Key::Shift, Key::Left].map(char::from);
        page.type_text(&shift.iter().collect::<String>()).await?;
        until("the tabs in their new order", async || {
            Ok((titles(&api, &id).await? == ["Terminal", "Build"]).then_some(()))
        })
        .await?;
        let order = "return [...document.querySelectorAll('[role=tab] .tab-title')].map((one) => one.innerText)";
        until("the page's tabs in their new order", async || {
            let shown = page.execute(order, vec![]).await?;
            Ok((shown == json!(["App", "Terminal", "Build"])).then_some(()))
        })
        .await?;
        page.until_focused("Terminal").await?;
        // Output of a tab that is not shown leaves a dot, which goes once the tab is selected.
        page.press(Key::Right).await?;
        page.until_focused("Build")
            .await
            .context("the next tab by the right arrow")?;
        std::fs::write(scene.server.files(&id).join("told"), "")?;
        page.until_count(".tab-unread", 1).await?;
        page.press(Key::Left).await?;
        page.until_focused("Terminal").await?;
        page.until_count(".tab-unread", 0).await?;

        page.press(Key::Delete).await?;
        page.until_focused("Build").await?;
        page.press(Key::Delete).await?;
        page.until_focused("App").await?;
        until("no tab", async || {
            Ok(open_tabs(&api, &id).await?.is_empty().then_some(()))
        })
        .await?;
        let same = page.execute(
            "return document.querySelector('.kept iframe').dataset.same",
            vec![],
        );
        ensure!(same.await? == "yes", "the app's frame was made anew");
        Ok(())
    })
    .await
}

/// A program that writes without end neither blocks the page nor loses the end.
#[tokio::test]
async fn a_flood_of_output_can_be_stopped() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        let page = &scene.page;
        api.until_status(&id, "Running").await?;
        page.click(Role::Button, "New terminal").await?;
        enter(page).await?;
        page.type_text("yes | head -c 12000000; echo end-$((40+2))\n")
            .await?;
        until_within(LONG, "the end of the flood", async || {
            Ok(output(page).await?.contains("end-42").then_some(()))
        })
        .await?;
        page.type_text("yes\n").await?;
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        page.type_text(&format!("{}c", char::from(Key::Control)))
            .await?;
        run_later(page, "echo alive-$((40+2))", "alive-42").await
    })
    .await
}

/// Enters the terminal's frame once it is connected, and has the focus.
pub async fn enter(page: &Page) -> Result<()> {
    until_within(LONG, "the terminal to be ready", async || {
        let shown = "return !document.querySelector('.tab-panel[data-state=shown] .overlay')
            && document.querySelector('.tab-panel[data-state=shown] .terminal-status')?.innerText === ''";
        Ok((page.execute(shown, vec![]).await? == true).then_some(()))
    })
    .await?;
    let frame = page.find(Role::Frame, FRAME).await?;
    frame
        .enter_frame()
        .await
        .context("failed to enter the terminal")?;
    page.execute("document.querySelector('textarea').focus()", vec![])
        .await?;
    Ok(())
}

async fn output(page: &Page) -> Result<String> {
    let rows = "return [...document.querySelectorAll('.xterm-rows > div')].map((row) => row.innerText.trimEnd()).join('\\n')";
    let rows = page.execute(rows, vec![]).await?;
    Ok(rows.as_str().unwrap_or_default().replace('\u{a0}', " "))
}

async fn until_output(page: &Page, text: &str) -> Result<()> {
    until(&format!("the output “{text}”"), async || {
        let shown = output(page).await?;
        ensure!(shown.contains(text), "it is:\n{shown}");
        Ok(Some(()))
    })
    .await
}

/// Types a command, and waits for its output.
pub async fn run(page: &Page, command: &str, expected: &str) -> Result<()> {
    page.type_text(&format!("{command}\n")).await?;
    until_output(page, expected).await
}

/// Types a command until it has an effect: the connection may just be coming back.
pub async fn run_later(page: &Page, command: &str, expected: &str) -> Result<()> {
    until_within(LONG, &format!("the output “{expected}”"), async || {
        page.type_text(&format!("{command}\n")).await?;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let shown = output(page).await?;
        ensure!(shown.contains(expected), "it is:\n{shown}");
        Ok(Some(()))
    })
    .await
}

async fn open_tabs(api: &Api, workbench: &str) -> Result<Vec<Value>> {
    let list = api
        .get(&format!("/api/workbenches/{workbench}/tabs"))
        .await?;
    Ok(list.ok()?.json()["items"]
        .as_array()
        .cloned()
        .unwrap_or_default())
}

async fn titles(api: &Api, workbench: &str) -> Result<Vec<String>> {
    let tabs = open_tabs(api, workbench).await?;
    let titles = tabs.iter().filter_map(|tab| tab["title"].as_str());
    Ok(titles.map(str::to_owned).collect())
}

async fn the_tab(api: &Api, workbench: &str) -> Result<Value> {
    until("one tab", async || {
        let tabs = open_tabs(api, workbench).await?;
        ensure!(tabs.len() <= 1, "there are {}", tabs.len());
        Ok(tabs.into_iter().next())
    })
    .await
}
