//! Retention of runs and logs.

use crate::support::{Client, Server};
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule_model::ids::RunId;
use vestibule_model::phase::Phase;
use vestibule_model::run::RunLog;
use vestibule_model::time::Millis;
use vestibule_server::store::Retention;

const KEEP: Retention = Retention {
    runs: 3,
    age: Millis::from_secs(24 * 3600),
    logs: 2,
    audit: Millis::from_secs(24 * 3600),
    addresses: Millis::from_secs(24 * 3600),
};

async fn run_again(server: &Server, client: &Client<'_>, id: &str) {
    let path = format!("/api/workbenches/{id}/start");
    assert_eq!(client.post(&path, &json!({})).await.status, 202);
    server.settle(id, &Phase::Completed).await;
}

async fn runs(client: &Client<'_>, id: &str) -> Vec<Value> {
    let list = client.get(&format!("/api/workbenches/{id}/runs")).await;
    list.value()["items"].as_array().expect("a list").clone()
}

fn numbers(runs: &[Value]) -> Vec<u64> {
    runs.iter()
        .filter_map(|run| run["number"].as_u64())
        .collect()
}

/// Sweeps until nothing more is removed.
fn sweep(server: &Server, keep: Retention, days: i64) {
    server.clock.moves_on(days * 24 * 60);
    let now = vestibule_engine::clock::Clock::now(&*server.clock);
    while server
        .state
        .store
        .sweep(&keep, now)
        .expect("the store works")
    {}
}

#[tokio::test]
async fn newest_runs_are_kept_and_fewer_logs() {
    let server = Server::empty();
    let admin = server.admin().await;
    server.engine.sees_it_exit(0);
    let id = admin.workbench().await;
    server.settle(&id, &Phase::Completed).await;
    let other = admin.workbench().await;
    server.settle(&other, &Phase::Completed).await;
    for _ in 0..5 {
        run_again(&server, &admin, &id).await;
    }
    for run in runs(&admin, &id).await {
        let run = RunId::new(run["id"].as_str().expect("an id"));
        let log = RunLog {
            text: "nine bytes".to_owned(),
            skipped_bytes: 1,
            ..RunLog::default()
        };
        server.state.store.keep_log(&run, &log).expect("kept");
    }
    sweep(&server, KEEP, 0);
    let left = runs(&admin, &id).await;
    assert_eq!(numbers(&left), [6, 5, 4]);
    assert_eq!(numbers(&runs(&admin, &other).await), [1]);
    let mut texts = Vec::new();
    for run in &left {
        let path = format!("/api/runs/{}/log", run["id"].as_str().expect("an id"));
        let log = admin.get(&path).await.value();
        texts.push((log["text"].clone(), log["skippedBytes"].clone()));
    }
    let whole = (json!("nine bytes"), json!(1));
    assert_eq!(texts, [whole.clone(), whole, (json!(""), json!(11))]);
    // Numbers continue after removed runs.
    run_again(&server, &admin, &id).await;
    assert_eq!(numbers(&runs(&admin, &id).await), [7, 6, 5, 4]);
}

#[tokio::test]
async fn old_runs_are_removed_except_current_and_running_ones() {
    let server = Server::empty();
    let admin = server.admin().await;
    server.engine.sees_it_exit(0);
    let ended = admin.workbench().await;
    server.settle(&ended, &Phase::Completed).await;
    run_again(&server, &admin, &ended).await;
    server.engine.sees_it_running();
    let lasting = admin.workbench().await;
    server.settle(&lasting, &Phase::Running).await;
    sweep(&server, KEEP, 0);
    assert_eq!(numbers(&runs(&admin, &ended).await), [2, 1]);
    sweep(&server, KEEP, 365);
    assert_eq!(numbers(&runs(&admin, &ended).await), [2]);
    assert_eq!(numbers(&runs(&admin, &lasting).await), [1]);
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let orphans: i64 = raw
        .expect("the database")
        .query_row(
            "SELECT count(*) FROM transitions WHERE run_id NOT IN (SELECT id FROM runs)",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert_eq!(orphans, 0, "the journal goes with its run");
}

#[tokio::test]
async fn a_reader_from_before_the_cut_gets_a_snapshot() {
    let server = Server::empty();
    let admin = server.admin().await;
    server.engine.sees_it_exit(0);
    let id = admin.workbench().await;
    server.settle(&id, &Phase::Completed).await;
    let store = Arc::clone(&server.state.store);
    let (early, _) = store
        .standing(vestibule_server::clock::now())
        .expect("works");
    for _ in 0..4 {
        run_again(&server, &admin, &id).await;
    }
    let gone = runs(&admin, &id).await[3]["lastSeq"]
        .as_u64()
        .expect("a number");
    assert!(store.changes_after(early).expect("works").is_some());
    sweep(&server, KEEP, 0);
    assert_eq!(store.changes_after(early).expect("works"), None);
    assert_eq!(store.changes_after(gone - 1).expect("works"), None);
    let update = store
        .changes_after(gone)
        .expect("works")
        .expect("nothing is missing");
    assert_eq!(update.removed.len(), 2, "they had ended a short while ago");
    assert!(update.removed[0].seq > gone);
    let seqs: Vec<_> = update
        .entries
        .iter()
        .map(|entry| entry.transition.seq)
        .collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]));
    run_again(&server, &admin, &id).await;
    let newest = runs(&admin, &id).await[0]["lastSeq"].as_u64();
    assert!(newest > update.removed.last().map(|removed| removed.seq));
}
