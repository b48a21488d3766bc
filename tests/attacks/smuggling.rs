//! Request smuggling towards apps, and response smuggling from them.

use crate::site::{Site, by_each_entry_point};
use crate::wire::exchange;
use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

/// Framings on which two parsers may disagree: header lines, and the body that follows.
const FRAMINGS: [(&str, &str); 22] = [
    (
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        "0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "1\r\nZ\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "0\r\n\r\n",
    ),
    ("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"),
    ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
    ("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
    ("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
    (
        "Transfer-Encoding:\u{b}chunked\r\nContent-Length: 5\r\n",
        "0\r\n\r\n",
    ),
    ("X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
    ("Transfer\u{ad}-Encoding: chunked\r\n", "0\r\n\r\n"),
    ("Content-Length: 0\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
    ("Content-Length: 5, 0\r\n", "0\r\n\r\n"),
    ("Content-Length: +0\r\n", ""),
    ("Content-Length: 0x0\r\n", ""),
    ("Content-Length: -1\r\n", ""),
    ("Content-Length: 0\n", ""),
    ("Content-Length: 18446744073709551616\r\n", ""),
    ("Transfer-Encoding: chunked\r\n", "0;\n\r\n"),
    ("Transfer-Encoding: chunked\r\n", "0x0\r\n\r\n"),
    (
        "Transfer-Encoding: chunked\r\n",
        "fffffffffffffffff\r\n\r\n",
    ),
    ("Connection: content-length\r\nContent-Length: 0\r\n", ""),
];

/// The smuggled request has no cookie: by itself it is refused, and the app sees it only if the
/// server takes it for a part of the first one and the app does not.
#[tokio::test]
async fn no_request_is_smuggled_to_an_app() -> Result<()> {
    by_each_entry_point(async |site| {
        for (framing, body) in FRAMINGS {
            let (host, cookie) = (site.app_host(), &site.app_cookie);
            let request = format!(
                "POST /first HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n{framing}\r\n{body}\
                 GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n"
            );
            let answer = exchange(site.port, request.as_bytes()).await?;
            ensure!(!answer.contains("GET /smuggled"), "{framing:?}: {answer}");
        }
        for seen in site.app_log().await? {
            let head = seen["head"].as_str().unwrap_or_default();
            ensure!(seen["extra"] == "", "{seen:#}");
            ensure!(!head.contains("/smuggled"), "{seen:#}");
            ensure!(
                !head.to_lowercase().contains("\r\ntransfer-encoding: x"),
                "{seen:#}"
            );
        }
        site.expect_well().await
    })
    .await
}

/// A client that names the headers that the gateway relies on behind `Connection`. (Caddy takes the
/// named ones out before the server sees them; no page can set this header.)
#[tokio::test]
async fn connection_options_take_nothing_out_of_a_request() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    for named in ["host", "cookie", "origin, close", "x-forwarded-for"] {
        let headers = format!("Connection: {named}\r\nOrigin: https://evil.example\r\n");
        let answer = site.to_app("POST", "/write", &headers, "x").await?;
        ensure!(crate::wire::status(&answer) == 403, "{named}: {answer}");
    }
    let seen = site.app_log().await?;
    ensure!(seen.is_empty(), "{seen:#?}");
    site.expect_well().await
}

/// Answers of an app that try to spoil the answer of the next request.
const ANSWERS: [&str; 9] = [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 47\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 47\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON",
    "HTTP/1.1 204 No Content\r\nContent-Length: 47\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON",
    "HTTP/1.1 200 OK\r\nX: a\r\n Set-Cookie: __Host-vestibule=evil\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0 200 OK\r\n\r\nok",
];

#[tokio::test]
async fn no_answer_is_smuggled_to_a_browser() -> Result<()> {
    by_each_entry_point(async |site| {
        for answer in ANSWERS {
            let bytes = URL_SAFE.encode(answer);
            let next = two_on_one_connection(site, &format!("/raw?b={bytes}")).await?;
            ensure!(next.matches("POISON").count() == 0, "{answer:?}: {next}");
            ensure!(
                !next.contains("__Host-vestibule=evil"),
                "{answer:?}: {next}"
            );
        }
        site.expect_well().await
    })
    .await
}

/// Sends a request and, on the same connection, one whose answer is known.
async fn two_on_one_connection(site: &Site, first: &str) -> Result<String> {
    let (host, cookie) = (site.app_host(), &site.app_cookie);
    let ask =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
    exchange(site.port, format!("{}{}", ask(first), ask("/next"))).await
}
