//! The composer of an agent, and the selection of tabs: on a network that fails and is late.

use crate::agent_panel::{until_draft, until_shown_text};
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{Fault, LONG, Page, Role, Scene, until};

const MESSAGES: &str = "/api/tabs/*/messages/*";
const TABS: &str = "/api/workbenches/*/tabs";

/// FIELD 20: "A failed send loses the text."
#[tokio::test]
async fn field_20_a_send_that_fails_gives_the_text_back_and_runs_once() -> Result<()> {
    Scene::play_through(&[], async |scene, proxy| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        let text = "echo sent-$((40+2)); echo ran >> ran.txt";

        // The server stores it, and its answer is lost.
        proxy.inject(MESSAGES, Fault::Hold);
        page.fill("Message", text).await?;
        page.press(Key::Enter).await?;
        until_draft(page, "").await?;
        page.type_text("typed meanwhile").await?;
        proxy.until_asked(MESSAGES, 1).await?;
        proxy.inject(MESSAGES, Fault::status(500));
        page.find_within(LONG, Role::Button, "Send").await?;
        proxy.release();
        proxy.behave();
        until_shown_text(page, "sent-42").await?;
        until_draft(page, "typed meanwhile").await?;

        // The server refuses it.
        proxy.inject(MESSAGES, Fault::status(500));
        page.fill("Message", "echo second-$((40+3))").await?;
        page.press(Key::Enter).await?;
        page.until_text("Not sent.").await?;
        until_draft(page, "echo second-$((40+3))").await?;
        proxy.behave();
        page.press(Key::Enter).await?;
        until_shown_text(page, "second-43").await?;
        let ran = std::fs::read_to_string(scene.server.files(&id).join("ran.txt"))?;
        ensure!(ran == "ran\n", "{ran}");
        Ok(())
    })
    .await
}

/// FIELD 23: "A lagging snapshot moves the selection."
#[tokio::test]
async fn field_23_a_late_list_of_tabs_moves_no_selection() -> Result<()> {
    Scene::play_through(&[], async |scene, proxy| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        let first = page.path().await?;

        // The list is requested, and held; a tab is opened before it comes.
        page.goto("about:blank").await?;
        proxy.forget();
        proxy.inject(TABS, Fault::Hold);
        page.goto(&scene.server.url(&first)).await?;
        let held = proxy.until_asked(TABS, 1).await?;
        ensure!(held[0].answered.is_none(), "it is not held: {held:?}");
        page.click(Role::Button, "New log").await?;
        page.find_within(LONG, Role::Heading, "Attempt 1").await?;
        let second = page.path().await?;
        ensure!(first != second, "no tab was opened");
        watch_selection(page).await?;
        proxy.release();
        until("the held answer to be given", async || {
            let first = proxy.asked(TABS).into_iter().next();
            Ok(first.filter(|first| first.answered.is_some()))
        })
        .await?;
        proxy.behave();
        page.until_count("[role=tab]", 3).await?;
        ensure!(page.path().await? == second, "the selection has moved");
        let selected = page.execute("return window.selected", vec![]).await?;
        ensure!(selected == json!(["Log"]), "it was {selected}");
        Ok(())
    })
    .await
}

/// Records each selected tab.
async fn watch_selection(page: &Page) -> Result<()> {
    let watch = "
        const name = () => document.querySelector('[role=tab][aria-selected=true]')?.innerText.trim() ?? '';
        window.selected = [name()];
        new MutationObserver(() => {
            if (name() !== window.selected.at(-1)) { window.selected.push(name()); }
        }).observe(document.body, { subtree: true, childList: true, attributes: true });";
    page.execute(watch, vec![]).await.map(drop)
}

/// Enter sends, Shift+Enter begins a line, and the Enter that ends a composition of characters (an
/// input method's) does neither. Arrow keys go through what was sent.
#[tokio::test]
async fn lines_compositions_and_earlier_messages_are_typed_by_keyboard() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        page.type_text("echo one-$((40+2))").await?;
        let shifted = format!(
            "{}{}{}",
            char::from(Key::Shift),
            char::from(Key::Enter),
            char::from(Key::Null)
        );
        page.type_text(&shifted).await?;
        page.type_text("echo two-$((40+3))").await?;
        until_draft(page, "echo one-$((40+2))\necho two-$((40+3))").await?;
        compose(page, "Enter").await?;
        until_draft(page, "echo one-$((40+2))\necho two-$((40+3))").await?;
        page.press(Key::Enter).await?;
        until_draft(page, "").await?;
        until_shown_text(page, "one-42\ntwo-43").await?;
        page.type_text("echo three-$((40+4))").await?;
        page.press(Key::Enter).await?;
        until_shown_text(page, "three-44").await?;

        // In use, M13: what is being typed isn't replaced.
        page.type_text("begun").await?;
        page.press(Key::Home).await?;
        page.press(Key::Up).await?;
        until_draft(page, "begun").await?;
        for _ in 0..5 {
            page.press(Key::Delete).await?;
        }
        page.press(Key::Up).await?;
        until_draft(page, "echo three-$((40+4))").await?;
        page.press(Key::Home).await?;
        page.press(Key::Up).await?;
        until_draft(page, "echo one-$((40+2))\necho two-$((40+3))").await?;
        // Back to the empty field.
        to_end(page).await?;
        page.press(Key::Down).await?;
        until_draft(page, "echo three-$((40+4))").await?;
        to_end(page).await?;
        page.press(Key::Down).await?;
        until_draft(page, "").await
    })
    .await
}

/// Presses a key in the focused field as within a composition.
async fn compose(page: &Page, key: &str) -> Result<()> {
    let press = "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {
        key: arguments[0], isComposing: true, bubbles: true, cancelable: true }))";
    let was_left = page
        .execute(&format!("return {press}"), vec![json!(key)])
        .await?;
    ensure!(was_left == Value::Bool(true), "the key was taken");
    Ok(())
}

async fn to_end(page: &Page) -> Result<()> {
    let script = "
        const field = document.activeElement;
        field.setSelectionRange(field.value.length, field.value.length)";
    page.execute(script, vec![]).await.map(drop)
}
