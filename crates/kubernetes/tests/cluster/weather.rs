//! An API server that is away, and rights that are missing.

use crate::observing::{is_observed, with_app};
use crate::proxy::Proxy;
use crate::support::{Space, config, pod};
use kube::Client;
use serde_json::json;
use vestibule_kubernetes::cluster::names;
use vestibule_model::observed::{Observed, Runner, Secrets};

fn why_not(seen: &Observed) -> Option<String> {
    match &seen.runner {
        Runner::Unobserved { why, .. } => Some(why.clone()),
        _ => None,
    }
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn while_the_api_server_is_away_nothing_is_claimed_and_afterwards_nothing_is_missed() {
    let space = Space::new().await;
    let (proxy, by_proxy) = Proxy::before(config().await).await;
    let target = space
        .session(
            "climate",
            json!({ "app": "jupyterlab", "secrets": ["TOKEN"] }),
        )
        .await;
    let node = space.node().await;
    let mut watching = space.watch_by(Client::try_from(by_proxy).expect("a client"));
    space
        .create(
            "Pod",
            pod(&target, "climate-1", json!({ "nodeName": node })),
        )
        .await;
    let running = json!({ "running": { "startedAt": "2026-11-21T10:00:04Z" } });
    space
        .set_pod_status("climate-1", with_app("Running", true, running))
        .await;
    watching
        .sees(&target, "running app", |seen| {
            matches!(seen.runner, Runner::Running { .. }).then_some(())
        })
        .await;

    proxy.cut();
    let why = watching.sees(&target, "failure to observe", why_not).await;
    println!("away: {why}");
    space.delete_now("Pod", "climate-1").await;
    let secret = json!({
        "metadata": { "name": "token", "labels": { names::SECRET: "true" }, "annotations": { names::SECRET_NAME: "TOKEN" } },
    });
    space.create("Secret", secret).await;

    proxy.mend();
    watching
        .sees(&target, "end and secret", |seen| {
            (seen.runner == Runner::Absent && seen.secrets == Secrets::Found).then_some(())
        })
        .await;
    space.close().await;
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn missing_right_is_told_by_verb_and_resource() {
    let space = Space::new().await;
    let mut without_rights = config().await;
    without_rights.auth_info.impersonate = Some("vestibule-without-rights".to_owned());
    let target = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let mut watching = space.watch_by(Client::try_from(without_rights).expect("a client"));
    let why = watching
        .sees(&target, "missing right", |seen| {
            why_not(seen).filter(|why| why.contains("cannot list resource"))
        })
        .await;
    println!("without rights: {why}");
    assert!(is_observed(&watching.cluster.observe(&target).await).is_none());
    space.close().await;
}
