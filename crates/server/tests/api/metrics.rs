//! `/metrics`: contents and access.

use crate::support::{Answer, HOST, Server};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use std::net::SocketAddr;
use vestibule_model::phase::Phase;

/// Requests the metrics from an address, by a host, with these headers.
async fn ask(server: &Server, from: &str, host: &str, headers: &[(&str, &str)]) -> Answer {
    let from: SocketAddr = from.parse().expect("an address");
    let mut request = Request::builder()
        .method(Method::GET)
        .uri("/metrics")
        .header(header::HOST, host)
        .extension(ConnectInfo(from));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.client().send(request, Body::empty()).await
}

const HERE: &str = "127.0.0.1:40000";
const LOOPBACK: &str = "127.0.0.1:8080";

#[tokio::test]
async fn programs_of_this_machine_may_read_the_metrics() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;
    let reported = ask(&server, HERE, LOOPBACK, &[]).await;
    assert_eq!(reported.status, 200);
    assert!(
        reported
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    let text = String::from_utf8(reported.body).expect("text");
    for line in [
        "vestibule_builds_queued 0",
        "vestibule_runs{status=\"running\"} 1",
        "vestibule_run_start_duration_seconds_count{app=\"welcome\",outcome=\"ready\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    server.engine.sees_it_exit(1);
    server.settle(&id, &Phase::Failed).await;
    let text = ask(&server, HERE, LOOPBACK, &[]).await.body;
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("vestibule_runs{status=\"running\"} 0"));
    assert!(
        !text.contains("outcome=\"failed\""),
        "a start is measured once"
    );
}

/// A proxy on this machine forwards requests of any client.
#[tokio::test]
async fn other_machines_need_the_metrics_token() {
    let server = Server::empty();
    for (from, host, headers) in [
        ("192.0.2.7:40000", LOOPBACK, &[][..]),
        (HERE, HOST, &[]),
        (HERE, LOOPBACK, &[("x-forwarded-for", "192.0.2.7")]),
        (HERE, LOOPBACK, &[("via", "1.1 proxy")]),
        (HERE, LOOPBACK, &[("forwarded", "for=192.0.2.7")]),
        (HERE, "evil.example", &[]),
    ] {
        let refused = ask(&server, from, host, headers).await;
        assert_eq!(refused.status, 403, "{from} {host} {headers:?}");
        refused.problem(403);
    }
    // Security review, finding 11: the documented nginx passes any `Host` on, and no other header.
    let public = Server::with_settings(|inner| {
        inner.public_url = "https://vestibule.example.org".parse().expect("an address");
    });
    ask(&public, HERE, LOOPBACK, &[]).await.problem(403);
    let token = "a-token-of-some-length";
    let server = Server::with_metrics_token(token);
    let sent = |token: &str| format!("Bearer {token}");
    for host in [HOST, "metrics.example"] {
        let reported = ask(
            &server,
            "192.0.2.7:40000",
            host,
            &[("authorization", &sent(token))],
        )
        .await;
        assert_eq!(reported.status, 200);
    }
    for headers in [
        &[][..],
        &[("authorization", "Bearer ")],
        &[("authorization", "a-token-of-some-length")],
        &[("authorization", "Bearer a-token-of-some-lengtH")],
    ] {
        assert_eq!(ask(&server, HERE, LOOPBACK, headers).await.status, 403);
    }
}
