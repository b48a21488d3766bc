//! Host confusion and DNS rebinding.

use crate::site::{EntryPoint, Site, by_each_entry_point};
use crate::wire::{exchange, header, status};
use anyhow::{Context, Result, ensure};

/// Names by which no client may be served, for the app's host `{app}` and the console's `{console}`.
const NAMES: [&str; 19] = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1:{port}",
    "localhost:{port}",
    "[::1]:{port}",
    "{app}.evil.example",
    "evil.example/{app}",
    "x.{app}",
    "{app}:80",
    "{app}@evil.example",
    "evil.example@{app}",
    "{app}#.evil.example",
    "{app},evil.example",
    "{app}..",
    ".{app}",
    "{console}:80",
    "{console}%00.evil.example",
    "*",
    "",
];

fn named(site: &Site, name: &str) -> String {
    name.replace("{app}", &site.app_host())
        .replace("{console}", &site.server.host())
        .replace("{port}", &site.port.to_string())
}

/// Returns `true` if the answer is the app's own, or the API's with a user's data.
fn is_served(answer: &str) -> bool {
    status(answer) == 200 && (answer.contains("\r\nGET /") || answer.contains("\"username\""))
}

#[tokio::test]
async fn only_the_public_names_are_served() -> Result<()> {
    by_each_entry_point(async |site| {
        let cookies = format!("{}; {}", site.cookie(), site.app_cookie);
        for name in NAMES {
            let host = named(site, name);
            for path in ["/", "/api/auth/me", "/x"] {
                let request = format!(
                    "GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n"
                );
                let answer = exchange(site.port, request).await?;
                ensure!(!is_served(&answer), "{host:?} {path}: {answer}");
                if let Some(location) = header(&answer, "location").first() {
                    let public = site.server.url("");
                    ensure!(location.starts_with(&public), "{host:?}: {location}");
                }
            }
        }
        Ok(())
    })
    .await
}

/// Security review, finding 2: a page of `evil.example` whose name now resolves to this server: the browser sends that name, in
/// `Host` and in `Origin`.
#[tokio::test]
async fn a_rebound_name_changes_nothing() -> Result<()> {
    by_each_entry_point(async |site| {
        let before = site.workspaces().await?;
        let host = format!("evil.example:{}", site.port);
        let cookie = site.cookie();
        for (method, path) in [
            ("POST", "/api/workspaces"),
            ("POST", "/api/auth/sign-out"),
            ("DELETE", "/api/workspaces/x"),
        ] {
            let body = r#"{"name":"taken over"}"#;
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n\
                 Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nConnection: close\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let answer = exchange(site.port, request).await?;
            // Caddy answers names that it does not know with 200 and nothing.
            ensure!(header(&answer, "set-cookie").is_empty(), "{answer}");
            ensure!(!matches!(status(&answer), 201..=299), "{answer}");
        }
        // It also asked to sign out.
        ensure!(site.workspaces().await? == before);
        Ok(())
    })
    .await
}

/// Two names in one request: a proxy on the way may act on the other one.
#[tokio::test]
async fn a_request_with_two_names_reaches_nobody() -> Result<()> {
    by_each_entry_point(async |site| {
        let (app, console, cookie) = (site.app_host(), site.server.host(), &site.app_cookie);
        for lines in [
            format!("GET /x HTTP/1.1\r\nHost: {app}\r\nHost: {console}\r\n"),
            format!("GET /x HTTP/1.1\r\nHost: {console}\r\nHost: {app}\r\n"),
            format!("GET /x HTTP/1.1\r\nHost: {console}\r\n Host: {app}\r\n"),
            "GET /x HTTP/1.1\r\n".to_owned(),
        ] {
            let request = format!("{lines}Cookie: {cookie}\r\nConnection: close\r\n\r\n");
            let answer = exchange(site.port, request).await?;
            ensure!(!is_served(&answer), "{lines:?}: {answer}");
        }
        Ok(())
    })
    .await
}

/// The name in the first line counts (RFC 9112 section 3.2.2). nginx passes `Host` on instead, and
/// both are names of this server.
#[tokio::test]
async fn the_name_in_the_first_line_counts() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    let (app, console) = (site.app_host(), site.server.host());
    let cookies = format!("{}; {}", site.cookie(), site.app_cookie);
    for (named, host) in [
        (&console, &app),
        (&"evil.example".to_owned(), &app),
        (&format!("evil@{app}"), &console),
    ] {
        let request = format!(
            "GET http://{named}/x HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n"
        );
        let answer = exchange(site.port, request).await?;
        ensure!(!is_served(&answer), "{named}: {answer}");
    }
    Ok(())
}

/// The first `server` of the documented nginx closes connections for other names.
#[tokio::test]
async fn nginx_closes_requests_for_other_names() -> Result<()> {
    let Some(site) = Site::reached_by(EntryPoint::Nginx).await? else {
        return Ok(());
    };
    let request = "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    let answer = exchange(site.port, request).await?;
    ensure!(answer.is_empty(), "{answer}");
    // The server itself redirects, and only to its public address.
    let answer = exchange(site.listens, request).await?;
    ensure!(status(&answer) == 302, "{answer}");
    header(&answer, "location")
        .first()
        .filter(|location| location.starts_with(&site.server.url("/")))
        .context("a redirect elsewhere")?;
    Ok(())
}
