//! Details of a run: the timeline by keyboard and as a table, the log, the diagnostics.

use super::open;
use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{LONG, Page, Role, Scene, until};

/// Reads the drawn timeline and its table.
const DRAWN: &str = "
    const shown = [...document.querySelectorAll('.tracks .bar')].map((b) => b.ariaLabel);
    const said = [...document.querySelectorAll('.timeline .facts tbody tr')]
        .map((r) => r.querySelector('th').innerText.trim());
    return [shown, said];";

#[tokio::test]
async fn timeline_works_by_keyboard_and_as_a_table() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, id) = open(scene, "Unprepared", "unprepared", json!({})).await?;
        api.until_status(&id, "Failed").await?;
        page.find_within(LONG, Role::Region, "Ended").await?;
        page.click(Role::Button, "Timeline").await?;
        page.find(Role::Button, "Zoom in").await?;

        // A single tab stop, which is the failure as soon as the journal is read; the arrow keys move within.
        let failure = until("the failure as the tab stop", async || {
            let stop =
                "return document.querySelector('.bar[tabindex=\"0\"]')?.getAttribute('aria-label')";
            let stop = page.execute(stop, vec![]).await?;
            let stop = stop.as_str().map(str::to_owned);
            Ok(stop.filter(|stop| stop.starts_with("Failed: yes")))
        })
        .await?;
        page.execute(
            "document.querySelector('.bar[tabindex=\"0\"]').focus()",
            vec![],
        )
        .await?;
        let focused = page.focused().await?;
        ensure!(focused == failure, "first is {focused}");
        let mut first = failure.clone();
        while !first.starts_with("Requested") {
            first = after(page, Key::Up, &first).await?;
        }
        if first.contains("Requested: ") {
            first = after(page, Key::Home, &first).await?;
        }
        let second = after(page, Key::Right, &first).await?;
        ensure!(
            !second.starts_with("Files"),
            "right stays on the track: {second}"
        );
        after(page, Key::Home, &second).await?;
        let below = after(page, Key::Down, &first).await?;
        ensure!(below.starts_with("Files"), "down leads to {below}");
        let last = after(page, Key::End, &below).await?;
        ensure!(last.starts_with("Files: yes"), "the end is {last}");
        let stops = page.execute(
            "return document.querySelectorAll('.bar[tabindex=\"0\"]').length",
            vec![],
        );
        ensure!(stops.await? == 1, "one stop for the Tab key");

        page.type_text("+").await?;
        page.type_text("0").await?;
        ensure!(page.focused().await? == last, "zooming moves no focus");

        page.click(Role::Button, "As a table").await?;
        let shown = until("the table", async || {
            let shown = page.execute(DRAWN, vec![]).await?;
            let rows = shown[1].as_array().map_or(0, Vec::len);
            Ok((rows > 0).then_some(shown))
        })
        .await?;
        let texts = |of: &Value| -> Vec<String> {
            let all = of.as_array().into_iter().flatten();
            all.filter_map(|one| one.as_str().map(str::to_owned))
                .collect()
        };
        let (bars, rows) = (texts(&shown[0]), texts(&shown[1]));
        ensure!(bars.len() >= 10 && rows.len() >= bars.len(), "{shown:#}");
        for bar in &bars {
            let title = bar.split(", at ").next().unwrap_or_default();
            ensure!(
                rows.iter().any(|row| row == title),
                "{title} is not among {rows:?}"
            );
        }
        Ok(())
    })
    .await
}

/// Copied diagnostics contain no value of a secret, even if the app prints it.
#[tokio::test]
async fn diagnostics_hold_what_helps_and_no_secret() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let secret = "a-value-nobody-may-see";
        let path = format!("/api/workspaces/{workspace}/secrets/API_KEY");
        api.put(&path, json!({ "value": secret })).await?.ok()?;
        let env = json!({ "DB_PASSWORD": "another-one-not-to-be-seen" });
        let body = json!({ "name": "Talks", "app": "talks", "spec": { "secrets": ["API_KEY"], "env": env } });
        let id = api.make(&workspace, body).await?;
        scene.open_signed_in(&format!("/workspaces/{workspace}/sessions/{id}")).await?;
        api.until_status(&id, "Failed").await?;
        page.until_text("exit code 1").await?;

        // The clipboard of a headless browser isn't reliable.
        let listen = "navigator.clipboard.writeText = async (text) => { window.copied = text; }";
        page.execute(listen, vec![]).await?;
        let button = page.find(Role::Button, "Copy diagnostics").await?;
        let before = button.rectangle().await?;
        page.click(Role::Button, "Copy diagnostics").await?;
        let copied = until("the diagnostics", async || {
            let copied = page.execute("return window.copied ?? ''", vec![]).await?;
            let copied = copied.as_str().unwrap_or_default().to_owned();
            Ok((!copied.is_empty()).then_some(copied))
        })
        .await?;
        // No other button moves under the pointer.
        let button = page.find(Role::Button, "Copy diagnostics").await?;
        let after = button.rectangle().await?;
        ensure!(before.2 == after.2, "it was {before:?}, and is {after:?}");

        let link = scene.server.url(&format!("/workspaces/{workspace}/sessions/{id}"));
        ensure!(copied.contains(&link), "{link} is not in\n{copied}");
        for part in ["Talks", "Asked by: ", "SDKError", "RunnerStarted", "The key is in use", "API_KEY"] {
            ensure!(copied.contains(part), "{part} is not in\n{copied}");
        }
        for hidden in [secret, "another-one-not-to-be-seen"] {
            ensure!(!copied.contains(hidden), "{hidden} is in\n{copied}");
        }
        Ok(())
    })
    .await
}

/// Presses a key and waits until another element has the focus.
async fn after(page: &Page, key: Key, before: &str) -> Result<String> {
    page.press(key).await?;
    until("the focus to move", async || {
        let focused = page.focused().await?;
        Ok((focused != before && !focused.is_empty()).then_some(focused))
    })
    .await
}
