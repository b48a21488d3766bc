//! A network that lies, delays and loses: what the console makes of every kind of bad answer, told
//! with a middle-man who counts what it asks.

mod kinds;
mod order;
mod passing;
mod refusals;

use anyhow::{Result, ensure};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;
use vestibule_e2e::{Api, Asked, Fault, MiddleMan, Role, Scene, until};

/// Where the page asks for its workbench.
const WORKBENCH: &str = "/api/workbenches/*";

/// The event stream.
const STREAM: &str = "/api/runs/stream";

/// Asks at the quickest pace that there is, so that counting takes seconds.
const FLAGS: [&str; 6] = [
    "--poll-interval",
    "1s",
    "--poll-watch-interval",
    "1s",
    "--poll-max-backoff",
    "1s",
];

/// Longer than any pause between two of its requests: two would have come.
const QUIET: Duration = Duration::from_millis(2_600);

/// The page of a workbench that starts for as long as one looks; without the event stream, so that
/// every request is a look of the poller's own.
async fn open_starting(scene: &Scene, middle_man: &MiddleMan) -> Result<(Api, String)> {
    middle_man.meddle(STREAM, Fault::status(503));
    open_covered(scene).await
}

/// The same with the event stream.
async fn open_covered(scene: &Scene) -> Result<(Api, String)> {
    let spec = json!({ "startTimeoutSeconds": 3600 });
    let body = json!({ "name": "Patient", "app": "deaf", "spec": spec });
    let (api, id) = scene.open_made(body).await?;
    scene.page.find(Role::Region, "Starting").await?;
    Ok((api, id))
}

/// Nothing is asked at this path any more; answers what was asked till now.
async fn until_quiet(middle_man: &MiddleMan, path: &str) -> Result<Vec<Asked>> {
    let before = middle_man.asked(path).len();
    sleep(QUIET).await;
    let asked = middle_man.asked(path);
    ensure!(
        asked.len() == before,
        "{} more requests to {path}",
        asked.len() - before
    );
    Ok(asked)
}

/// Waits until that many requests were answered with this status, and nothing but that.
async fn until_answered(middle_man: &MiddleMan, status: u16, count: usize) -> Result<Vec<Asked>> {
    until(&format!("{count} answers {status}"), async || {
        let mut asked = middle_man.asked(WORKBENCH);
        asked.retain(|one| one.answered.is_some_and(|(given, _)| given == status));
        Ok((asked.len() >= count).then_some(asked))
    })
    .await
}
