//! Delay from a stored change to all readers of the stream, and memory of a reader.
//!
//! Readers are real connections from this process to the server.

use crate::{report, resident};
use anyhow::{Context, Result, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;
use vestibule_e2e::{Api, LONG, Server, until_within};

/// Number of changes.
const CHANGES: usize = 15;
/// Number of connections opened at once.
const AT_ONCE: usize = 200;
/// File descriptors that each process needs besides readers.
const OTHERS: u64 = 200;

/// Events that all readers of one round have received.
#[derive(Default)]
struct Received {
    open: AtomicUsize,
    /// Number and arrival time of each entry, once for each reader.
    entries: Mutex<Vec<(u64, f64)>>,
}

pub async fn measure(wanted: usize) -> Result<()> {
    let readers = wanted.min(allowed()?);
    let server = Server::start(true).await?;
    let api = server.api().await?;
    let workspace = api.workspace("Bench").await?;
    let id = api.workbench(&workspace, "Told", "welcome").await?;
    let running = api.until_status(&id, "Running").await?;
    let run = running["run"]["id"].as_str().context("it has no run")?;
    let before = resident(&server)?;

    let received = Arc::new(Received::default());
    let request = request(&server, &api, &id)?;
    let mut tasks = Vec::new();
    for number in 0..readers {
        let stream = TcpStream::connect(("127.0.0.1", server.port()))
            .await
            .with_context(|| format!("failed to connect reader {number}"))?;
        let reading = read(stream, request.clone(), Arc::clone(&received));
        tasks.push(tokio::spawn(reading));
        if number % AT_ONCE == AT_ONCE - 1 {
            until_open(&received, number + 1).await?;
        }
    }
    until_open(&received, readers).await?;
    let held = resident(&server)? - before;

    for change in 1..=CHANGES {
        let path = format!("/api/workbenches/{id}/extend");
        api.post(&path, json!({})).await?.ok()?;
        until_within(LONG, "all readers to hear of a change", async || {
            let count = received.entries.lock().expect("not poisoned").len();
            Ok((count >= change * readers).then_some(()))
        })
        .await?;
        sleep(Duration::from_millis(200)).await;
    }
    let open = tasks.iter().filter(|task| !task.is_finished()).count();
    ensure!(open == readers, "only {open} of {readers} readers stayed");
    let stored = stored(&api, run).await?;
    let mut delays: Vec<f64> = {
        let entries = received.entries.lock().expect("not poisoned");
        let delay = |(seq, at): &(u64, f64)| stored.get(seq).map(|stored| at - stored);
        entries.iter().filter_map(delay).collect()
    };
    ensure!(
        delays.len() == CHANGES * readers,
        "{} were received",
        delays.len()
    );
    delays.sort_by(f64::total_cmp);
    let share = |percent: usize| delays[(delays.len() - 1) * percent / 100];
    report(
        &format!("Stream, {readers} readers, command to delivery"),
        &format!(
            "p50 {:.0} ms, p99 {:.0} ms ({CHANGES} changes)",
            share(50),
            share(99)
        ),
    )?;
    report(
        &format!("Stream, {readers} readers, memory of the server"),
        &format!("{:.1} KB a reader", held * 1024.0 / readers as f64),
    )?;
    if readers < wanted {
        let note = format!("{wanted} need more file descriptors than are allowed here");
        report("  (fewer readers than wanted)", &note)?;
    }
    for task in tasks {
        task.abort();
    }
    Ok(())
}

/// Returns the number of connections that a process may have, after raising the limit as far as
/// possible; the server inherits it.
fn allowed() -> Result<usize> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(usize::try_from(most.saturating_sub(OTHERS)).unwrap_or(usize::MAX))
}

fn request(server: &Server, api: &Api, id: &str) -> Result<String> {
    let cookie = api.cookie().context("no session")?;
    Ok(format!(
        "GET /api/runs/stream?workbench={id} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\
         Accept: text/event-stream\r\n\r\n",
        server.host()
    ))
}

async fn until_open(received: &Received, count: usize) -> Result<()> {
    until_within(LONG, "the readers to be connected", async || {
        Ok((received.open.load(Ordering::Acquire) >= count).then_some(()))
    })
    .await
}

/// Reads one stream until it ends.
async fn read(mut stream: TcpStream, request: String, received: Arc<Received>) -> Result<()> {
    stream.write_all(request.as_bytes()).await?;
    let mut text = Vec::new();
    let mut is_open = false;
    let mut chunk = [0; 4096];
    loop {
        let length = stream.read(&mut chunk).await?;
        ensure!(length > 0, "the stream ended");
        let now = since_1970(SystemTime::now().duration_since(UNIX_EPOCH)?);
        text.extend_from_slice(&chunk[..length]);
        // Each event ends with an empty line, also within the chunks of the transfer.
        while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
            let event = String::from_utf8_lossy(&text[..end]).into_owned();
            text.drain(..end + 2);
            if !is_open && event.contains("event: snapshot") {
                is_open = true;
                received.open.fetch_add(1, Ordering::Release);
            }
            if event.contains("event: transition") && event.contains("\"Extend\"") {
                let seq = event.lines().find_map(|line| line.strip_prefix("id: "));
                let seq = seq.context("an entry without a number")?.trim().parse()?;
                received
                    .entries
                    .lock()
                    .expect("not poisoned")
                    .push((seq, now));
            }
        }
    }
}

/// Returns the time at which each entry of a run was written, by its number.
async fn stored(api: &Api, run: &str) -> Result<BTreeMap<u64, f64>> {
    let path = format!("/api/runs/{run}/journal");
    let journal = api.get(&path).await?.ok()?.json();
    let entries = journal["items"].as_array().context("no entries")?;
    entries.iter().map(entry).collect()
}

fn entry(entry: &Value) -> Result<(u64, f64)> {
    let seq = entry["seq"].as_u64().context("an entry without a number")?;
    let at = entry["at"].as_str().context("an entry without a time")?;
    let at = OffsetDateTime::parse(at, &Rfc3339)? - OffsetDateTime::UNIX_EPOCH;
    Ok((seq, at.as_seconds_f64() * 1e3))
}

/// Converts a duration to milliseconds.
fn since_1970(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
