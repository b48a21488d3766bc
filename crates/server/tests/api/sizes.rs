//! Sizes of apps: in the catalogue, and in specs.

use crate::support::Server;
use axum::http::Method;
use serde_json::{Value, json};

fn offer(server: &Server, sizes: &Value) {
    let sizes = serde_json::from_value(sizes.clone()).expect("sizes");
    *server.engine.sizes.lock().expect("the sizes") = sizes;
}

fn usual() -> Value {
    json!([
        {"name": "small", "title": "Small", "cpu": 1.0, "memoryMb": 2000},
        {"name": "large", "title": "Large", "cpu": 4.0, "memoryMb": 16000, "gpus": 1},
    ])
}

#[tokio::test]
async fn size_is_one_that_the_app_offers_and_the_first_without_a_choice() {
    let server = Server::empty();
    offer(&server, &usual());
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let apps = admin.get("/api/apps").await.value();
    assert_eq!(apps["items"][0]["sizes"][1]["gpus"], 1);
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let new = |name: &str, spec: Value| json!({"name": name, "app": "welcome", "desired": "Stopped", "spec": spec});
    for (size, said) in [
        (
            json!("huge"),
            "The size \"huge\" isn't offered. Choose one of: Small, Large.",
        ),
        (
            json!("Large"),
            "Use the name of a size: lower-case letters, digits or inner hyphens.",
        ),
    ] {
        let answer = admin.post(&path, &new("Bad", json!({"size": size}))).await;
        let problem = answer.problem(422);
        assert_eq!(problem.errors[0].field, "spec.size");
        assert_eq!(problem.errors[0].message, said);
    }
    let asked = format!("/api/workspaces/{workspace}/preflight");
    let judged = admin
        .post(&asked, &new("Bad", json!({"size": "huge"})))
        .await;
    assert!(judged.value().to_string().contains("isn't offered"));
    let made = admin.post(&path, &new("One", json!({}))).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.value()["spec"]["size"], "small");
    let made = admin
        .post(&path, &new("Two", json!({"size": "large"})))
        .await;
    assert_eq!(made.value()["spec"]["size"], "large");
}

#[tokio::test]
async fn size_that_is_offered_no_longer_stays_until_another_is_chosen() {
    let server = Server::empty();
    offer(&server, &usual());
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let new =
        json!({"name": "Bench", "app": "welcome", "desired": "Stopped", "spec": {"size": "large"}});
    let bench = format!("/api/workbenches/{}", admin.post(&path, &new).await.id());
    offer(&server, &json!([{"name": "small"}]));
    // What is left out stays, as does what is sent back unchanged.
    for spec in [
        json!({"startTimeoutSeconds": 100}),
        json!({"startTimeoutSeconds": 200, "size": "large"}),
    ] {
        let changed = admin
            .json(Method::PATCH, &bench, &json!({"spec": spec}))
            .await;
        assert_eq!(changed.status, 200, "{changed:?}");
        assert_eq!(changed.value()["spec"]["size"], "large");
    }
    let change = |size: &str| json!({"spec": {"size": size}});
    let refused = admin.json(Method::PATCH, &bench, &change("huge")).await;
    assert_eq!(refused.problem(422).errors[0].field, "spec.size");
    let changed = admin.json(Method::PATCH, &bench, &change("small")).await;
    assert_eq!(changed.value()["spec"]["size"], "small");
    let refused = admin.json(Method::PATCH, &bench, &change("large")).await;
    refused.problem(422);
}
