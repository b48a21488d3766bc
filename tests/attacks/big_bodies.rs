//! Bodies that are too long, too deep, or never end.

use crate::site::{Site, by_each_entry_point};
use crate::wire::{exchange, status};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use vestibule_e2e::resident_kilobytes;

const JSON: &str = "Content-Type: application/json\r\n";

#[tokio::test]
async fn bodies_of_the_api_are_bounded() -> Result<()> {
    by_each_entry_point(async |site| {
        let deep = format!("{}{}", "[".repeat(400_000), "]".repeat(400_000));
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(1 << 20));
        let many = format!("{{{}\"name\":\"x\"}}", "\"name\":\"y\",".repeat(60_000));
        for body in [
            deep,
            long,
            many,
            "\u{feff}{}".to_owned(),
            "{\"name\":\"\\ud800\"}".to_owned(),
        ] {
            let answer = site
                .to_console("POST", "/api/workspaces", JSON, &body)
                .await?;
            // A proxy may not pass an answer on that comes before the end of the body.
            ensure!(
                matches!(status(&answer), 0 | 400..=499 | 502),
                "{}…: {answer}",
                body.chars().take(20).collect::<String>()
            );
        }
        for coding in ["gzip", "br", "deflate, gzip"] {
            let headers = format!("{JSON}Content-Encoding: {coding}\r\n");
            let answer = site
                .to_console("POST", "/api/workspaces", &headers, "\u{1f}x")
                .await?;
            ensure!(matches!(status(&answer), 400..=499), "{coding}: {answer}");
        }
        site.expect_well().await
    })
    .await
}

/// Security review, finding 32.
#[tokio::test]
async fn a_refusal_is_not_longer_than_the_request() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    let env: serde_json::Map<_, _> = (0..20_000)
        .map(|n| (format!("bad name {n}"), json!("x")))
        .collect();
    let body = json!({"name": "x", "app": "evil", "spec": {"env": env}}).to_string();
    let path = format!("/api/workspaces/{}/workbenches", site.workspace);
    let answer = site.to_console("POST", &path, JSON, &body).await?;
    ensure!(status(&answer) == 422, "{}", &answer[..300]);
    ensure!(
        answer.len() < 64 * 1024,
        "{} bytes for {}",
        answer.len(),
        body.len()
    );
    Ok(())
}

#[tokio::test]
async fn an_endless_body_is_cut_off() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    let process = site.server.process().context("no process")?;
    let before = resident_kilobytes(process).context("no memory")?;
    let (host, cookie) = (site.server.host(), site.cookie());
    let mut request = format!(
        "POST /api/workspaces HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n"
    );
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    request.push_str(&chunk.repeat(1000));
    let answer = exchange(site.port, request).await?;
    ensure!(matches!(status(&answer), 0 | 413), "{answer}");
    let after = resident_kilobytes(process).context("no memory")?;
    ensure!(after < before + 16_000, "{before} KB, then {after} KB");
    site.expect_well().await
}

/// Security review, finding 20.
#[tokio::test]
async fn settings_are_bounded_as_a_whole() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    let env: serde_json::Map<_, _> = (0..199)
        .map(|n| (format!("V{n}"), json!("x".repeat(4000))))
        .collect();
    let body = json!({"name": "x", "app": "evil", "spec": {"env": env}}).to_string();
    let path = format!("/api/workspaces/{}/workbenches", site.workspace);
    let answer = site.to_console("POST", &path, JSON, &body).await?;
    ensure!(status(&answer) == 422, "{}", &answer[..300]);
    Ok(())
}
