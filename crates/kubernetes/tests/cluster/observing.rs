//! Reports of the watches, and what is observed from them.

use crate::support::{Space, pod};
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::EvictParams;
use serde_json::{Value, json};
use std::time::Instant;
use vestibule_kubernetes::cluster::names;
use vestibule_model::observed::{Exit, Observed, Probe, Runner, Secrets, Stage, Volume};

pub fn is_observed(seen: &Observed) -> Option<()> {
    (!matches!(seen.runner, Runner::Unobserved { .. })).then_some(())
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn secret_that_appears_wakes_those_who_name_it() {
    let space = Space::new().await;
    let target = space
        .session(
            "climate",
            json!({ "app": "jupyterlab", "secrets": ["TOKEN"] }),
        )
        .await;
    let other = space.session("other", json!({ "app": "jupyterlab" })).await;
    let mut watching = space.watch();
    watching.sees(&target, "observation", is_observed).await;
    let seen = watching.cluster.observe(&target).await;
    assert_eq!(seen.secrets, Secrets::Missing(vec!["TOKEN".into()]));
    watching.forget();

    let secret = json!({
        "metadata": { "name": "token", "labels": { names::SECRET: "true" }, "annotations": { names::SECRET_NAME: "TOKEN" } },
        "stringData": { "value": "hunter2" },
    });
    let begin = Instant::now();
    space.create("Secret", secret).await;
    watching.waits_for_change_of(&target.id).await;
    println!("a secret is news after {:?}", begin.elapsed());
    assert_eq!(
        watching.cluster.observe(&target).await.secrets,
        Secrets::Found
    );
    assert!(
        watching.changes.try_recv().is_err(),
        "{} does not name it",
        other.id
    );

    space.delete_now("Secret", "token").await;
    watching.waits_for_change_of(&target.id).await;
    assert_eq!(
        watching.cluster.observe(&target).await.secrets,
        Secrets::Missing(vec!["TOKEN".into()])
    );
    space.close().await;
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn pod_is_observed_from_the_scheduler_to_its_eviction() {
    let space = Space::new().await;
    let target = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let mut watching = space.watch();
    watching.sees(&target, "observation", is_observed).await;
    assert_eq!(
        watching.cluster.observe(&target).await.runner,
        Runner::Absent
    );

    let nowhere = json!({ "nodeSelector": { "vestibule.dev/nowhere": "true" } });
    space
        .create("Pod", pod(&target, "climate-1", nowhere))
        .await;
    let why = watching
        .sees(&target, "word of the scheduler", |seen| {
            match &seen.runner {
                Runner::Waiting {
                    stage: Stage::Unschedulable(why),
                    ..
                } => Some(why.clone()),
                _ => None,
            }
        })
        .await;
    println!("the scheduler says: {why}");
    space.delete_now("Pod", "climate-1").await;
    watching
        .sees(&target, "end without a trace", |seen| {
            (seen.runner == Runner::Absent).then_some(())
        })
        .await;

    let node = space.node().await;
    space
        .create(
            "Pod",
            pod(&target, "climate-1", json!({ "nodeName": node })),
        )
        .await;
    space.set_pod_status("climate-1", with_app("Pending", false, json!({ "waiting": { "reason": "CreateContainerConfigError", "message": "secret \"x\" not found" } }))).await;
    watching
        .sees(&target, "incomplete configuration", |seen| {
            match &seen.runner {
                Runner::Waiting {
                    stage: Stage::Misconfigured(why),
                    ..
                } => (why == "secret \"x\" not found").then_some(()),
                _ => None,
            }
        })
        .await;

    watching.forget();
    let begin = Instant::now();
    let running = json!({ "running": { "startedAt": "2026-11-21T10:00:04Z" } });
    space
        .set_pod_status("climate-1", with_app("Running", true, running))
        .await;
    watching.waits_for_change_of(&target.id).await;
    println!("a change of a Pod is news after {:?}", begin.elapsed());
    watching
        .sees(&target, "answer", |seen| {
            let is_up = matches!(seen.runner, Runner::Running { .. });
            (is_up && seen.probe == Probe::Succeeded).then_some(())
        })
        .await;

    let pods: Api<core::Pod> = Api::namespaced(space.client.clone(), &space.name);
    pods.evict("climate-1", &EvictParams::default())
        .await
        .expect("an eviction");
    let why = watching
        .sees(&target, "eviction", |seen| match &seen.runner {
            Runner::Disrupted {
                how: Exit::Evicted(why),
                ..
            } => Some(why.clone()),
            _ => None,
        })
        .await;
    println!("an eviction says: {why}");
    space.delete_now("Pod", "climate-1").await;
    watching
        .sees(&target, "end without a trace", |seen| {
            (seen.runner == Runner::Absent).then_some(())
        })
        .await;
    space.close().await;
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn claim_without_a_class_is_told_in_the_controller_s_words() {
    let space = Space::new().await;
    let target = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let mut watching = space.watch();
    let claim = json!({
        "metadata": { "name": "climate", "labels": { names::WORKBENCH: target.id.as_str() } },
        "spec": { "accessModes": ["ReadWriteOnce"], "storageClassName": "nowhere",
            "resources": { "requests": { "storage": "1Gi" } } },
    });
    space.create("PersistentVolumeClaim", claim).await;
    let why = watching
        .sees(&target, "failed provisioning", |seen| match &seen.volume {
            Volume::Failed(why) => Some(why.clone()),
            _ => None,
        })
        .await;
    assert!(why.contains("nowhere"), "{why}");
    space.close().await;
}

pub fn with_app(phase: &str, is_ready: bool, state: Value) -> Value {
    let ready = if is_ready { "True" } else { "False" };
    json!({
        "phase": phase,
        "conditions": [
            { "type": "PodScheduled", "status": "True" },
            { "type": "Ready", "status": ready },
        ],
        "containerStatuses": [{ "name": "runner", "image": "team/app:9", "imageID": "", "ready": is_ready, "restartCount": 0, "state": state }],
    })
}
