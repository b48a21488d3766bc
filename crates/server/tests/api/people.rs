//! Users, grants and members.

use crate::support::{Client, PASSWORD, Server};
use axum::http::Method;
use serde_json::{Value, json};
use vestibule_model::access::Scope;
use vestibule_model::time::Millis;
use vestibule_server::clock;

const PLATFORM: Scope = Scope::Platform(true);

async fn me(client: &Client<'_>) -> String {
    let me = client.get("/api/auth/me").await.value();
    me["user"]["id"].as_str().expect("an id").to_owned()
}

async fn workspace(client: &Client<'_>, name: &str) -> String {
    client
        .post("/api/workspaces", &json!({"name": name}))
        .await
        .id()
}

pub fn list(value: &Value) -> &Vec<Value> {
    value["items"].as_array().expect("a list")
}

/// FIELD 33: the role chosen in the form never reached the API.
#[tokio::test]
async fn field_33_a_new_user_has_the_roles_that_were_chosen() {
    let server = Server::empty();
    let admin = server.admin().await;
    let ws = workspace(&admin, "Data").await;
    let body = json!({
        "username": "ada", "displayName": "Ada Lovelace", "email": "ada@example.org",
        "grants": [
            {"role": "workspace-member", "scope": {"workspace": ws}},
            {"role": "workspace-creator", "scope": {"platform": true}},
        ],
    });
    let answer = admin.post("/api/users", &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let made = answer.value();
    let path = format!("/api/users/{}", made["user"]["id"].as_str().expect("an id"));
    assert_eq!(answer.header("location"), path);
    let shown = admin.get(&path).await.value();
    assert_eq!(shown, made["user"]);
    assert_eq!(shown["grants"][0]["role"], "workspace-member");
    assert_eq!(shown["grants"][0]["scope"]["workspace"], ws.as_str());
    assert_eq!(shown["grants"][1]["role"], "workspace-creator");
    // The generated password works, and is not shown again.
    let password = made["password"].as_str().expect("a password");
    let body = json!({"username": "ada", "password": password});
    let answer = server.client().post("/api/auth/sign-in", &body).await;
    assert_eq!(answer.status, 200);
    assert!(!String::from_utf8_lossy(&admin.get(&path).await.body).contains(password));

    let body = json!({"username": "bob", "password": PASSWORD});
    let made = admin.post("/api/users", &body).await.value();
    assert_eq!(made["password"], Value::Null);
    assert_eq!(made["user"]["grants"][0]["role"], "workspace-creator");
}

#[tokio::test]
async fn invalid_users_are_refused_and_nothing_is_made() {
    let server = Server::empty();
    let admin = server.admin().await;
    let grant = |role: &str, scope: Value| json!([{"role": role, "scope": scope}]);
    for (body, field) in [
        (json!({"username": ""}), "username"),
        (json!({"username": "vіctor"}), "username"),
        (json!({"username": "a\u{200b}b"}), "username"),
        (json!({"username": "x".repeat(65)}), "username"),
        (json!({"username": "eve", "password": "short"}), "password"),
        (
            json!({"username": "eve", "displayName": "E\u{202e}ve"}),
            "displayName",
        ),
        (
            json!({"username": "eve", "displayName": "\u{3164}"}),
            "displayName",
        ),
        (json!({"username": "eve", "email": "nowhere"}), "email"),
        (json!({"username": "eve", "admin": true}), "admin"),
        (json!({"displayName": "Eve"}), "username"),
        (
            json!({"username": "eve", "grants": grant("wizard", json!({"platform": true}))}),
            "grants[0].role",
        ),
        (
            json!({"username": "eve", "grants": grant("workspace-member", json!({"workspace": "ws-none"}))}),
            "grants[0].scope",
        ),
        (
            json!({"username": "eve", "grants": grant("workbench-guest", json!({"workbench": "wb-none"}))}),
            "grants[0].scope",
        ),
        (
            json!({"username": "eve", "grants": grant("workspace-creator", json!({"platform": false}))}),
            "grants[0].scope",
        ),
    ] {
        let problem = admin.post("/api/users", &body).await.problem(422);
        let named = problem.errors[0].field.as_str();
        assert!(
            named == field || named.is_empty() && field == "admin",
            "{body}: {problem:?}"
        );
    }
    let body = json!({"username": "ADMIN"});
    admin.post("/api/users", &body).await.problem(409);
    let body = json!({"username": "ada", "email": "ada@example.org"});
    assert_eq!(admin.post("/api/users", &body).await.status, 201);
    let body = json!({"username": "ada2", "email": "Ada@Example.org"});
    admin.post("/api/users", &body).await.problem(409);
    let users = admin.get("/api/users").await.value();
    assert_eq!(list(&users).len(), 2);
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_name() {
    let server = Server::empty();
    let admin = server.admin().await;
    let body = json!({"username": "ada", "displayName": "Ada", "email": "ada@example.org"});
    let made = admin.post("/api/users", &body).await.value();
    let path = format!("/api/users/{}", made["user"]["id"].as_str().expect("an id"));
    let patch = async |body: Value| admin.patch(&path, &body).await.value();
    assert_eq!(patch(json!({})).await, made["user"]);
    let shown = patch(json!({"displayName": "Countess"})).await;
    assert_eq!(shown["email"], "ada@example.org");
    assert_eq!(shown["displayName"], "Countess");
    assert_eq!(patch(json!({"email": null})).await["email"], Value::Null);
    // What a GET returned may be sent back: read-only fields are ignored.
    assert_eq!(patch(json!({"username": "eve"})).await["username"], "ada");
    admin
        .patch(&path, &json!({"password": "eve"}))
        .await
        .problem(422);
    admin
        .patch("/api/users/u-none", &json!({}))
        .await
        .problem(404);
}

#[tokio::test]
async fn disabling_resetting_and_signing_out_end_every_session() {
    let server = Server::empty();
    let admin = server.admin().await;
    let ada = server
        .user_with("ada", "workspace-creator", &PLATFORM)
        .await;
    let path = format!("/api/users/{}", me(&ada).await);
    let answer = admin.post(&format!("{path}/sign-out"), &json!({})).await;
    assert_eq!(answer.status, 204);
    ada.get("/api/auth/me").await.problem(401);

    let ada = server.sign_in("ada").await;
    let shown = admin.patch(&path, &json!({"disabled": true})).await.value();
    assert!(shown["disabledAt"].is_string());
    ada.get("/api/auth/me").await.problem(401);
    let body = json!({"username": "ada", "password": PASSWORD});
    server
        .client()
        .post("/api/auth/sign-in", &body)
        .await
        .problem(401);
    admin.patch(&path, &json!({"disabled": false})).await;

    let ada = server.sign_in("ada").await;
    let reset = admin
        .post(&format!("{path}/password"), &json!({}))
        .await
        .value();
    ada.get("/api/auth/me").await.problem(401);
    server
        .client()
        .post("/api/auth/sign-in", &body)
        .await
        .problem(401);
    let body = json!({"username": "ada", "password": reset["password"]});
    let answer = server.client().post("/api/auth/sign-in", &body).await;
    assert_eq!(answer.status, 200);

    assert_eq!(admin.delete(&path).await.status, 204);
    admin.get(&path).await.problem(404);
    server
        .client()
        .post("/api/auth/sign-in", &body)
        .await
        .problem(401);
}

/// FIELD 36: one could lock oneself out, and take away the last administrator.
#[tokio::test]
async fn field_36_nobody_locks_themselves_or_everybody_out() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/users/{}", me(&admin).await);
    admin
        .patch(&path, &json!({"disabled": true}))
        .await
        .problem(409);
    admin.delete(&path).await.problem(409);
    let shown = admin.get(&path).await.value();
    let grant = shown["grants"][0]["id"].as_str().expect("an id");
    let problem = admin
        .delete(&format!("{path}/grants/{grant}"))
        .await
        .problem(409);
    assert!(problem.detail.contains("last platform administrator"));
    server.user_with("bob", "administrator", &PLATFORM).await;
    assert_eq!(
        admin.delete(&format!("{path}/grants/{grant}")).await.status,
        204
    );
    admin.get("/api/users").await.problem(403);
}

/// A user manager could take over an administrator's account, or make one.
#[tokio::test]
async fn a_user_manager_does_not_rise() {
    let server = Server::empty();
    let admin = server.admin().await;
    let manager = server.user_with("manager", "user-manager", &PLATFORM).await;
    let bob = server
        .user_with("bob", "workspace-creator", &PLATFORM)
        .await;
    let (boss, bob) = (me(&admin).await, me(&bob).await);
    let boss = format!("/api/users/{boss}");
    manager
        .post(&format!("{boss}/password"), &json!({}))
        .await
        .problem(403);
    manager
        .post(&format!("{boss}/sign-out"), &json!({}))
        .await
        .problem(403);
    manager
        .patch(&boss, &json!({"disabled": true}))
        .await
        .problem(403);
    manager.delete(&boss).await.problem(403);
    let own = format!("/api/users/{}/grants", me(&manager).await);
    for scope in [json!({"platform": true}), json!({"workspace": "*"})] {
        let body = json!({"role": "administrator", "scope": scope});
        let problem = manager.post(&own, &body).await.problem(403);
        assert!(problem.detail.contains("workspace:delete"), "{problem:?}");
        let body = json!({"username": "puppet", "grants": [body]});
        manager.post("/api/users", &body).await.problem(403);
    }
    let body = json!({"name": "mine", "title": "Mine", "permissions": ["audit:read"]});
    manager.post("/api/roles", &body).await.problem(403);
    let bob = format!("/api/users/{bob}");
    let answer = manager.post(&format!("{bob}/password"), &json!({})).await;
    assert_eq!(answer.status, 200);
    let body = json!({"role": "user-manager", "scope": {"platform": true}});
    assert_eq!(
        manager.post(&format!("{bob}/grants"), &body).await.status,
        201
    );
}

#[tokio::test]
async fn members_are_added_changed_and_removed() {
    let server = Server::empty();
    let ada = server
        .user_with("ada", "workspace-creator", &PLATFORM)
        .await;
    let bob = server
        .user_with("bob", "workspace-creator", &PLATFORM)
        .await;
    let ws = workspace(&ada, "Data").await;
    let path = format!("/api/workspaces/{ws}");
    bob.get(&path).await.problem(404);
    let members = format!("{path}/members");
    let put = async |client: &Client<'_>, user: &str, role: &str| {
        let path = format!("{members}/{user}");
        client
            .json(Method::PUT, &path, &json!({"role": role}))
            .await
    };
    assert_eq!(put(&ada, "Bob", "workspace-viewer").await.status, 200);
    let shown = bob.get(&members).await.value();
    let names: Vec<_> = list(&shown).iter().map(|one| &one["username"]).collect();
    assert_eq!(names, ["ada", "bob"]);
    assert_eq!(list(&shown)[1]["grants"][0]["role"], "workspace-viewer");
    let problem = put(&bob, "bob", "workspace-owner").await.problem(403);
    assert!(problem.detail.contains("member:update"));

    let before = bob.get("/api/auth/me").await.value();
    let again = put(&ada, "bob", "workspace-viewer").await.value();
    assert_eq!(again["grants"][0]["id"], before["grants"][1]["id"]);
    put(&ada, "bob", "workspace-maintainer").await;
    let after = bob.get("/api/auth/me").await.value();
    assert_eq!(after["grants"].as_array().map(Vec::len), Some(2));
    assert_eq!(after["grants"][1]["role"], "workspace-maintainer");
    put(&ada, "nobody", "workspace-viewer").await.problem(404);
    put(&ada, "bob", "wizard").await.problem(422);

    let id = me(&bob).await;
    assert_eq!(ada.delete(&format!("{members}/{id}")).await.status, 204);
    bob.get(&path).await.problem(404);
    ada.delete(&format!("{members}/{id}")).await.problem(404);
    put(&ada, "bob", "workspace-viewer").await;
    assert_eq!(bob.delete(&format!("{path}/membership")).await.status, 204);
    bob.get(&path).await.problem(404);
}

#[tokio::test]
async fn one_workbench_is_shared_until_a_time() {
    let server = Server::empty();
    let ada = server
        .user_with("ada", "workspace-creator", &PLATFORM)
        .await;
    let bob = server
        .user_with("bob", "workspace-creator", &PLATFORM)
        .await;
    let bench = ada.workbench().await;
    let path = format!("/api/workbenches/{bench}");
    bob.get(&path).await.problem(404);
    let shares = format!("{path}/shares");
    let end = (clock::now() + Millis(3_600_000)).to_string();
    let body = json!({"user": "bob", "role": "workbench-guest", "expiresAt": end});
    let made = ada.post(&shares, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let shown = bob.get(&path).await.value();
    let problem = bob
        .post(&format!("{path}/stop"), &json!({}))
        .await
        .problem(403);
    assert!(problem.detail.contains("workbench:stop"), "{problem:?}");
    let home = format!(
        "/api/workspaces/{}",
        shown["workspaceId"].as_str().expect("an id")
    );
    bob.get(&home).await.problem(404);
    bob.get(&shares).await.problem(403);
    let shown = ada.get(&shares).await.value();
    assert_eq!(list(&shown)[0], made.value());
    for (body, field) in [
        (json!({"user": "nobody", "role": "workbench-guest"}), "user"),
        (json!({"user": "bob", "role": "wizard"}), "role"),
        (
            json!({"user": "bob", "role": "workspace-creator", "expiresAt": "2001-01-01T00:00:00Z"}),
            "expiresAt",
        ),
    ] {
        let problem = ada.post(&shares, &body).await.problem(422);
        assert_eq!(problem.errors[0].field, field);
    }
    let grant = made.value()["grants"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_eq!(ada.delete(&format!("{shares}/{grant}")).await.status, 204);
    ada.delete(&format!("{shares}/{grant}")).await.problem(404);
    bob.get(&path).await.problem(404);
}

#[tokio::test]
async fn a_decision_is_explained() {
    let server = Server::empty();
    let admin = server.admin().await;
    let ws = workspace(&admin, "Data").await;
    let scope = Scope::Workspace(ws.clone());
    let ada = server.user_with("ada", "workspace-member", &scope).await;
    let path = format!("/api/access/explain?permission=workbench:read&workspace={ws}");
    let reported = ada.get(&path).await.value();
    assert_eq!(reported["allowed"], true);
    assert_eq!(
        reported["by"][0]["path"],
        json!(["workspace-member", "workspace-viewer"])
    );
    assert_eq!(
        reported["by"][0]["grant"]["scope"]["workspace"],
        ws.as_str()
    );
    let id = me(&ada).await;
    let path = format!("/api/access/explain?permission=member:update&workspace={ws}&user={id}");
    let reported = admin.get(&path).await.value();
    assert_eq!(reported["allowed"], false);
    assert_eq!(
        reported["missing"]["roles"],
        json!(["administrator", "workspace-owner"])
    );
    let id = me(&admin).await;
    let path = format!("/api/access/explain?permission=member:update&user={id}");
    ada.get(&path).await.problem(403);
    ada.get("/api/access/explain?permission=drone:fly")
        .await
        .problem(422);
    let path = "/api/access/explain?permission=workbench:read&workspace=ws-none";
    ada.get(path).await.problem(404);
}
