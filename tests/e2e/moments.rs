//! Transitions: every animation frame is recorded, so that no false state is shown for even one
//! frame.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;
use vestibule_e2e::{LONG, Page, Role, Scene, until, until_within};

/// Records each frame that differs from the one before. `point`, once set, is where the pointer is.
const RECORD: &str = "
    window.moments = [];
    const rect = (e) => e?.getBoundingClientRect();
    const record = () => {
        const layer = document.querySelector('.room-layer');
        const section = layer?.querySelector('section[aria-label]');
        const bar = document.querySelector('.app-toolbar[data-state=there]');
        const at = window.point
            ? document.elementFromPoint(window.point[0], window.point[1])?.closest('button, a') : null;
        const shown = {
            leaving: layer?.dataset.state === 'leaving',
            label: section?.ariaLabel ?? null,
            status: document.querySelector('[data-k8s-status]')?.dataset.k8sStatus ?? null,
            word: section?.querySelector('.state-word')?.innerText ?? null,
            card: section?.querySelector('.status-card')?.innerText ?? null,
            notes: section ? [...section.querySelectorAll(':scope > p')].map((p) => p.innerText).join(' ') : '',
            buttons: section ? [...section.querySelectorAll('.actions button')].map((b) => b.innerText.trim()) : [],
            tops: section ? ['.actions', '.status-card'].map((css) => Math.round(rect(section.querySelector(css))?.top ?? 0)) : [],
            bar: bar?.innerText.split('\\n')[0] ?? null,
            at: at ? [at.innerText.trim(), at.ariaDisabled === 'true'] : null,
            layers: layer ? [getComputedStyle(layer).opacity,
                getComputedStyle(layer.querySelector('.room')).opacity].map(Number) : null,
        };
        const last = window.moments.at(-1);
        const text = JSON.stringify(shown);
        if (last?.text !== text) { window.moments.push({ text, shown, time: performance.now() }); }
        requestAnimationFrame(record);
    };
    requestAnimationFrame(record);";

/// Recorded frame.
struct Moment {
    time: f64,
    shown: Value,
}

impl Moment {
    fn text(&self, field: &str) -> &str {
        self.shown[field].as_str().unwrap_or_default()
    }

    fn buttons(&self) -> Vec<&str> {
        let buttons = self.shown["buttons"].as_array();
        let buttons = buttons.into_iter().flatten();
        buttons.filter_map(Value::as_str).collect()
    }
}

async fn moments(page: &Page) -> Result<Vec<Moment>> {
    let all = page.execute("return window.moments", vec![]).await?;
    let all = all.as_array().context("nothing was recorded")?;
    let moment = |one: &Value| Moment {
        time: one["time"].as_f64().unwrap_or_default(),
        shown: one["shown"].clone(),
    };
    Ok(all.iter().map(moment).collect())
}

async fn forget(page: &Page) -> Result<()> {
    page.execute("window.moments = []", vec![]).await.map(drop)
}

/// Waits until the app is usable and the status card is gone.
async fn inside(page: &Page) -> Result<()> {
    let script = "return !!document.querySelector('.kept[data-state=shown]:not([inert]) iframe')
        && !document.querySelector('.room-layer')";
    until_within(LONG, "to be inside", async || {
        Ok((page.execute(script, vec![]).await? == true).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_second_click_on_cancel_starts_nothing() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(RECORD).await?;
        let (api, id) = scene.open_workbench("Slow one", "tardy").await?;
        page.find(Role::Button, "Cancel").await?;
        // Until all updates after the first render are there.
        sleep(Duration::from_millis(600)).await;
        let script = "
            const cancel = [...document.querySelectorAll('.actions button')]
                .find((b) => b.innerText.trim() === 'Cancel');
            const { left, top, width, height } = cancel.getBoundingClientRect();
            window.point = [left + width / 2, top + height / 2];
            window.moments = [];
            const click = () => document.elementFromPoint(...window.point)?.closest('button')?.click();
            click();
            for (const later of [150, 300, 450, 900]) { setTimeout(click, later); }";
        page.execute(script, vec![]).await?;
        page.find_within(LONG, Role::Button, "Start again").await?;

        let seen = moments(page).await?;
        let ended = seen.iter().find(|one| one.text("status") == "Stopped");
        let ended = ended.context("it never stopped")?;
        let start = seen
            .iter()
            .find(|one| one.buttons().contains(&"Start again"))
            .context("no button to start again")?;
        ensure!(
            start.time - ended.time > 300.0,
            "it is there after {} ms",
            start.time - ended.time
        );
        ensure!(
            seen.iter().any(|one| one.shown["at"] == json!(["Cancelling…", true])),
            "the slot of the button was not kept"
        );
        let tops: Vec<_> = seen.iter().map(|one| &one.shown["tops"]).collect();
        ensure!(tops.windows(2).all(|two| two[0] == two[1]), "it jumps: {tops:?}");
        let now = api.get_workbench(&id).await?;
        ensure!(now["run"]["number"] == 1 && now["desired"] == "Stopped", "{now:#}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_start_says_nothing_false_before_it_is_observed() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(RECORD).await?;
        let (api, id) = scene.open_workbench("Brief", "brief").await?;
        page.until_status(LONG, "Complete").await?;
        forget(page).await?;
        page.click(Role::Button, "Start again").await?;
        until_within(LONG, "the second end", async || {
            let now = api.get_workbench(&id).await?;
            let has_ended = now["run"]["number"] == 2 && now["k8sStatus"] == "Complete";
            Ok(has_ended.then_some(()))
        })
        .await?;
        page.until_status(LONG, "Complete").await?;
        for one in moments(page).await? {
            let said = format!("{} {}", one.text("card"), one.text("notes"));
            for wrong in ["Settings changed", "Nothing is known", "first update"] {
                ensure!(!said.contains(wrong), "for a moment: {said}");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_restart_is_one_state_from_the_click_to_the_app() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(RECORD).await?;
        let (api, id) = scene.open_workbench("Steady", "welcome").await?;
        inside(page).await?;
        page.click(Role::Button, "Restart").await?;
        page.find(Role::Button, "Restart workbench").await?;
        forget(page).await?;
        page.click(Role::Button, "Restart workbench").await?;
        until_within(LONG, "a second run that is running", async || {
            let now = api.get_workbench(&id).await?;
            let is_second = now["run"]["number"] == 2 && now["k8sStatus"] == "Running";
            Ok(is_second.then_some(()))
        })
        .await?;
        inside(page).await?;
        let seen = moments(page).await?;
        let in_room = || seen.iter().filter(|one| !one.shown["label"].is_null());
        ensure!(in_room().count() > 0, "the room was never shown");
        for one in in_room() {
            // While the status card fades out, the app is ready, and the card says so.
            let is_leaving = one.shown["leaving"] == true;
            let expected = if is_leaving { "Running" } else { "Restarting" };
            ensure!(
                [expected, "Restarting"].contains(&one.text("word")),
                "it says {}",
                one.shown
            );
            ensure!(!one.buttons().contains(&"Start again"), "{}", one.shown);
        }
        // A single request: the server does the rest, also if the page is closed.
        let asked = "return performance.getEntriesByType('resource')
            .map((one) => new URL(one.name).pathname.split('/').at(-1))
            .filter((verb) => ['start', 'stop', 'restart'].includes(verb))";
        let asked = page.execute(asked, vec![]).await?;
        ensure!(asked == json!(["restart"]), "it asked for {asked}");
        ensure_no_overlap(&seen)
    })
    .await
}

#[tokio::test]
async fn running_app_opens_without_a_status_card() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Steady", "welcome").await?;
        api.until_status(&id, "Running").await?;
        inside(page).await?;
        scene.browser.before_pages(RECORD).await?;
        page.client().refresh().await?;
        inside(page).await?;
        let seen = moments(page).await?;
        let rooms: Vec<_> = seen
            .iter()
            .filter(|one| !one.shown["label"].is_null())
            .collect();
        // On a busy machine an app may take longer than the second after which the status card
        // appears.
        let is_slow = rooms.first().is_some_and(|room| {
            let bar = seen.iter().find(|one| !one.shown["bar"].is_null());
            bar.is_some_and(|bar| room.time - bar.time > 900.0)
        });
        ensure!(rooms.is_empty() || is_slow, "{}", rooms[0].shown);
        ensure!(
            seen.iter().any(|one| one.text("bar") == "Steady"),
            "the toolbar was never there"
        );
        Ok(())
    })
    .await
}

/// Checks that texts of the status card and of the app are never visible through each other.
fn ensure_no_overlap(seen: &[Moment]) -> Result<()> {
    for one in seen.iter().filter(|one| one.shown["leaving"] == true) {
        let (layer, room) = (
            one.shown["layers"][0].as_f64().unwrap_or_default(),
            one.shown["layers"][1].as_f64().unwrap_or_default(),
        );
        ensure!(
            layer > 0.95 || room < 0.05,
            "two texts at once: {}",
            one.shown
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_start_fades_into_the_app_without_two_texts_at_once() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(RECORD).await?;
        scene.open_workbench("Slow one", "slow").await?;
        inside(page).await?;
        let seen = moments(page).await?;
        ensure!(
            seen.iter().any(|one| one.shown["leaving"] == true),
            "it never fades"
        );
        ensure_no_overlap(&seen)
    })
    .await
}

/// The card of a failure shows its reason: the end of the log.
#[tokio::test]
async fn a_failure_shows_the_end_of_its_log_and_folds_the_rest() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = scene.open_workbench("Talks", "talks").await?;
        api.until_status(&id, "Failed").await?;
        page.find_within(LONG, Role::Region, "Ended").await?;
        let excerpt = "return document.querySelector('.status-card .log-end')?.innerText ?? ''";
        until("the end of the log", async || {
            let text = page.execute(excerpt, vec![]).await?;
            let text = text.as_str().unwrap_or_default();
            Ok(text.contains("The key is in use").then_some(()))
        })
        .await?;
        page.until_count(".details .tracks", 0).await?;
        page.click(Role::Link, "Open full log").await?;
        page.until_count(".details .log-scroll", 1).await
    })
    .await
}

/// Offline, the state is unknown and commands are disabled.
#[tokio::test]
async fn offline_the_state_is_unknown_and_the_actions_are_off() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_workbench("Steady", "welcome").await?;
        inside(page).await?;
        page.execute("dispatchEvent(new Event('offline'))", vec![]).await?;
        let script = "
            const bar = document.querySelector('.app-toolbar');
            const off = [...bar.querySelectorAll('button[aria-disabled=true]')].map((b) => b.ariaLabel);
            return [bar.querySelector('.state-word').innerText, off];";
        until("the toolbar to say so", async || {
            let shown = page.execute(script, vec![]).await?;
            let off = json!(["Restart", "Stop", "Share", "Delete"]);
            ensure!(shown[0] == "Unknown" && shown[1] == off, "it shows {shown}");
            Ok(Some(()))
        })
        .await?;
        page.execute("dispatchEvent(new Event('online'))", vec![]).await?;
        until("the previous text", async || {
            let shown = page.execute(script, vec![]).await?;
            Ok((shown == json!(["Running", []])).then_some(()))
        })
        .await
    })
    .await
}

/// The details stand beside the app, which stays usable.
#[tokio::test]
async fn the_details_leave_the_app_usable() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        scene.open_workbench("Steady", "welcome").await?;
        inside(page).await?;
        page.click(Role::Button, "Details").await?;
        page.find(Role::Region, "Details").await?;
        page.until_focused("Details").await?;
        // The log is the first tab.
        page.until_count(".details-panel .log-scroll", 1).await?;
        let widths = "
            const panel = document.querySelector('.details-panel').getBoundingClientRect();
            const app = document.querySelector('.kept[data-state=shown]').getBoundingClientRect();
            return [Math.round(app.right), Math.round(panel.left), Math.round(panel.width)];";
        let before = page.execute(widths, vec![]).await?;
        ensure!(before[0] == before[1], "they overlap: {before}");
        page.enter("Steady").await?;
        page.find(Role::Timer, "Clock").await?;
        page.leave().await?;

        let handle = "document.querySelector('.resize-handle').focus()";
        page.execute(handle, vec![]).await?;
        page.press(fantoccini::key::Key::Left).await?;
        let after = page.execute(widths, vec![]).await?;
        ensure!(
            after[2].as_i64() > before[2].as_i64(),
            "{before} became {after}"
        );
        page.press(fantoccini::key::Key::Escape).await?;
        page.until_count(".details-panel", 0).await?;
        page.until_focused("Details").await
    })
    .await
}

/// An app's own address leads through sign-in and a ticket into the app.
#[tokio::test]
async fn a_bookmark_of_an_app_leads_into_it() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let id = api.workbench(&workspace, "Steady", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let app = scene.server.app_origin(&id);
        page.goto(&format!("{app}/")).await?;
        scene.sign_in().await?;
        until_within(LONG, "to be in the app", async || {
            let url = page.client().current_url().await?;
            ensure!(url.as_str().starts_with(&app), "it is at {url}");
            Ok(Some(()))
        })
        .await?;
        page.find(Role::Timer, "Clock").await?;
        Ok(())
    })
    .await
}
