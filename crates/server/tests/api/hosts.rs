//! Dispatch of requests by host.

use crate::support::{Answer, Server};
use axum::body::Body;
use axum::http::{Method, Request, header};

async fn ask(server: &Server, method: Method, host: &str, path: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, host);
    server.client().send(request, Body::empty()).await
}

#[tokio::test]
async fn other_names_lead_to_the_public_address() {
    let server = Server::empty();
    for host in [
        "localhost:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "box.example",
    ] {
        let answer = ask(&server, Method::GET, host, "/workspaces?x=1").await;
        assert_eq!(answer.status, 302, "{host}");
        assert_eq!(
            answer.header("location"),
            "http://vestibule.localhost:8080/workspaces?x=1"
        );
        ask(&server, Method::POST, host, "/api/auth/sign-in")
            .await
            .problem(421);
    }
}

#[tokio::test]
async fn health_is_answered_on_any_host() {
    let server = Server::empty();
    assert_eq!(
        ask(&server, Method::GET, "10.0.0.7:8080", "/healthz")
            .await
            .status,
        200
    );
    assert_eq!(
        ask(&server, Method::GET, "10.0.0.7:8080", "/readyz")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_api_is_not_on_an_apps_origin() {
    let server = Server::empty();
    let host = "wb-7k2m9x4q.vestibule.localhost:8080";
    for path in ["/api/config", "/healthz", "/"] {
        let answer = ask(&server, Method::GET, host, path).await;
        assert_ne!(answer.status, 200, "{path}");
        assert_eq!(answer.header("x-vestibule-time"), "", "{path}");
    }
}

/// Security review, finding 31.
#[tokio::test]
async fn a_request_for_a_tunnel_is_refused_and_closes_the_connection() {
    let server = Server::empty();
    for target in [
        "vestibule.localhost:8080",
        "wb-aaaa.vestibule.localhost:8080",
    ] {
        let request = Request::builder().method(Method::CONNECT).uri(target);
        let answer = server.client().send(request, Body::empty()).await;
        answer.problem(405);
        assert_eq!(answer.header("connection"), "close");
    }
}

/// Reliability review, finding 10: nginx with `proxy_pass` alone.
#[tokio::test]
async fn redirects_in_a_circle_end_with_a_reason() {
    let server = Server::empty();
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(
            ask(&server, Method::GET, "127.0.0.1:8080", "/")
                .await
                .status,
        );
    }
    assert_eq!(statuses[0], 302);
    let answer = ask(&server, Method::GET, "127.0.0.1:8080", "/").await;
    let problem = answer.problem(508);
    assert!(
        problem.detail.contains("proxy_set_header Host"),
        "{problem:?}"
    );
}

/// Security review, finding 10: an app's script sets cookies for the console's host.
#[tokio::test]
async fn the_console_clears_cookies_that_would_shut_people_out() {
    let server = Server::empty();
    for (bytes, cleared) in [(2_000, ""), (40_000, "\"cookies\"")] {
        for path in ["/api/config", "/sign-in"] {
            let request = Request::get(path)
                .header(header::HOST, crate::support::HOST)
                .header(header::COOKIE, format!("bomb={}", "x".repeat(bytes)));
            let answer = server.client().send(request, Body::empty()).await;
            assert_eq!(answer.header("clear-site-data"), cleared, "{path}");
        }
    }
    let app = Request::get("/")
        .header(
            header::HOST,
            format!("wb-7k2m9x4q.{}", crate::support::HOST),
        )
        .header(header::COOKIE, format!("own={}", "x".repeat(40_000)));
    let answer = server.client().send(app, Body::empty()).await;
    assert_eq!(
        answer.header("clear-site-data"),
        "",
        "apps' cookies are theirs"
    );
}
