//! Requests that count as use of a workbench's app.

use super::passing::{echo, upgrade};
use super::site::Site;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vestibule_engine::clock::Clock as _;
use vestibule_engine::engine_host::EngineHost as _;
use vestibule_model::time::{Millis, Timestamp};

fn last_used(site: &Site) -> Timestamp {
    let id = site.id.as_str().into();
    let last = site.server.state.host.last_used(&id);
    last.expect("at least the server's start")
}

/// Returns the tolerance for the duration of the test itself.
fn hours(length: Millis) -> i64 {
    (length.0 + 1_800_000) / 3_600_000
}

#[tokio::test]
async fn only_requests_with_a_session_count_as_use() {
    let site = Site::with(Router::new().route("/", get(async || "the app"))).await;
    let start = last_used(&site);
    site.server.clock.moves_on(60);
    let cookie = site.enter().await;
    let stranger = site.send(site.request("GET", "/"), "").await;
    assert_eq!(stranger.status(), 401);
    assert_eq!(last_used(&site), start, "neither a stranger nor a ticket");

    let request = site.request("GET", "/").header("cookie", cookie);
    assert_eq!(site.send(request, "").await.status(), 200);
    assert_eq!(hours(last_used(&site).since(start)), 1);
    let other = site.server.state.host.last_used(&"wb-another".into());
    assert_eq!(hours(other.expect("the start").since(start)), 0);
}

#[tokio::test]
async fn socket_data_counts_as_use_and_pongs_do_not() {
    let site = Site::at(echo().await).await;
    let cookie = site.enter().await;
    let (head, mut socket) = upgrade(&site, &cookie, &site.origin()).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    let opened = last_used(&site);
    site.server.clock.moves_on(60);
    let pong = [0x8a, 0x80, 1, 2, 3, 4];
    for (sent, used) in [(&pong[..], 0), (b"typed", 1)] {
        socket.write_all(sent).await.expect("sent");
        let mut received = vec![0; sent.len()];
        let received =
            tokio::time::timeout(Duration::from_secs(20), socket.read_exact(&mut received));
        received.await.expect("in time").expect("whole");
        assert_eq!(hours(last_used(&site).since(opened)), used);
    }
}

/// In use, H2: what a user waits for or receives is use until its end.
#[tokio::test]
async fn exchange_is_use_until_its_end_and_a_stream_of_events_is_none() {
    let (release, gate) = tokio::sync::watch::channel(0);
    let passes = move |step| {
        let mut gate = gate.clone();
        async move {
            gate.wait_for(|now| *now >= step).await.expect("the test");
            Ok::<_, std::convert::Infallible>("part")
        }
    };
    let (slow, long, events) = (passes.clone(), passes.clone(), passes);
    let lasting = |first: &'static str, last| {
        Body::from_stream(stream::iter([Ok(first)]).chain(stream::once(last)))
    };
    let app = Router::new()
        .route("/slow", get(async move || slow(1).await.expect("never")))
        .route("/long", get(async move || lasting("begin", long(2))))
        .route(
            "/events",
            get(async move || {
                let kind = [("content-type", "text/event-stream; charset=utf-8")];
                (kind, lasting(": begin\n\n", events(3)))
            }),
        );
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    let unused = || {
        let now = site.server.clock.now();
        hours(now.since(last_used(&site)))
    };
    let request = |path| site.request("GET", path).header("cookie", &cookie);

    site.server.clock.moves_on(60);
    assert_eq!(unused(), 1);
    let (answer, ()) = tokio::join!(site.send(request("/slow"), ""), async {
        until(|| unused() == 0).await;
        site.server.clock.moves_on(60);
        assert_eq!(unused(), 0, "it is being worked on");
        release.send_replace(1);
    });
    drop(answer.into_body().collect().await.expect("whole"));
    until(|| {
        site.server.clock.moves_on(60);
        unused() > 0
    })
    .await;

    let answer = site.send(request("/long"), "").await;
    let mut body = answer.into_body();
    body.frame().await.expect("a part").expect("whole");
    site.server.clock.moves_on(600);
    assert_eq!(unused(), 0, "it is being received");
    release.send_replace(2);
    body.collect().await.expect("whole");
    until(|| {
        site.server.clock.moves_on(60);
        unused() > 0
    })
    .await;
    assert!(unused() < 600, "it counts from the end");

    let answer = site.send(request("/events"), "").await;
    let mut body = answer.into_body();
    body.frame().await.expect("a part").expect("whole");
    site.server.clock.moves_on(60);
    assert_eq!(unused(), 1, "events come without a user");
    release.send_replace(3);
}

/// In use, H2: a user who wants it goes on, though nobody uses it.
#[tokio::test]
async fn keeping_a_workbench_running_is_use() {
    let site = Site::with(Router::new().route("/", get(async || "the app"))).await;
    let start = last_used(&site);
    site.server.clock.moves_on(60);
    let path = format!("/api/workbenches/{}/extend", site.id);
    let answer = site.console().post(&path, &json!({})).await;
    assert_eq!(answer.status, 202);
    assert_eq!(hours(last_used(&site).since(start)), 1);
}

async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("in time");
}
