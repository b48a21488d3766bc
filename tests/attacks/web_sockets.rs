//! WebSockets of other origins, and too many of them.

use crate::site::{Site, by_each_entry_point};
use crate::wire::{connect_as, read_rest, status};
use anyhow::{Result, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

/// Sends the request of a WebSocket; returns the answer's beginning and the connection.
async fn open(port: u16, host: &str, cookie: &str, headers: &str) -> Result<(String, TcpStream)> {
    let mut stream = connect_as("127.0.0.1", port).await?;
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\n{KEY}{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let answer = read_rest(&mut stream).await;
    Ok((answer, stream))
}

#[tokio::test]
async fn a_web_socket_needs_the_session_and_the_origin_of_its_app() -> Result<()> {
    by_each_entry_point(async |site| {
        let (host, cookie) = (site.app_host(), &site.app_cookie);
        let own = format!("Origin: {}\r\n", site.server.app_origin(&site.workbench));
        for (origin, cookie) in [
            ("", cookie.as_str()),
            ("Origin: null\r\n", cookie),
            ("Origin: https://evil.example\r\n", cookie),
            (&format!("Origin: {}\r\n", site.server.url("")), cookie),
            (
                &format!("Origin: {}\r\n", site.server.app_origin("wb-other123")),
                cookie,
            ),
            (&own, "__Host-vestibule-app=x"),
            (&own, site.cookie()),
        ] {
            let (answer, _) = open(site.port, &host, cookie, origin).await?;
            ensure!(matches!(status(&answer), 401 | 403), "{origin:?}: {answer}");
        }
        let (answer, mut socket) = open(site.port, &host, cookie, &own).await?;
        ensure!(status(&answer) == 101, "{answer}");
        socket.write_all(b"echo").await?;
        ensure!(read_rest(&mut socket).await == "echo");
        Ok(())
    })
    .await
}

/// Security review, finding 33: HTTP/2 by prior knowledge, which no browser uses here.
#[tokio::test]
async fn the_console_switches_to_no_other_protocol() -> Result<()> {
    by_each_entry_point(async |site| {
        for protocol in ["websocket", "h2c", "TLS/1.0"] {
            let headers = format!("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\nHTTP2-Settings: AAMAAABk\r\n");
            let answer = site.to_console("GET", "/api/config", &headers, "").await?;
            ensure!(status(&answer) != 101, "{protocol}: {answer}");
        }
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let answer = crate::wire::exchange(site.listens, preface).await?;
        ensure!(!answer.contains("200") && status(&answer) != 101, "{answer}");
        Ok(())
    })
    .await
}

/// A client's sockets leave room for others.
#[tokio::test]
async fn web_sockets_of_one_client_leave_room_for_others() -> Result<()> {
    let site = Site::limited("ulimit -n 256", &[]).await?;
    let (host, cookie) = (site.app_host(), &site.app_cookie);
    let origin = site.server.app_origin(&site.workbench);
    let request = format!(
        "GET /socket HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\n{KEY}Origin: {origin}\r\n\r\n"
    );
    let mut held = Vec::new();
    for _ in 0..300 {
        if let Ok(mut stream) = connect_as("127.0.0.2", site.port).await {
            let _ = stream.write_all(request.as_bytes()).await;
            held.push(stream);
        }
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    site.expect_well().await?;
    drop(held);
    Ok(())
}
