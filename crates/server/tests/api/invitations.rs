//! Invitation links.

use crate::support::{Answer, Client, PASSWORD, Server};
use serde_json::{Value, json};
use vestibule_model::time::Millis;
use vestibule_server::auth::limiter::ATTEMPTS;
use vestibule_server::{clock, tokens};

fn token(answer: &Answer) -> String {
    let value = answer.value();
    let link = value["invitation"].as_str().expect("a link");
    let token = link.strip_prefix("http://vestibule.localhost:8080/invitation#");
    token.expect("the console's page").to_owned()
}

async fn invited(admin: &Client<'_>) -> (String, String) {
    let body = json!({"username": "ada", "displayName": "Ada", "invite": true});
    let made = admin.post("/api/users", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(made.value()["password"], Value::Null);
    let id = made.value()["user"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    (id, token(&made))
}

fn accept(token: &str, password: &str) -> Value {
    json!({"token": token, "password": password})
}

const ACCEPT: &str = "/api/auth/invitation/accept";

#[tokio::test]
async fn an_invited_user_sets_a_password_once_and_is_signed_in() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (id, token) = invited(&admin).await;
    let path = format!("/api/users/{id}");
    let user = admin.get(&path).await.value();
    assert_eq!(user["hasPassword"], false);
    assert!(user["invitedUntil"].is_string());

    let client = server.client();
    let body = json!({"token": token});
    let shown = client.post("/api/auth/invitation", &body).await;
    assert_eq!(
        shown.value(),
        json!({"username": "ada", "displayName": "Ada"})
    );
    for weak in ["short", "password123", "adaadaadaada"] {
        let refused = client.post(ACCEPT, &accept(&token, weak)).await;
        assert_eq!(refused.problem(422).errors[0].field, "password", "{weak}");
    }
    // The user cannot sign in before.
    for password in ["", PASSWORD] {
        let body = json!({"username": "ada", "password": password});
        client.post("/api/auth/sign-in", &body).await.problem(401);
    }
    let before = admin.cookie.clone().expect("a cookie");
    let accepted = server
        .client()
        .with_cookie(&before)
        .post(ACCEPT, &accept(&token, PASSWORD))
        .await;
    assert_eq!(accepted.status, 200, "{accepted:?}");
    assert_eq!(accepted.value()["user"]["username"], "ada");
    let ada = server.client().with_cookie(&accepted.cookie());
    assert_eq!(
        ada.get("/api/auth/me").await.value()["user"]["username"],
        "ada"
    );
    // The browser's earlier session has ended.
    admin.get("/api/auth/me").await.problem(401);
    let kind = client
        .post(ACCEPT, &accept(&token, PASSWORD))
        .await
        .problem(403)
        .kind;
    assert_eq!(kind, "/problems/invitation-refused");
    server.sign_in("ada").await;

    let admin = server.sign_in("admin").await;
    let user = admin.get(&path).await.value();
    assert_eq!(
        (&user["hasPassword"], &user["invitedUntil"]),
        (&json!(true), &Value::Null)
    );
    let again = admin.post(&format!("{path}/invitation"), &json!({})).await;
    assert_eq!(again.problem(409).kind, "/problems/has-password");
    let log = admin.get("/api/audit?action=invitation").await.value();
    let actions = log["items"].as_array().expect("entries").iter();
    let actions: Vec<_> = actions.map(|one| one["action"].clone()).collect();
    assert_eq!(actions, ["invitation.accept", "invitation.create"]);
    assert!(!log.to_string().contains(&token));
}

#[tokio::test]
async fn a_new_link_a_revocation_and_time_end_an_invitation() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (id, first) = invited(&admin).await;
    let path = format!("/api/users/{id}/invitation");
    let second = token(&admin.post(&path, &json!({})).await);
    let client = server.client();
    client
        .post(ACCEPT, &accept(&first, PASSWORD))
        .await
        .problem(403);
    let store = &server.state.store;
    let hash = tokens::hash(&second);
    let valid = |days: i64| {
        let then = clock::now() + Millis::from_secs(days * 24 * 60 * 60);
        store.invited(&hash, then).expect("works").is_some()
    };
    assert!(valid(6) && !valid(7));
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.delete(&path).await.problem(404);
    client
        .post(ACCEPT, &accept(&second, PASSWORD))
        .await
        .problem(403);
    let user = admin.get(&format!("/api/users/{id}")).await.value();
    assert_eq!(user["invitedUntil"], Value::Null);

    let third = token(&admin.post(&path, &json!({})).await);
    let disable = json!({"disabled": true});
    admin.patch(&format!("/api/users/{id}"), &disable).await;
    client
        .post(ACCEPT, &accept(&third, PASSWORD))
        .await
        .problem(403);
    let enable = json!({"disabled": false});
    admin.patch(&format!("/api/users/{id}"), &enable).await;
    // A password that is set by hand ends the invitation.
    let reset = admin
        .post(&format!("/api/users/{id}/password"), &json!({}))
        .await;
    assert_eq!(reset.status, 200);
    client
        .post(ACCEPT, &accept(&third, PASSWORD))
        .await
        .problem(403);
}

#[tokio::test]
async fn guesses_are_limited_and_the_database_has_no_link() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (id, token) = invited(&admin).await;
    let client = server.client();
    for _ in 0..ATTEMPTS {
        client
            .post(ACCEPT, &accept("guess", PASSWORD))
            .await
            .problem(403);
    }
    client
        .post(ACCEPT, &accept("guess", PASSWORD))
        .await
        .problem(429);
    // A user with the link is not held up by others.
    assert_eq!(
        client.post(ACCEPT, &accept(&token, PASSWORD)).await.status,
        200
    );
    for file in std::fs::read_dir(server.dir.path()).expect("a folder") {
        let bytes = std::fs::read(file.expect("a file").path()).unwrap_or_default();
        assert!(
            !bytes
                .windows(token.len())
                .any(|part| part == token.as_bytes())
        );
    }
    let both = json!({"username": "bob", "invite": true, "password": PASSWORD});
    let problem = admin.post("/api/users", &both).await.problem(422);
    assert_eq!(problem.errors[0].field, "password");
    // An access token makes no links.
    let wanted = json!({
        "name": "script", "permissions": ["user:update"],
        "expiresAt": clock::now() + Millis::from_secs(3600),
    });
    let made = admin.post("/api/account/tokens", &wanted).await.value();
    let bearer = format!("Bearer {}", made["secret"].as_str().expect("a token"));
    let request = server
        .client()
        .request(
            axum::http::Method::POST,
            &format!("/api/users/{id}/invitation"),
        )
        .header("authorization", bearer)
        .header("content-type", "application/json");
    client
        .send(request, axum::body::Body::from("{}"))
        .await
        .problem(403);
}

/// FIELD 36: an invited administrator cannot sign in yet.
#[tokio::test]
async fn an_invited_administrator_is_not_the_last_one() {
    let server = Server::empty();
    let admin = server.admin().await;
    let body = json!({
        "username": "ada", "invite": true,
        "grants": [{"role": "administrator", "scope": {"platform": true}}],
    });
    let token = token(&admin.post("/api/users", &body).await);
    let me = admin.get("/api/auth/me").await.value();
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let (id, grant) = (text(&me["user"]["id"]), text(&me["grants"][0]["id"]));
    let path = format!("/api/users/{id}/grants/{grant}");
    let kind = admin.delete(&path).await.problem(409).kind;
    assert_eq!(kind, "/problems/last-administrator");
    let accepted = server
        .client()
        .post(ACCEPT, &accept(&token, PASSWORD))
        .await;
    assert_eq!(accepted.status, 200);
    assert_eq!(admin.delete(&path).await.status, 204);
}
