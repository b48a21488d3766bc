//! Every route checks session and permission.

use crate::support::{Client, Server};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use vestibule_model::access::Scope;
use vestibule_server::routes::{self, Access, Route};

struct Things {
    workspace: String,
    workbench: String,
    run: String,
    build: String,
}

impl Things {
    fn that_do_not_exist() -> Self {
        Self {
            workspace: "ws-none".to_owned(),
            workbench: "wb-none".to_owned(),
            run: "run-none".to_owned(),
            build: "bld-none".to_owned(),
        }
    }
}

async fn things(server: &Server, admin: &Client<'_>) -> Things {
    let workbench = admin.workbench().await;
    if server.engine.builds.blueprint("lab").is_none() {
        server.engine.builds.has("lab");
    }
    let shown = admin
        .get(&format!("/api/workbenches/{workbench}"))
        .await
        .value();
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let body = json!({"app": "lab", "workspaceId": shown["workspaceId"]});
    Things {
        build: text(&admin.post("/api/builds", &body).await.value()["id"]),
        workspace: text(&shown["workspaceId"]),
        run: text(&shown["run"]["id"]),
        workbench,
    }
}

/// Calls a route on existing objects.
async fn call(client: &Client<'_>, route: Route, things: &Things) -> StatusCode {
    let id = match route.path {
        path if path.starts_with("/api/builds/") => &things.build,
        path if path.starts_with("/api/runs/") => &things.run,
        path if path.starts_with("/api/workbenches/") => &things.workbench,
        _ => &things.workspace,
    };
    let path = route.path.replace("{id}", id).replace("{name}", "KEY");
    let path = path.replace("{number}", "1");
    let method: Method = route.method.to_uppercase().parse().expect("a method");
    let answer = match method {
        Method::GET => client.get(&path).await,
        Method::DELETE => client.delete(&path).await,
        method => client.json(method, &path, &json!({})).await,
    };
    answer.status
}

fn guarded(access: Access) -> impl Iterator<Item = Route> {
    routes::ALL
        .iter()
        .copied()
        .filter(move |route| route.access == access)
}

#[tokio::test]
async fn only_public_routes_work_without_a_session() {
    let server = Server::empty();
    let things = things(&server, &server.admin().await).await;
    let guarded = guarded(Access::Permission)
        .chain(guarded(Access::Session))
        .chain(guarded(Access::RunToken));
    for route in guarded {
        let status = call(&server.client(), route, &things).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{route:?}");
    }
}

#[tokio::test]
async fn without_a_grant_every_address_refuses() {
    let server = Server::empty();
    let things = things(&server, &server.admin().await).await;
    let nobody = server.user("nobody", &[]).await;
    for route in guarded(Access::Permission) {
        let status = call(&nobody, route, &things).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{route:?}");
    }
    assert!(guarded(Access::Permission).count() > 15);
}

/// FIELD 35: a role that does not bind a needed dimension counted as "any".
#[tokio::test]
async fn a_grant_in_one_workspace_does_not_count_in_another() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (own, other) = (things(&server, &admin).await, things(&server, &admin).await);
    let scope = Scope::Workspace(own.workspace.clone());
    let ada = server.user("ada", &[scope]).await;
    for route in guarded(Access::Permission).filter(|route| route.path.contains("{id}")) {
        let status = call(&ada, route, &other).await;
        // Security review, finding 25: the answer is the same as for an id that does not exist.
        let (is_workspace, nothing) = (
            route.path.starts_with("/api/workspaces/"),
            Things::that_do_not_exist(),
        );
        let expected = match is_workspace {
            true => StatusCode::FORBIDDEN,
            false => StatusCode::NOT_FOUND,
        };
        assert_eq!(status, expected, "{route:?}");
        assert_eq!(call(&ada, route, &nothing).await, expected, "{route:?}");
    }
    let seen = ada.get("/api/workspaces").await.value();
    assert_eq!(seen["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["items"][0]["id"], own.workspace.as_str());
    let made = ada.post("/api/workspaces", &json!({"name": "Mine"})).await;
    made.problem(403);
    let shown = ada
        .get(&format!("/api/workbenches/{}", own.workbench))
        .await;
    assert_eq!(shown.status, StatusCode::OK);
}
