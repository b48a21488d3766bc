//! Invalid input: the problem names each field and the reason, and nothing is changed.

use crate::support::{Client, Server};
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};

async fn post_bytes(
    client: &Client<'_>,
    path: &str,
    kind: &str,
    bytes: Vec<u8>,
) -> crate::support::Answer {
    let request = client
        .request(Method::POST, path)
        .header(header::CONTENT_TYPE, kind);
    client.send(request, Body::from(bytes)).await
}

async fn count(client: &Client<'_>, path: &str) -> usize {
    let list = client.get(path).await.value();
    list["items"].as_array().expect("a list").len()
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = "/api/workspaces";
    let json = "application/json";
    for (bytes, status) in [
        (Vec::new(), 400),
        (b"{".to_vec(), 400),
        (b"{\"name\":\"\xff\xfe\"}".to_vec(), 400),
        (b"{\"name\":\"a\"} {}".to_vec(), 400),
        (b"[".repeat(100_000), 400),
        (b"null".to_vec(), 422),
        (vec![b' '; 1024 * 1024 + 1], 413),
    ] {
        let answer = post_bytes(&admin, path, json, bytes).await;
        answer.problem(status);
    }
    let form = post_bytes(&admin, path, "text/plain", b"{\"name\":\"a\"}".to_vec()).await;
    form.problem(415);
    let charset = "application/json; charset=utf-8";
    let fine = post_bytes(&admin, path, charset, b"{\"name\":\"a\"}".to_vec()).await;
    assert_eq!(fine.status, 201);
    assert_eq!(count(&admin, path).await, 1);
}

#[tokio::test]
async fn hostile_and_huge_names_are_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let benches = format!("/api/workspaces/{workspace}/workbenches");
    let names = [
        String::new(),
        "   ".to_owned(),
        "x".repeat(81),
        "x".repeat(1000 * 1024),
        "a\nb".to_owned(),
        "a\0b".to_owned(),
        "abc\u{202e}gpj.exe".to_owned(),
    ];
    for name in names {
        for (path, body) in [
            ("/api/workspaces", json!({"name": name})),
            (&benches, json!({"name": name, "app": "welcome"})),
        ] {
            let problem = admin.post(path, &body).await.problem(422);
            assert_eq!(problem.errors[0].field, "name");
        }
        let path = format!("/api/workspaces/{workspace}");
        admin
            .patch(&path, &json!({"name": name}))
            .await
            .problem(422);
    }
    assert_eq!(count(&admin, &benches).await, 0);
    assert_eq!(count(&admin, "/api/workspaces").await, 1);
}

#[tokio::test]
async fn names_of_every_script_are_kept_as_they_are() {
    let server = Server::empty();
    let admin = server.admin().await;
    let name = "<script>alert(1)</script> '; DROP TABLE users; -- 日本語 🙂";
    let made = admin.post("/api/workspaces", &json!({"name": name})).await;
    assert_eq!(made.value()["name"], name);
}

#[tokio::test]
async fn every_wrong_field_of_a_workbench_is_named() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    let cases: [(Value, &str); 13] = [
        (json!({"name": "n", "app": "nothing"}), "app"),
        (json!({"name": "n", "app": ""}), "app"),
        (json!({"name": "n"}), "app"),
        (json!({"app": "welcome"}), "name"),
        (json!({"name": 7, "app": "welcome"}), "name"),
        (
            json!({"name": "n", "app": "welcome", "colour": "red"}),
            "colour",
        ),
        (
            json!({"name": "n", "app": "welcome", "spec": {"cpu": 1}}),
            "spec.cpu",
        ),
        (
            json!({"name": "n", "app": "welcome", "spec": {"startTimeoutSeconds": -1}}),
            "spec.startTimeoutSeconds",
        ),
        (
            json!({"name": "n", "app": "welcome", "spec": {"startTimeoutSeconds": 0}}),
            "spec.startTimeoutSeconds",
        ),
        (
            json!({"name": "n", "app": "welcome", "spec": {"env": {"A B": "x"}}}),
            "spec.env.A B",
        ),
        (
            json!({"name": "n", "app": "welcome", "spec": {"env": {"A": 1}}}),
            "spec.env.A",
        ),
        (json!({"name": "n", "app": "welcome", "id": "../etc"}), "id"),
        (
            json!({"name": "n", "app": "welcome", "desired": "Dancing"}),
            "desired",
        ),
    ];
    for (body, field) in cases {
        let problem = admin.post(&path, &body).await.problem(422);
        assert_eq!(problem.errors[0].field, field, "{body}");
    }
    assert_eq!(count(&admin, &path).await, 0);
}

#[tokio::test]
async fn several_errors_are_listed_at_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    let body = json!({"name": "", "app": "nothing", "spec": {"startTimeoutSeconds": 0}});
    let problem = admin.post(&path, &body).await.problem(422);
    let fields: Vec<_> = problem.errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["name", "spec.startTimeoutSeconds", "app"]);
}

#[tokio::test]
async fn a_wrong_password_type_never_comes_back() {
    let server = Server::empty();
    let body = json!({"username": "admin", "password": 47_110_815});
    let answer = server.client().post("/api/auth/sign-in", &body).await;
    let problem = answer.problem(422);
    assert_eq!(problem.errors[0].field, "password");
    assert!(!String::from_utf8_lossy(&answer.body).contains("47110815"));
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_have_different_problems() {
    let server = Server::empty();
    let admin = server.admin().await;
    for path in ["/api", "/api/", "/api/nothing", "/api/runs/run-1/x"] {
        admin.get(path).await.problem(404);
    }
    let answer = admin.delete("/api/workspaces").await;
    answer.problem(405);
    assert!(answer.header("allow").contains("POST"), "{answer:?}");
    for path in [
        "/api/workspaces/ws-nothing",
        "/api/workspaces/%ff%fe",
        "/api/workspaces/ws-x/workbenches",
        "/api/workbenches/wb-nothing",
        "/api/workbenches/..%2f..%2fetc",
        "/api/runs/run-nothing",
    ] {
        admin.get(path).await.problem(404);
    }
    let body = json!({"name": "n", "app": "welcome"});
    let path = "/api/workspaces/ws-nothing/workbenches";
    admin.post(path, &body).await.problem(404);
}

#[tokio::test]
async fn a_command_takes_no_fields() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workbenches/{}/stop", admin.workbench().await);
    let problem = admin
        .post(&path, &json!({"force": true}))
        .await
        .problem(422);
    assert_eq!(problem.errors[0].field, "force");
    let request = admin.request(Method::POST, &path);
    assert_eq!(admin.send(request, Body::empty()).await.status, 202);
}

/// In use, M18: what a client had read was refused when it sent it back.
#[tokio::test]
async fn what_was_read_may_be_sent_back_and_unknown_fields_are_named() {
    let server = Server::empty();
    let admin = server.admin().await;
    let bench = admin.workbench().await;
    let shown = admin
        .get(&format!("/api/workbenches/{bench}"))
        .await
        .value();
    let workspace = shown["workspaceId"].as_str().expect("an id");
    let me = admin.get("/api/auth/me").await.value();
    let role = json!({"name": "mine", "title": "Mine", "permissions": ["app:read"]});
    assert_eq!(admin.post("/api/roles", &role).await.status, 201);
    let tab = format!("/api/tabs/{}", crate::tabs::new_id());
    let new = json!({"workbenchId": bench, "kind": "terminal"});
    assert_eq!(admin.put(&tab, &new).await.status, 201);
    let user = format!("/api/users/{}", me["user"]["id"].as_str().expect("an id"));
    for (method, path) in [
        (Method::PATCH, format!("/api/workbenches/{bench}")),
        (Method::PATCH, format!("/api/workspaces/{workspace}")),
        (Method::PATCH, user),
        (Method::PATCH, tab),
        (Method::PUT, "/api/roles/mine".to_owned()),
        (Method::PUT, "/api/limits".to_owned()),
    ] {
        let before = admin.get(&path).await;
        let tag = before.header("etag").to_owned();
        let before = before.value();
        let send = async |body: &Value| {
            let request = admin
                .request(method.clone(), &path)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::IF_MATCH, &tag);
            admin.send(request, Body::from(body.to_string())).await
        };
        let mut odd = before.clone();
        odd["colour"] = json!("red");
        let refused = send(&odd).await.problem(422);
        assert_eq!(refused.errors[0].field, "colour", "{path}");
        let answer = send(&before).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    // The entries of the list of roles as well.
    let listed = admin.get("/api/roles").await.value();
    let mut roles = listed["items"].as_array().expect("roles").iter();
    let mine = roles.find(|one| one["name"] == "mine");
    let request = admin
        .request(Method::PUT, "/api/roles/mine")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::IF_MATCH, "\"2\"");
    let body = mine.expect("it is listed").to_string();
    assert_eq!(admin.send(request, Body::from(body)).await.status, 200);
}
