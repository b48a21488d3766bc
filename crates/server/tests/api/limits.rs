//! Default and longest times of runs and of idleness.

use crate::support::{Client, Server};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use vestibule_model::access::Scope;
use vestibule_server::store::Store;

fn limits(run: [Option<u32>; 2], idle: [Option<u32>; 2]) -> Value {
    json!({"runDefaultSeconds": run[0], "runMaxSeconds": run[1],
        "idleDefaultSeconds": idle[0], "idleMaxSeconds": idle[1]})
}

async fn put(client: &Client<'_>, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = client.json(Method::PUT, path, body).await;
    (answer.status, answer.value())
}

async fn create(client: &Client<'_>, workspace: &str, spec: Value) -> (StatusCode, Value) {
    let body = json!({"name": "n", "app": "welcome", "desired": "Stopped", "spec": spec});
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let answer = client.post(&path, &body).await;
    (answer.status, answer.value())
}

#[tokio::test]
async fn absent_times_take_the_default_and_longer_ones_are_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let all = limits([Some(600), Some(3_600)], [Some(300), None]);
    let set = put(&admin, "/api/limits", &all).await;
    assert_eq!(set, (StatusCode::OK, all.clone()));
    assert_eq!(admin.get("/api/limits").await.value(), all);

    let (status, made) = create(&admin, &workspace, json!({})).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(made["spec"]["activeDeadlineSeconds"], 600);
    assert_eq!(made["spec"]["idleTimeoutSeconds"], 300);
    // No idle time is a setting like another one, where there is no maximum.
    let requested = json!({"activeDeadlineSeconds": 3_600, "idleTimeoutSeconds": null});
    let (status, made) = create(&admin, &workspace, requested).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(made["spec"]["activeDeadlineSeconds"], 3_600);
    assert_eq!(made["spec"]["idleTimeoutSeconds"], Value::Null);
    for seconds in [json!(3_601), Value::Null] {
        let requested = json!({"activeDeadlineSeconds": seconds});
        let (status, problem) = create(&admin, &workspace, requested).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let field = &problem["errors"][0];
        assert_eq!(field["field"], "spec.activeDeadlineSeconds");
        let message = field["message"].as_str().unwrap_or_default();
        assert!(message.starts_with("Use at most 1 h"), "{message}");
    }
    let path = format!("/api/workbenches/{}", made["id"].as_str().expect("an id"));
    let longer = json!({"spec": {"activeDeadlineSeconds": 7_200}});
    let refused = admin.patch(&path, &longer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shorter = json!({"spec": {"activeDeadlineSeconds": 300, "secrets": ["KEY"]}});
    admin.patch(&path, &shorter).await.value();
    let absent = admin
        .patch(&path, &json!({"spec": {"env": {}}}))
        .await
        .value();
    assert_eq!(absent["spec"]["activeDeadlineSeconds"], 300);
    assert_eq!(absent["spec"]["secrets"], json!(["KEY"]));

    // A workbench keeps a time that exceeds a limit which was set later; only a new time is judged.
    put(
        &admin,
        "/api/limits",
        &limits([Some(60), Some(120)], [None, None]),
    )
    .await;
    let kept = admin.patch(&path, &json!({"spec": {"secrets": []}})).await;
    assert_eq!(kept.status, StatusCode::OK, "{kept:?}");
    assert_eq!(kept.value()["spec"]["activeDeadlineSeconds"], 300);
    let longer = json!({"spec": {"activeDeadlineSeconds": 300}});
    let refused = admin.patch(&path, &longer).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_workspace_may_only_be_stricter() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/limits");
    let all = limits([None, Some(3_600)], [None, None]);
    put(&admin, "/api/limits", &all).await;
    let (status, problem) = put(&admin, &path, &limits([None, Some(3_601)], [None, None])).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["field"], "runMaxSeconds");
    let (status, _) = put(&admin, &path, &json!({"runMaxSeconds": 60})).await;
    assert!(status.is_client_error(), "a missing field wipes nothing");
    let own = limits([Some(30), Some(60)], [None, Some(90)]);
    let (status, set) = put(&admin, &path, &own).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(set["effective"], own);
    assert_eq!(set["installation"], all);
    assert_eq!(admin.get(&path).await.value(), set);
    let audit = admin.get("/api/audit?action=limits").await.value();
    let entry = &audit["items"][0];
    assert_eq!(entry["targetName"], "Lab");
    assert_eq!(entry["after"], own);
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(2));

    let scope = Scope::Workspace(workspace.clone());
    let owner = server.user_with("ada", "workspace-owner", &scope).await;
    let (status, problem) = put(&owner, &path, &own).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(problem.to_string().contains("limit:update"), "{problem}");
    assert_eq!(owner.get(&path).await.value(), set);
    let (status, _) = put(&owner, "/api/limits", &all).await;
    assert_eq!(status, StatusCode::FORBIDDEN);

    assert!(
        admin
            .delete(&format!("/api/workspaces/{workspace}"))
            .await
            .status
            .is_success()
    );
    let gone = put(&admin, &path, &own).await;
    assert_eq!(gone.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_workbench_above_a_new_maximum_is_limited_at_its_next_start() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let spec = json!({"activeDeadlineSeconds": 7_200, "idleTimeoutSeconds": null});
    let (_, made) = create(&admin, &workspace, spec).await;
    let id = made["id"].as_str().expect("an id");
    put(
        &admin,
        "/api/limits",
        &limits([None, Some(3_600)], [None, Some(600)]),
    )
    .await;
    let started = admin
        .post(&format!("/api/workbenches/{id}/start"), &json!({}))
        .await;
    assert_eq!(started.status, StatusCode::ACCEPTED);
    let started = started.value();
    assert_eq!(
        started["spec"]["activeDeadlineSeconds"], 7_200,
        "its own settings stay"
    );
    let run = started["run"]["id"].as_str().expect("a run");
    let journal = admin.get(&format!("/api/runs/{run}/journal")).await.value();
    let said = journal.to_string();
    let sentence = "This run is stopped after 1 h and when idle for 10 min, the longest time that an administrator allows.";
    assert!(said.contains(sentence), "{said}");
    let raw = rusqlite::Connection::open(Store::path_in(server.dir.path())).expect("a database");
    let spec: String = raw
        .query_row("SELECT spec_json FROM runs", [], |row| row.get(0))
        .expect("a run");
    let spec: Value = serde_json::from_str(&spec).expect("JSON");
    assert_eq!(spec["activeDeadlineSeconds"], 3_600);
    assert_eq!(spec["idleTimeoutSeconds"], 600);
}
