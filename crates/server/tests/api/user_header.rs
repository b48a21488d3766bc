//! The header by which a proxy names the signed-in user.

use crate::account::wanted;
use crate::support::{Answer, Client, Server};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderName, Method, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use vestibule_server::auth::user_header::UserHeader;

const PROXY: &str = "127.0.0.1";
const STRANGER: &str = "203.0.113.9";

fn server(creates: bool) -> Server {
    Server::with_settings(|inner| {
        inner.user_header = Some(UserHeader {
            name: HeaderName::from_static("x-forwarded-user"),
            from: PROXY.parse().expect("an address"),
            creates,
        });
        // Trusted for addresses, and not for users.
        inner.trusted_proxies = "10.0.0.0/8".parse().expect("a network");
    })
}

async fn ask(
    client: &Client<'_>,
    (method, path): (Method, &str),
    peer: &str,
    names: &[&str],
) -> Answer {
    let peer: SocketAddr = format!("{peer}:40000").parse().expect("an address");
    let mut request = client
        .request(method.clone(), path)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(ConnectInfo(peer));
    for name in names {
        request = request.header("x-forwarded-user", *name);
    }
    let body = if method == Method::POST { "{}" } else { "" };
    client.send(request, Body::from(body)).await
}

const SIGN_IN: (Method, &str) = (Method::POST, "/api/auth/header");
const ME: (Method, &str) = (Method::GET, "/api/auth/me");

#[tokio::test]
async fn only_the_listed_proxy_names_a_user() {
    let server = server(true);
    server.admin().await;
    let client = server.client();
    for (peer, names) in [
        (STRANGER, &["admin"][..]),
        ("10.0.0.1", &["admin"]),
        ("::1", &["admin"]),
        (PROXY, &[]),
        (PROXY, &[""]),
        (PROXY, &["admin", "admin"]),
        (PROXY, &["admin, ada"]),
        (PROXY, &["a b"]),
    ] {
        let peer = if peer.contains(':') { "[::1]" } else { peer };
        let answer = ask(&client, SIGN_IN, peer, names).await;
        assert_eq!(answer.problem(403).kind, "/problems/no-user-header");
        let ways = (Method::GET, "/api/auth/providers");
        let ways = ask(&client, ways, peer, names).await.value();
        assert_eq!(ways["headerUser"], Value::Null);
    }
    let answer = ask(&client, SIGN_IN, PROXY, &["admin"]).await;
    assert_eq!(answer.value()["user"]["username"], "admin");
    // Off by default.
    let plain = Server::empty();
    plain.admin().await;
    ask(&plain.client(), SIGN_IN, PROXY, &["admin"])
        .await
        .problem(403);
}

#[tokio::test]
async fn a_user_is_created_on_first_sight_if_that_is_set() {
    let fixed = server(false);
    fixed.admin().await;
    let refused = ask(&fixed.client(), SIGN_IN, PROXY, &["ada"]).await;
    assert_eq!(refused.problem(403).kind, "/problems/no-user");

    let open = server(true);
    ask(&open.client(), SIGN_IN, PROXY, &["ada"])
        .await
        .problem(403);
    let admin = open.admin().await;
    let ways = ask(
        &open.client(),
        (Method::GET, "/api/auth/providers"),
        PROXY,
        &["ada"],
    )
    .await;
    assert_eq!(ways.value()["headerUser"], "ada");
    let first = ask(&open.client(), SIGN_IN, PROXY, &["ada"]).await;
    assert_eq!(first.value()["grants"][0]["role"], "workspace-creator");
    let again = ask(&open.client(), SIGN_IN, PROXY, &["Ada"]).await;
    assert_eq!(first.value()["user"], again.value()["user"]);
    let log = admin.get("/api/audit?action=user.create").await.value();
    assert_eq!(log["items"][0]["actorName"], "proxy");
    let log = admin.get("/api/audit?action=session.create").await.value();
    assert_eq!(log["items"][0]["after"], json!({"provider": "proxy"}));

    let id = first.value()["user"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let disable = json!({"disabled": true});
    let path = format!("/api/users/{id}");
    assert_eq!(admin.patch(&path, &disable).await.status, 200);
    let refused = ask(&open.client(), SIGN_IN, PROXY, &["ada"]).await;
    assert_eq!(refused.problem(403).kind, "/problems/user-disabled");
    // An address is no username.
    let body = json!({"username": "bob", "email": "bob@example.org"});
    assert_eq!(admin.post("/api/users", &body).await.status, 201);
    let other = ask(&open.client(), SIGN_IN, PROXY, &["bob@example.org"]).await;
    assert_eq!(other.status, 403, "{other:?}");
}

/// Signs in by the header; returns a client with the session.
async fn signed_in<'a>(server: &'a Server, name: &str) -> Client<'a> {
    let answer = ask(&server.client(), SIGN_IN, PROXY, &[name]).await;
    assert_eq!(answer.value()["user"]["username"], name);
    server.client().with_cookie(&answer.cookie())
}

#[tokio::test]
async fn session_is_worth_nothing_beside_the_proxy() {
    let server = server(true);
    server.admin().await;
    let ada = signed_in(&server, "ada").await;
    assert_eq!(ask(&ada, ME, PROXY, &["ADA"]).await.status, 200);
    // A forged header from an address that is not listed, of a forwarded client, or a second one.
    for (peer, names) in [
        (STRANGER, &["ada"][..]),
        ("10.0.0.1", &["ada"]),
        (STRANGER, &[]),
        (PROXY, &["ada", "ada"]),
        (PROXY, &["bob", "ada"]),
    ] {
        ask(&ada, ME, peer, names).await.problem(401);
    }
    let forwarded = server
        .client()
        .request(Method::GET, "/api/auth/me")
        .header(header::COOKIE, ada.cookie.as_deref().expect("a session"))
        .header("x-forwarded-for", PROXY)
        .header("x-forwarded-user", "ada")
        .extension(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 40_000))));
    let forwarded = ada.send(forwarded, Body::empty()).await;
    forwarded.problem(401);
    // None of these has signed ada out.
    assert_eq!(ask(&ada, ME, PROXY, &["ada"]).await.status, 200);
}

#[tokio::test]
async fn session_ends_when_the_proxy_names_another_user_or_none() {
    let server = server(true);
    let admin = server.admin().await;
    for names in [&["bob"][..], &[], &[""]] {
        for path in [
            "/api/auth/me",
            "/api/workspaces",
            "/api/workbenches/wb-none",
        ] {
            let ada = signed_in(&server, "ada").await;
            let asked = (Method::GET, path);
            ask(&ada, asked, PROXY, names).await.problem(401);
            ask(&ada, ME, PROXY, &["ada"]).await.problem(401);
        }
    }
    let log = admin.get("/api/audit?action=session.end").await.value();
    assert_eq!(log["items"].as_array().map_or(0, Vec::len), 9, "{log}");
    assert_eq!(log["items"][0]["actorName"], "proxy");

    // The next person at the browser gets a session of their own, and the earlier one ends.
    let ada = signed_in(&server, "ada").await;
    let next = ask(&ada, SIGN_IN, PROXY, &["bob"]).await;
    assert_eq!(next.value()["user"]["username"], "bob");
    ask(&ada, ME, PROXY, &["ada"]).await.problem(401);

    // A session by password stays good without the header, and serves no other user with one.
    assert_eq!(ask(&admin, ME, PROXY, &[]).await.status, 200);
    assert_eq!(ask(&admin, ME, STRANGER, &["ada"]).await.status, 200);
    assert_eq!(ask(&admin, ME, PROXY, &["admin"]).await.status, 200);
    ask(&admin, ME, PROXY, &["ada"]).await.problem(401);
    ask(&admin, ME, PROXY, &["admin"]).await.problem(401);
}

#[tokio::test]
async fn signing_out_and_being_disabled_end_the_session_though_the_proxy_names_the_user() {
    let server = server(true);
    let admin = server.admin().await;
    let ada = signed_in(&server, "ada").await;
    let out = (Method::POST, "/api/auth/sign-out");
    assert_eq!(ask(&ada, out, PROXY, &["ada"]).await.status, 204);
    ask(&ada, ME, PROXY, &["ada"]).await.problem(401);

    let ada = signed_in(&server, "ada").await;
    let me = ask(&ada, ME, PROXY, &["ada"]).await.value();
    let path = format!("/api/users/{}", me["user"]["id"].as_str().expect("an id"));
    let answer = admin.patch(&path, &json!({"disabled": true})).await;
    assert_eq!(answer.status, 200);
    ask(&ada, ME, PROXY, &["ada"]).await.problem(401);
    let refused = ask(&server.client(), SIGN_IN, PROXY, &["ada"]).await;
    assert_eq!(refused.problem(403).kind, "/problems/user-disabled");
}

#[tokio::test]
async fn header_bytes_that_look_like_a_name_name_nobody() {
    let server = server(true);
    server.admin().await;
    for bytes in [
        "\u{430}dmin".as_bytes(),
        "adm\u{131}n".as_bytes(),
        "ADM\u{130}N".as_bytes(),
        "admin\u{200b}".as_bytes(),
        "\u{feff}admin".as_bytes(),
        "\u{ad}admin".as_bytes(),
        b"adm\xefn",
        b"admin\xff",
        b"admin\tx",
        b"\"admin\"",
        b"admin;",
        b"admin%00",
        b"=?utf-8?q?admin?=",
        &[b'a'; 4_000],
    ] {
        let request = server
            .client()
            .request(Method::POST, "/api/auth/header")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-forwarded-user", bytes)
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        let answer = server.client().send(request, Body::from("{}")).await;
        let kind = answer.problem(403).kind;
        assert_eq!(kind, "/problems/no-user-header", "{bytes:?}");
    }
    assert_eq!(server.state.store.user_count().expect("the store works"), 1);
}

#[tokio::test]
async fn access_token_needs_no_header_and_is_no_other_users_with_one() {
    let server = server(true);
    let admin = server.admin().await;
    let new = wanted(&["workspace:read"], 30);
    let made = admin.post("/api/account/tokens", &new).await;
    assert_eq!(made.status, 201, "{made:?}");
    let token = made.value()["secret"].as_str().expect("a token").to_owned();
    for (peer, name) in [(PROXY, None), (PROXY, Some("ada")), (STRANGER, Some("ada"))] {
        let peer: SocketAddr = format!("{peer}:40000").parse().expect("an address");
        let mut request = server
            .client()
            .request(Method::GET, "/api/auth/me")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .extension(ConnectInfo(peer));
        if let Some(name) = name {
            request = request.header("x-forwarded-user", name);
        }
        let answer = server.client().send(request, Body::empty()).await;
        assert_eq!(answer.value()["user"]["username"], "admin");
    }
}

#[tokio::test]
async fn event_stream_ends_when_the_proxy_names_another_user() {
    let server = server(true);
    server.admin().await;
    for names in [&["bob"][..], &[]] {
        let ada = signed_in(&server, "ada").await;
        let peer = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000)));
        let request = ada
            .request(Method::GET, "/api/runs/stream")
            .header("x-forwarded-user", "ada")
            .extension(peer);
        let mut stream = ada.raw(request, Body::empty()).await.into_body();
        assert!(stream.frame().await.is_some_and(|frame| frame.is_ok()));
        ask(&ada, ME, PROXY, names).await.problem(401);
        let rest = async { while let Some(Ok(_)) = stream.frame().await {} };
        let ended = tokio::time::timeout(Duration::from_secs(3), rest).await;
        ended.expect("the stream ends");
        let request = ada.request(Method::GET, "/api/runs/stream").extension(peer);
        ada.send(request, Body::empty()).await.problem(401);
    }
}
