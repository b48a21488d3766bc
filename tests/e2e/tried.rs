//! The catalogue of tried apps: each is installed from its registry, opened in the console's frame,
//! used and stopped.
//!
//! `cargo xtask test apps` runs it. `VESTIBULE_TRIED_APPS` names apps, where not all are wanted.

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use vestibule_e2e::{
    Api, LONG, Page, Scene, Server, free_port, until_within, with_text_in_command,
};

/// Time for the installation and the start of one app.
const INSTALLED_WITHIN: Duration = Duration::from_secs(900);

/// Step of the use of an app, inside its frame.
enum Step {
    /// Repeats a script until its result is true. It may act: then it returns true once it has.
    Until(&'static str),
    /// Types at the focused element.
    Type(&'static str),
    /// Writes a file of the workbench's folder.
    Write(&'static str, &'static str),
}
use Step::{Type, Until, Write};

/// Name and use of each app. Every use needs what the gateway forwards: the app's answers, and its
/// WebSocket or event stream where it has one.
const APPS: &[(&str, &[Step])] = &[
    (
        "jupyterlab",
        &[
            Until(
                "const card = document.querySelector('.jp-LauncherCard[data-category=Notebook]');
                card?.click(); return !!card",
            ),
            Until(
                "const cell = document.querySelector('.jp-Notebook .jp-Cell .cm-content');
                const idle = document.querySelector('.jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]');
                cell?.focus(); return !!cell && !!idle && document.activeElement === cell",
            ),
            // Shift and Enter run the cell.
            Type("6*7\u{e008}\u{e007}"),
            Until("return document.querySelector('.jp-OutputArea-output')?.innerText.trim() === '42'"),
        ],
    ),
    (
        "datasette",
        &[
            Until("return document.body.innerText.includes('data')"),
            Until(
                "if (!location.search) location = '/data?sql=select+6*7';
                return document.querySelector('table')?.innerText.includes('42')",
            ),
        ],
    ),
    (
        "marimo",
        &[
            Until("if (!location.search) location = '/?file=__new__'; return !!location.search"),
            Until(
                "const cell = document.querySelector('.cm-content');
                cell?.focus(); return !!cell && document.activeElement === cell",
            ),
            // Control and Enter run the cell.
            Type("6*7\u{e009}\u{e007}"),
            Until("return [...document.querySelectorAll('.output-area')].some(e => e.innerText.trim() === '42')"),
        ],
    ),
    (
        "streamlit",
        &[
            Until("const thumb = document.querySelector('input[type=range]'); thumb?.focus(); return !!thumb"),
            // The right arrow.
            Type("\u{e014}"),
            Until("return document.querySelector('.stMarkdown p')?.innerText === '1'"),
        ],
    ),
    (
        "tensorboard",
        &[
            Until("return document.title === 'TensorBoard'"),
            Until("return fetch('/data/environment').then(answer => answer.ok)"),
        ],
    ),
    (
        "dash",
        &[
            Until("const count = document.getElementById('count'); count?.click(); return !!count"),
            Until("return /Clicks: [1-9]/.test(document.body.innerText)"),
        ],
    ),
    (
        "gradio",
        &[
            Until(
                "const submit = [...document.querySelectorAll('button')].find(e => e.innerText.trim() === 'Submit');
                submit?.click(); return !!submit",
            ),
            Until("return [...document.querySelectorAll('textarea')].some(e => e.value === 'times 7 is 42')"),
        ],
    ),
    (
        "shiny",
        &[Until("return document.body.innerText.includes('times 7 is 42')")],
    ),
    (
        "mlflow",
        &[
            Until("return document.getElementById('root')?.innerText.includes('Experiments')"),
            Until(
                "return fetch('/ajax-api/2.0/mlflow/experiments/create', {
                    method: 'POST', headers: {'Content-Type': 'application/json'},
                    body: JSON.stringify({name: 'tried ' + Date.now()}),
                }).then(answer => answer.ok)",
            ),
        ],
    ),
    (
        "vite",
        &[
            Until("return document.querySelector('h1')?.innerText === 'Hello'"),
            Write("index.html", "<!doctype html>\n<h1>Edited</h1>\n"),
            Until("return document.querySelector('h1')?.innerText === 'Edited'"),
        ],
    ),
    (
        "code-server",
        &[
            Until(
                "document.querySelector('.monaco-workbench')?.focus();
                return !!document.querySelector('.explorer-folders-view')",
            ),
            // Control and ` open a terminal, which needs its WebSocket and its compiled parts.
            Type("\u{e009}`\u{e000}"),
            Until(
                "const line = document.querySelector('.xterm-helper-textarea');
                line?.focus(); return !!line && document.activeElement === line",
            ),
            Type("touch answer-$((6*7)).txt\u{e007}"),
            // The watch over the folder shows it.
            Until("return document.querySelector('.explorer-folders-view')?.innerText.includes('answer-42.txt')"),
        ],
    ),
];

/// Issue 11: each tried app is installed, entered, used and stopped.
#[tokio::test]
#[ignore = "installs apps from package registries: cargo xtask test apps"]
async fn tried_apps_are_installed_opened_used_and_stopped() -> Result<()> {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue/tried.toml");
    let catalogue = fs::read_to_string(catalogue).context("failed to read the catalogue")?;
    let names: Vec<&str> = catalogue
        .lines()
        .filter_map(|line| line.strip_prefix("name = "))
        .map(|name| name.trim_matches('"'))
        .collect();
    let known: Vec<&str> = APPS.iter().map(|(name, _)| *name).collect();
    ensure!(names == known, "{names:?} are not {known:?}");

    let only = std::env::var("VESTIBULE_TRIED_APPS").unwrap_or_default();
    let wanted = |name: &str| only.is_empty() || only.split(',').any(|one| one == name);
    let mut outcomes = BTreeMap::new();
    for (app, steps) in APPS.iter().filter(|(name, _)| wanted(name)) {
        let port = free_port()?;
        // A server for each, so that its build goes with it.
        let server = Server::start_custom(port, port, &catalogue, "", &[]).await?;
        let begin = Instant::now();
        // The steps take up to a minute more.
        let limit = INSTALLED_WITHIN + LONG * 4;
        let story = async |scene: &mut Scene| attempt(scene, app, steps).await;
        let outcome = Scene::play_on_within(limit, server, story).await;
        let took = begin.elapsed().as_secs();
        println!("{app}: {took} s, {outcome:?}");
        outcomes.insert(*app, outcome);
    }
    ensure!(!outcomes.is_empty(), "none is named {only}");
    let failed: Vec<_> = outcomes
        .iter()
        .filter(|(_, result)| result.is_err())
        .collect();
    ensure!(failed.is_empty(), "{failed:#?}");
    Ok(())
}

/// Installs, opens, uses and stops one app.
async fn attempt(scene: &mut Scene, app: &str, steps: &[Step]) -> Result<()> {
    let page = &scene.page;
    let (api, id) = scene.open_workbench(app, app).await?;
    until_running(&api, &id).await?;
    page.enter(app).await?;
    let files = scene.server.folder().join("data/workbenches").join(&id);
    for step in steps {
        take(page, &files.join("files"), step).await?;
    }
    page.leave().await?;
    api.post(&format!("/api/workbenches/{id}/stop"), json!({}))
        .await?
        .ok()?;
    api.until_status(&id, "Stopped").await?;
    until_within(LONG, "the app's processes to end", async || {
        Ok(with_text_in_command(&id).is_empty().then_some(()))
    })
    .await
}

async fn take(page: &Page, files: &Path, step: &Step) -> Result<()> {
    match step {
        Until(script) => {
            until_within(LONG, script, async || {
                let result = page.execute(script, vec![]).await?;
                Ok((result == true).then_some(()))
            })
            .await
        }
        Type(keys) => page.type_text(keys).await,
        Write(name, content) => {
            fs::write(files.join(name), content).context("failed to write a file")
        }
    }
}

/// Waits until a workbench runs; fails if it ends in another state.
async fn until_running(api: &Api, id: &str) -> Result<()> {
    let begin = Instant::now();
    loop {
        let shown = api.get_workbench(id).await?;
        let state = shown["k8sStatus"].as_str().unwrap_or_default();
        if state == "Running" {
            return Ok(());
        }
        let is_over = ["Failed", "Killed", "Complete"].contains(&state);
        if is_over || begin.elapsed() > INSTALLED_WITHIN {
            bail!("{state}: {}", shown["status"]["message"]);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
