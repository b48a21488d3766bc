//! Custom roles.

use crate::support::{Answer, Client, Server};
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use vestibule_model::access::Scope;

const PLATFORM: Scope = Scope::Platform(true);

fn role(name: &str, permissions: &[&str], inherits: &[&str]) -> Value {
    json!({"name": name, "title": name, "permissions": permissions, "inherits": inherits})
}

fn content(permissions: &[&str], inherits: &[&str]) -> Value {
    json!({"title": "T", "description": "", "permissions": permissions, "inherits": inherits})
}

async fn put(client: &Client<'_>, name: &str, tag: &str, body: &Value) -> Answer {
    let request = client
        .request(Method::PUT, &format!("/api/roles/{name}"))
        .header(header::CONTENT_TYPE, "application/json");
    let request = match tag {
        "" => request,
        tag => request.header(header::IF_MATCH, tag),
    };
    client.send(request, Body::from(body.to_string())).await
}

async fn delete(client: &Client<'_>, name: &str, tag: &str) -> Answer {
    let request = client
        .request(Method::DELETE, &format!("/api/roles/{name}"))
        .header(header::IF_MATCH, tag);
    client.send(request, Body::empty()).await
}

#[tokio::test]
async fn a_custom_role_is_made_granted_changed_and_deleted() {
    let server = Server::empty();
    let admin = server.admin().await;
    let ws = admin
        .post("/api/workspaces", &json!({"name": "Data"}))
        .await
        .id();
    let body = role("operators", &["workbench:stop"], &["workspace-viewer"]);
    let made = admin.post("/api/roles", &body).await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
    admin.post("/api/roles", &body).await.problem(409);
    let scope = Scope::Workspace(ws.clone());
    let ada = server.user_with("ada", "operators", &scope).await;
    let path = format!("/api/workspaces/{ws}");
    assert_eq!(ada.get(&path).await.status, 200);
    ada.patch(&path, &json!({"name": "Mine"}))
        .await
        .problem(403);

    // The change takes effect at once.
    let change = content(
        &["workbench:stop", "workspace:update"],
        &["workspace-viewer"],
    );
    let changed = put(&admin, "operators", "\"1\"", &change).await;
    assert_eq!(
        (changed.status.as_u16(), changed.header("etag")),
        (200, "\"2\"")
    );
    let renamed = ada.patch(&path, &json!({"name": "Mine"})).await;
    assert_eq!(renamed.status, 200);
    let shown = admin.get("/api/roles/operators").await;
    assert_eq!(shown.header("etag"), "\"2\"");
    assert_eq!(shown.value(), changed.value());

    let problem = delete(&admin, "operators", "\"2\"").await.problem(409);
    assert!(problem.detail.contains("ada"), "{problem:?}");
    let query = "operators?replacement=workspace-viewer";
    assert_eq!(delete(&admin, query, "\"2\"").await.status, 204);
    admin.get("/api/roles/operators").await.problem(404);
    ada.patch(&path, &json!({"name": "Ours"}))
        .await
        .problem(403);
    assert_eq!(ada.get(&path).await.status, 200);
}

/// FIELD 34: the last writer won.
#[tokio::test]
async fn field_34_a_change_of_an_older_version_is_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    admin
        .post("/api/roles", &role("a", &["app:read"], &[]))
        .await;
    let body = content(&[], &[]);
    put(&admin, "a", "", &body).await.problem(428);
    put(&admin, "a", "\"7\"", &body).await.problem(412);
    put(&admin, "a", "*", &body).await.problem(412);
    delete(&admin, "a", "\"0\"").await.problem(412);
    let (one, other) = (
        content(&["workbench:read"], &[]),
        content(&["secret:read"], &[]),
    );
    let first = put(&admin, "a", "\"1\"", &one);
    let second = put(&admin, "a", "\"1\"", &other);
    let (first, second) = tokio::join!(first, second);
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    put(&admin, "none", "\"1\"", &body).await.problem(404);
}

/// FIELD 34: saving dropped permissions that the editor did not know, or wiped them.
#[tokio::test]
async fn field_34_unknown_permissions_survive_and_a_missing_field_wipes_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    admin
        .post("/api/roles", &role("a", &["app:read"], &[]))
        .await;
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    raw.expect("a database")
        .execute(
            "UPDATE roles SET permissions_json = '[\"app:read\",\"drone:fly\"]', inherits_json = '[\"pilots\"]'",
            [],
        )
        .expect("a row");
    let shown = admin.get("/api/roles/a").await.value();
    assert_eq!(shown["permissions"], json!(["app:read", "drone:fly"]));
    let body = content(&["drone:fly", "workbench:read"], &["pilots"]);
    let saved = put(&admin, "a", "\"1\"", &body).await.value();
    assert_eq!(saved["permissions"], json!(["drone:fly", "workbench:read"]));
    assert_eq!(saved["inherits"], json!(["pilots"]));
    for field in ["title", "description", "permissions", "inherits"] {
        let mut body = content(&[], &[]);
        body.as_object_mut().expect("an object").remove(field);
        let problem = put(&admin, "a", "\"2\"", &body).await.problem(422);
        assert_eq!(problem.errors[0].field, field);
    }
    // A new unknown permission is a mistake.
    let body = content(&["drone:land"], &[]);
    put(&admin, "a", "\"2\"", &body).await.problem(422);
    assert_eq!(admin.get("/api/roles/a").await.value(), saved);
}

#[tokio::test]
async fn invalid_roles_are_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    for name in [
        "",
        "Ops",
        "vіewer",
        "a\u{200b}b",
        "a b",
        "../x",
        "a\u{e0041}",
    ] {
        admin
            .post("/api/roles", &role(name, &[], &[]))
            .await
            .problem(422);
    }
    let mut body = role("ops", &[], &[]);
    body["title"] = json!("Op\u{2060}s");
    admin.post("/api/roles", &body).await.problem(422);
    admin
        .post("/api/roles", &role("administrator", &[], &[]))
        .await
        .problem(409);
    admin
        .post("/api/roles", &role("ops", &["x:y"], &[]))
        .await
        .problem(422);
    admin
        .post("/api/roles", &role("ops", &[], &["none"]))
        .await
        .problem(422);
    let problem = admin
        .post("/api/roles", &role("ops", &[], &["ops"]))
        .await
        .problem(422);
    assert!(problem.detail.contains("ops → ops"), "{problem:?}");
    for (name, parent) in [("a", "workspace-viewer"), ("b", "a"), ("c", "b")] {
        let made = admin.post("/api/roles", &role(name, &[], &[parent])).await;
        assert_eq!(made.status, 201);
    }
    let problem = put(&admin, "a", "\"1\"", &content(&[], &["c"]))
        .await
        .problem(422);
    assert!(problem.detail.contains("a → c → b → a"), "{problem:?}");
    let body = content(&[], &[]);
    put(&admin, "administrator", "\"system\"", &body)
        .await
        .problem(409);
    delete(&admin, "workspace-owner", "\"system\"")
        .await
        .problem(409);
    let problem = delete(&admin, "a", "\"1\"").await.problem(409);
    assert!(problem.detail.contains('b'), "{problem:?}");
}

/// A role's editor could give permissions that they do not hold, through their own role or through
/// one that theirs inherits.
#[tokio::test]
async fn an_editor_of_roles_does_not_rise() {
    let server = Server::empty();
    let admin = server.admin().await;
    admin
        .post("/api/roles", &role("base", &["app:read"], &[]))
        .await;
    admin
        .post("/api/roles", &role("editor", &["role:update"], &["base"]))
        .await;
    let eve = server.user_with("eve", "editor", &PLATFORM).await;
    for (name, body) in [
        (
            "editor",
            content(&["role:update", "user:delete"], &["base"]),
        ),
        ("editor", content(&["role:update"], &["administrator"])),
        ("base", content(&["secret:write"], &[])),
        ("base", content(&[], &["workspace-owner"])),
    ] {
        let problem = put(&eve, name, "\"1\"", &body).await.problem(403);
        assert!(problem.detail.contains("hold"), "{problem:?}");
    }
    eve.post("/api/roles", &role("mine", &["audit:read"], &[]))
        .await
        .problem(403);
    let made = eve
        .post("/api/roles", &role("mine", &["app:read"], &[]))
        .await;
    assert_eq!(made.status, 201);
    let body = content(&["role:update"], &[]);
    assert_eq!(put(&eve, "editor", "\"1\"", &body).await.status, 200);
}

#[tokio::test]
async fn roles_and_permissions_are_listed() {
    let server = Server::empty();
    let nobody = server.user("nobody", &[]).await;
    let roles = nobody.get("/api/roles").await.value();
    assert_eq!(roles["items"][0]["name"], "administrator");
    assert_eq!(roles["items"][0]["system"], true);
    let shown = nobody.get("/api/roles/workspace-owner").await;
    assert_eq!(shown.header("etag"), "\"system\"");
    assert_eq!(shown.value()["inherits"], json!(["workspace-maintainer"]));
    let permissions = nobody.get("/api/permissions").await.value();
    let first = &permissions["items"][0];
    assert_eq!(first["name"], "workspace:read");
    assert_eq!(
        (&first["resource"], &first["action"]),
        (&json!("workspace"), &json!("read"))
    );
    assert_eq!(first["dimension"], "workspace");
    nobody.get("/api/roles/none").await.problem(404);
}

#[tokio::test]
async fn a_preview_tells_who_loses_what_and_changes_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    let body = role("operators", &["workbench:stop"], &["workspace-viewer"]);
    admin.post("/api/roles", &body).await;
    let workbench = admin.running_workbench().await;
    let path = format!("/api/workbenches/{workbench}");
    let ws = admin.get(&path).await.value()["workspaceId"].clone();
    let scope = Scope::Workspace(ws.as_str().expect("an id").into());
    server.user_with("ada", "operators", &scope).await;
    server.user_with("bob", "operators", &PLATFORM).await;
    let listed = admin.get("/api/roles").await.value();
    let listed = listed["items"].as_array().expect("a list");
    let of = |name: &str| listed.iter().find(|one| one["name"] == name);
    assert_eq!(of("operators").expect("a role")["version"], 1);
    assert_eq!(of("administrator").expect("a role")["version"], Value::Null);

    let changed = json!({"roles": [{"name": "operators", "permissions": ["workbench:open"],
        "inherits": ["workspace-viewer"]}]});
    let reported = admin.post("/api/roles/preview", &changed).await.value();
    let names = json!(["ada", "bob"]);
    assert_eq!(reported["permissions"][0]["permission"], "workbench:stop");
    assert_eq!(reported["permissions"][0]["losing"]["names"], names);
    assert_eq!(reported["permissions"][0]["runningWorkbenches"], 1);
    assert_eq!(reported["permissions"][1]["gaining"]["users"], 2);
    assert_eq!(reported["runningWorkbenches"], 1);
    assert_eq!(reported["uses"][0]["users"]["names"], names);
    let deleted = json!({"deleted": [{"name": "operators", "replacement": "workspace-member"}]});
    let reported = admin.post("/api/roles/preview", &deleted).await.value();
    let losing = |one: &Value| one["losing"]["users"] != 0;
    let all = reported["permissions"].as_array().expect("a list");
    assert!(!all.is_empty() && !all.iter().any(losing), "{reported:#}");
    assert_eq!(
        admin.get("/api/roles/operators").await.header("etag"),
        "\"1\""
    );

    // The response names what the signed-in user would lose.
    admin
        .post(
            "/api/roles",
            &role("keepers", &["role:update", "user:read"], &[]),
        )
        .await;
    let cy = server.user_with("cy", "keepers", &PLATFORM).await;
    let emptied =
        json!({"roles": [{"name": "keepers", "permissions": ["user:read"], "inherits": []}]});
    let reported = cy.post("/api/roles/preview", &emptied).await.value();
    assert_eq!(reported["yours"], json!(["role:update"]));
    let viewer = server.user_with("eve", "user-manager", &PLATFORM).await;
    viewer
        .post("/api/roles/preview", &emptied)
        .await
        .problem(403);
    for bad in [json!({"role": []}), json!({"roles": [{"name": "a"}]})] {
        admin.post("/api/roles/preview", &bad).await.problem(422);
    }
}
