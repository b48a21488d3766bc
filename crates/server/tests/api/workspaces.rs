//! `/api/workspaces`.

use crate::support::Server;
use serde_json::json;
use vestibule_model::phase::Phase;

#[tokio::test]
async fn a_workspace_is_made_renamed_and_deleted() {
    let server = Server::empty();
    let admin = server.admin().await;
    let made = admin
        .post("/api/workspaces", &json!({"name": "  Lab "}))
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.value()["name"], "Lab");
    let path = format!("/api/workspaces/{}", made.id());
    assert_eq!(made.header("location"), path);

    let renamed = admin.patch(&path, &json!({"name": "Library"})).await;
    assert_eq!(renamed.value()["name"], "Library");
    assert_eq!(admin.get(&path).await.value()["name"], "Library");
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.get(&path).await.problem(404);
    admin.delete(&path).await.problem(404);
}

#[tokio::test]
async fn workspaces_are_listed_by_name_with_their_counts() {
    let server = Server::empty();
    let admin = server.admin().await;
    admin.post("/api/workspaces", &json!({"name": "zoo"})).await;
    let made = admin
        .post("/api/workspaces", &json!({"name": "Attic"}))
        .await;
    let benches = format!("/api/workspaces/{}/workbenches", made.id());
    let bench = admin
        .post(&benches, &json!({"name": "b", "app": "welcome"}))
        .await;
    let stopped = json!({"name": "s", "app": "welcome", "desired": "Stopped"});
    admin.post(&benches, &stopped).await;

    let list = admin.get("/api/workspaces").await.value();
    assert_eq!(list["items"][0]["name"], "Attic");
    assert_eq!(list["items"][1]["name"], "zoo");
    let counts = json!({"total": 2, "running": 0, "progressing": 1, "failed": 0});
    assert_eq!(list["items"][0]["workbenches"], counts);

    server.engine.sees_it_running();
    server.settle(&bench.id(), &Phase::Running).await;
    let shown = admin
        .get(&format!("/api/workspaces/{}", made.id()))
        .await
        .value();
    assert_eq!(shown["workbenches"]["running"], 1);
    server.engine.sees_it_exit(1);
    server.settle(&bench.id(), &Phase::Failed).await;
    let shown = admin
        .get(&format!("/api/workspaces/{}", made.id()))
        .await
        .value();
    assert_eq!(shown["workbenches"]["failed"], 1);
}

#[tokio::test]
async fn a_workspace_with_workbenches_is_not_deleted() {
    let server = Server::empty();
    let admin = server.admin().await;
    let bench = admin.workbench().await;
    let shown = admin
        .get(&format!("/api/workbenches/{bench}"))
        .await
        .value();
    let path = format!(
        "/api/workspaces/{}",
        shown["workspaceId"].as_str().expect("an id")
    );
    let problem = admin.delete(&path).await.problem(409);
    assert!(
        problem.detail.contains("its workbench first"),
        "{}",
        problem.detail
    );
    assert_eq!(admin.get(&path).await.status, 200);
}
