//! Forwarding of bodies, streams and sockets, and apps that do not respond.

use super::site::Site;
use crate::event_reader::{EventReader, STREAM};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::{get, post};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde_json::json;
use std::convert::Infallible;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Longer than any successful step takes.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_large_upload_is_passed_on_as_it_comes() {
    const CHUNK: usize = 1 << 20;
    const CHUNKS: usize = 64;
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    static MADE: AtomicUsize = AtomicUsize::new(0);
    static FURTHEST: AtomicUsize = AtomicUsize::new(0);
    let app = Router::new().route(
        "/up",
        post(async |request: Request| {
            let mut body = request.into_body().into_data_stream();
            while let Some(chunk) = body.next().await {
                TAKEN.fetch_add(chunk.expect("whole").len(), Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
            TAKEN.load(Ordering::SeqCst).to_string()
        }),
    );
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    let chunk = Bytes::from(vec![7; CHUNK]);
    let body = stream::iter(0..CHUNKS).map(move |_| {
        let made = MADE.fetch_add(CHUNK, Ordering::SeqCst);
        FURTHEST.fetch_max(
            made.saturating_sub(TAKEN.load(Ordering::SeqCst)),
            Ordering::SeqCst,
        );
        Ok::<_, Infallible>(chunk.clone())
    });
    let request = site.request("POST", "/up").header("cookie", cookie);
    let response = site.send(request, Body::from_stream(body)).await;
    let answer = response
        .into_body()
        .collect()
        .await
        .expect("an answer")
        .to_bytes();
    assert_eq!(answer, (CHUNK * CHUNKS).to_string());
    let held = FURTHEST.load(Ordering::SeqCst);
    assert!(held < 24 * CHUNK, "{held} bytes were held on the way");
}

#[tokio::test]
async fn field_18_events_arrive_when_they_are_sent() {
    static GO_ON: LazyLock<Notify> = LazyLock::new(Notify::new);
    let app = Router::new().route(
        "/events",
        get(async || {
            let events = stream::unfold(0, async |n| {
                if n > 0 {
                    GO_ON.notified().await;
                }
                (n < 2).then(|| (Ok::<_, Infallible>(format!("data: {n}\n\n")), n + 1))
            });
            Body::from_stream(events)
        }),
    );
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    let mut body = site
        .send(site.request("GET", "/events").header("cookie", cookie), "")
        .await
        .into_body();
    for expected in ["data: 0\n\n", "data: 1\n\n"] {
        let frame = tokio::time::timeout(PATIENCE, body.frame())
            .await
            .expect("it is not held back");
        assert_eq!(
            frame
                .expect("a frame")
                .expect("whole")
                .into_data()
                .expect("data"),
            expected
        );
        GO_ON.notify_one();
    }
}

/// Requests an upgrade; returns the head of the response and the connection.
pub async fn upgrade(site: &Site, cookie: &str, origin: &str) -> (String, TcpStream) {
    upgrade_with(site, cookie, origin, "").await
}

/// Requests an upgrade with more headers, which end with CR LF each.
pub async fn upgrade_with(
    site: &Site,
    cookie: &str,
    origin: &str,
    headers: &str,
) -> (String, TcpStream) {
    let head = format!(
        "GET /socket HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: echo\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n{headers}\r\n",
        site.host()
    );
    exchange_heads(site, &head).await
}

/// Sends the head of a request; returns the head of the response and the connection.
pub async fn exchange_heads(site: &Site, request: &str) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(site.address).await.expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    (String::from_utf8_lossy(&head).into_owned(), stream)
}

/// Returns an app that upgrades every connection and echoes what it receives.
pub async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                assert!(
                    String::from_utf8_lossy(&head)
                        .to_lowercase()
                        .contains("upgrade: echo")
                );
                stream
                    .write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
                    .await?;
                let (mut read, mut write) = stream.split();
                tokio::io::copy(&mut read, &mut write).await
            });
        }
    });
    address
}

#[tokio::test]
async fn a_socket_carries_both_ways_and_ends_with_the_session() {
    let site = Site::at(echo().await).await;
    let cookie = site.enter().await;
    let (head, mut socket) = upgrade(&site, &cookie, &site.origin()).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    for said in [&b"one"[..], b"two"] {
        socket.write_all(said).await.expect("sent");
        let mut received = vec![0; said.len()];
        socket.read_exact(&mut received).await.expect("heard");
        assert_eq!(received, said);
    }
    let admin = site.console();
    admin.post("/api/auth/sign-out", &json!({})).await;
    let end = tokio::time::timeout(PATIENCE, socket.read(&mut [0; 8])).await;
    assert!(matches!(end.expect("it is closed"), Ok(0) | Err(_)));
}

#[tokio::test]
async fn field_38_another_origin_cannot_open_a_socket() {
    let site = Site::at(echo().await).await;
    let cookie = site.enter().await;
    for origin in [
        "http://wb-other123.vestibule.localhost:8080",
        "https://evil.example",
        "null",
    ] {
        let (head, _) = upgrade(&site, &cookie, origin).await;
        assert!(head.starts_with("HTTP/1.1 403"), "{origin}: {head}");
    }
}

#[tokio::test]
async fn a_dead_app_is_a_502_of_the_gateways_own() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        listener.local_addr().expect("an address")
    };
    let site = Site::at(nobody).await;
    let cookie = site.enter().await;
    let response = site
        .send(site.request("GET", "/").header("cookie", cookie), "")
        .await;
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["x-vestibule-gateway"]
        ),
        (502, &"unreachable".parse().expect("a word"))
    );
}

#[tokio::test]
async fn an_app_that_dies_in_the_middle_of_an_answer_is_cut_off_not_completed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let site = Site::at(listener.local_addr().expect("an address")).await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        let _ = stream.read(&mut [0; 4096]).await?;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            .await
    });
    let cookie = site.enter().await;
    let response = site
        .send(site.request("GET", "/").header("cookie", cookie), "")
        .await;
    assert_eq!(response.status(), 200);
    assert!(response.into_body().collect().await.is_err());
}

#[tokio::test]
async fn an_app_that_never_answers_is_a_504_but_a_slow_upload_is_not() {
    let app = Router::new()
        .route("/silent", get(std::future::pending::<()>))
        .route("/slow", post(async |body: Bytes| body.len().to_string()));
    let site = Site::with_patience(app, Duration::from_millis(600)).await;
    let cookie = site.enter().await;
    let response = site
        .send(site.request("GET", "/silent").header("cookie", &cookie), "")
        .await;
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["x-vestibule-gateway"]
        ),
        (504, &"timeout".parse().expect("a word"))
    );

    // Ten pieces, each well within the time limit, and all together well beyond it.
    let pieces = stream::unfold(0, async |n| {
        tokio::time::sleep(Duration::from_millis(120)).await;
        (n < 10).then_some((Ok::<_, Infallible>("x"), n + 1))
    });
    let slow = site
        .send(
            site.request("POST", "/slow").header("cookie", &cookie),
            Body::from_stream(pieces),
        )
        .await;
    assert_eq!(slow.status(), 200);
}

#[tokio::test]
async fn field_39_an_app_that_refuses_to_be_framed_is_explained_in_the_frame_and_works_outside() {
    let app = Router::new().route(
        "/",
        get(async || ([("x-frame-options", "DENY")], "the app")),
    );
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    let page = |dest: &'static str, from: &'static str| {
        let request = site
            .request("GET", "/")
            .header("cookie", &cookie)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", dest)
            .header("sec-fetch-site", from);
        site.send(request, "")
    };
    let framed = page("iframe", "same-site").await;
    assert_eq!(
        (
            framed.status().as_u16(),
            &framed.headers()["x-vestibule-gateway"]
        ),
        (403, &"framing-refused".parse().expect("a word"))
    );
    assert!(
        !framed.headers().contains_key("x-frame-options"),
        "this page is to be seen"
    );
    for (dest, from) in [("document", "none"), ("iframe", "same-origin")] {
        assert_eq!(page(dest, from).await.status(), 200, "{dest} {from}");
    }
}

/// Reliability review, finding 11: a proxy in front drops the headers of upgrades.
#[tokio::test]
async fn a_web_socket_without_its_upgrade_is_refused_with_the_reason() {
    let site = Site::with(Router::new().route("/", get(async || "the app"))).await;
    let cookie = site.enter().await;
    let request = site
        .request("GET", "/")
        .header("cookie", cookie)
        .header("origin", site.origin())
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-version", "13");
    let answer = site.send(request, "").await;
    assert_eq!(answer.status(), 426);
    assert_eq!(answer.headers()["x-vestibule-gateway"], "upgrade-dropped");
}

/// Reliability review, finding 11: the page of a broken app said only "Running".
#[tokio::test]
async fn every_page_is_told_of_a_proxy_that_drops_upgrades_until_one_arrives() {
    let site = Site::at(echo().await).await;
    let cookie = site.enter().await;
    let console = site.console();
    let mut reader = EventReader::open(&console, STREAM, None).await;
    let mut notices = async || reader.next_named("heartbeat").await.data["notices"].clone();
    assert_eq!(notices().await, json!(null));
    let stripped = site
        .request("GET", "/socket")
        .header("cookie", &cookie)
        .header("origin", site.origin())
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(site.send(stripped, "").await.status(), 426);
    assert_eq!(notices().await[0]["kind"], "UpgradesDropped");
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let (head, _socket) = upgrade_with(&site, &cookie, &site.origin(), key).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert_eq!(notices().await, json!(null));
}
