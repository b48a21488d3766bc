//! `/api/auth/…`: sign-in, sign-out and set-up.

use crate::support::{PASSWORD, Server};
use serde_json::json;
use vestibule_model::access::Permission;
use vestibule_model::auth::Me;
use vestibule_server::auth::limiter::TRIES;
use vestibule_server::store::SESSION_LIFE;
use vestibule_server::{clock, tokens};

#[tokio::test]
async fn signing_in_gives_a_session_and_signing_out_ends_it() {
    let server = Server::empty();
    let client = server.admin().await;
    let me = client.get("/api/auth/me").await;
    assert_eq!(me.status, 200);
    let me: Me = me.read();
    assert_eq!(me.user.username, "admin");
    assert_eq!(me.permissions.len(), Permission::ALL.len());

    let out = client.post("/api/auth/sign-out", &json!({})).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    client.get("/api/auth/me").await.problem(401);
}

#[tokio::test]
async fn the_cookie_is_for_this_host_alone_and_not_for_scripts() {
    let server = Server::empty();
    server.admin().await;
    let body = json!({"username": "ADMIN", "password": PASSWORD});
    let answer = server.client().post("/api/auth/sign-in", &body).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-vestibule="), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let server = Server::empty();
    server.admin().await;
    let mut answers = Vec::new();
    for (username, password) in [("admin", "wrong password"), ("nobody", PASSWORD)] {
        let body = json!({"username": username, "password": password});
        let answer = server.client().post("/api/auth/sign-in", &body).await;
        answers.push(answer.problem(401));
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn too_many_wrong_passwords_have_to_wait() {
    let server = Server::empty();
    server.admin().await;
    let wrong = json!({"username": "admin", "password": "x"});
    for _ in 0..TRIES {
        server
            .client()
            .post("/api/auth/sign-in", &wrong)
            .await
            .problem(401);
    }
    let right = json!({"username": "admin", "password": PASSWORD});
    let answer = server.client().post("/api/auth/sign-in", &right).await;
    answer.problem(429);
    let wait: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=300).contains(&wait));
    let other = json!({"username": "other", "password": "x"});
    server
        .client()
        .post("/api/auth/sign-in", &other)
        .await
        .problem(401);
}

#[tokio::test]
async fn a_session_ends_a_week_after_its_last_use() {
    let server = Server::empty();
    let client = server.admin().await;
    let cookie = client.cookie.expect("a cookie");
    let hash = tokens::hash(cookie.split_once('=').expect("a value").1);
    let store = &server.state.store;
    let now = clock::now();
    let almost = now + SESSION_LIFE - vestibule_model::time::Millis::from_secs(60);
    assert!(
        store
            .identity(&hash, almost)
            .expect("the store works")
            .is_some()
    );
    let used = almost + SESSION_LIFE - vestibule_model::time::Millis::from_secs(60);
    assert!(
        store
            .identity(&hash, used)
            .expect("the store works")
            .is_some()
    );
    let late = used + SESSION_LIFE;
    assert!(
        store
            .identity(&hash, late)
            .expect("the store works")
            .is_none()
    );
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let server = Server::empty();
    let config = server.client().get("/api/config").await.value();
    assert_eq!(config["needsSetUp"], true);
    let token = server.state.set_up.open();
    let ask = |token: &str, password: &str| json!({"token": token, "username": "ada", "password": password});
    let client = server.client();
    client
        .post("/api/auth/set-up", &ask("guess", PASSWORD))
        .await
        .problem(403);
    // The token is checked first, so that a page can check it before anything is typed.
    let blank = |token: &str| json!({"token": token, "username": "", "password": ""});
    for (token, status) in [("guess", 403), (&*token, 422)] {
        let answer = client.post("/api/auth/set-up", &blank(token)).await;
        assert_eq!(answer.status, status, "{token}");
    }
    let short = client.post("/api/auth/set-up", &ask(&token, "short")).await;
    assert_eq!(short.problem(422).errors[0].field, "password");
    let made = client
        .post("/api/auth/set-up", &ask(&token, PASSWORD))
        .await;
    assert_eq!(made.status, 200);
    assert!(made.header("set-cookie").starts_with("__Host-vestibule="));
    client
        .post("/api/auth/set-up", &ask(&token, PASSWORD))
        .await
        .problem(403);
    let config = server.client().get("/api/config").await.value();
    assert_eq!(config["needsSetUp"], false);
}

#[tokio::test]
async fn a_new_password_signs_out_everywhere() {
    let server = Server::empty();
    let client = server.admin().await;
    let hash = vestibule_server::auth::password::hash("another password").expect("a hash");
    assert!(
        server
            .state
            .store
            .reset_password("admin", &hash)
            .expect("the store works")
    );
    client.get("/api/auth/me").await.problem(401);
}
