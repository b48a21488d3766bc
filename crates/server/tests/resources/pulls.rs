//! Images that can't be pulled at first.

use crate::support::Server;
use serde_json::{Value, json};
use vestibule_model::condition::ConditionType;
use vestibule_model::phase::Phase;
use vestibule_model::reason;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::Workbench;
use vestibule_server::clock;

/// Returns the status of a Pod with a machine since that time, whose container is in this state.
fn status(placed: Timestamp, phase: &str, state: &Value) -> Value {
    let is_running = phase == "Running";
    json!({ "status": {
        "phase": phase,
        "conditions": [{ "type": "PodScheduled", "status": "True", "lastTransitionTime": placed.to_string() }],
        "containerStatuses": [{ "name": "runner", "ready": is_running, "state": state }],
    } })
}

fn fault(reason: &str) -> Value {
    json!({ "waiting": { "reason": reason, "message": "manifest unknown" } })
}

/// Waits until the kubelet's newest report is in the status, and returns the workbench.
async fn ready_with(server: &Server, reason: &str) -> Workbench {
    server
        .until(reason, || {
            let workbench = server.workbench()?;
            let ready = workbench.status.condition(&ConditionType::Ready)?;
            (ready.reason == reason).then(|| workbench.clone())
        })
        .await
}

async fn pod_of(server: &Server) -> String {
    server
        .until("a Pod", || server.api.names("pods", "team").pop())
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn start_goes_on_after_two_failed_pulls() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let pod = pod_of(&server).await;
    let placed = clock::now();
    let report = |phase: &str, state: &Value| {
        let status = status(placed, phase, state);
        server.api.patch("kubelet", "pods", "team", &pod, &status);
    };
    for pull in [reason::ERR_IMAGE_PULL, reason::IMAGE_PULL_BACK_OFF] {
        report("Pending", &fault(pull));
        let waiting = ready_with(&server, pull).await;
        assert_eq!(waiting.status.phase, Phase::Creating);
    }
    report(
        "Running",
        &json!({ "running": { "startedAt": placed.to_string() } }),
    );
    server.shows("climate", "Running").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn image_that_stays_away_for_the_grace_fails_the_run() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let pod = pod_of(&server).await;
    let placed = clock::now() - Millis::from_secs(121);
    let status = status(placed, "Pending", &fault(reason::IMAGE_PULL_BACK_OFF));
    server.api.patch("kubelet", "pods", "team", &pod, &status);
    let failed = server.shows("climate", "Failed").await;
    let cause = failed.status.condition(&ConditionType::Failed);
    let cause = cause.expect("a cause");
    assert_eq!(
        (cause.reason.as_str(), cause.message.as_str()),
        (reason::IMAGE_PULL_BACK_OFF, "manifest unknown")
    );
}
