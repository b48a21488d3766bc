//! Tabs: from the click to the tab, from a message to its output, from a key to its echo, and a long
//! transcript.

use crate::{PROBE, later, report, spread};
use anyhow::{Context, Result};
use fantoccini::key::Key;
use serde_json::json;
use std::time::{Duration, Instant};
use vestibule_e2e::{LONG, Role, Scene, until_within};

/// Name of the terminal's frame.
const FRAME: &str = "Terminal. Shift+F6 leaves the terminal.";
const ROUNDS: usize = 9;
/// Number of keys whose echo is measured.
const KEYS: usize = 20;
/// Number of lines of the long transcript.
const LINES: usize = 100_000;

/// Presses the button with this name; returns the time until the tab of this number was painted.
const OPEN: &str = "
    const [name, count, done] = arguments;
    const button = [...document.querySelectorAll('button')]
        .find((one) => one.getAttribute('aria-label') === name && one.checkVisibility());
    const began = probe.now();
    button.click();
    probe.shown(() => document.querySelectorAll('[role=tab]').length === count)
        .then((at) => done(at - began));";

/// Presses Send; returns the time until the text was painted in the transcript.
const SEND: &str = "
    const [text, done] = arguments;
    const began = probe.now();
    const panel = document.querySelector('.tab-panel[data-state=shown]');
    panel.querySelector('.composer button[type=submit]').click();
    probe.shown(() => panel.querySelector('.transcript').textContent.includes(text))
        .then((at) => done(at - began));";

/// Begins to measure the time from the next key to the paint of the next change of the terminal's
/// rows. The terminal is a document of its own, without the probe.
const WATCH: &str = "
    const rows = () => document.querySelector('.xterm-rows').textContent;
    const before = rows();
    window.echoed = new Promise((resolve) => {
        addEventListener('keydown', (event) => {
            const painted = new MessageChannel();
            painted.port1.onmessage = () => resolve(performance.now() - event.timeStamp);
            const record = () => rows() === before
                ? requestAnimationFrame(record)
                : requestAnimationFrame(() => painted.port2.postMessage(null));
            requestAnimationFrame(record);
        }, { capture: true, once: true });
    });";
const ECHOED: &str = "const done = arguments[0]; window.echoed.then(done);";

/// `true` once the newest lines of the transcript contain a text.
const HAS_LINE: &str = "
    const transcript = document.querySelector('.tab-panel[data-state=shown] .transcript');
    return transcript?.textContent.slice(-2000).includes(arguments[0]) ?? false;";

/// Scrolls back by 400 pixels a frame; returns the duration of each frame.
const SCROLL_BACK: &str = "
    const done = arguments[0];
    (async () => {
        const transcript = document.querySelector('.tab-panel[data-state=shown] .transcript');
        const frames = [];
        let last = await new Promise(requestAnimationFrame);
        for (let step = 0; step < 120; step += 1) {
            transcript.scrollTop -= 400;
            const at = await new Promise(requestAnimationFrame);
            frames.push(at - last);
            last = at;
        }
        return frames;
    })().then(done);";

pub async fn measure() -> Result<()> {
    Scene::play_longer(async |scene| {
        scene.browser.before_pages(PROBE).await?;
        let (api, id) = scene.open_workbench("Bench", "welcome").await?;
        api.until_status(&id, "Running").await?;
        scene
            .page
            .find_within(LONG, Role::Button, "New terminal")
            .await?;
        opens(scene).await?;
        echoes(scene).await?;
        messages(scene).await?;
        long_transcript(scene).await
    })
    .await
}

async fn opens(scene: &Scene) -> Result<()> {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        // A second press within this time would be a double click.
        tokio::time::sleep(Duration::from_millis(700)).await;
        let args = vec![json!("New terminal"), json!(round + 2)];
        let time = later(scene, OPEN, args).await?;
        times.push(time.as_f64().context("no time")?);
    }
    report("Click on New terminal to the painted tab", &spread(times))
}

async fn echoes(scene: &Scene) -> Result<()> {
    let page = &scene.page;
    until_true(
        scene,
        "return document.querySelector('.tab-panel[data-state=shown] .terminal-status')?.innerText === ''",
    )
    .await?;
    page.find(Role::Frame, FRAME).await?.enter_frame().await?;
    until_true(
        scene,
        "return document.querySelector('.xterm-rows')?.textContent.trim() !== ''",
    )
    .await?;
    page.execute("document.querySelector('textarea').focus()", vec![])
        .await?;
    let mut times = Vec::new();
    for _ in 0..KEYS {
        page.execute(WATCH, vec![]).await?;
        page.type_text("x").await?;
        let time = later(scene, ECHOED, vec![]).await?;
        times.push(time.as_f64().context("no time")?);
    }
    page.leave().await?;
    report("Key to the painted echo in a terminal", &spread(times))
}

async fn messages(scene: &Scene) -> Result<()> {
    let page = &scene.page;
    page.click(Role::Button, "New script").await?;
    page.until_focused("Message").await?;
    page.fill("Message", "echo rea''dy").await?;
    page.press(Key::Enter).await?;
    until_line(scene, "ready").await?;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        page.find_within(LONG, Role::Button, "Send").await?;
        page.fill("Message", &format!("echo out''put-{round}"))
            .await?;
        let output = json!(format!("output-{round}"));
        let time = later(scene, SEND, vec![output]).await?;
        times.push(time.as_f64().context("no time")?);
    }
    report("Send to the painted output", &spread(times))
}

async fn long_transcript(scene: &Scene) -> Result<()> {
    let page = &scene.page;
    page.find_within(LONG, Role::Button, "Send").await?;
    page.fill("Message", &format!("seq -f 'line %.0f' {LINES}"))
        .await?;
    let began = Instant::now();
    page.press(Key::Enter).await?;
    until_line(scene, &format!("line {LINES}")).await?;
    let shown = format!("{:.1} s", began.elapsed().as_secs_f64());
    report("100,000 lines of a script, until the last is there", &shown)?;
    page.find_within(LONG * 2, Role::Button, "Copy answer")
        .await?;
    let path = page.path().await?;
    let began = Instant::now();
    page.goto(&scene.server.url(&path)).await?;
    until_line(scene, &format!("line {LINES}")).await?;
    let shown = format!("{:.2} s", began.elapsed().as_secs_f64());
    report("100,000 lines, reload until the last is there", &shown)?;
    let mut frames = Vec::new();
    for _ in 0..3 {
        let some = later(scene, SCROLL_BACK, vec![]).await?;
        let some = some.as_array().context("no frames")?;
        frames.extend(some.iter().filter_map(serde_json::Value::as_f64));
    }
    report(
        "100,000 lines, scrolled back by 400 px a frame",
        &spread(frames),
    )
}

async fn until_line(scene: &Scene, text: &str) -> Result<()> {
    until_within(LONG * 2, text, async || {
        let has = scene.page.execute(HAS_LINE, vec![json!(text)]).await?;
        Ok((has == true).then_some(()))
    })
    .await
}

async fn until_true(scene: &Scene, script: &str) -> Result<()> {
    until_within(LONG, script, async || {
        let is_true = scene.page.execute(script, vec![]).await? == true;
        Ok(is_true.then_some(()))
    })
    .await
}
