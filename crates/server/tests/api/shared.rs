//! List of all workbenches that a user may see.

use crate::support::Server;
use serde_json::{Value, json};
use vestibule_model::access::{Scope, WORKSPACE_CREATOR};

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list");
    let ids = items.iter().map(|one| one["id"].as_str().expect("an id"));
    ids.collect()
}

#[tokio::test]
async fn shared_workbenches_are_listed_apart_from_those_of_ones_workspaces() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (shared, other) = (admin.workbench().await, admin.workbench().await);
    let creator = &Scope::Platform(true);
    let ada = server.user_with("ada", WORKSPACE_CREATOR, creator).await;
    let own = ada.workbench().await;
    let all = async || ada.get("/api/workbenches").await.value();
    let foreign = async || ada.get("/api/workbenches?shared=true").await.value();
    assert_eq!(ids(&all().await), [own.as_str()]);
    assert_eq!(foreign().await["items"], json!([]));

    let shares = format!("/api/workbenches/{shared}/shares");
    let body = json!({"user": "ada", "role": "workbench-guest"});
    assert_eq!(admin.post(&shares, &body).await.status, 201);
    let mut both = vec![own.as_str(), shared.as_str()];
    both.sort_unstable();
    assert_eq!(ids(&all().await), both);
    assert_eq!(ids(&foreign().await), [shared.as_str()]);

    // Pages are complete, and nothing is shared with those who see every workspace.
    let first = ada.get("/api/workbenches?limit=1").await.value();
    let cursor = first["nextCursor"].as_str().expect("more");
    let path = format!("/api/workbenches?limit=1&cursor={cursor}");
    let second = ada.get(&path).await.value();
    assert_eq!([ids(&first), ids(&second)].concat(), both);
    assert_eq!(second["nextCursor"], Value::Null);
    let path = "/api/workbenches?shared=true";
    assert_eq!(admin.get(path).await.value()["items"], json!([]));
    let everything = admin.get("/api/workbenches").await.value();
    assert!(ids(&everything).contains(&other.as_str()));
    ada.get("/api/workbenches?shared=maybe").await.problem(422);
    server.client().get("/api/workbenches").await.problem(401);
}
