//! Requests for one workbench, as programs send them, on connections that are kept.

use crate::report;
use anyhow::{Context, Result, ensure};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use vestibule_e2e::Server;

/// Number of connections.
const CONNECTIONS: usize = 32;
/// Duration of the measurement.
const WATCH: Duration = Duration::from_secs(5);

pub async fn measure() -> Result<()> {
    let server = Server::start(true).await?;
    let api = server.api().await?;
    let workspace = api.workspace("Bench").await?;
    let id = api.workbench(&workspace, "Asked", "welcome").await?;
    api.until_status(&id, "Running").await?;
    let cookie = api.cookie().context("no session")?;
    for path in [format!("/api/workbenches/{id}"), "/api/auth/me".to_owned()] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
            server.host()
        );
        let mut all = JoinSet::new();
        for _ in 0..CONNECTIONS {
            all.spawn(ask(server.port(), request.clone()));
        }
        let mut answers = 0;
        while let Some(count) = all.join_next().await {
            answers += count??;
        }
        let what = path.replace(&id, "{id}");
        report(
            &format!("GET {what}, {CONNECTIONS} connections"),
            &format!("{:.0} a second", f64::from(answers) / WATCH.as_secs_f64()),
        )?;
    }
    Ok(())
}

/// Asks again and again; returns the number of answers.
async fn ask(port: u16, request: String) -> Result<u32> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (begin, mut answers, mut buffer) = (Instant::now(), 0, Vec::new());
    while begin.elapsed() < WATCH {
        stream.write_all(request.as_bytes()).await?;
        buffer.clear();
        while !is_whole(&buffer) {
            ensure!(
                stream.read_buf(&mut buffer).await? > 0,
                "the server hung up"
            );
        }
        ensure!(buffer.starts_with(b"HTTP/1.1 200"), "another answer");
        answers += 1;
    }
    Ok(answers)
}

/// Returns `true` if an answer has as many bytes as its head says.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|length| length.parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}
