//! The console behind a faulty network: every kind of bad response, injected by a proxy that also
//! counts requests.

mod kinds;
mod order;
mod passing;
mod refusals;

use anyhow::{Result, ensure};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use vestibule_e2e::{Api, Fault, FaultProxy, RecordedRequest, Role, Scene, until};

/// Path at which the page polls its workbench.
const WORKBENCH: &str = "/api/workbenches/*";

/// The event stream.
const STREAM: &str = "/api/runs/stream";

/// Sets the shortest polling intervals, so that counting takes seconds.
const FLAGS: [&str; 6] = [
    "--poll-interval",
    "1s",
    "--poll-watch-interval",
    "1s",
    "--poll-max-backoff",
    "1s",
];

/// Longer than any pause between two polls: two would have arrived.
const QUIET: Duration = Duration::from_millis(2_600);

/// Opens the page of a workbench that keeps starting, without the event stream, so that every
/// request comes from the poller.
async fn open_starting(scene: &Scene, proxy: &FaultProxy) -> Result<(Api, String)> {
    proxy.inject(STREAM, Fault::status(503));
    open_covered(scene).await
}

/// Opens the same page with the event stream.
async fn open_covered(scene: &Scene) -> Result<(Api, String)> {
    let spec = json!({ "startTimeoutSeconds": 3600 });
    let body = json!({ "name": "Patient", "app": "deaf", "spec": spec });
    let (api, id) = scene.open_made(body).await?;
    scene.page.find(Role::Region, "Starting").await?;
    Ok((api, id))
}

/// Checks that no more requests are sent to this path; returns the number so far.
async fn until_quiet(proxy: &FaultProxy, path: &str) -> Result<Vec<RecordedRequest>> {
    let before = proxy.asked(path).len();
    sleep(QUIET).await;
    let asked = proxy.asked(path);
    ensure!(
        asked.len() == before,
        "{} more requests to {path}",
        asked.len() - before
    );
    Ok(asked)
}

/// Waits for this number of responses with this status, and none with another.
async fn until_answered(
    proxy: &FaultProxy,
    status: u16,
    count: usize,
) -> Result<Vec<RecordedRequest>> {
    until(&format!("{count} answers {status}"), async || {
        let mut asked = proxy.asked(WORKBENCH);
        asked.retain(|one| one.answered.is_some_and(|(given, _)| given == status));
        Ok((asked.len() >= count).then_some(asked))
    })
    .await
}
