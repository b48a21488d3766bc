//! Idle pages: document and network don't change while nothing happens, nor does anything move for
//! users who prefer reduced motion. Also pages that are hidden and shown again, or reloaded.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;
use vestibule_e2e::{Api, FaultProxy, LONG, Page, Role, Scene, until, until_within};

/// Records every change in the document from here on, except relative times, which change by the
/// minute.
const WATCH: &str = "
    window.changes = [];
    new MutationObserver((records) => {
        for (const one of records) {
            if ((one.target.closest ? one.target : one.target.parentElement)?.closest('time')) { continue; }
            const what = one.type === 'attributes' ? one.attributeName : one.type;
            window.changes.push(`${what} of ${(one.target.outerHTML ?? one.target.data).slice(0, 160)}`);
        }
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });";

/// Returns the duration of an observation; a minute with `VESTIBULE_E2E_IDLE=60`. The default shows the effect
/// of any timer of the page: clocks tick every second, and the shortest polling interval is two.
fn idle() -> Duration {
    let given = std::env::var("VESTIBULE_E2E_IDLE").ok();
    let seconds = given.and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(4))
}

/// A workbench in each state that doesn't change by itself.
struct Gallery {
    api: Api,
    workspace: String,
    running: String,
    failed: String,
}

impl Gallery {
    async fn hang(scene: &Scene) -> Result<Self> {
        let (api, workspace) = scene.studio().await?;
        let running = api.workbench(&workspace, "Running", "notes").await?;
        let failed = api.workbench(&workspace, "Failed", "missing").await?;
        api.until_status(&failed, "Failed").await?;
        api.until_status(&running, "Running").await?;
        Ok(Self {
            api,
            workspace,
            running,
            failed,
        })
    }

    fn list(&self) -> String {
        format!("/workspaces/{}", self.workspace)
    }

    fn session(&self, id: &str) -> String {
        format!("{}/sessions/{id}", self.list())
    }
}

async fn until_live(page: &Page) -> Result<()> {
    let script = "return document.querySelector('[data-stream]')?.dataset.stream ?? 'none'";
    until_within(LONG, "the stream to be live", async || {
        let word = page.execute(script, vec![]).await?;
        // A page that shows no age of its data records it all the same.
        Ok((word == "live" || word == "none").then_some(()))
    })
    .await
}

/// FIELD 26: unchanged data changes nothing. A minute for each page would take too long for one
/// story.
#[tokio::test]
async fn while_nothing_happens_nothing_in_the_document_changes() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let gallery = Gallery::hang(scene).await?;
        scene.open_signed_in(&gallery.list()).await?;
        for (place, path) in [
            ("the workbenches", gallery.list()),
            ("a failed start", gallery.session(&gallery.failed)),
            ("a running app", gallery.session(&gallery.running)),
            ("the workspaces", "/workspaces".to_owned()),
            ("the form", format!("{}/new", gallery.list())),
        ] {
            page.goto(&scene.server.url(&path)).await?;
            match place {
                "a running app" => drop(page.find_within(LONG, Role::Button, "Details").await?),
                "the workspaces" => drop(page.find(Role::Link, "Studio").await?),
                "the form" => drop(page.find(Role::RadioGroup, "App").await?),
                _ => page.until_status(LONG, "Failed").await?,
            }
            until_live(page).await?;
            page.execute(WATCH, vec![]).await?;
            // Until all updates after the first render are there.
            until_within(LONG, "a second without changes", async || {
                let count = "return window.changes.length";
                let before = page.execute(count, vec![]).await?;
                sleep(Duration::from_secs(1)).await;
                Ok((page.execute(count, vec![]).await? == before).then_some(()))
            })
            .await?;
            page.execute("window.changes.length = 0", vec![]).await?;
            sleep(idle()).await;
            let changes = page.execute("return window.changes", vec![]).await?;
            ensure!(changes == json!([]), "{place}: {changes:#}");
        }
        Ok(())
    })
    .await
}

/// A hidden page sends no requests (FIELD 4); once visible again, a single request catches up.
#[tokio::test]
async fn hidden_page_catches_up_by_one_request() -> Result<()> {
    let flags = ["--poll-interval", "1s", "--poll-watch-interval", "1s"];
    Scene::play_through(&flags, async |scene, proxy| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let id = api.workbench(&workspace, "Waits", "deaf").await?;
        let path = format!("/workspaces/{workspace}/sessions/{id}");
        scene.open_signed_in(&path).await?;
        page.find(Role::Region, "Starting").await?;
        // Data from before the stream started is read once more (FIELD 29).
        let stream = proxy.until_asked("/api/runs/stream", 1).await?;
        ensure!(stream.len() == 1, "one stream: {stream:#?}");
        until_live(page).await?;
        show(page, false).await?;
        // Requests sent before it was hidden may still be answered.
        settled(proxy).await?;
        proxy.forget();
        api.post(&format!("/api/workbenches/{id}/stop"), json!({}))
            .await?
            .ok()?;
        api.until_status(&id, "Stopped").await?;
        sleep(Duration::from_millis(2_500)).await;
        let hidden = proxy.asked(WORKBENCH);
        ensure!(hidden.is_empty(), "hidden, it asks: {hidden:#?}");

        show(page, true).await?;
        page.until_status(LONG, "Stopped").await?;
        sleep(Duration::from_millis(2_500)).await;
        let asked = proxy.asked(WORKBENCH);
        ensure!(asked.len() == 1, "it catches up by {asked:#?}");
        Ok(())
    })
    .await
}

const WORKBENCH: &str = "/api/workbenches/*";

/// Waits until no request is in flight.
async fn settled(proxy: &FaultProxy) -> Result<()> {
    until("all to be answered", async || {
        let asked = proxy.asked(WORKBENCH);
        Ok(asked.iter().all(|one| one.answered.is_some()).then_some(()))
    })
    .await
}

/// Makes the page believe that it is hidden or visible: a headless browser never hides a page.
async fn show(page: &Page, is_shown: bool) -> Result<()> {
    let script = "
        const state = arguments[0] ? 'visible' : 'hidden';
        Object.defineProperty(document, 'hidden', { value: !arguments[0], configurable: true });
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));";
    page.execute(script, vec![json!(is_shown)]).await.map(drop)
}

/// FIELD 3: while a workbench starts, the frame of a running one isn't visible, not for a single
/// animation frame.
#[tokio::test]
async fn running_app_is_never_visible_on_the_page_of_a_starting_one() -> Result<()> {
    const RECORDER: &str = "
        window.seen = [];
        const record = () => {
            const shown = document.querySelector('.kept[data-state=shown] iframe')?.title;
            const here = document.title.includes('Starts') || location.pathname.endsWith(window.other);
            if (shown && here) { window.seen.push(shown); }
            requestAnimationFrame(record);
        };
        window.other = arguments[0];
        requestAnimationFrame(record);";
    Scene::play(async |scene| {
        let page = &scene.page;
        let gallery = Gallery::hang(scene).await?;
        let api = &gallery.api;
        let other = api.workbench(&gallery.workspace, "Starts", "deaf").await?;
        scene.open_signed_in(&gallery.list()).await?;
        page.click(Role::Link, "Running").await?;
        page.find_within(LONG, Role::Frame, "Running").await?;
        page.execute(RECORDER, vec![json!(other)]).await?;
        page.execute("history.back()", vec![]).await?;
        page.click(Role::Link, "Starts").await?;
        page.find(Role::Region, "Starting").await?;
        // Back and forward without a page in between, as the browser's own keys do.
        for _ in 0..3 {
            page.execute("history.go(-1)", vec![]).await?;
            page.find(Role::Heading, "Studio").await?;
            page.execute("history.go(1)", vec![]).await?;
            page.find(Role::Region, "Starting").await?;
        }
        let seen = page.execute("return window.seen", vec![]).await?;
        ensure!(seen == json!([]), "on the other's page there is {seen}");
        ensure!(page.names(Role::Frame).await?.is_empty());
        Ok(())
    })
    .await
}

/// In each state a reloaded page shows the same as before (FIELD 5: and needs no reload).
#[tokio::test]
async fn reloaded_page_shows_the_same_in_every_state() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let gallery = Gallery::hang(scene).await?;
        let (api, workspace) = (&gallery.api, &gallery.workspace);
        let make = async |name: &str, app: &str, spec: Value| {
            let body = json!({ "name": name, "app": app, "spec": spec });
            api.make(workspace, body).await
        };
        let long = json!({ "startTimeoutSeconds": 3600 });
        let pending = make("Pending", "welcome", json!({ "secrets": ["API_KEY"] })).await?;
        let creating = make("Creating", "deadlocked", long).await?;
        let stopped = make("Stopped", "welcome", json!({})).await?;
        let completed = make("Completed", "brief", json!({})).await?;
        api.until_status(&stopped, "Running").await?;
        api.post(&format!("/api/workbenches/{stopped}/stop"), json!({}))
            .await?
            .ok()?;
        api.until_status(&stopped, "Stopped").await?;
        api.until_status(&completed, "Complete").await?;

        scene.open_signed_in("/workspaces").await?;
        for (id, region, text) in [
            (&pending, "Starting", "API_KEY"),
            (&creating, "Starting", "Creating"),
            (&stopped, "Ended", "You stopped this workbench"),
            (&completed, "Ended", "Completed"),
            (&gallery.failed, "Ended", "isn't installed"),
            (&gallery.running, "", "Running"),
        ] {
            let mut said = Vec::new();
            for _ in 0..2 {
                page.goto(&scene.server.url(&gallery.session(id))).await?;
                if region.is_empty() {
                    page.find_within(LONG, Role::Frame, text).await?;
                } else {
                    page.find_within(LONG, Role::Region, region).await?;
                }
                page.until_text_within(LONG, text).await?;
                said.push(settled_text(page).await?);
            }
            ensure!(said[0] == said[1], "{text}: {said:#?}");
        }

        // While it stops, which doesn't take long.
        page.goto(&scene.server.url(&gallery.session(&creating)))
            .await?;
        page.find(Role::Region, "Starting").await?;
        page.click(Role::Button, "Cancel").await?;
        page.find(Role::Region, "Stopping").await?;
        page.client().refresh().await?;
        until("the text before the reload, or its successor", async || {
            let is_going = page.has(Role::Region, "Stopping").await?;
            Ok((is_going || page.has(Role::Region, "Ended").await?).then_some(()))
        })
        .await?;
        page.until_status(LONG, "Stopped").await
    })
    .await
}

/// Returns the text of the page once it is complete, without numbers, which change.
async fn settled_text(page: &Page) -> Result<String> {
    let script = "return document.querySelector('main').innerText.replace(/[0-9.:]+/g, '#')";
    let mut last = String::new();
    until("the page to be whole", async || {
        let text = page.execute(script, vec![]).await?;
        let text = text.as_str().unwrap_or_default().to_owned();
        let is_same = !text.is_empty() && text == last;
        last.clone_from(&text);
        sleep(Duration::from_millis(400)).await;
        Ok(is_same.then_some(text))
    })
    .await
}

#[tokio::test]
async fn reduced_motion_is_respected() -> Result<()> {
    /// Pages with activity.
    const RECORDER: &str = "
        window.moving = [];
        const record = () => {
            for (const one of document.getAnimations()) {
                const length = one.effect.getComputedTiming().duration;
                if (one.playState === 'running' && length > 1) {
                    window.moving.push(`${one.animationName ?? one.transitionProperty} of ${one.effect.target?.outerHTML.slice(0, 120)}`);
                }
            }
            requestAnimationFrame(record);
        };
        requestAnimationFrame(record);";
    Scene::play(async |scene| {
        let page = &scene.page;
        let preference = [("prefers-reduced-motion", "reduce")];
        scene.browser.prefer(&preference).await?;
        scene.browser.before_pages(RECORDER).await?;
        let (_, id) = scene.open_workbench("Calm", "slow").await?;
        page.find(Role::Region, "Starting").await?;
        page.click(Role::Button, "Delete").await?;
        page.click(Role::Button, "Cancel").await?;
        page.find_within(LONG, Role::Frame, "Calm").await?;
        page.click(Role::Button, "Details").await?;
        page.find(Role::Button, "Copy diagnostics").await?;
        page.press(fantoccini::key::Key::Escape).await?;
        page.click(Role::Link, "Studio").await?;
        page.find(Role::Link, "Calm").await?;
        let moving = page.execute("return window.moving", vec![]).await?;
        ensure!(moving == json!([]), "{id}: {moving:#}");

        // The check itself works: without the preference something moves.
        scene.browser.prefer(&[]).await?;
        page.click(Role::Link, "Calm").await?;
        page.click(Role::Button, "Restart").await?;
        page.click(Role::Button, "Restart workbench").await?;
        until_within(LONG, "something to move", async || {
            let moving = page.execute("return window.moving.length", vec![]).await?;
            Ok((moving != 0).then_some(()))
        })
        .await
    })
    .await
}
