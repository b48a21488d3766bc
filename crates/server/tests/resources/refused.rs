//! Objects that the API server refuses to create.

use crate::support::Server;
use serde_json::{Value, json};
use vestibule_model::condition::{Condition, ConditionType};
use vestibule_model::deadline;
use vestibule_model::reason;
use vestibule_model::time::{Millis, Timestamp};

/// Waits until a condition has a reason, and returns it.
async fn condition(server: &Server, kind: ConditionType, reason: &str) -> Condition {
    server
        .until(reason, || {
            let workbench = server.workbench()?;
            let found = workbench.status.condition(&kind)?;
            (found.reason == reason).then(|| found.clone())
        })
        .await
}

/// Returns the Secret of the first run.
fn secret(server: &Server) -> Option<Value> {
    let names = server.api.names("secrets", "team");
    server.api.get("secrets", "team", names.first()?)
}

/// Faults, KH4: the words of the API server are in the status, and no time limit runs.
#[tokio::test(flavor = "multi_thread")]
async fn refused_claim_is_told_until_it_is_created() {
    let server = Server::start().await;
    let claims = "persistentvolumeclaims";
    server
        .api
        .rights(|rights| rights.deny("create", claims, "team"));
    server.apply("climate", json!({ "app": "welcome" }));
    let told = condition(&server, ConditionType::PvcReady, reason::PROVISION_FAILED).await;
    assert!(
        told.message.contains("cannot create resource"),
        "{}",
        told.message
    );
    let workbench = server.workbench().expect("a workbench");
    let begin = Timestamp::from_millis(0);
    let limit = deadline::of_start(
        begin + Millis::from_secs(1),
        begin,
        &workbench.status.conditions,
    );
    assert_eq!(limit, None, "it waits for someone");
    server.api.rights(|rights| rights.grant_all());
    server.shows("climate", "Creating").await;
    condition(&server, ConditionType::PvcReady, reason::BOUND).await;
    server
        .until("a Pod", || server.api.names("pods", "team").pop())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_secret_is_told_until_it_is_created() {
    let server = Server::start().await;
    server
        .api
        .rights(|rights| rights.deny("patch", "secrets", "team"));
    server.apply("climate", json!({ "app": "welcome" }));
    let told = condition(&server, ConditionType::JobCreated, reason::CREATION_FAILED).await;
    assert!(
        told.message.contains("secrets is forbidden"),
        "{}",
        told.message
    );
    server.api.rights(|rights| rights.grant_all());
    condition(&server, ConditionType::JobCreated, reason::CREATED).await;
}

/// Faults, KM4: a start that waits writes its Secret once, and the Secret has an owner meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn waiting_start_keeps_its_secret() {
    let server = Server::start().await;
    server
        .api
        .rights(|rights| rights.deny("create", "pods", "team"));
    server.apply("climate", json!({ "app": "welcome" }));
    condition(&server, ConditionType::JobCreated, reason::CREATION_FAILED).await;
    let first = secret(&server).expect("a Secret");
    let owner = &first["metadata"]["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["name"]),
        (&json!("AgenticSession"), &json!("climate"))
    );
    let tries = server.api.rights(|rights| rights.refusals);
    server
        .until("two more tries", || {
            (server.api.rights(|rights| rights.refusals) > tries + 1).then_some(())
        })
        .await;
    assert_eq!(secret(&server), Some(first), "it is not written again");
    // Other settings are another Secret.
    let env = json!({ "spec": { "env": { "A": "2" } } });
    server.patch("climate", &env);
    server.api.rights(|rights| rights.grant_all());
    condition(&server, ConditionType::JobCreated, reason::CREATED).await;
    server
        .until("a Secret that vanishes with its Pod", || {
            let owner = secret(&server)?["metadata"]["ownerReferences"][0]["kind"].clone();
            (owner == "Pod").then_some(())
        })
        .await;
}
