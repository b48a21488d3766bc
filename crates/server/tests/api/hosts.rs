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
