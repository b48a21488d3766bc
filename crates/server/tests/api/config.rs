//! `/api/config`, `/api/apps`, `/healthz`, `/readyz`, and headers of every response.

use crate::support::Server;
use axum::body::Body;
use axum::http::{Method, header};
use std::sync::atomic::Ordering;
use vestibule_model::config::{Config, PollConfig};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Timestamp;

#[tokio::test]
async fn config_contains_the_origins_of_apps() {
    let server = Server::empty();
    let config: Config = server.client().get("/api/config").await.read();
    assert_eq!(config.public_url, "http://vestibule.localhost:8080");
    assert_eq!(
        config.app_origin(&WorkbenchId::from("wb-7k2m9x4q")),
        "http://wb-7k2m9x4q.vestibule.localhost:8080"
    );
    assert!(!config.version.is_empty());
    assert_eq!(config.poll, PollConfig::default());
    assert_eq!(config.frame_limit, 5);
}

#[tokio::test]
async fn the_catalogue_is_a_list() {
    let server = Server::empty();
    let apps = server.admin().await.get("/api/apps").await.value();
    assert_eq!(apps["items"][0]["name"], "welcome");
    assert_eq!(apps["nextCursor"], serde_json::Value::Null);
}

#[tokio::test]
async fn every_answer_carries_the_servers_clock() {
    let server = Server::empty();
    for path in ["/api/config", "/api/auth/me", "/api/nothing"] {
        let answer = server.client().get(path).await;
        assert!(
            Timestamp::parse(answer.header("x-vestibule-time")).is_some(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_known_tag_is_answered_304() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;
    let path = format!("/api/workbenches/{id}");
    let first = admin.get(&path).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'));
    let ask = |tag: &str| {
        admin
            .request(Method::GET, &path)
            .header(header::IF_NONE_MATCH, tag)
    };
    let again = admin.send(ask(&tag), Body::empty()).await;
    assert_eq!(again.status, 304);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), tag);
    admin
        .patch(&path, &serde_json::json!({"name": "Other"}))
        .await;
    let changed = admin.send(ask(&tag), Body::empty()).await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
}

#[tokio::test]
async fn health_is_answered_during_shutdown() {
    let server = Server::empty();
    assert_eq!(server.client().get("/healthz").await.status, 200);
    assert_eq!(server.client().get("/readyz").await.status, 200);
    server.state.shutdown.cancel();
    assert_eq!(server.client().get("/healthz").await.status, 200);
    server.client().get("/readyz").await.problem(503);
}

#[tokio::test]
async fn a_panic_ends_one_request_only() {
    let server = Server::empty();
    let admin = server.admin().await;
    server.engine.is_broken.store(true, Ordering::Relaxed);
    let problem = admin.get("/api/apps").await.problem(500);
    assert!(!problem.detail.contains("on purpose"), "{problem:?}");
    server.engine.is_broken.store(false, Ordering::Relaxed);
    assert_eq!(admin.get("/api/apps").await.status, 200);
}
