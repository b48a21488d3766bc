//! Floods of connections, slow readers and slow writers, with few descriptors.

use crate::site::Site;
use crate::wire::connect_as;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use vestibule_e2e::resident_kilobytes;

const FEW: &str = "ulimit -n 192";
const STRANGER: &str = "127.0.0.2";

/// Opens connections of an unknown client that send this beginning and then nothing.
async fn hold(port: u16, count: usize, beginning: &str) -> Vec<TcpStream> {
    let mut held = Vec::new();
    for _ in 0..count {
        if let Ok(mut stream) = connect_as(STRANGER, port).await {
            // Beyond the bound the server has closed the connection already.
            let _ = stream.write_all(beginning.as_bytes()).await;
            held.push(stream);
        }
    }
    held
}

/// Checks that the owner is served at once, and the app is shown as running, for a while.
async fn expect_served(site: &Site) -> Result<()> {
    for _ in 0..10 {
        let begin = Instant::now();
        let shown = site.api.get_workbench(&site.workbench).await?;
        ensure!(shown["k8sStatus"] == "Running", "{shown:#}");
        ensure!(
            begin.elapsed() < Duration::from_secs(3),
            "{:?}",
            begin.elapsed()
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    site.expect_well().await
}

/// Security review, finding 7.
#[tokio::test]
async fn silent_and_half_open_connections_of_a_stranger_hold_nothing_up() -> Result<()> {
    let site = Site::limited(FEW, &[]).await?;
    let host = site.server.host();
    let silent = hold(site.port, 150, "").await;
    let half = hold(
        site.port,
        150,
        &format!("GET / HTTP/1.1\r\nHost: {host}\r\n"),
    )
    .await;
    expect_served(&site).await?;
    drop((silent, half));
    Ok(())
}

/// Security review, finding 7.
#[tokio::test]
async fn slow_bodies_of_a_stranger_hold_nothing_up() -> Result<()> {
    let site = Site::limited(FEW, &[]).await?;
    let host = site.server.host();
    let head = format!(
        "POST /api/auth/sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{{"
    );
    let mut held = hold(site.port, 200, &head).await;
    for stream in &mut held {
        let _ = stream.write_all(b" ").await;
    }
    expect_served(&site).await
}

/// Security review, finding 7: a signed-in user opens streams without end, and reads none of them.
#[tokio::test]
async fn streams_of_one_client_that_nobody_reads_hold_nothing_up() -> Result<()> {
    let site = Site::limited(FEW, &[]).await?;
    let (host, cookie) = (site.server.host(), site.cookie());
    let head = format!(
        "GET /api/runs/stream?workbench=* HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"
    );
    let held = hold(site.port, 300, &head).await;
    expect_served(&site).await?;
    drop(held);
    Ok(())
}

/// Security review, finding 7: behind a trusted proxy no address has a bound of its own.
#[tokio::test]
async fn streams_of_one_user_behind_a_trusted_proxy_leave_room_for_others() -> Result<()> {
    let site = Site::limited(FEW, &["--trusted-proxies", STRANGER]).await?;
    let (host, cookie) = (site.server.host(), site.cookie());
    let head = format!(
        "GET /api/runs/stream HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 192.0.2.7\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    );
    let (mut held, mut refused) = (Vec::new(), 0);
    for _ in 0..100 {
        let mut stream = connect_as(STRANGER, site.port).await?;
        stream.write_all(head.as_bytes()).await?;
        let mut answer = [0; 64];
        let count = stream.read(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer[..count]);
        if answer.starts_with("HTTP/1.1 200") {
            held.push(stream);
        } else {
            ensure!(answer.starts_with("HTTP/1.1 429"), "{answer:?}");
            refused += 1;
        }
    }
    ensure!(
        !held.is_empty() && refused > 0,
        "{} held, {refused} refused",
        held.len()
    );
    expect_served(&site).await?;
    drop(held);
    Ok(())
}

/// A large answer of an app waits in the app, not in the server's memory.
#[tokio::test]
async fn an_answer_that_nobody_reads_is_not_kept_in_memory() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    let process = site.server.process().context("no process")?;
    let before = resident_kilobytes(process).context("no memory")?;
    let (host, cookie) = (site.app_host(), &site.app_cookie);
    let head = format!("GET /big?n=50000000 HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n");
    let held = hold(site.port, 20, &head).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = resident_kilobytes(process).context("no memory")?;
    ensure!(after < before + 40_000, "{before} KB, then {after} KB");
    drop(held);
    site.expect_well().await
}
