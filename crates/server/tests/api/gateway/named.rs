//! Apps' origins behind a proxy that names the user in a header.

use super::passing::{echo, exchange_heads, upgrade_with};
use super::site::{Site, serve};
use crate::support::{HOST, ORIGIN, Server};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, Request};
use axum::routing::any;
use http_body_util::BodyExt as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule_server::auth::user_header::UserHeader;

const HEADER: &str = "x-forwarded-user";

/// Returns an app that answers the headers it got.
fn mirror() -> Router {
    Router::new().fallback(any(async |request: Request<Body>| {
        format!("{:?}", request.headers()).to_lowercase()
    }))
}

/// Returns a server whose proxy has this address; the session of its administrator began with the header.
fn server(proxy: &str) -> Server {
    let from = proxy.parse().expect("an address");
    Server::with_settings(|inner| {
        inner.user_header = Some(UserHeader {
            name: HeaderName::from_static(HEADER),
            from,
            creates: true,
        });
    })
}

fn by_header(site: &Site) {
    let database = rusqlite::Connection::open(site.server.dir.path().join("vestibule.db"));
    let database = database.expect("the database");
    let changed = database.execute("UPDATE sessions SET by_header = 1", []);
    assert_eq!(changed.expect("changed"), 1);
}

async fn get(site: &Site, cookie: &str, names: &[&str]) -> (u16, String) {
    let mut request = site.request("GET", "/").header("cookie", cookie);
    for name in names {
        request = request.header(HEADER, *name);
    }
    let answer = site.send(request, "").await;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await;
    let body = body.expect("a body").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn app_serves_the_user_whom_the_proxy_names_alone() {
    let site = Site::on(server("127.0.0.1"), serve(mirror()).await).await;
    let cookie = site.enter().await;
    by_header(&site);
    let (status, seen) = get(&site, &cookie, &["admin"]).await;
    assert_eq!(status, 200);
    assert!(
        !seen.contains(HEADER),
        "the app is not sent the header: {seen}"
    );
    // None or two names are refused, and the session stays.
    assert_eq!(get(&site, &cookie, &[]).await.0, 401);
    assert_eq!(get(&site, &cookie, &["admin", "admin"]).await.0, 401);
    assert_eq!(get(&site, &cookie, &["admin"]).await.0, 200);
    // Another user ends it.
    assert_eq!(get(&site, &cookie, &["bob"]).await.0, 401);
    assert_eq!(get(&site, &cookie, &["admin"]).await.0, 401);
}

#[tokio::test]
async fn forged_header_opens_no_app() {
    let site = Site::on(server("10.0.0.1"), serve(mirror()).await).await;
    let cookie = site.enter().await;
    // A session by password: the header of an address that is not listed is ignored, and is not
    // carried to the app either.
    let (status, seen) = get(&site, &cookie, &["bob"]).await;
    assert_eq!(status, 200);
    assert!(!seen.contains(HEADER), "{seen}");
    by_header(&site);
    assert_eq!(get(&site, &cookie, &["admin"]).await.0, 401);
    assert_eq!(get(&site, &cookie, &[]).await.0, 401);
}

#[tokio::test]
async fn open_socket_of_an_app_ends_when_the_proxy_names_another_user() {
    let site = Site::on(server("127.0.0.1"), echo().await).await;
    let cookie = site.enter().await;
    by_header(&site);
    let (head, _) = upgrade_with(&site, &cookie, &site.origin(), "").await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let named = format!("{HEADER}: admin\r\n");
    let (head, mut socket) = upgrade_with(&site, &cookie, &site.origin(), &named).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    socket.write_all(b"ping").await.expect("sent");
    let mut back = [0; 4];
    socket.read_exact(&mut back).await.expect("echoed");
    assert_eq!(get(&site, &cookie, &["bob"]).await.0, 401);
    let ended = tokio::time::timeout(Duration::from_secs(3), socket.read(&mut back)).await;
    assert_eq!(ended.expect("the socket ends").unwrap_or(0), 0);
}

#[tokio::test]
async fn socket_of_the_terminals_ends_when_the_proxy_names_another_user() {
    let site = Site::on(server("127.0.0.1"), echo().await).await;
    by_header(&site);
    let cookie = &site.console_cookie;
    let open = async |header: &str| {
        let head = format!(
            "GET /api/tabs/socket HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {ORIGIN}\r\n\
             Cookie: {cookie}\r\n{header}\r\n"
        );
        exchange_heads(&site, &head).await
    };
    let (head, mut socket) = open(&format!("{HEADER}: admin\r\n")).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    let (head, _) = open(&format!("{HEADER}: bob\r\n")).await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(3), socket.read_to_end(&mut rest)).await;
    ended.expect("the socket ends").expect("it is closed");
    let text = String::from_utf8_lossy(&rest);
    assert!(text.contains("The session has ended."), "{text}");
}
