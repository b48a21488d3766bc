//! Path confusion.

use crate::site::by_each_entry_point;
use crate::wire::{exchange, status};
use anyhow::{Result, ensure};

/// Paths that climb, or that two parsers may read as different ones.
const PATHS: [&str; 20] = [
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%5c..%5cetc%5cpasswd",
    "//etc/passwd",
    "/.//../etc/passwd",
    "/%00/etc/passwd",
    "/index.html%00.js",
    "/api/../healthz",
    "/api//auth/me",
    "/api/./auth/me",
    "/api/%61uth/me",
    "/API/auth/me",
    "/api/auth/me/",
    "/api/auth/me;x=/metrics",
    "/api/workbenches/..%2fauth%2fme",
    "/api/workbenches/%2e%2e/auth/me",
    "/metrics/../api/auth/me",
    "/enter/..%2f..%2f",
    "/\u{fc}\u{fc}",
];

#[tokio::test]
async fn no_path_leads_out_of_the_console_or_around_its_sign_in() -> Result<()> {
    by_each_entry_point(async |site| {
        let host = site.server.host();
        for path in PATHS {
            for method in ["GET", "HEAD", "POST", "DELETE"] {
                let request = format!(
                    "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                );
                let answer = exchange(site.port, request).await?;
                ensure!(!answer.contains("root:x:"), "{method} {path}: {answer}");
                ensure!(!answer.contains("\"username\""), "{method} {path}: {answer}");
                ensure!(
                    !matches!(status(&answer), 500 | 502 | 504), "{method} {path}: {answer}");
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_ticket_leads_to_a_path_of_the_app_alone() -> Result<()> {
    by_each_entry_point(async |site| {
        for next in [
            "//evil.example/",
            "/%5Cevil.example",
            "https://evil.example/",
            "/%0d%0aSet-Cookie:%20a=1",
            "javascript:alert(1)",
            "/..//evil.example",
        ] {
            let path = format!("{}&next={next}", site.ticket().await?);
            let answer = site.to_app("GET", &path, "", "").await?;
            let location = crate::wire::header(&answer, "location").join(" ");
            ensure!(status(&answer) == 303, "{next}: {answer}");
            ensure!(
                location.starts_with('/') && !location.starts_with("//"),
                "{next}: {location}"
            );
            ensure!(
                !location.contains('\\') && !answer.contains("\r\nSet-Cookie: a=1"),
                "{answer}"
            );
        }
        Ok(())
    })
    .await
}

/// The entrance is the gateway's, however it is spelled; anything else is the app's.
#[tokio::test]
async fn the_app_is_not_asked_for_tickets() -> Result<()> {
    by_each_entry_point(async |site| {
        let answer = site
            .to_app("GET", "/.vestibule/enter?ticket=secret", "", "")
            .await?;
        ensure!(!answer.contains("ticket=secret"), "{answer}");
        let seen = site.app_log().await?;
        ensure!(seen.is_empty(), "{seen:#?}");
        Ok(())
    })
    .await
}
