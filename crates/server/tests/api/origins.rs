//! Requests sent by pages of other origins are refused and change nothing.

use crate::support::Server;
use axum::body::Body;
use axum::http::{Method, header};

const APP: &str = "http://wb-7k2m9x4q.vestibule.localhost:8080";

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    for (name, value) in [
        ("origin", APP),
        ("origin", "null"),
        ("origin", "http://evil.example"),
        ("origin", "http://vestibule.localhost"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let request = admin
            .request(Method::POST, "/api/workspaces")
            .header(header::CONTENT_TYPE, "application/json")
            .header(name, value);
        let answer = admin.send(request, Body::from(r#"{"name":"x"}"#)).await;
        answer.problem(403);
    }
    let list = admin.get("/api/workspaces").await.value();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_page_of_another_origin_reads_nothing() {
    let server = Server::empty();
    let admin = server.admin().await;
    for site in ["same-site", "cross-site"] {
        let request = admin
            .request(Method::GET, "/api/auth/me")
            .header("sec-fetch-site", site);
        admin.send(request, Body::empty()).await.problem(403);
    }
}

#[tokio::test]
async fn the_console_is_served() {
    let server = Server::empty();
    let admin = server.admin().await;
    let request = admin
        .request(Method::POST, "/api/workspaces")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, crate::support::ORIGIN)
        .header("sec-fetch-site", "same-origin");
    let answer = admin.send(request, Body::from(r#"{"name":"x"}"#)).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("access-control-allow-origin"), "");
}
