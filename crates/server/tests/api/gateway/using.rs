//! Requests that count as use of a workbench's app.

use super::passing::{echo, upgrade};
use super::site::Site;
use axum::Router;
use axum::routing::get;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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
