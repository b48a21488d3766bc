//! `GET /api/apps`.

use crate::support::{Client, Server};
use axum::body::Body;
use axum::http::{Method, header};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use vestibule_model::phase::Phase;
use vestibule_server::store::Store;

/// Writes runs of a workbench that took so long to become ready; `None` for runs that never did.
fn has_started(server: &Server, workbench: &str, first: i64, took: &[Option<i64>]) {
    let database = Connection::open(Store::path_in(server.dir.path())).expect("the database");
    for (n, took) in (first..).zip(took) {
        let began = 1_700_000_000_000 + n * 60_000;
        database
            .execute(
                "INSERT INTO runs (id, workbench_id, number, generation, status, started_at,
                     start_deadline, ready_at, finished_at, app)
                 SELECT 'run-' || id || ?2, id, ?2, 1, 'stopped', ?3, ?3, ?4, ?3 + 1, app
                 FROM workbenches WHERE id = ?1",
                params![workbench, n, began, took.map(|took| began + took)],
            )
            .expect("a run");
    }
}

async fn stopped(client: &Client<'_>) -> String {
    let path = format!("/api/workspaces/{}/workbenches", client.workspace().await);
    let new = json!({"name": "Bench", "app": "welcome", "desired": "Stopped"});
    client.post(&path, &new).await.id()
}

async fn expectation(client: &Client<'_>) -> Value {
    client.get("/api/apps").await.value()["items"][0]["expectation"].clone()
}

#[tokio::test]
async fn usual_duration_is_reported_after_enough_starts() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (one, two) = (stopped(&admin).await, stopped(&admin).await);
    assert_eq!(expectation(&admin).await, Value::Null);
    has_started(
        &server,
        &one,
        10,
        &[Some(8_000), Some(7_000), None, None, None],
    );
    has_started(
        &server,
        &two,
        10,
        &[Some(9_000), Some(8_000), Some(-5), Some(0)],
    );
    assert_eq!(
        expectation(&admin).await,
        Value::Null,
        "four starts are too few"
    );
    has_started(&server, &two, 20, &[Some(64_000)]);
    let expected = json!({"usual": 8_000, "worst": 64_000, "starts": 5});
    assert_eq!(expectation(&admin).await, expected);
}

#[tokio::test]
async fn only_the_newest_starts_count() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = stopped(&admin).await;
    has_started(&server, &id, 1, &[Some(60_000); 50]);
    has_started(&server, &id, 100, &[Some(2_000); 200]);
    let expected = json!({"usual": 2_000, "worst": 2_000, "starts": 200});
    assert_eq!(expectation(&admin).await, expected);
}

#[tokio::test]
async fn catalogue_is_not_sent_again_until_a_start_became_ready() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = stopped(&admin).await;
    has_started(&server, &id, 10, &[Some(2_000); 5]);
    let tag = admin.get("/api/apps").await.header("etag").to_owned();
    let ask = || {
        let request = admin.request(Method::GET, "/api/apps");
        admin.send(request.header(header::IF_NONE_MATCH, &tag), Body::empty())
    };
    admin.workbench().await;
    assert_eq!(
        ask().await.status,
        304,
        "a run that is not ready changes nothing"
    );
    has_started(&server, &id, 20, &[Some(9_000)]);
    assert_eq!(ask().await.status, 200);
}

#[tokio::test]
async fn a_start_that_was_observed_counts() {
    let server = Server::empty();
    let admin = server.admin().await;
    let old = stopped(&admin).await;
    has_started(&server, &old, 10, &[Some(2_000); 4]);
    let id = admin.workbench().await;
    // A start without any duration is not counted.
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    server.engine.sees_it_running();
    server.settle(&id, &Phase::Running).await;
    assert_eq!(expectation(&admin).await["starts"], 5);
}
