//! Resources that are made and changed with kubectl.

use crate::support::{Server, kubectl};
use serde_json::json;
use vestibule_model::phase::Phase;
use vestibule_model::workbench::Desired;
use vestibule_server::command_store::CommandError;
use vestibule_server::store::Command;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_resource_made_by_hand_is_a_workbench() {
    let server = Server::start().await;
    server.apply(
        "climate",
        json!({ "app": "welcome", "displayName": "Climate 2026" }),
    );
    let workbench = server.shows("climate", "Creating").await;
    assert_eq!(workbench.name, "Climate 2026");
    let resource = server.resource("climate").expect("a resource");
    let uid = resource["metadata"]["uid"].as_str().expect("a uid");
    assert_eq!(workbench.id.as_str(), format!("wb-{uid}"));
    assert_eq!(
        json!(workbench.generation),
        resource["metadata"]["generation"]
    );
    assert_eq!(
        resource["metadata"]["finalizers"],
        json!(["vestibule.dev/run"])
    );
    let by = "kubectl-client-side-apply (through the Kubernetes API) asked to start it.";
    assert!(
        server.journal(&workbench).iter().any(|said| said == by),
        "{:?}",
        server.journal(&workbench)
    );
    // A drain removes only what a controller owns.
    let pod = ["get", "pods", "-n", &server.namespace, "-o"];
    let owner = "jsonpath={.items[*].metadata.ownerReferences[0].uid}";
    assert_eq!(kubectl(&[&pod[..], &[owner]].concat()), uid);

    // Stopped and started, as in the console.
    server.patch("climate", json!({ "spec": { "desired": "Stopped" } }));
    let stopped = server.shows("climate", "Stopped").await;
    assert_eq!(
        stopped.stopped_by_name.as_deref(),
        Some("kubectl-patch (through the Kubernetes API)")
    );
    server.patch("climate", json!({ "spec": { "desired": "Running" } }));
    let again = server.shows("climate", "Creating").await;
    assert_eq!(again.run.expect("a run").number, 2);
    server.patch("climate", json!({ "spec": { "runRequest": "once more" } }));
    let again = server
        .until("the third run", || {
            let again = server.workbench()?;
            (again.run.as_ref()?.number == 3).then_some(again)
        })
        .await;
    assert_eq!(again.desired, Desired::Running);
    server.patch(
        "climate",
        json!({ "spec": { "displayName": "Climate 2027", "idleTimeoutSeconds": 60 } }),
    );
    server
        .until("the new settings", || {
            let changed = server.workbench()?;
            let is_new =
                changed.name == "Climate 2027" && changed.spec.idle_timeout_seconds == Some(60);
            is_new.then_some(())
        })
        .await;

    // Deleted: held until everything of it is gone.
    kubectl(&[
        "delete",
        "ags",
        "climate",
        "-n",
        &server.namespace,
        "--timeout=60s",
    ]);
    server
        .until("an empty workspace", || {
            server.workbench().is_none().then_some(())
        })
        .await;
    assert!(server.resource("climate").is_none());
    assert_eq!(
        kubectl(&["get", "pods", "-n", &server.namespace, "-o", "name"]),
        ""
    );
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn same_name_again_is_another_workbench() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let first = server.shows("climate", "Creating").await;
    kubectl(&[
        "delete",
        "ags",
        "climate",
        "-n",
        &server.namespace,
        "--timeout=60s",
    ]);
    server.apply("climate", json!({ "app": "welcome" }));
    let second = server.shows("climate", "Creating").await;
    assert_ne!(first.id, second.id);
    assert_eq!(second.run.expect("a run").number, 1);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_status_of_somebody_else_is_corrected() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    server.shows("climate", "Creating").await;
    let forged = json!({ "status": { "phase": "Failed", "is_error": true } }).to_string();
    let command = [
        "patch",
        "ags",
        "climate",
        "-n",
        &server.namespace,
        "--subresource=status",
    ];
    kubectl(&[&command[..], &["--type=merge", "-p", &forged]].concat());
    server.shows("climate", "Creating").await;
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn nothing_of_a_paused_resource_is_acted_on() {
    let server = Server::start().await;
    let paused = json!({ "metadata": { "annotations": { "vestibule.dev/paused": "true" } } });
    server.apply("climate", json!({ "app": "welcome", "desired": "Stopped" }));
    server.shows("climate", "Stopped").await;
    server.patch("climate", paused);
    server.patch("climate", json!({ "spec": { "desired": "Running" } }));
    let waiting = server.shows("climate", "Pending").await;
    let said = waiting.status.conditions.iter();
    let said: Vec<_> = said.map(|one| one.message.as_str()).collect();
    let why = "Paused by the annotation vestibule.dev/paused";
    assert!(said.iter().any(|said| said.starts_with(why)), "{said:?}");
    assert_eq!(
        kubectl(&["get", "pods,pvc", "-n", &server.namespace, "-o", "name"]),
        ""
    );
    server.patch(
        "climate",
        json!({ "metadata": { "annotations": { "vestibule.dev/paused": null } } }),
    );
    server.shows("climate", "Creating").await;
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_workbench_whose_resource_is_gone_is_stopped_and_not_made_anew() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let workbench = server.shows("climate", "Creating").await;
    let (namespace, remains) = server.end().await;
    kubectl(&["delete", "ags", "climate", "-n", &namespace, "--wait=false"]);
    let none = r#"{"metadata":{"finalizers":null}}"#;
    kubectl(&[
        "patch",
        "ags",
        "climate",
        "-n",
        &namespace,
        "--type=merge",
        "-p",
        none,
    ]);
    let server = Server::resume(namespace, remains).await;
    server
        .until("a stopped workbench", || {
            let row = server.store.resource_row(&workbench.id).expect("works")?;
            let stopped = server.workbench()?;
            (row.is_gone && stopped.status.phase == Phase::Stopped).then_some(())
        })
        .await;
    let started = server.command(&workbench.id, Command::Start).await;
    assert!(matches!(started, Err(CommandError::Gone)), "{started:?}");
    assert!(server.resource("climate").is_none());
    let deleted = server.command(&workbench.id, Command::Delete).await;
    assert!(deleted.expect("it is deleted").deleting);
    server
        .until("an empty workspace", || {
            server.workbench().is_none().then_some(())
        })
        .await;
    server.end().await;
}
