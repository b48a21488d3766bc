//! A run as `kubectl get agenticsessions` shows it, from its first obstacle to its end.

use crate::observing::with_app;
use crate::support::{Space, Watching, desired_run, pod};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::EvictParams;
use serde_json::json;
use std::time::{Duration, Instant};
use vestibule_engine::Target;
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_model::reconcile::{Cadence, Subject, reconcile};
use vestibule_model::workbench::WorkbenchStatus;

/// The reconcile loop in its smallest form.
struct Loop<'a> {
    space: &'a Space,
    watching: Watching,
    target: Target,
    subject: Subject,
    status: WorkbenchStatus,
}

impl Loop<'_> {
    /// Reconciles until the resource shows this phase, `Ready` and its reason.
    async fn shows(&mut self, phase: &str, ready: &str, reason: &str) {
        let begin = Instant::now();
        let mut last = Default::default();
        let found = tokio::time::timeout(Duration::from_secs(90), async {
            loop {
                self.turn().await;
                last = self.columns().await;
                if last == (phase.to_owned(), ready.to_owned(), reason.to_owned()) {
                    return;
                }
                let _ =
                    tokio::time::timeout(Duration::from_millis(200), self.watching.changes.recv())
                        .await;
            }
        })
        .await;
        assert!(found.is_ok(), "no {phase} {ready} {reason} but {last:?}");
        eprintln!(
            "{phase:<9} {ready:<5} {reason:<15} after {:?}",
            begin.elapsed()
        );
    }

    async fn turn(&mut self) {
        let seen = self.watching.cluster.observe(&self.target).await;
        let outcome = reconcile(
            &self.subject,
            &self.status,
            &seen,
            &Cadence::default(),
            SystemClock.now(),
        );
        if outcome.status != self.status {
            self.status = outcome.status;
            // Before the first list of the watch there is no resource to write to.
            let _ = self
                .watching
                .cluster
                .write_status(
                    &self.space.name.as_str().into(),
                    &self.target.id,
                    &self.status,
                )
                .await;
        }
    }

    async fn columns(&self) -> (String, String, String) {
        let session = self
            .space
            .api("AgenticSession")
            .get("climate")
            .await
            .expect("a session");
        let status = &session.data["status"];
        let all = status["conditions"].as_array().cloned().unwrap_or_default();
        let ready = all
            .into_iter()
            .find(|one| one["type"] == "Ready")
            .unwrap_or_default();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        (
            text(&status["phase"]),
            text(&ready["status"]),
            text(&ready["reason"]),
        )
    }
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn resource_shows_every_fact_of_a_run() {
    let space = Space::new().await;
    let target = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let mut run = Loop {
        space: &space,
        watching: space.watch(),
        subject: desired_run(SystemClock.now()),
        status: WorkbenchStatus::default(),
        target: target.clone(),
    };
    run.shows("Pending", "False", "Provisioning").await;

    let node = space.node().await;
    space
        .create(
            "Pod",
            pod(&target, "climate-1", json!({ "nodeName": node })),
        )
        .await;
    let pulls = json!({ "waiting": { "reason": "ContainerCreating" } });
    space
        .set_pod_status("climate-1", with_app("Pending", false, pulls))
        .await;
    // The claim that is missing waits for someone, and so comes first.
    run.shows("Creating", "False", "VolumeLost").await;

    let running = json!({ "running": { "startedAt": "2026-11-21T10:00:04Z" } });
    space
        .set_pod_status("climate-1", with_app("Running", true, running.clone()))
        .await;
    run.shows("Running", "True", "SessionRunning").await;
    space
        .set_pod_status("climate-1", with_app("Running", false, running.clone()))
        .await;
    run.shows("Running", "False", "ProbeFailed").await;
    space
        .set_pod_status("climate-1", with_app("Running", true, running))
        .await;
    run.shows("Running", "True", "SessionRunning").await;

    let pods: Api<core::Pod> = Api::namespaced(space.client.clone(), &space.name);
    pods.evict("climate-1", &EvictParams::default())
        .await
        .expect("an eviction");
    run.shows("Running", "False", "Evicted").await;
    space.delete_now("Pod", "climate-1").await;
    run.shows("Failed", "False", "SessionFailed").await;

    space.close().await;
}
