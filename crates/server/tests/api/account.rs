//! A user's own password, sessions and access tokens.

use crate::support::{Answer, Client, ORIGIN, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use vestibule_model::access::{Scope, WORKSPACE_CREATOR};
use vestibule_model::time::Millis;
use vestibule_server::store::{Actor, AuditFilter};
use vestibule_server::{clock, tokens};

const BETTER: &str = "seven quiet harbour lamps";

async fn by_token(server: &Server, method: Method, path: &str, token: &str) -> Answer {
    let client = server.client();
    let bearer = format!("Bearer {token}");
    let request = client
        .request(method, path)
        .header(header::AUTHORIZATION, bearer);
    client.send(request, Body::empty()).await
}

pub fn wanted(permissions: &[&str], days: i64) -> Value {
    let end = clock::now() + Millis::from_secs(days * 24 * 3600);
    json!({"name": "Backup", "permissions": permissions, "expiresAt": end.to_string()})
}

async fn token(client: &Client<'_>, permissions: &[&str]) -> (String, String) {
    let made = client
        .post("/api/account/tokens", &wanted(permissions, 30))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.value();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&made["secret"]), text(&made["token"]["id"]))
}

fn actions(server: &Server) -> Vec<String> {
    let wanted = AuditFilter {
        limit: 100,
        ..AuditFilter::default()
    };
    let (entries, _) = server.state.store.audit(&wanted).expect("the log");
    let all = serde_json::to_string(&entries).expect("JSON");
    for secret in [PASSWORD, BETTER, "vst_"] {
        assert!(!all.contains(secret), "{secret} is in the log");
    }
    entries.into_iter().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn token_permits_what_it_names_where_its_user_may_and_nothing_else() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let other = admin.workspace().await;
    let scope = Scope::Workspace(workspace.clone());
    let member = server.user("ada", &[scope]).await;
    let (secret, id) = token(&member, &["workspace:read", "workbench:read"]).await;
    assert!(secret.starts_with("vst_") && secret.len() > 40);

    let path = format!("/api/workspaces/{workspace}");
    let call = async |method, path: &str| by_token(&server, method, path, &secret).await;
    assert_eq!(call(Method::GET, &path).await.status, 200);
    let me = call(Method::GET, "/api/auth/me").await.value();
    assert_eq!(
        me["permissions"],
        json!(["workspace:read", "workbench:read"])
    );
    // Its user may delete the workspace, but the token may not; and it reaches no other workspace.
    call(Method::DELETE, &path).await.problem(403);
    let path = format!("/api/workspaces/{other}");
    call(Method::GET, &path).await.problem(404);

    let listed = member.get("/api/account/tokens").await;
    assert!(!String::from_utf8_lossy(&listed.body).contains(&secret));
    let row = &listed.value()["items"][0];
    assert_eq!((&row["id"], &row["name"]), (&json!(id), &json!("Backup")));
    assert!(row["lastUsedAt"].is_string());

    // A token loses each permission that its user loses.
    let user = server.state.store.account_by_name("ada", clock::now());
    let user = user.expect("the store works").expect("a user");
    let by = Actor::command_line();
    let grants = server.state.store.grants_of(&user.id, clock::now());
    for grant in grants.expect("grants") {
        let removed = server.state.store.remove_grant(&user.id, &grant.id, &by);
        removed.expect("the store works");
    }
    let path = format!("/api/workspaces/{workspace}");
    call(Method::GET, &path).await.problem(404);

    // No user deletes another user's token; once deleted it opens nothing.
    let one = format!("/api/account/tokens/{id}");
    admin.delete(&one).await.problem(404);
    assert_eq!(member.delete(&one).await.status, 204);
    call(Method::GET, "/api/auth/me").await.problem(401);
    let noted = actions(&server);
    for action in ["token.create", "token.delete", "session.create"] {
        assert!(noted.iter().any(|one| one == action), "{action}: {noted:?}");
    }
}

#[tokio::test]
async fn token_manages_neither_tokens_nor_passwords_nor_sessions() {
    let server = Server::empty();
    let admin = server.admin().await;
    let all = admin.get("/api/auth/me").await.value()["permissions"].clone();
    let all: Vec<&str> = all
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let (secret, id) = token(&admin, &all).await;
    for (method, path) in [
        (Method::GET, "/api/account/tokens".to_owned()),
        (Method::POST, "/api/account/tokens".to_owned()),
        (Method::DELETE, format!("/api/account/tokens/{id}")),
        (Method::GET, "/api/account/sessions".to_owned()),
        (Method::DELETE, "/api/account/sessions/s-none".to_owned()),
        (Method::PUT, "/api/account/password".to_owned()),
        (Method::POST, "/api/auth/sign-out".to_owned()),
        (Method::POST, "/api/users/u-none/password".to_owned()),
    ] {
        let answer = by_token(&server, method, &path, &secret).await;
        assert_eq!(
            answer.problem(403).kind,
            "/problems/session-needed",
            "{path}"
        );
    }
}

#[tokio::test]
async fn forged_expired_and_misplaced_tokens_are_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (secret, _) = token(&admin, &["user:read"]).await;
    let session = admin.cookie.clone().expect("a cookie");
    let session = session.split_once('=').expect("a value").1.to_owned();
    let changed = format!("{}x", &secret[..secret.len() - 1]);
    for wrong in [changed.as_str(), &session, "", "vst_", "vst_\u{2603}"] {
        let answer = by_token(&server, Method::GET, "/api/auth/me", wrong).await;
        assert_eq!(answer.status, 401, "{wrong}");
    }
    // As a cookie it would be sent by a browser, which protects sessions only.
    let client = server
        .client()
        .with_cookie(&format!("__Host-vestibule={secret}"));
    client.get("/api/auth/me").await.problem(401);
    // A wrong header is not made up for by a session.
    let request = admin
        .request(Method::GET, "/api/auth/me")
        .header(header::AUTHORIZATION, "Basic YTpi");
    assert_eq!(admin.send(request, Body::empty()).await.status, 401);

    let hash = tokens::hash(&secret);
    let late = clock::now() + Millis::from_secs(31 * 24 * 3600);
    let found = server.state.store.identity(&hash, late);
    assert!(found.expect("the store works").is_none());
}

#[tokio::test]
async fn bad_tokens_are_not_created() {
    let server = Server::empty();
    let user = server
        .user_with("ada", WORKSPACE_CREATOR, &Scope::Platform(true))
        .await;
    let post = async |body: &Value| user.post("/api/account/tokens", body).await;
    post(&wanted(&["user:delete"], 30)).await.problem(403);
    post(&wanted(&["workspace:fly"], 30)).await.problem(422);
    post(&wanted(&[], 30)).await.problem(422);
    for days in [-1, 0, 367] {
        let refused = post(&wanted(&["workspace:create"], days))
            .await
            .problem(422);
        assert_eq!(refused.errors[0].field, "expiresAt");
    }
    for name in ["", "a\u{200b}b", &"x".repeat(201)] {
        let mut body = wanted(&["workspace:create"], 30);
        body["name"] = json!(name);
        assert_eq!(post(&body).await.problem(422).errors[0].field, "name");
    }
    let mut body = wanted(&["workspace:create"], 30);
    body["admin"] = json!(true);
    post(&body).await.problem(422);
    let listed = user.get("/api/account/tokens").await.value();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn password_change_asks_the_old_one_and_ends_other_sessions() {
    let server = Server::empty();
    let here = server.admin().await;
    let there = server.sign_in("admin").await;
    let (secret, _) = token(&here, &["user:read"]).await;
    let change = async |current: &str, password: &str| {
        let body = json!({"current": current, "password": password});
        here.json(Method::PUT, "/api/account/password", &body).await
    };
    let wrong = change("not the password", BETTER).await.problem(422);
    assert_eq!(wrong.errors[0].field, "current");
    for weak in ["short", "password123", "adminadmin"] {
        let refused = change(PASSWORD, weak).await.problem(422);
        assert_eq!(refused.errors[0].field, "password", "{weak}");
    }
    assert_eq!(there.get("/api/auth/me").await.status, 200);
    assert_eq!(change(PASSWORD, BETTER).await.status, 204);
    assert_eq!(here.get("/api/auth/me").await.status, 200);
    there.get("/api/auth/me").await.problem(401);
    // Scripts go on.
    let script = by_token(&server, Method::GET, "/api/auth/me", &secret).await;
    assert_eq!(script.status, 200);
    let old = json!({"username": "admin", "password": PASSWORD});
    server
        .client()
        .post("/api/auth/sign-in", &old)
        .await
        .problem(401);
    let new = json!({"username": "admin", "password": BETTER});
    assert_eq!(
        server.client().post("/api/auth/sign-in", &new).await.status,
        200
    );
    let noted = actions(&server);
    assert!(noted.iter().any(|one| one == "user.password"), "{noted:?}");
    assert!(noted.iter().any(|one| one == "session.refuse"), "{noted:?}");
}

#[tokio::test]
async fn guesses_of_the_old_password_are_limited() {
    let server = Server::empty();
    let client = server.admin().await;
    let body = json!({"current": "not the password", "password": BETTER});
    let mut last = 0;
    for _ in 0..40 {
        let answer = client
            .json(Method::PUT, "/api/account/password", &body)
            .await;
        last = answer.status.as_u16();
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn sessions_are_listed_with_their_device_and_ended_one_by_one() {
    let server = Server::empty();
    let here = server.admin().await;
    let body = json!({"username": "admin", "password": PASSWORD}).to_string();
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let request = server
        .client()
        .request(Method::POST, "/api/auth/sign-in")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, ORIGIN)
        .header(header::USER_AGENT, firefox);
    let answer = server.client().send(request, Body::from(body)).await;
    let there = server.client().with_cookie(&answer.cookie());

    let listed = here.get("/api/account/sessions").await.value();
    let items = listed["items"].as_array().expect("a list").clone();
    assert_eq!(items.len(), 2);
    let other = items
        .iter()
        .find(|one| one["current"] == false)
        .expect("the other");
    assert_eq!(other["device"], "Firefox on Linux");
    assert!(other["lastUsedAt"].is_string() && other["expiresAt"].is_string());
    let path = format!(
        "/api/account/sessions/{}",
        other["id"].as_str().expect("an id")
    );
    // Another user's session does not exist.
    let bob = server.user("bob", &[]).await;
    bob.delete(&path).await.problem(404);
    assert_eq!(there.get("/api/auth/me").await.status, 200);
    assert_eq!(here.delete(&path).await.status, 204);
    there.get("/api/auth/me").await.problem(401);
    here.delete(&path).await.problem(404);
    assert_eq!(here.get("/api/auth/me").await.status, 200);
}
