//! Number of bytes that each page loads, against the budget.

use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use vestibule_e2e::{Role, Scene};

/// Budget of everything that the browser fetches within [`VISIT`], compressed, without the API's
/// responses; see DESIGN.md.
const PAGE_BUDGET: u64 = 300_000;
/// Budget of all files of the console together, compressed.
const TOTAL_BUDGET: u64 = 1_000_000;
/// Asserted limits: the measured sizes plus 3 to 5 %. Lower these until they are the budgets.
const PAGE_LIMIT: u64 = 520_000;
const TOTAL_LIMIT: u64 = 1_400_000;
/// Duration of a visit with an empty cache.
const VISIT: Duration = Duration::from_secs(6);
/// Head-room below the budget, in per cent, under which the report warns.
const HEAD_ROOM: f64 = 5.0;

/// The body sizes of all finished requests, as transferred.
const FETCHED: &str = "
    return performance.getEntries()
        .filter((e) => e.entryType === 'resource' || e.entryType === 'navigation')
        .map((e) => [e.name, e.encodedBodySize]);";

#[tokio::test]
async fn each_page_stays_within_the_budget() -> Result<()> {
    Scene::play_longer(async |scene| {
        let room_for_entries = "performance.setResourceTimingBufferSize(5000);";
        scene.browser.before_pages(room_for_entries).await?;
        let mut visits = vec![visit(scene, "sign-in", "/sign-in", "Sign in").await?];

        let (api, workspace) = scene.open_studio().await?;
        let studio = format!("/workspaces/{workspace}");
        let running = api.workbench(&workspace, "Climate", "welcome").await?;
        api.until_status(&running, "Running").await?;
        let failed = api.workbench(&workspace, "Broken", "unprepared").await?;
        api.until_status(&failed, "Failed").await?;
        let build = api.build(&workspace, "kit").await?;

        let climate = format!("{studio}/sessions/{running}");
        let pages = [
            ("workspaces", "/workspaces".to_owned(), "Studio"),
            ("workbenches", studio.clone(), "Climate"),
            ("new workbench", format!("{studio}/new"), "Welcome"),
            ("a workbench running", climate.clone(), "Climate"),
            (
                "a workbench failed",
                format!("{studio}/sessions/{failed}"),
                "Broken",
            ),
            ("an attempt", format!("{climate}/runs/1"), "Climate"),
            ("settings", format!("{studio}/settings"), "Studio"),
            ("builds", format!("{studio}/builds"), "Kit"),
            ("a build", format!("{studio}/builds/{build}"), "Kit"),
        ];
        for (name, path, shown) in pages {
            visits.push(visit(scene, name, &path, shown).await?);
        }
        // It takes longer to start than a visit.
        let starting = api.workbench(&workspace, "Slowly", "tardy").await?;
        let path = format!("{studio}/sessions/{starting}");
        visits.push(visit(scene, "a workbench starting", &path, "Slowly").await?);

        let total = total()?;
        println!("{}", report(&visits, total));
        let worst = visits.iter().map(|visit| visit.files).max();
        let worst = worst.context("no page was visited")?;
        ensure!(worst <= PAGE_LIMIT, "a page loads {}", kilobytes(worst));
        ensure!(total <= TOTAL_LIMIT, "all files have {}", kilobytes(total));
        Ok(())
    })
    .await
}

/// A page, and the bytes that a visit fetched.
struct Visit {
    name: &'static str,
    /// Number of requests for files of the console.
    requests: usize,
    /// Bytes of these files, compressed.
    files: u64,
    /// Bytes of the API's responses; an open event stream isn't counted.
    api: u64,
}

/// Visits a page with an empty cache; `shown` is a text that it must show in the end.
async fn visit(scene: &Scene, name: &'static str, path: &str, shown: &str) -> Result<Visit> {
    scene.page.goto("about:blank").await?;
    scene
        .browser
        .devtools("Network.clearBrowserCache", json!({}))
        .await?;
    let began = Instant::now();
    scene.page.goto(&scene.server.url(path)).await?;
    sleep_until(began + VISIT).await;
    let fetched = scene.page.execute(FETCHED, vec![]).await?;
    let text = scene.page.text().await?;
    let is_shown = text.contains(shown) || scene.page.has(Role::Button, shown).await?;
    ensure!(is_shown, "{path} does not show “{shown}”:\n{text}");

    let fetched: BTreeMap<String, u64> =
        fetched_sizes(&fetched).context("the browser's list of requests is odd")?;
    let origin = scene.server.url("/");
    let mut visit = Visit {
        name,
        requests: 0,
        files: 0,
        api: 0,
    };
    for (url, size) in fetched {
        match url.strip_prefix(&origin) {
            Some(path) if path.starts_with("api/") => visit.api += size,
            Some(_) => {
                visit.requests += 1;
                visit.files += size;
            }
            // A page of an app in a frame.
            None => {}
        }
    }
    Ok(visit)
}

fn fetched_sizes(list: &serde_json::Value) -> Option<BTreeMap<String, u64>> {
    let entry =
        |entry: &serde_json::Value| Some((entry[0].as_str()?.to_owned(), entry[1].as_u64()?));
    list.as_array()?.iter().map(entry).collect()
}

/// Returns the size of all files in `dist/`, compressed.
fn total() -> Result<u64> {
    let mut total = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist")];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).context("the console isn't built")?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "br")
            {
                total += entry.metadata()?.len();
            }
        }
    }
    Ok(total)
}

fn report(visits: &[Visit], total: u64) -> String {
    let mut text = format!(
        "{:22} {:>8} {:>10} {:>10} {:>10} {:>10}  head-room\n",
        "page", "requests", "API", "files", "limit", "budget"
    );
    let mut row = |name: &str, requests: &str, api: &str, files: u64, limit: u64, budget: u64| {
        let room = 100.0 - 100.0 * files as f64 / budget as f64;
        let warning = match room {
            ..0.0 => ", above the budget",
            ..HEAD_ROOM => ", warning: little room",
            _ => "",
        };
        let [files, limit, budget] = [files, limit, budget].map(kilobytes);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{name:22} {requests:>8} {api:>10} {files:>10} {limit:>10} {budget:>10}  {room:.1} %{warning}"
        );
    };
    for visit in visits {
        row(
            visit.name,
            &visit.requests.to_string(),
            &kilobytes(visit.api),
            visit.files,
            PAGE_LIMIT,
            PAGE_BUDGET,
        );
    }
    row("all files", "", "", total, TOTAL_LIMIT, TOTAL_BUDGET);
    text
}

fn kilobytes(bytes: u64) -> String {
    format!("{:.1} KB", bytes as f64 / 1000.0)
}
