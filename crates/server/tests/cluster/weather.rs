//! Restarts of the server, lost databases, and a server that only observes.

use crate::support::{Server, kubectl};
use serde_json::json;
use vestibule_server::store::Command;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn changes_during_an_outage_of_the_server_are_caught_up() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    server.apply("ocean", json!({ "app": "welcome", "desired": "Stopped" }));
    server
        .until("two workbenches", || {
            let both = server.workbenches();
            let phases: Vec<_> = both.iter().map(|one| one.status.phase.as_str()).collect();
            (both.len() == 2 && phases.contains(&"Creating")).then_some(())
        })
        .await;
    let (namespace, remains) = server.end().await;
    let patch = r#"{"spec":{"desired":"Running","displayName":"Ocean"}}"#;
    kubectl(&[
        "patch",
        "ags",
        "ocean",
        "-n",
        &namespace,
        "--type=merge",
        "-p",
        patch,
    ]);
    kubectl(&["delete", "ags", "climate", "-n", &namespace, "--wait=false"]);
    let server = Server::resume(namespace, remains).await;
    server
        .until("the other workbench", || {
            let all = server.workbenches();
            (all.len() == 1 && all[0].name == "Ocean").then_some(())
        })
        .await;
    server.shows("ocean", "Creating").await;
    assert!(server.resource("climate").is_none());
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_lost_database_loses_no_run() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let first = server.shows("climate", "Creating").await;
    server
        .command(&first.id, Command::Stop)
        .await
        .expect("it is stopped");
    server.shows("climate", "Stopped").await;
    server
        .command(&first.id, Command::Start)
        .await
        .expect("it is started");
    server.shows("climate", "Creating").await;
    let pods = [
        "get",
        "pods",
        "-n",
        &server.namespace.clone(),
        "-o",
        "jsonpath={.items[*].metadata.uid}",
    ];
    let before = kubectl(&pods);
    let server = server.restart_without_database().await;
    let found = server.shows("climate", "Creating").await;
    assert_eq!(
        found.run.as_ref().expect("a run").number,
        2,
        "the run goes on"
    );
    assert_eq!(kubectl(&pods), before, "its Pod is the same");
    server
        .command(&found.id, Command::Stop)
        .await
        .expect("it is stopped");
    server.shows("climate", "Stopped").await;
    let server = server.restart_without_database().await;
    let ended = server.shows("climate", "Stopped").await;
    assert_eq!(
        ended.run.as_ref().expect("a run").number,
        2,
        "it is not repeated"
    );
    let next = server
        .command(&ended.id, Command::Start)
        .await
        .expect("it is started");
    assert_eq!(next.run.expect("a run").number, 3);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn a_server_that_only_observes_shows_and_does_nothing() {
    let server = Server::start().await.restart_observing().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let waiting = server.shows("climate", "Pending").await;
    let said = waiting.status.conditions.iter();
    let said: Vec<_> = said.map(|one| one.message.as_str()).collect();
    assert!(
        said.iter().any(|said| said.contains("--observe-only")),
        "{said:?}"
    );
    let namespace = server.namespace.clone();
    assert_eq!(
        kubectl(&["get", "pods,pvc", "-n", &namespace, "-o", "name"]),
        ""
    );
    let resource = server.resource("climate").expect("a resource");
    assert!(resource["metadata"]["finalizers"].is_null(), "{resource}");
    server.end().await;
}
