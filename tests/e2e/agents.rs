//! Agents: messages that run in order in the workbench's folder, and their transcript.

use crate::agent_panel::{until_draft, until_shown_text};
use crate::auditor::Auditor;
use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::time::Instant;
use vestibule_e2e::{Api, LONG, Page, Role, Scene, until, until_within};

/// Text of the shown panel's transcript.
const TRANSCRIPT: &str =
    "return [...document.querySelectorAll('.tab-panel[data-state=shown] .transcript .row')]
    .map((row) => row.textContent).join('\\n')";

/// FIELD 20 to 22: the first message is typed before there is anything to run it, and runs once.
#[tokio::test]
async fn a_message_typed_before_the_agent_is_ready_runs_once_when_it_is() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, workspace) = scene.studio().await?;
        let id = api.stopped(&workspace, "Bench", "tardy").await?;
        let page = &scene.page;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}/sessions/{id}"))
            .await?;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        page.fill("Message", "echo once >> ran.txt; echo \"done-$((40+2))\"")
            .await?;
        page.click(Role::Button, "Send when ready").await?;
        page.fill(
            "Message",
            "wc -l < ran.txt; printf '\\033[31mred\\033[0m <b>\\n'",
        )
        .await?;
        page.press(Key::Enter).await?;
        page.fill("Message", "echo never").await?;
        page.click(Role::Button, "Send when ready").await?;
        page.click(Role::Button, "Cancel “echo never”").await?;
        page.until_gone(Role::Button, "Cancel “echo never”").await?;
        let bench = api.get_workbench(&id).await?;
        ensure!(bench["k8sStatus"] != "Running", "it was ready at once");

        until_shown_text(page, "<b>").await?;
        let said = transcript(page).await?;
        ensure!(said.contains("done-42"), "{said}");
        ensure!(said.lines().any(|line| line.trim() == "1"), "{said}");
        ensure!(!said.contains("never\n"), "{said}");
        let red = "return document.querySelector('.transcript .sgr-red')?.textContent";
        ensure!(page.execute(red, vec![]).await? == "red", "no colour");
        let ended = [json!("succeeded"), json!("succeeded"), json!("cancelled")];
        until("the messages to end", async || {
            let states = states(&api, &id).await?;
            ensure!(states == ended, "{states:?}");
            Ok(Some(()))
        })
        .await?;

        // A reload shows each event once.
        let path = page.path().await?;
        page.goto(&scene.server.url(&path)).await?;
        until_shown_text(page, "<b>").await?;
        let again = transcript(page).await?;
        ensure!(again.matches("done-42").count() == 1, "{again}");
        Ok(())
    })
    .await
}

/// FIELD 24: the draft of one tab never appears in another, however fast one switches.
#[tokio::test]
async fn drafts_belong_to_their_tabs_and_outlive_a_reload() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        let mut tabs = Vec::new();
        for text in ["for A", "for B"] {
            page.click(Role::Button, "New script").await?;
            page.until_focused("Message").await?;
            page.fill("Message", text).await?;
            tabs.push(page.path().await?);
            // A second press within this time would be a double click.
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        }
        ensure!(tabs[0] != tabs[1], "one tab");
        for _ in 0..5 {
            for (at, text) in ["for A", "for B"].iter().enumerate() {
                let switch = "document.querySelectorAll('[role=tab]')[arguments[0]].click()";
                page.execute(switch, vec![json!(at + 1)]).await?;
                until_draft(page, text).await?;
            }
        }
        for (path, text) in tabs.iter().zip(["for A", "for B"]) {
            page.goto(&scene.server.url(path)).await?;
            until_draft(page, text).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_turn_is_stopped_at_once_and_the_next_message_runs() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        page.fill("Message", "echo began-$((40+2)); sleep 600")
            .await?;
        page.press(Key::Enter).await?;
        until_shown_text(page, "began-42").await?;
        page.fill("Message", "echo after-$((40+3))").await?;
        // Enter never stops.
        page.press(Key::Enter).await?;
        page.find(Role::Button, "Cancel “echo after-$((40+3))”")
            .await?;
        let began = Instant::now();
        page.click(Role::Button, "Interrupt").await?;
        page.until_focused("Message").await?;
        until_shown_text(page, "after-43").await?;
        println!(
            "stopped, and the next one answered, after {:?}",
            began.elapsed()
        );
        let states = states(&api, &id).await?;
        ensure!(states[0] == "stopped", "{states:?}");

        // Arrow keys bring back what was sent.
        page.press(Key::Up).await?;
        until_draft(page, "echo after-$((40+3))").await?;
        let mut auditor = Auditor::new(scene)?;
        auditor.check("an agent").await?;
        auditor.done()
    })
    .await
}

/// The output of an agent is shown, and never run. A block of code may come in two pieces.
#[tokio::test]
async fn markdown_is_shown_without_running_anything_and_code_is_copied() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "scribe").await?;
        api.until_status(&id, "Running").await?;
        let pieces = [
            "# Plan\n\n<script>window.ran = 1</script>\n\n- [trap](javascript:alert(1))\n\
             - [docs](https://example.org/)\n\n```sh\necho \"<b>\"",
            "echo hi\n```\n\nDone **well**.",
        ];
        let line = |text| {
            let content = json!([{"type": "text", "text": text}]);
            json!({"type": "assistant", "message": {"content": content}}).to_string() + "\n"
        };
        let answer = scene.server.files(&id).join("answer.jsonl");
        std::fs::write(answer, pieces.map(line).concat()).context("failed to write")?;

        let page = &scene.page;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        page.fill("Message", "cat answer.jsonl").await?;
        page.press(Key::Enter).await?;
        page.find_within(LONG, Role::Button, "Copy answer").await?;

        let seen = "const shown = document.querySelector('.tab-panel[data-state=shown] .markdown');
            return {
              text: shown.textContent,
              heading: shown.querySelector('h4')?.textContent,
              code: [...shown.querySelectorAll('pre code')].map((one) => one.textContent),
              strong: shown.querySelector('strong')?.textContent,
              links: [...shown.querySelectorAll('a')].map((one) => [one.href, one.target, one.rel]),
              scripts: shown.querySelectorAll('script').length,
              ran: window.ran ?? null,
            }";
        let seen = page.execute(seen, vec![]).await?;
        let text = seen["text"].as_str().unwrap_or_default();
        ensure!(text.contains("<script>window.ran = 1</script>"), "{seen}");
        ensure!(text.contains("javascript:alert(1)"), "{seen}");
        let code = "echo \"<b>\"\necho hi\n";
        let links = json!([["https://example.org/", "_blank", "noopener noreferrer"]]);
        ensure!(seen["links"] == links, "{seen}");
        ensure!(seen["code"] == json!([code]), "{seen}");
        ensure!(
            seen["heading"] == "Plan" && seen["strong"] == "well",
            "{seen}"
        );
        ensure!(seen["scripts"] == 0 && seen["ran"].is_null(), "{seen}");

        // The clipboard of a headless browser isn't reliable.
        let listen = "navigator.clipboard.writeText = async (text) => { window.copied = text; }";
        page.execute(listen, vec![]).await?;
        page.click(Role::Button, "Copy").await?;
        until_copied(page, code).await?;
        page.click(Role::Button, "Copy answer").await?;
        until_copied(page, &pieces.join("\n")).await?;
        let mut auditor = Auditor::new(scene)?;
        auditor.check("an answer in Markdown").await?;
        auditor.done()
    })
    .await
}

/// Opens an agent that has put out a needle, and 3,000 lines after it; only the last ones are held.
async fn open_long(scene: &Scene) -> Result<(Api, String)> {
    let (api, id) = scene.open_workbench("Bench", "welcome").await?;
    api.until_status(&id, "Running").await?;
    let page = &scene.page;
    page.click(Role::Button, "New script").await?;
    page.until_focused("Message").await?;
    let message = "echo needle-$((40+2)); seq -f 'line %.0f of many' 3000";
    page.fill("Message", message).await?;
    page.press(Key::Enter).await?;
    until_shown_text(page, "line 3000 of many").await?;
    page.find_within(LONG, Role::Button, "Copy answer").await?;
    let path = page.path().await?;
    page.goto(&scene.server.url(&path)).await?;
    until_shown_text(page, "line 3000 of many").await?;
    let said = transcript(page).await?;
    ensure!(!said.contains("needle-42"), "everything is held");
    Ok((api, id))
}

#[tokio::test]
async fn a_search_reaches_the_begin_of_the_transcript() -> Result<()> {
    Scene::play_longer(async |scene| {
        open_long(scene).await?;
        let page = &scene.page;
        let focus = "document.querySelector('.tab-panel[data-state=shown] .transcript').focus()";
        page.execute(focus, vec![]).await?;
        let find = format!("{}f{}", char::from(Key::Control), char::from(Key::Null));
        page.type_text(&find).await?;
        page.until_focused("Search the transcript").await?;
        page.fill("Search the transcript", "NEEDLE-42").await?;
        until_match(page, "needle-42", "1 of 1").await?;
        let mut auditor = Auditor::new(scene)?;
        auditor.check("a search in a transcript").await?;
        auditor.done()?;
        page.execute(
            "document.querySelector('.transcript-find input').focus()",
            vec![],
        )
        .await?;

        // Both directions, and around the end.
        page.fill("Search the transcript", "line 299").await?;
        until_match(page, "line 2999 of many", "11 of 11").await?;
        page.press(Key::Enter).await?;
        until_match(page, "line 299 of many", "1 of 11").await?;
        let back = [Key::Shift, Key::Enter, Key::Null].map(char::from);
        page.type_text(&String::from_iter(back)).await?;
        until_match(page, "line 2999 of many", "11 of 11").await?;
        page.press(Key::Enter).await?;
        page.press(Key::Escape).await?;
        page.until_focused("Transcript").await?;
        page.click(Role::Button, "Go to the newest").await?;
        until_at_end(page, "line 3000 of many").await
    })
    .await
}

#[tokio::test]
async fn a_reader_pages_back_to_the_begin_and_follows_the_end_again() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = open_long(scene).await?;
        let page = &scene.page;
        until_at_end(page, "line 3000 of many").await?;
        until_within(LONG, "the begin of the transcript", async || {
            let up =
                "document.querySelector('.tab-panel[data-state=shown] .transcript').scrollTop = 0";
            page.execute(up, vec![]).await?;
            let said = transcript(page).await?;
            Ok(said.contains("needle-42").then_some(()))
        })
        .await?;
        // No event twice, and none left out.
        let said = transcript(page).await?;
        for number in [1, 499, 500, 501, 999, 1_000] {
            let line = format!("line {number} of many\n");
            ensure!(said.matches(&line).count() == 1, "{line} in {said}");
        }
        // New events do not move the reader.
        let up = "document.querySelector('.tab-panel[data-state=shown] .transcript').scrollTop = 0";
        page.execute(up, vec![]).await?;
        let list = api.get(&format!("/api/workbenches/{id}/tabs")).await?;
        let tab = list.ok()?.json()["items"][0]["id"].take();
        let path = format!(
            "/api/tabs/{}/messages/01939f6e-7b2a-7c4d-9e1f-000000000001",
            tab.as_str().context("no tab")?
        );
        let body = json!({"text": "echo later-$((40+1))"});
        api.put(&path, body).await?.ok()?;
        until("the message to end", async || {
            let states = states(&api, &id).await?;
            let is_over = states.len() == 2 && states.iter().all(|state| state == "succeeded");
            Ok(is_over.then_some(()))
        })
        .await?;
        let top =
            "return document.querySelector('.tab-panel[data-state=shown] .transcript').scrollTop";
        let top = page.execute(top, vec![]).await?;
        ensure!(top == 0, "it is at {top}");
        page.click(Role::Button, "Go to the newest").await?;
        until_at_end(page, "later-41").await?;
        page.until_gone(Role::Button, "Go to the newest").await?;
        page.fill("Message", "echo again-$((40+3))").await?;
        page.press(Key::Enter).await?;
        until_at_end(page, "again-43").await
    })
    .await
}

async fn until_copied(page: &Page, text: &str) -> Result<()> {
    until("the text to be copied", async || {
        let copied = page.execute("return window.copied ?? null", vec![]).await?;
        ensure!(copied == text, "it is {copied}");
        Ok(Some(()))
    })
    .await
}

/// Waits until the current match has this text, is visible, and has this place.
async fn until_match(page: &Page, text: &str, place: &str) -> Result<()> {
    until_within(LONG, &format!("the match “{text}”"), async || {
        let script = "const panel = document.querySelector('.tab-panel[data-state=shown]');
            const row = panel.querySelector('[data-found=current]');
            const box = panel.querySelector('.transcript').getBoundingClientRect();
            const at = row?.getBoundingClientRect();
            const isVisible = at && at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
            const place = panel.querySelector('.transcript-found')?.textContent;
            return [isVisible ? row.textContent.trim() : null, place]";
        let seen = page.execute(script, vec![]).await?;
        ensure!(seen == json!([text, place]), "it is {seen}");
        Ok(Some(()))
    })
    .await
}

/// Waits until the transcript is at its end, with this text near it.
async fn until_at_end(page: &Page, text: &str) -> Result<()> {
    until_within(LONG, &format!("the end with “{text}”"), async || {
        let script =
            "const node = document.querySelector('.tab-panel[data-state=shown] .transcript');
            const left = node.scrollHeight - node.scrollTop - node.clientHeight;
            const last = [...node.querySelectorAll('.turn-output')].pop()?.textContent.trim();
            return [left < 25, last]";
        let seen = page.execute(script, vec![]).await?;
        ensure!(seen == json!([true, text]), "it is {seen}");
        Ok(Some(()))
    })
    .await
}

/// FIELD 24: events that came while the tab was not shown are unread, also in a window that never showed it;
/// and two windows that write one draft lose neither text.
#[tokio::test]
async fn unread_output_and_drafts_are_those_of_all_windows() -> Result<()> {
    Scene::play_longer(async |scene| {
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        let page = &scene.page;
        page.click(Role::Button, "New script").await?;
        page.until_focused("Message").await?;
        page.fill(
            "Message",
            "until [ -e told ]; do sleep 0.1; done; echo late",
        )
        .await?;
        page.press(Key::Enter).await?;
        page.find(Role::Button, "Interrupt").await?;
        let tab = page.path().await?;
        // A page that shows the app alone.
        let own = scene
            .server
            .url(&tab[..tab.find("/tabs/").context("no tab")?]);
        page.goto(&own).await?;
        page.find_within(LONG, Role::Frame, "Bench").await?;
        page.until_count(".tab-unread", 0).await?;
        std::fs::write(scene.server.files(&id).join("told"), "")?;
        page.until_count(".tab-unread", 1).await?;
        page.goto(&own).await?;
        page.until_count(".tab-unread", 1).await?;
        page.goto(&scene.server.url(&tab)).await?;
        until_shown_text(page, "late").await?;
        let tab_id = tab.rsplit('/').next().context("no id")?;
        until("it to be seen", async || {
            let path = format!("/api/workbenches/{id}/tabs");
            let list = api.get(&path).await?.ok()?.json();
            // The end of the turn, and not only its begin.
            let tab = &list["items"][0];
            let is_seen = list["seen"][tab_id].as_u64() >= tab["lastEvent"].as_u64();
            Ok((tab["busy"] != true && is_seen).then_some(()))
        })
        .await?;
        page.goto(&own).await?;
        page.find_within(LONG, Role::Frame, "Bench").await?;
        page.until_count(".tab-unread", 0).await?;

        // Another window has stored a draft since.
        page.goto(&scene.server.url(&tab)).await?;
        page.find(Role::Field, "Message").await?;
        page.fill("Message", "mine").await?;
        let path = format!("/api/tabs/{tab_id}/draft");
        until("it to be stored", async || {
            let draft = api.get(&path).await?.ok()?.json();
            Ok((draft["text"] == "mine").then_some(()))
        })
        .await?;
        api.put(&path, json!({"text": "theirs"})).await?.ok()?;
        page.fill("Message", "mine too").await?;
        page.until_text("You wrote “theirs” in another window.")
            .await?;
        until_draft(page, "mine too").await?;
        page.click(Role::Button, "Keep this one").await?;
        until("the own one to be stored", async || {
            let draft = api.get(&path).await?.ok()?.json();
            Ok((draft["text"] == "mine too").then_some(()))
        })
        .await?;
        api.put(&path, json!({"text": "theirs again"}))
            .await?
            .ok()?;
        page.fill("Message", "mine again").await?;
        page.click(Role::Button, "Use that one").await?;
        until_draft(page, "theirs again").await
    })
    .await
}

async fn transcript(page: &Page) -> Result<String> {
    let text = page.execute(TRANSCRIPT, vec![]).await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// States of the messages of the workbench's only tab.
async fn states(api: &Api, workbench: &str) -> Result<Vec<Value>> {
    let list = api
        .get(&format!("/api/workbenches/{workbench}/tabs"))
        .await?;
    let tab = list.ok()?.json()["items"][0]["id"].take();
    let path = format!("/api/tabs/{}/messages", tab.as_str().context("no tab")?);
    let list = api.get(&path).await?.ok()?.json();
    let items = list["items"].as_array().cloned().unwrap_or_default();
    Ok(items.iter().map(|one| one["state"].clone()).collect())
}
