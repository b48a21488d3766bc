//! Responses of apps are forwarded unchanged, as far as HTTP allows.

use super::site::Site;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Reads one head up to its blank line, in lower case.
async fn head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).to_lowercase())
}

/// Returns an app that sends exactly this to the first request of each connection, and closes the connection
/// when anything more arrives.
async fn serve_bytes(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                head(&mut stream).await?;
                stream.write_all(answer.as_bytes()).await?;
                if answer.contains("Content-Length") {
                    stream.read_u8().await?;
                }
                io::Result::Ok(())
            });
        }
    });
    address
}

/// Returns a body that ends with a trailer.
fn with_trailers(data: &'static str, trailers: HeaderMap) -> Body {
    let frames = stream::iter([
        Ok::<_, Infallible>(Frame::data(Bytes::from_static(data.as_bytes()))),
        Ok(Frame::trailers(trailers)),
    ]);
    Body::new(StreamBody::new(frames))
}

#[tokio::test]
async fn an_app_that_closes_its_idle_connections_fails_no_request() {
    let site = Site::at(serve_bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await).await;
    let cookie = site.enter().await;
    for n in 0..20 {
        let request = site.request("POST", "/").header("cookie", &cookie);
        // As browsers send it: the head carries the length of the body.
        let response = site.send(request.header("content-length", "0"), "").await;
        assert_eq!(response.status(), 200, "request {n}");
        response.into_body().collect().await.expect("whole");
    }
}

#[tokio::test]
async fn an_app_that_speaks_http_1_0_is_answered_for_in_1_1() {
    let site =
        Site::at(serve_bytes("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nto the end").await).await;
    let cookie = site.enter().await;
    let mut stream = TcpStream::connect(site.address).await.expect("connects");
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
        site.host()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let head = head(&mut stream).await.expect("a head");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(
        head.contains("transfer-encoding: chunked"),
        "its end can be told from a break: {head}"
    );
}

#[tokio::test]
async fn unrequested_protocol_switch_is_refused() {
    let unasked = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
    let site = Site::at(serve_bytes(unasked).await).await;
    let cookie = site.enter().await;
    let request = site.request("GET", "/").header("cookie", cookie);
    assert_eq!(site.send(request, "").await.status(), 502);
}

#[tokio::test]
async fn answers_without_a_body_keep_its_headers() {
    let app = Router::new()
        .route("/file", get(async || "12345"))
        .route(
            "/same",
            get(async || (StatusCode::NOT_MODIFIED, [("etag", "\"v1\"")])),
        )
        .route("/none", get(async || StatusCode::NO_CONTENT));
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    for (method, path, status, header, value) in [
        ("HEAD", "/file", 200, "content-length", "5"),
        ("GET", "/same", 304, "etag", "\"v1\""),
    ] {
        let request = site.request(method, path).header("cookie", &cookie);
        let answer = site.send(request, "").await;
        assert_eq!(answer.status(), status, "{method} {path}");
        assert_eq!(answer.headers()[header], value, "{method} {path}");
    }
    let request = site.request("GET", "/none").header("cookie", &cookie);
    assert_eq!(site.send(request, "").await.status(), 204);
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let app = Router::new().route(
        "/sum",
        post(async |request: Request| {
            let body = request.into_body().collect().await.expect("whole");
            let trailers = body.trailers().cloned().unwrap_or_default();
            ([("trailer", "x-sum")], with_trailers("down", trailers)).into_response()
        }),
    );
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    let sum = HeaderMap::from_iter([("x-sum".parse().expect("a name"), HeaderValue::from(42))]);
    let request = site
        .request("POST", "/sum")
        .header("cookie", cookie)
        .header("connection", "te")
        .header("te", "trailers")
        .header("trailer", "x-sum");
    let answer = site.send(request, with_trailers("up", sum.clone())).await;
    let answer = answer.into_body().collect().await.expect("whole");
    assert_eq!(answer.trailers(), Some(&sum));
}
