//! Tabs of the kind `log`.

use crate::support::{Client, Server};
use crate::tabs::{moving, new_id, until, until_ready};
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_model::access::Scope;
use vestibule_model::phase::Phase;
use vestibule_model::tab::{Tab, TabErrorReason, TabKind, TabState};

async fn open(client: &Client<'_>, workbench: &str, id: &str) -> crate::support::Answer {
    let body = json!({"workbenchId": workbench, "kind": "log"});
    client.put(&format!("/api/tabs/{id}"), &body).await
}

#[tokio::test]
async fn log_is_ready_at_once_and_opened_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let id = new_id();
    let answer = open(&admin, &workbench, &id).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let tab: Tab = answer.read();
    assert_eq!((&tab.kind, tab.title.as_str()), (&TabKind::Log, "Log"));
    assert_eq!((&tab.state, tab.run_number), (&TabState::Ready, Some(1)));
    assert_eq!((tab.stage.as_str(), tab.deadline), ("", None));
    assert_eq!(open(&admin, &workbench, &id).await.status, StatusCode::OK);
    let terminal = json!({"workbenchId": workbench, "kind": "terminal"});
    let taken = admin.put(&format!("/api/tabs/{id}"), &terminal).await;
    assert_eq!(taken.problem(409).kind, "/problems/id-taken");
    let run = admin
        .get(&format!("/api/workbenches/{workbench}/runs/1"))
        .await
        .id();
    let log = admin.get(&format!("/api/runs/{run}/log")).await;
    assert_eq!(log.status, StatusCode::OK);
    assert_eq!(server.engine.sessions.count(), 0, "it has no session");
}

#[tokio::test]
async fn log_stays_after_a_stop_and_follows_the_next_run() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let path = format!("/api/workbenches/{workbench}");
    let tab: Tab = open(&admin, &workbench, &new_id()).await.read();
    admin.post(&format!("{path}/stop"), &json!({})).await;
    server.engine.sees_it_exit(143);
    server.settle(&workbench, &Phase::Stopped).await;
    let second: Tab = open(&admin, &workbench, &new_id()).await.read();
    assert_eq!(
        (second.state, second.run_number),
        (TabState::Ready, Some(1))
    );
    let bench = admin.get(&path).await.value();
    assert_eq!(bench["desired"], "Stopped", "a log starts nothing");
    server.engine.sees_nothing();
    admin.post(&format!("{path}/start"), &json!({})).await;
    let next = until(&admin, &tab.id, |tab| tab.run_number == Some(2)).await;
    assert_eq!(next.state, TabState::Ready);
}

#[tokio::test]
async fn log_of_a_workbench_without_runs_waits_for_the_first_one() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let new = json!({"name": "Idle", "app": "welcome", "desired": "Stopped"});
    let made = admin
        .post(&format!("/api/workspaces/{workspace}/workbenches"), &new)
        .await;
    let workbench = made.id();
    let tab: Tab = open(&admin, &workbench, &new_id()).await.read();
    let broken = until(&admin, &tab.id, |tab| tab.error.is_some()).await;
    let reason = broken.error.map(|error| error.reason);
    assert_eq!(reason, Some(TabErrorReason::WorkbenchStopped));
    let start = format!("/api/workbenches/{workbench}/start");
    admin.post(&start, &json!({})).await;
    assert_eq!(until_ready(&admin, &tab.id).await.run_number, Some(1));
}

/// FIELD 22 and 24: a closed tab is a tombstone, and its identifier is never another one's.
#[tokio::test]
async fn closed_log_stays_closed_and_takes_no_messages() {
    let server = Server::empty();
    let _moving = moving(&server);
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let id = new_id();
    let tab: Tab = open(&admin, &workbench, &id).await.read();
    let message = format!("/api/tabs/{id}/messages/{}", new_id());
    let refused = admin.put(&message, &json!({"text": "ls"})).await;
    assert_eq!(refused.problem(409).kind, "/problems/not-an-agent");
    let closed: Tab = admin.delete(&format!("/api/tabs/{id}")).await.read();
    assert!(closed.closed_at.is_some());
    let again: Tab = open(&admin, &workbench, &id).await.read();
    assert_eq!(again.closed_at, closed.closed_at);
    // It has no session that could be left, so it is not observed any more.
    until(&admin, &tab.id, |tab| tab.run_number.is_none()).await;
    let retried = admin
        .post(&format!("/api/tabs/{id}/retry"), &json!({}))
        .await;
    assert_eq!(retried.problem(409).kind, "/problems/tab-closed");
}

#[tokio::test]
async fn the_apps_own_screen_is_not_opened_and_strangers_see_no_log() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workbench = admin.running_workbench().await;
    let body = json!({"workbenchId": workbench, "kind": "app"});
    let refused = admin.put(&format!("/api/tabs/{}", new_id()), &body).await;
    let problem = serde_json::to_value(refused.problem(422)).expect("JSON");
    let said = problem["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(said.contains("own screen is always there"), "{problem}");
    let other = admin.workspace().await;
    let ada = server.user("ada", &[Scope::Workspace(other)]).await;
    open(&ada, &workbench, &new_id()).await.problem(404);
    let viewer = {
        let workbench: Value = admin
            .get(&format!("/api/workbenches/{workbench}"))
            .await
            .value();
        let workspace = workbench["workspaceId"].as_str().expect("an id").to_owned();
        let scope = Scope::Workspace(workspace);
        server.user_with("bob", "workspace-viewer", &scope).await
    };
    open(&viewer, &workbench, &new_id()).await.problem(403);
}
