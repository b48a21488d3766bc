//! Rows written by another version, and commands at unusual moments.

use crate::support::Server;
use serde_json::{Value, json};
use vestibule_model::phase::Phase;

fn items(list: &Value) -> &Vec<Value> {
    list["items"].as_array().expect("a list")
}

#[tokio::test]
async fn values_of_a_newer_version_are_shown_unchanged() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    server.engine.sees_it_exit(0);
    let ended = server.settle(&id, &Phase::Completed).await;
    let run = ended.run.expect("a run").id;
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let raw = raw.expect("the database");
    raw.execute(
        "INSERT INTO transitions (run_id, at, kind, condition, from_status, to_status, reason, message, source, generation)
         VALUES (?1, 99999999999999, 'omen', 'MoonPhase', 'Waxing', 'Full', 'Tides', 'later', 'oracle', -7)",
        [run.as_str()],
    )
    .expect("a row");
    raw.execute(
        "UPDATE runs SET status = 'dancing', cause = 'Tides', started_at = 99999999999999, spec_json = '{garbled' WHERE id = ?1",
        [run.as_str()],
    )
    .expect("a row");
    let journal = admin.get(&format!("/api/runs/{run}/journal")).await.value();
    let odd = items(&journal).last().expect("entries");
    assert_eq!(
        (&odd["kind"], &odd["type"]),
        (&json!("omen"), &json!("MoonPhase"))
    );
    assert_eq!(
        (&odd["source"], &odd["reason"]),
        (&json!("oracle"), &json!("Tides"))
    );
    assert_eq!(odd["generation"], 0, "a broken number");
    let runs = admin.get("/api/runs").await.value();
    assert_eq!(items(&runs)[0]["status"], "dancing");
    let own = admin
        .get(&format!("/api/workbenches/{id}/runs"))
        .await
        .value();
    assert_eq!(items(&own)[0]["cause"], "Tides");
    // The workbench can still start, with its own settings.
    let start = format!("/api/workbenches/{id}/start");
    assert_eq!(admin.post(&start, &json!({})).await.status, 202);
    server.settle(&id, &Phase::Completed).await;
}

#[tokio::test]
async fn two_concurrent_starts_create_one_run() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    server.engine.sees_it_exit(0);
    server.settle(&id, &Phase::Completed).await;
    server.engine.sees_it_running();
    let start = format!("/api/workbenches/{id}/start");
    let body = json!({});
    let (one, two) = tokio::join!(admin.post(&start, &body), admin.post(&start, &body));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (202, 202));
    assert_eq!(one.value()["run"]["id"], two.value()["run"]["id"]);
    let own = admin
        .get(&format!("/api/workbenches/{id}/runs"))
        .await
        .value();
    assert_eq!(items(&own).len(), 2);
}

#[tokio::test]
async fn commands_after_the_end_change_nothing_or_say_why_not() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    server.engine.sees_it_exit(0);
    let ended = server.settle(&id, &Phase::Completed).await;
    let command = async |what: &str| {
        let path = format!("/api/workbenches/{id}/{what}");
        admin.post(&path, &json!({})).await
    };
    let stopped = command("stop").await;
    assert_eq!(stopped.status, 202);
    assert_eq!(stopped.value()["generation"], ended.generation);
    assert_eq!(stopped.value()["status"]["phase"], "Completed");
    let problem = command("extend").await.problem(409);
    assert_eq!(problem.kind, "/problems/not-running");
}
