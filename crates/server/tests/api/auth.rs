//! `/api/auth/…`: sign-in, sign-out and set-up.

use crate::support::{Answer, Client, PASSWORD, Server};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use vestibule_model::access::Permission;
use vestibule_model::auth::Me;
use vestibule_model::time::Millis;
use vestibule_server::auth::limiter::ATTEMPTS;
use vestibule_server::auth::password::MOST_PER_ADDRESS;
use vestibule_server::store::Actor;
use vestibule_server::store::{SESSION_LIFE, SESSION_LIMIT};
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
    for _ in 0..ATTEMPTS {
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
    let almost = now + SESSION_LIFE - Millis::from_secs(60);
    assert!(
        store
            .identity(&hash, almost)
            .expect("the store works")
            .is_some()
    );
    let used = almost + SESSION_LIFE - Millis::from_secs(60);
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
    let store = &server.state.store;
    let user = store.account_by_name("admin", clock::now());
    let user = user.expect("the store works").expect("a user");
    let reset = store.reset_password(&user.id, &hash, &Actor::command_line());
    reset.expect("the store works");
    client.get("/api/auth/me").await.problem(401);
}

/// Signs in as a visitor whom a proxy on this machine names.
async fn sign_in_from(client: &Client<'_>, visitor: &str, body: &Value) -> Answer {
    let peer: SocketAddr = "127.0.0.1:40000".parse().expect("an address");
    let request = client
        .request(Method::POST, "/api/auth/sign-in")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-forwarded-for", visitor)
        .extension(ConnectInfo(peer));
    client.send(request, Body::from(body.to_string())).await
}

/// Security review, finding 4.
#[tokio::test]
async fn a_password_that_nobody_can_have_is_refused_by_its_shape_and_not_counted() {
    let server = Server::empty();
    server.admin().await;
    for _ in 0..2 * ATTEMPTS {
        let body = json!({"username": "admin", "password": "x".repeat(1025)});
        let answer = server.client().post("/api/auth/sign-in", &body).await;
        assert_eq!(answer.problem(422).errors[0].field, "password");
    }
    let body = json!({"username": "u".repeat(65), "password": "x"});
    let answer = server.client().post("/api/auth/sign-in", &body).await;
    assert_eq!(answer.problem(422).errors[0].field, "username");
    server.sign_in("admin").await;
}

/// Security review, finding 5.
#[tokio::test]
async fn strangers_behind_a_trusted_proxy_do_not_lock_the_owner_out() {
    let server = Server::with_settings(|inner| {
        inner.trusted_proxies = "127.0.0.1".parse().expect("an address");
    });
    server.admin().await;
    let client = server.client();
    let wrong = json!({"username": "admin", "password": "x"});
    for _ in 0..ATTEMPTS {
        sign_in_from(&client, "198.51.100.7", &wrong)
            .await
            .problem(401);
    }
    let right = json!({"username": "admin", "password": PASSWORD});
    sign_in_from(&client, "198.51.100.7", &right)
        .await
        .problem(429);
    // The first address is one that the client made up.
    sign_in_from(&client, "203.0.113.9, 198.51.100.7", &right)
        .await
        .problem(429);
    assert_eq!(
        sign_in_from(&client, "203.0.113.9", &right).await.status,
        200
    );
}

/// Security review, finding 5.
#[tokio::test]
async fn a_browser_that_has_signed_in_before_is_not_locked_out_by_strangers() {
    let server = Server::empty();
    server.admin().await;
    let right = json!({"username": "admin", "password": PASSWORD});
    let known = server
        .client()
        .post("/api/auth/sign-in", &right)
        .await
        .cookies();
    let device = known
        .split("; ")
        .find(|cookie| cookie.starts_with("__Host-vestibule-device="))
        .expect("a device cookie");
    let wrong = json!({"username": "admin", "password": "x"});
    for _ in 0..ATTEMPTS {
        server
            .client()
            .post("/api/auth/sign-in", &wrong)
            .await
            .problem(401);
    }
    server
        .client()
        .post("/api/auth/sign-in", &right)
        .await
        .problem(429);
    let owner = server.client().with_cookie(device);
    assert_eq!(owner.post("/api/auth/sign-in", &right).await.status, 200);
    // The cookie is a count of its own and no way around one.
    for _ in 0..ATTEMPTS {
        owner.post("/api/auth/sign-in", &wrong).await.problem(401);
    }
    owner.post("/api/auth/sign-in", &right).await.problem(429);
    let other = json!({"username": "other", "password": "x"});
    owner.post("/api/auth/sign-in", &other).await.problem(401);
}

/// Security review, finding 6.
#[tokio::test]
async fn many_sign_ins_at_once_are_refused_instead_of_waiting_in_a_long_queue() {
    let server = Server::empty();
    server.admin().await;
    let client = server.client();
    let bodies: Vec<_> = (0..40)
        .map(|n| json!({"username": format!("u{n}"), "password": "some password"}))
        .collect();
    let asked = bodies
        .iter()
        .map(|body| client.post("/api/auth/sign-in", body));
    let answers = futures_util::future::join_all(asked).await;
    let (waited, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 401);
    assert_eq!(waited.len(), MOST_PER_ADDRESS);
    for answer in refused {
        answer.problem(503);
        assert_eq!(answer.header("retry-after"), "2");
    }
    server.sign_in("admin").await;
}

/// Security review, finding 17: without the prefix `__Host-` a script of an app can add a cookie.
#[tokio::test]
async fn with_two_session_cookies_nobody_is_signed_in() {
    let server = Server::with_settings(|inner| inner.cookies.secure = false);
    let own = server.admin().await.cookie.expect("a cookie");
    let forged = server.user("mallory", &[]).await.cookie.expect("a cookie");
    assert!(own.starts_with("vestibule="), "{own}");
    for both in [format!("{forged}; {own}"), format!("{own}; {forged}")] {
        let client = server.client().with_cookie(&both);
        let problem = client.get("/api/auth/me").await.problem(401);
        assert!(
            problem.detail.contains("two session cookies"),
            "{problem:?}"
        );
    }
}

/// Security review, finding 33.
#[tokio::test]
async fn signing_in_again_ends_the_browsers_earlier_session() {
    let server = Server::empty();
    let client = server.admin().await;
    let right = json!({"username": "admin", "password": PASSWORD});
    let again = client.post("/api/auth/sign-in", &right).await;
    assert_eq!(again.status, 200);
    client.get("/api/auth/me").await.problem(401);
    let client = server.client().with_cookie(&again.cookie());
    assert_eq!(client.get("/api/auth/me").await.status, 200);
}

/// Security review, finding 33.
#[tokio::test]
async fn a_session_ends_a_month_after_its_beginning_however_much_it_is_used() {
    let server = Server::empty();
    let cookie = server.admin().await.cookie.expect("a cookie");
    let hash = tokens::hash(cookie.split_once('=').expect("a value").1);
    let (store, start) = (&server.state.store, clock::now());
    let day = Millis::from_secs(24 * 3600);
    let is_good = |after: Millis| {
        store
            .identity(&hash, start + after)
            .expect("works")
            .is_some()
    };
    let days = SESSION_LIMIT.0 / day.0;
    for passed in 0..days {
        assert!(is_good(Millis(day.0 * passed)), "{passed}");
    }
    assert!(!is_good(Millis(day.0 * days + 1_000)));
}
