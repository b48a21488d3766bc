//! Memory of a page that stays open all day: it levels off, however many pages are visited and
//! however many events arrive.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use vestibule_e2e::{Api, LONG, Role, Scene, until_within};

/// Number of rounds before the first measurement, and between the first and the second.
const ROUNDS: usize = 2;

/// Number of workbenches that are started again and again.
const WORKBENCHES: usize = 4;

/// Number of starts of each workbench, twice a round.
const STARTS: usize = 3;

/// Counts timers and open streams, and exposes the program's memory.
const TALLY: &str = "
    const timers = new Set();
    for (const [set, clear] of [['setTimeout', 'clearTimeout'], ['setInterval', 'clearInterval']]) {
        const [begin, end] = [window[set].bind(window), window[clear].bind(window)];
        window[set] = (then, ...rest) => {
            const id = begin((...given) => {
                if (set === 'setTimeout') { timers.delete(id); }
                then(...given);
            }, ...rest);
            timers.add(id);
            return id;
        };
        window[clear] = (id) => { timers.delete(id); end(id); };
        if (set === 'setTimeout') { window.unseenTimeout = begin; }
    }
    const streams = [];
    const Native = window.EventSource;
    window.EventSource = class extends Native {
        constructor(...given) { super(...given); streams.push(this); }
    };
    let memory;
    for (const name of ['instantiate', 'instantiateStreaming']) {
        const native = WebAssembly[name];
        WebAssembly[name] = async (...given) => {
            const made = await native.apply(WebAssembly, given);
            memory = (made.instance ?? made).exports.memory ?? memory;
            return made;
        };
    }
    window.tally = () => ({
        timers: timers.size,
        streams: streams.filter((one) => one.readyState !== 2).length,
        memory: memory.buffer.byteLength,
    });";

/// Follows links by clicking each once its target is there.
const WALK: &str = "
    const [steps, times, done] = arguments;
    const until = (is, what) => new Promise((go, fail) => {
        const began = performance.now();
        const check = () => {
            if (is()) { go(); }
            else if (performance.now() - began > 20000) { fail(what); }
            else { window.unseenTimeout(check, 5); }
        };
        check();
    });
    const walk = async () => {
        for (let time = 0; time < times; time += 1) {
            for (const [href, there] of steps) {
                const link = () => document.querySelector(`a[href='${href}']`);
                await until(link, `no link to ${href} at ${location.pathname}`);
                link().click();
                await until(() => location.pathname === href && document.querySelector(there),
                    `no ${there} at ${href}`);
            }
        }
    };
    walk().then(() => done('arrived'), (error) => done(String(error)));";

/// Growth of the program's memory over some hundred pages that isn't our leak, in bytes: a signal
/// of Leptos 0.8 keeps the subscribers of removed pages until its next change, 1 to 2 KB a page.
const PROGRAM_SLACK: u64 = 256 * 1024;

/// Resources that a page holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    nodes: u64,
    listeners: u64,
    documents: u64,
    timers: u64,
    streams: u64,
    program_bytes: u64,
    script_bytes: u64,
}

impl Held {
    /// Measures after garbage collection.
    async fn by(scene: &Scene) -> Result<Self> {
        let browser = &scene.browser;
        // Finalizers of a first collection release objects for the second one.
        for _ in 0..2 {
            browser
                .devtools("HeapProfiler.collectGarbage", json!({}))
                .await?;
        }
        let dom = browser.devtools("Memory.getDOMCounters", json!({})).await?;
        let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await?;
        let page = scene.page.execute("return window.tally()", vec![]).await?;
        let number = |from: &Value, name: &str| {
            let number = from[name].as_f64();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count"
            )]
            let number = number.map(|number| number as u64);
            number.with_context(|| format!("no {name} in {from}"))
        };
        Ok(Self {
            nodes: number(&dom, "nodes")?,
            listeners: number(&dom, "jsEventListeners")?,
            documents: number(&dom, "documents")?,
            timers: number(&page, "timers")?,
            streams: number(&page, "streams")?,
            program_bytes: number(&page, "memory")?,
            script_bytes: number(&heap, "usedSize")?,
        })
    }

    /// Checks that it is no more than before, except for temporary resources.
    fn ensure_level_with(&self, before: &Self) -> Result<()> {
        let is_level = self.documents <= before.documents
            && self.nodes <= before.nodes + before.nodes / 50
            && self.listeners <= before.listeners + 5
            && self.timers <= before.timers + 3
            && self.streams <= 1
            && self.program_bytes <= before.program_bytes + PROGRAM_SLACK
            && self.script_bytes <= before.script_bytes + before.script_bytes / 20 + 100_000;
        ensure!(is_level, "it grows: from {before:#?} to {self:#?}");
        Ok(())
    }
}

/// On a busy machine, unfinished work of the last round still holds memory.
async fn until_level(scene: &Scene, before: &Held) -> Result<()> {
    until_within(LONG, "the page to hold no more than before", async || {
        Held::by(scene).await?.ensure_level_with(before)?;
        Ok(Some(()))
    })
    .await
}

#[tokio::test]
async fn memory_is_level_after_two_hundred_pages() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(TALLY).await?;
        let (api, workspace) = scene.studio().await?;
        let failed = api.workbench(&workspace, "Failed", "missing").await?;
        api.until_status(&failed, "Failed").await?;
        let running = api.workbench(&workspace, "Running", "notes").await?;
        api.until_status(&running, "Running").await?;
        scene.open_signed_in("/workspaces").await?;
        page.find(Role::Link, "Studio").await?;

        let list = format!("/workspaces/{workspace}");
        let row = ".rows .row-link";
        let ended = "section[data-kind=failed] .actions button";
        let inside = ".kept[data-state=shown]:not([inert]) iframe";
        let steps = json!([
            [list, row],
            [format!("{list}/sessions/{failed}"), ended],
            [list, row],
            [format!("{list}/sessions/{running}"), inside],
            [list, row],
            [format!("{list}/new"), "fieldset input"],
            [list, row],
            ["/workspaces", format!("main a[href='{list}']")],
        ]);
        for _ in 0..ROUNDS {
            walk(scene, &steps, 7).await?;
        }
        // The program's memory is that of its busiest moment, which may come late on a busy machine: what
        // leaks grows each time.
        let mut held = Held::by(scene).await?;
        let mut levelled = Ok(());
        for _ in 0..3 {
            for _ in 0..ROUNDS {
                walk(scene, &steps, 7).await?;
            }
            levelled = until_level(scene, &held).await;
            if levelled.is_ok() {
                break;
            }
            held = Held::by(scene).await?;
        }
        levelled
    })
    .await
}

#[tokio::test]
async fn memory_is_level_after_a_thousand_events() -> Result<()> {
    Scene::play_longer(async |scene| {
        let page = &scene.page;
        scene.browser.before_pages(TALLY).await?;
        let (api, workspace) = scene.studio().await?;
        let mut ids = Vec::new();
        for number in 0..WORKBENCHES {
            let name = format!("Number {number}");
            ids.push(api.workbench(&workspace, &name, "missing").await?);
        }
        for id in &ids {
            api.until_status(id, "Failed").await?;
        }
        let list = format!("/workspaces/{workspace}");
        // The workbench's own page doesn't change; other runs would also be shown.
        let quiet = api.workbench(&workspace, "Quiet", "missing").await?;
        api.until_status(&quiet, "Failed").await?;
        let session = format!("{list}/sessions/{quiet}");
        let [there, back] = [
            json!([[session, "section[data-kind=failed] .actions button"]]),
            json!([[list, ".rows .row-link"]]),
        ];
        scene.open_signed_in(&list).await?;
        page.find(Role::Link, "Number 0").await?;
        let first = newest(&api, &ids[0]).await?;
        let mut before = None;
        for round in 1..=2 * ROUNDS {
            happen(&api, &ids).await?;
            walk(scene, &there, 1).await?;
            happen(&api, &ids).await?;
            walk(scene, &back, 1).await?;
            until_all_failed(scene).await?;
            if round == ROUNDS {
                before = Some(Held::by(scene).await?);
            }
        }
        let events = newest(&api, &ids[0]).await? - first;
        ensure!(events >= 1_000, "only {events} events");
        until_level(scene, &before.context("no rounds")?).await
    })
    .await
}

/// Starts each workbench several times; every start fails.
async fn happen(api: &Api, ids: &[String]) -> Result<()> {
    for _ in 0..STARTS {
        let mut runs = Vec::new();
        for id in ids {
            let start = format!("/api/workbenches/{id}/start");
            let asked = api.post(&start, json!({})).await?.ok()?.json();
            runs.push(asked["run"]["number"].clone());
        }
        for (id, run) in ids.iter().zip(runs) {
            until_within(LONG, "a start to fail", async || {
                let now = api.get_workbench(id).await?;
                let is_over = now["k8sStatus"] == "Failed" && now["status"]["runNumber"] == run;
                Ok(is_over.then_some(()))
            })
            .await?;
        }
    }
    Ok(())
}

/// Returns the number of the newest event in a workbench's journal.
async fn newest(api: &Api, id: &str) -> Result<u64> {
    let now = api.get_workbench(id).await?;
    now["run"]["lastSeq"].as_u64().context("no number")
}

/// Uses no element handles of the driver, which would keep elements alive.
async fn until_all_failed(scene: &Scene) -> Result<()> {
    let script = "return document.querySelectorAll('tr [data-k8s-status=Failed]').length";
    until_within(LONG, "all to be shown as failed", async || {
        let failed = scene.page.execute(script, vec![]).await?;
        Ok((failed == WORKBENCHES + 1).then_some(()))
    })
    .await
}

async fn walk(scene: &Scene, steps: &Value, times: usize) -> Result<()> {
    let client = scene.page.client();
    let walked = client.execute_async(WALK, vec![steps.clone(), json!(times)]);
    let walked = walked.await?;
    ensure!(walked == "arrived", "{walked}");
    Ok(())
}
