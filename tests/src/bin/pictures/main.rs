//! Takes the screenshots of the documentation in both themes, and writes the page that shows them;
//! `cargo xtask pictures` runs it.

mod list;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use list::{At, MESSAGE, PICTURES, Picture, SCRIPT, SCRIPTED, TERMINAL, UserAction};
use serde_json::json;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vestibule_e2e::{Api, Page, Scene, until_within};

/// Time limit for the demo to reach all its states.
const PATIENCE: Duration = Duration::from_secs(60);

/// Name, width and height in CSS pixels, and theme of a screen.
const SCREENS: [(&str, u32, u32, &str); 4] = [
    ("light", 1280, 800, "light"),
    ("dark", 1280, 800, "dark"),
    ("phone-light", 390, 844, "light"),
    ("phone-dark", 390, 844, "dark"),
];

#[tokio::main]
async fn main() -> Result<()> {
    let docs = PathBuf::from(std::env::args().nth(1).context("where to?")?);
    let folder = docs.join("screenshots");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("failed to take the old pictures away")?;
    }
    fs::create_dir_all(&folder).context("failed to make the pictures' folder")?;
    for screen in SCREENS {
        Scene::play_with(&["--demo"], async |scene| {
            take_all(scene, &folder, screen).await
        })
        .await?;
    }
    fs::write(docs.join("STATES.md"), page()).context("failed to write the page")
}

async fn take_all(
    scene: &Scene,
    folder: &Path,
    (screen, width, height, theme): (&str, u32, u32, &str),
) -> Result<()> {
    let api = scene.server.api().await?;
    let mut samples = api.samples().await?;
    one_has_no_room(&api, &mut samples).await?;
    open_tabs(&api, &samples).await?;
    scene.open_signed_in("/workspaces").await?;
    let metrics = json!({
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
    });
    scene
        .browser
        .devtools("Emulation.setDeviceMetricsOverride", metrics)
        .await?;
    // Pulsing elements would differ between screenshots.
    let preferences = [
        ("prefers-color-scheme", theme),
        ("prefers-reduced-motion", "reduce"),
    ];
    scene.browser.prefer(&preferences).await?;
    for picture in PICTURES {
        let file = folder.join(format!("{}-{screen}.webp", picture.file));
        take(scene, &samples, picture, &file)
            .await
            .with_context(|| format!("the picture of “{}” was not taken", picture.file))?;
    }
    Ok(())
}

/// Opens a terminal and a script of running samples, and sends the script a message.
async fn open_tabs(api: &Api, samples: &HashMap<String, (String, String)>) -> Result<()> {
    for (sample, tab, kind) in [("Notes", TERMINAL, "terminal"), (SCRIPTED, SCRIPT, "agent")] {
        let (id, _) = samples.get(sample).context("the sample is missing")?;
        let body = json!({ "workbenchId": id, "kind": kind });
        api.put(&format!("/api/tabs/{tab}"), body).await?.ok()?;
    }
    let text = "for name in climate.csv ocean.csv stations.csv; do echo \"$name: no gaps\"; done; echo \"checked 3 files\"";
    let body = json!({ "text": text });
    let path = format!("/api/tabs/{SCRIPT}/messages/{MESSAGE}");
    api.put(&path, body).await?.ok()?;
    Ok(())
}

/// Prepares two samples that need the only licence; the one that waits for it is the sample without capacity.
async fn one_has_no_room(api: &Api, samples: &mut HashMap<String, (String, String)>) -> Result<()> {
    const WAITS: &str = "No room";
    const RUNS: &str = "Has the licence";
    let id = |name| {
        anyhow::Ok(
            samples
                .get(name)
                .context("the sample is missing")?
                .0
                .clone(),
        )
    };
    let (waits, runs) = (id(WAITS)?, id(RUNS)?);
    let is_swapped = until_within(PATIENCE, "one of them to run", async || {
        let status = async |id: &str| anyhow::Ok(api.get_workbench(id).await?["k8sStatus"].clone());
        let swapped = status(&waits).await? == "Running";
        Ok((swapped || status(&runs).await? == "Running").then_some(swapped))
    })
    .await?;
    if is_swapped && let Some(other) = samples.get(RUNS).cloned() {
        samples.insert(WAITS.to_owned(), other);
    }
    Ok(())
}

async fn take(
    scene: &Scene,
    samples: &HashMap<String, (String, String)>,
    picture: &Picture,
    file: &Path,
) -> Result<()> {
    let page = &scene.page;
    page.goto(&scene.server.url(&path(picture.at, samples)?))
        .await?;
    for press in picture.press {
        match press {
            UserAction::Named(role, name) => page.click(*role, name).await?,
            UserAction::Selector(selector) => {
                page.until_count(selector, 1).await?;
                let script = "document.querySelector(arguments[0]).click()";
                page.execute(script, vec![json!(selector)]).await?;
            }
            UserAction::Command(command) => type_command(page, command).await?,
            UserAction::WaitForApp(title, text) => {
                page.enter(title).await?;
                page.until_text_within(PATIENCE, text).await?;
                page.leave().await?;
            }
        }
    }
    page.until_text_within(PATIENCE, picture.until).await?;
    until_within(PATIENCE, "the page to come to rest", async || {
        let script = "return document.getAnimations().length
            + document.querySelectorAll('[aria-busy=true]').length;";
        Ok((page.execute(script, vec![]).await? == 0).then_some(()))
    })
    .await?;
    let taken = json!({ "format": "webp", "quality": 90 });
    let taken = scene.browser.devtools("Page.captureScreenshot", taken);
    let taken = taken.await?;
    let data = taken["data"].as_str().context("no picture came")?;
    let data = STANDARD.decode(data).context("the picture is garbled")?;
    fs::write(file, data).with_context(|| format!("failed to write {}", file.display()))
}

/// Types a command into the terminal of the page, and waits for its output.
async fn type_command(page: &Page, command: &str) -> Result<()> {
    let is_ready = "return document.querySelector('.tab-panel[data-state=shown] .terminal-status')?.innerText === ''";
    until_within(PATIENCE, "the terminal to be ready", async || {
        Ok((page.execute(is_ready, vec![]).await? == true).then_some(()))
    })
    .await?;
    page.enter("Terminal. Shift+F6 leaves the terminal.")
        .await?;
    let focus = "document.querySelector('textarea').focus()";
    page.execute(focus, vec![]).await?;
    page.type_text(&format!("{command}\n")).await?;
    let rows = "return document.querySelector('.xterm-rows').innerText.replaceAll('\u{a0}', ' ')";
    until_within(PATIENCE, "the output", async || {
        let shown = page.execute(rows, vec![]).await?;
        let is_there = |text: &str| text.contains("measurement 3: 63");
        Ok(shown.as_str().is_some_and(is_there).then_some(()))
    })
    .await?;
    page.leave().await
}

fn path(at: At, samples: &HashMap<String, (String, String)>) -> Result<String> {
    let of = |name: &str| {
        let sample = samples.get(name);
        let (_, path) = sample.with_context(|| format!("the demo has no “{name}”"))?;
        anyhow::Ok(path.as_str())
    };
    let list = |name: &str| {
        let (list, _) = of(name)?.split_once("/sessions/").context("no session")?;
        anyhow::Ok(list.to_owned())
    };
    Ok(match at {
        At::Path(path) => path.to_owned(),
        At::List(name) => list(name)?,
        At::Form(name) => format!("{}/new", list(name)?),
        At::Sample(name) => of(name)?.to_owned(),
        At::Tab(name, tab) => format!("{}/tabs/{tab}", of(name)?),
        At::Attempt(name) => format!("{}/runs/1", of(name)?),
        At::Builds(name) => format!("{}/builds", list(name)?),
        At::Settings(name) => format!("{}/settings", list(name)?),
    })
}

/// Writes the page that shows all screenshots.
fn page() -> String {
    let mut text = "# Screens\n\n\
        Each state of the console in the reader's theme, at desktop and phone size. \
        `cargo xtask pictures` takes the screenshots and writes this page.\n"
        .to_owned();
    for Picture { file, caption, .. } in PICTURES {
        let _ = write!(text, "\n{caption}\n\n");
        for (screen, width) in [("", 640), ("phone-", 190)] {
            let _ = writeln!(
                text,
                "<picture><source media=\"(prefers-color-scheme: dark)\" \
                 srcset=\"screenshots/{file}-{screen}dark.webp\">\
                 <img src=\"screenshots/{file}-{screen}light.webp\" width=\"{width}\" alt=\"{caption}\"></picture>"
            );
        }
    }
    text
}
