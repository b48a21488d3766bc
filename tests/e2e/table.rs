//! The table of workbenches: search, keyboard, bulk commands, and many rows.

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_e2e::{LONG, Page, Role, Scene, until, until_within};

#[tokio::test]
async fn search_filters_and_sorting_are_part_of_the_address() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        for name in ["Run 10", "Alpha", "Run 2"] {
            api.stopped(&workspace, name, "welcome").await?;
        }
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        until_rows(page, &["Alpha", "Run 2", "Run 10"]).await?;

        page.click(Role::Button, "Name").await?;
        until_rows(page, &["Run 10", "Run 2", "Alpha"]).await?;
        page.type_text("/").await?;
        page.type_text("run").await?;
        until_rows(page, &["Run 10", "Run 2"]).await?;
        page.until_text("2 of 3").await?;
        page.click(Role::Button, "Stopped 3").await?;
        until_address(page, "?q=run&state=stopped&sort=-name").await?;

        page.client().refresh().await?;
        until_rows(page, &["Run 10", "Run 2"]).await?;
        let sorted = "return document.querySelector('[aria-sort]')?.getAttribute('aria-sort')";
        ensure!(page.execute(sorted, vec![]).await? == "descending");

        page.fill("Search workbenches", "nothing like it").await?;
        page.find(Role::Heading, "No workbenches match").await?;
        page.click(Role::Button, "Clear filters").await?;
        until_rows(page, &["Run 10", "Run 2", "Alpha"]).await?;
        page.fill("Search workbenches", "alpha").await?;
        until_rows(page, &["Alpha"]).await?;
        page.press(Key::Escape).await?;
        until_rows(page, &["Run 10", "Run 2", "Alpha"]).await
    })
    .await
}

/// The table disappears with its last row; the next workbench brings a new table.
#[tokio::test]
async fn last_workbench_is_deleted_and_others_appear() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.open_studio().await?;
        for name in ["First", "Second", "Third"] {
            page.find_within(LONG, Role::Heading, "No workbenches yet")
                .await?;
            let id = api.stopped(&workspace, name, "welcome").await?;
            until_rows(page, &[name]).await?;
            api.delete(&format!("/api/workbenches/{id}")).await?.ok()?;
        }
        page.find_within(LONG, Role::Heading, "No workbenches yet")
            .await?;
        let said = scene.browser.console().await?;
        let trap = said
            .iter()
            .find(|line| line["message"].to_string().contains("RuntimeError"));
        ensure!(trap.is_none(), "{trap:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn table_is_sorted_and_selected_on_a_phone() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        for name in ["Alpha", "Beta"] {
            api.stopped(&workspace, name, "welcome").await?;
        }
        scene.browser.resize(390, 844).await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        until_rows(page, &["Alpha", "Beta"]).await?;
        page.click(Role::Button, "Name").await?;
        until_rows(page, &["Beta", "Alpha"]).await?;
        for name in ["State", "App", "Since"] {
            page.find(Role::Button, name).await?;
        }
        page.click(Role::Field, "Select all that are shown").await?;
        page.until_text("2 selected").await?;
        let wide = "return document.documentElement.scrollWidth - innerWidth";
        let over = page.execute(wide, vec![]).await?;
        ensure!(over.as_i64() <= Some(0), "the page is {over} px too wide");
        Ok(())
    })
    .await
}

/// With a default font twice as large, text and icons grow, and nothing is cut off.
#[tokio::test]
async fn text_at_200_percent_is_not_cut() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        api.stopped(&workspace, "Alpha", "welcome").await?;
        let sizes = json!({ "fontSizes": { "standard": 32, "fixed": 26 } });
        scene.browser.devtools("Page.setFontSizes", sizes).await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        until_rows(page, &["Alpha"]).await?;

        let icon = "return document.querySelector('.header .icon').getBoundingClientRect().width";
        ensure!(page.execute(icon, vec![]).await? == json!(32));
        let cut = "return [...document.querySelectorAll('.rows :is(th, td), .header, .button')]
            .filter((part) => part.textContent.trim() && part.scrollHeight > part.clientHeight + 2)
            .map((part) => part.className + ': ' + part.textContent)";
        let cut = page.execute(cut, vec![]).await?;
        ensure!(cut == json!([]), "cut off: {cut}");
        Ok(())
    })
    .await
}

/// The longest label of a state is fully visible, and nothing overlaps it.
#[tokio::test]
async fn state_label_fits_its_column() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let wants = json!({ "name": "Wants", "app": "welcome", "spec": { "secrets": ["KEY"] } });
        api.make(&workspace, wants).await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        page.until_text_within(LONG, "Waiting for you").await?;
        for (width, height) in [(1280, 800), (390, 844)] {
            scene.browser.resize(width, height).await?;
            let lacking = "const cell = document.querySelector('.rows .cell-state');
                const word = cell.querySelector('.state-word').getBoundingClientRect();
                const since = document.querySelector('.rows .cell-since');
                const next = since.getBoundingClientRect().left
                    + parseFloat(getComputedStyle(since).paddingLeft);
                return Math.ceil(Math.max(cell.scrollWidth - cell.clientWidth, word.right - next))";
            until(&format!("room at {width}"), async || {
                let lacking = page.execute(lacking, vec![]).await?;
                ensure!(lacking.as_i64() <= Some(0), "{lacking} px are lacking");
                Ok(Some(()))
            })
            .await?;
        }
        Ok(())
    })
    .await
}
#[tokio::test]
async fn the_table_by_keys_alone() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        for number in 1..=30 {
            api.stopped(&workspace, &format!("Run {number}"), "welcome")
                .await?;
        }
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        page.until_text("30 workbenches").await?;
        page.type_text("/").await?;
        page.until_focused("Search workbenches").await?;
        for _ in 0..20 {
            if page.focused().await? == "Run 1" {
                break;
            }
            page.press(Key::Tab).await?;
        }
        page.until_focused("Run 1").await?;
        for (key, name) in [
            (Key::Down, "Run 2"),
            (Key::End, "Run 30"),
            (Key::Up, "Run 29"),
            (Key::Home, "Run 1"),
            (Key::Down, "Run 2"),
        ] {
            page.press(key).await?;
            page.until_focused(name).await?;
        }
        page.type_text(" ").await?;
        page.until_text("1 selected").await?;
        // A held modifier applies to the following keys.
        let shift_down = [char::from(Key::Shift), char::from(Key::Down)];
        page.type_text(&String::from_iter(shift_down)).await?;
        page.until_text("2 selected").await?;
        page.until_focused("Run 3").await?;
        page.press(Key::Enter).await?;
        page.find(Role::Heading, "Run 3").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn bulk_stop_names_the_workbench_that_failed() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        let mut ids = Vec::new();
        for name in ["First", "Second", "Third"] {
            ids.push(api.workbench(&workspace, name, "welcome").await?);
        }
        for id in &ids {
            api.until_status(id, "Running").await?;
        }
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        until_rows(page, &["First", "Second", "Third"]).await?;
        page.click(Role::Field, "Select all that are shown").await?;
        page.until_text("3 selected").await?;
        page.click(Role::Button, "Stop").await?;
        page.find(Role::Dialog, "Stop 3 workbenches?").await?;
        page.until_text("Unsaved work in the apps will be lost.")
            .await?;

        // Another user deletes one while the confirmation is open.
        let path = format!("/api/workbenches/{}", ids[1]);
        api.delete(&path).await?.ok()?;
        until_within(LONG, "it to be gone", async || {
            Ok((api.get(&path).await?.status == 404).then_some(()))
        })
        .await?;
        page.click(Role::Button, "Stop 3 workbenches").await?;
        page.find(Role::Dialog, "1 of 3 failed").await?;
        page.until_text("Stop Second").await?;
        page.click(Role::Button, "Close").await?;
        for id in [&ids[0], &ids[2]] {
            api.until_status(id, "Stopped").await?;
        }
        page.find_within(LONG, Role::Button, "Stopped 2").await?;
        until_rows(page, &["First", "Third"]).await
    })
    .await
}

/// A deletion is confirmed by a visible message once it is done; no column shows the phase.
#[tokio::test]
async fn a_deleted_workbench_is_named_in_a_message() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        for name in ["Alpha", "Beta"] {
            api.stopped(&workspace, name, "welcome").await?;
        }
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        until_rows(page, &["Alpha", "Beta"]).await?;
        let heads =
            "return [...document.querySelectorAll('thead th')].map((one) => one.innerText.trim())";
        let heads = page.execute(heads, vec![]).await?;
        ensure!(!heads.to_string().contains("Phase"), "{heads}");
        for name in ["Alpha", "Beta"] {
            page.click(Role::Button, &format!("Delete {name}")).await?;
            page.find(Role::Dialog, &format!("Delete “{name}”?"))
                .await?;
            page.click(Role::Button, "Delete workbench").await?;
            page.until_text_within(LONG, &format!("Deleted “{name}”"))
                .await?;
        }
        // The table disappears with its last row; the message stays.
        page.find(Role::Heading, "No workbenches yet").await?;
        page.until_text("Deleted “Beta”").await
    })
    .await
}

/// A row is a large target: a click anywhere on it opens the workbench, except near its check box.
#[tokio::test]
async fn a_click_on_a_row_opens_the_workbench() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        api.stopped(&workspace, "Alpha", "welcome").await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        until_rows(page, &["Alpha"]).await?;
        page.click(Role::Field, "Select Alpha").await?;
        page.until_text("1 selected").await?;
        let cell = "document.querySelector('.rows .cell-app').click()";
        page.execute(cell, vec![]).await?;
        page.find(Role::Heading, "Alpha").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn field_19_starts_by_other_users_appear_by_themselves() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        api.stopped(&workspace, "Ended", "welcome").await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        until_rows(page, &["Ended"]).await?;
        api.workbench(&workspace, "Of others", "welcome").await?;
        until_rows(page, &["Ended", "Of others"]).await?;
        page.until_status(LONG, "Running").await
    })
    .await
}

#[tokio::test]
async fn only_visible_rows_of_ten_thousand_are_rendered() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        let (api, workspace) = scene.studio().await?;
        api.rows(&workspace, 10_000).await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        page.until_text_within(LONG, "10000 workbenches").await?;
        drawn(page, "Row 1").await?;
        page.execute("scrollTo(0, document.body.scrollHeight)", vec![])
            .await?;
        drawn(page, "Row 10000").await?;
        let rows = "return document.querySelector('table').getAttribute('aria-rowcount')";
        ensure!(page.execute(rows, vec![]).await? == "10001");
        page.execute("scrollTo(0, 200000)", vec![]).await?;
        page.type_text("/").await?;
        page.type_text("row 777").await?;
        // 777, 1777 to 9777, and 7770 to 7779, with 7777 in both.
        page.until_text_within(LONG, "19 of 10000").await?;
        drawn(page, "Row 777").await
    })
    .await
}

/// Polls of a long list transfer only changes, also without a stream.
#[tokio::test]
async fn without_a_stream_only_the_changed_row_is_transferred() -> Result<()> {
    let flags = ["--poll-watch-interval", "2s"];
    Scene::play_with(&flags, async |scene| {
        let page = &scene.page;
        let api = scene.server.api().await?;
        let workspace = api.workspace("Studio").await?;
        api.rows(&workspace, 500).await?;
        scene
            .browser
            .before_pages("delete window.EventSource;")
            .await?;
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        page.until_text_within(LONG, "500 workbenches").await?;
        // The code that merges changes into a list is loaded after the first render.
        let before = until_within(LONG, "the list to be asked for by parts", async || {
            let (whole, parts) = answers(page).await?;
            Ok((!parts.is_empty()).then_some(whole))
        })
        .await?;
        ensure!(before.iter().all(|size| *size > 100_000), "{before:?}");

        let path = format!("/api/workspaces/{workspace}/workbenches");
        let list = api.get(&path).await?.ok()?.json();
        let row = |name: &str| {
            let items = list["items"].as_array()?;
            let row = items.iter().find(|row| row["name"] == name)?;
            Some(format!("/api/workbenches/{}", row["id"].as_str()?))
        };
        let (first, second) = row("Row 1").zip(row("Row 2")).context("no such rows")?;
        let name = json!({"name": "A first"});
        api.patch(&first, name).await?.ok()?;
        page.find_within(LONG, Role::Link, "A first").await?;
        api.delete(&second).await?.ok()?;
        page.until_text_within(LONG, "499 workbenches").await?;
        api.stopped(&workspace, "A second", "welcome").await?;
        page.find_within(LONG, Role::Link, "A second").await?;
        page.until_text("500 workbenches").await?;

        let (whole, parts) = answers(page).await?;
        ensure!(whole == before, "the whole list came again: {whole:?}");
        let longest = parts.iter().max().copied();
        ensure!(longest < Some(10_000), "{parts:?}");
        Ok(())
    })
    .await
}

/// Returns the lengths of the list's responses: complete ones, and changes only.
async fn answers(page: &Page) -> Result<(Vec<u64>, Vec<u64>)> {
    let script = "
        const asked = performance.getEntriesByType('resource')
            .filter((one) => one.responseEnd > 0 && /[/]workbenches([?]|$)/.test(one.name));
        const sizes = (fits) => asked.filter(fits).map((one) => one.decodedBodySize);
        const isPart = (one) => one.name.includes('since=');
        return [sizes((one) => !isPart(one)), sizes(isPart)];";
    let sizes = page.execute(script, vec![]).await?;
    Ok(serde_json::from_value(sizes)?)
}

/// Waits until a row is rendered; only visible ones are.
async fn drawn(page: &Page, name: &str) -> Result<()> {
    until_within(LONG, &format!("the row {name}"), async || {
        let rows = names(page).await?;
        ensure!(rows.len() <= 80, "{} rows are drawn", rows.len());
        Ok(rows.iter().any(|row| row == name).then_some(()))
    })
    .await
}

async fn names(page: &Page) -> Result<Vec<Value>> {
    let script =
        "return [...document.querySelectorAll('.rows .row-link')].map((e) => e.textContent)";
    let names = page.execute(script, vec![]).await?;
    Ok(names.as_array().cloned().unwrap_or_default())
}

async fn until_rows(page: &Page, rows: &[&str]) -> Result<()> {
    let limit = Duration::from_secs(20);
    until_within(limit, &format!("the rows {rows:?}"), async || {
        let shown = names(page).await?;
        ensure!(shown == rows, "there are {shown:?}");
        Ok(Some(()))
    })
    .await
}

async fn until_address(page: &Page, query: &str) -> Result<()> {
    until(&format!("the address to end in {query}"), async || {
        let path = page.path().await?;
        ensure!(path.ends_with(query), "it is {path}");
        Ok(Some(()))
    })
    .await
}
