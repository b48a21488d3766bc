//! Frames of apps: kept alive behind other pages, evicted in order, and covered while the app
//! doesn't respond.

use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use vestibule_e2e::{Api, LONG, Page, Role, Scene, silence_notes, until, until_within};

/// Creates a workspace with running workbenches of the notes app.
struct NotesWorkspace {
    api: Api,
    ids: Vec<String>,
}

impl NotesWorkspace {
    async fn set(scene: &Scene, names: &[&str]) -> Result<Self> {
        let (api, workspace) = scene.studio().await?;
        let mut ids = Vec::new();
        for name in names {
            ids.push(api.workbench(&workspace, name, "notes").await?);
        }
        for id in &ids {
            api.until_status(id, "Running").await?;
        }
        scene
            .open_signed_in(&format!("/workspaces/{workspace}"))
            .await?;
        Ok(Self { api, ids })
    }

    async fn stop(&self, at: usize) -> Result<()> {
        let path = format!("/api/workbenches/{}/stop", self.ids[at]);
        self.api.post(&path, json!({})).await?.ok()?;
        Ok(())
    }
}

/// Opens a workbench from the list, once its app is usable.
async fn open(page: &Page, name: &str) -> Result<()> {
    page.click(Role::Link, name).await?;
    inside(page, name).await
}

/// Checks that the app with this name is visible and nothing covers it.
async fn inside(page: &Page, name: &str) -> Result<()> {
    let script =
        "return document.querySelector('.kept[data-state=shown]:not([inert]) iframe')?.title";
    until_within(LONG, &format!("to be inside {name}"), async || {
        let seen = page.execute(script, vec![]).await?;
        Ok((seen == name).then_some(()))
    })
    .await
}

async fn back_to_list(page: &Page) -> Result<()> {
    page.click(Role::Link, "Studio").await?;
    page.find(Role::Heading, "Studio").await?;
    Ok(())
}

/// Returns the text in the visible app, and the mark that a reload of its page would change.
async fn notes(page: &Page, name: &str) -> Result<Value> {
    page.enter(name).await?;
    page.find(Role::Field, "Text").await?;
    let found = page
        .execute(
            "return { text: document.querySelector('#text').value, born: window.born, scroll: scrollY }",
            vec![],
        )
        .await?;
    page.leave().await?;
    Ok(found)
}

/// Waits until the focus is in the frame (FIELD 40). Its place within is the app's own business: browsers move
/// it out of inert elements.
async fn at_work(page: &Page, name: &str) -> Result<()> {
    until("the focus to be inside", async || {
        page.enter(name).await?;
        let has_focus = page.execute("return document.hasFocus()", vec![]).await?;
        page.leave().await?;
        if has_focus == true {
            return Ok(Some(()));
        }
        bail!("it is at {}", page.focused().await?)
    })
    .await
}

async fn write(page: &Page, name: &str, text: &str) -> Result<Value> {
    page.enter(name).await?;
    page.fill("Text", text).await?;
    page.execute("scrollTo(0, 40)", vec![]).await?;
    page.leave().await?;
    notes(page, name).await
}

async fn tab(page: &Page) -> Result<(String, String)> {
    let icon = "return document.querySelector('link[rel=icon]').getAttribute('href')";
    let icon = page.execute(icon, vec![]).await?;
    let title = page.client().title().await?;
    Ok((title, icon.as_str().unwrap_or_default().to_owned()))
}

#[tokio::test]
async fn typed_text_survives_visits_to_the_list_and_another_workbench() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let desk = NotesWorkspace::set(scene, &["First", "Second"]).await?;
        page.find(Role::Heading, "Studio").await?;
        let plain = tab(page).await?;
        ensure!(
            plain == ("Studio · Vestibule".into(), "/favicon.svg".into()),
            "{plain:?}"
        );

        open(page, "First").await?;
        let before = write(page, "First", "half a thought").await?;
        let (title, icon) = tab(page).await?;
        ensure!(title == "● First · Running – Vestibule", "{title}");
        ensure!(icon.starts_with("data:image/svg+xml,"), "{icon}");

        back_to_list(page).await?;
        ensure!(
            tab(page).await? == plain,
            "the tab keeps another page's state"
        );
        ensure!(
            page.names(Role::Frame).await?.is_empty(),
            "it is seen on the list"
        );
        ensure!(
            page.focused().await? != "First",
            "it has the focus on the list"
        );
        // FIELD 3: while Second opens, First is never visible.
        open(page, "Second").await?;
        ensure!(page.names(Role::Frame).await? == ["Second"]);
        ensure!(notes(page, "Second").await?["text"] == "");
        back_to_list(page).await?;
        page.click(Role::Link, "New workbench").await?;
        page.find(Role::RadioGroup, "App").await?;
        back_to_list(page).await?;

        open(page, "First").await?;
        at_work(page, "First").await?;
        let after = notes(page, "First").await?;
        ensure!(after == before, "{before} became {after}");

        // An app that ends while hidden has its frame removed.
        back_to_list(page).await?;
        page.until_count(".kept", 2).await?;
        desk.stop(1).await?;
        until_within(
            LONG,
            "the frame of the stopped app to be removed",
            async || {
                let left = page
                    .execute(
                        "return [...document.querySelectorAll('.kept iframe')].map((f) => f.title)",
                        vec![],
                    )
                    .await?;
                Ok((left == json!(["First"])).then_some(()))
            },
        )
        .await?;
        open(page, "First").await?;
        ensure!(notes(page, "First").await? == before, "it was reloaded");

        // Frames are removed when the session ends.
        page.click(Role::Button, "admin").await?;
        page.click(Role::MenuItem, "Sign out").await?;
        page.find(Role::Button, "Sign in").await?;
        page.until_count(".kept", 0).await
    })
    .await
}

#[tokio::test]
async fn least_recently_shown_frame_is_evicted_and_resumes_on_request() -> Result<()> {
    Scene::play_with(&["--frame-limit", "2"], async |scene| {
        const NAMES: [&str; 3] = ["First", "Second", "Third"];
        let page = &scene.page;
        NotesWorkspace::set(scene, &NAMES).await?;
        let mut written = Vec::new();
        for name in NAMES {
            open(page, name).await?;
            written.push(write(page, name, name).await?);
            back_to_list(page).await?;
        }
        page.until_count(".kept", 2).await?;

        page.click(Role::Link, "First").await?;
        page.find(Role::Heading, "Closed in this browser").await?;
        page.until_text("2 at most").await?;
        ensure!(
            page.names(Role::Frame).await?.is_empty(),
            "it came back by itself"
        );
        page.click(Role::Button, "Resume").await?;
        inside(page, "First").await?;
        let resumed = notes(page, "First").await?;
        ensure!(
            resumed["text"] == "" && resumed["born"] != written[0]["born"],
            "{resumed}"
        );

        back_to_list(page).await?;
        open(page, "Third").await?;
        let now = notes(page, "Third").await?;
        ensure!(
            now == written[2],
            "the wrong one was let go: {now} after {written:?}"
        );
        back_to_list(page).await?;
        page.click(Role::Link, "Second").await?;
        page.find(Role::Button, "Resume").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn unresponsive_app_is_covered_and_keeps_its_state() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let desk = NotesWorkspace::set(scene, &["Moody"]).await?;
        open(page, "Moody").await?;
        let before = write(page, "Moody", "not to be lost").await?;

        // Without another page between, the overlay would not be visible.
        page.click(Role::Button, "Full screen").await?;
        let is_full =
            "return document.fullscreenElement?.matches('.kept[data-state=shown]') ?? false";
        until("the frame to fill the screen", async || {
            Ok((page.execute(is_full, vec![]).await? == true).then_some(()))
        })
        .await?;

        silence_notes(scene.server.folder(), true)?;
        desk.api.until_status(&desk.ids[0], "Progressing").await?;
        page.find_within(LONG, Role::Heading, "The app has stopped responding")
            .await?;
        page.until_text("ProbeFailed").await?;
        page.until_count(".kept[inert]", 1).await?;
        let strip = "return document.querySelector('.app-toolbar').innerText";
        let strip = page.execute(strip, vec![]).await?.to_string();
        ensure!(
            strip.contains("Not answering") && !strip.contains("Starting"),
            "the strip says {strip}"
        );
        until("the screen to be left", async || {
            Ok((page.execute(is_full, vec![]).await? == false).then_some(()))
        })
        .await?;

        silence_notes(scene.server.folder(), false)?;
        desk.api.until_status(&desk.ids[0], "Running").await?;
        inside(page, "Moody").await?;
        page.until_gone(Role::Heading, "The app has stopped responding")
            .await?;
        at_work(page, "Moody").await?;
        let after = notes(page, "Moody").await?;
        ensure!(after == before, "{before} became {after}");
        Ok(())
    })
    .await
}

/// FIELD 39: an app that would be a white page is explained.
#[tokio::test]
async fn an_app_that_refuses_frames_is_explained_and_opens_in_a_new_tab() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        let (_, id) = scene.open_workbench("Shy", "shy").await?;
        page.find_within(LONG, Role::Heading, "The app can't be shown here")
            .await?;
        page.until_text("can't be embedded").await?;
        page.until_text("x-frame-options").await?;
        let origin = scene.server.app_origin(&id);
        until("the way out to lead to the app", async || {
            let way_out = page.find(Role::Link, "Open in a new tab").await?;
            let href = way_out.attr("href").await?.context("it leads nowhere")?;
            ensure!(href.starts_with(&origin), "{href}");
            Ok(Some(()))
        })
        .await?;
        let windows = page.client().windows().await?.len();
        page.click(Role::Link, "Open in a new tab").await?;
        until("a new tab", async || {
            let now = page.client().windows().await?;
            Ok((now.len() == windows + 1).then_some(()))
        })
        .await
    })
    .await
}

#[tokio::test]
async fn keyboard_leaves_an_app_and_returns() -> Result<()> {
    Scene::play(async |scene| {
        let page = &scene.page;
        NotesWorkspace::set(scene, &["Quiet"]).await?;
        open(page, "Quiet").await?;
        until("the focus to go in", async || {
            Ok((page.focused().await? == "Quiet").then_some(()))
        })
        .await?;
        page.enter("Quiet").await?;
        page.fill("Text", "x").await?;
        page.press(Key::Tab).await?;
        page.leave().await?;
        until("the way out to have the focus", async || {
            Ok((page.focused().await? == "Leave the app").then_some(()))
        })
        .await?;
        page.press(Key::Enter).await?;
        until("the toolbar to have the focus", async || {
            Ok((page.focused().await? == "Details").then_some(()))
        })
        .await?;
        // The link is off the screen until it has the focus, and the driver types on screen only.
        page.execute("document.querySelector('.skip-link').focus()", vec![])
            .await?;
        page.until_focused("Skip to content").await?;
        page.press(Key::Enter).await?;
        at_work(page, "Quiet").await
    })
    .await
}
