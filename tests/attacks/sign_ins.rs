//! Floods of sign-ins.

use crate::site::Site;
use crate::wire::{connect_as, header, read_rest, status};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;
use vestibule_e2e::{ADMIN, PASSWORD};

/// Signs in from an address of this machine; returns the answer.
async fn sign_in(
    client: &str,
    site_port: u16,
    host: &str,
    user: &str,
    password: &str,
) -> Result<String> {
    let body = format!(r#"{{"username":"{user}","password":"{password}"}}"#);
    let request = format!(
        "POST /api/auth/sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = connect_as(client, site_port).await?;
    stream.write_all(request.as_bytes()).await?;
    Ok(read_rest(&mut stream).await)
}

/// Security review, finding 6: every hash takes a processor for a moment, and names are free.
#[tokio::test]
async fn a_flood_of_names_does_not_keep_the_owner_waiting() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    let (port, host) = (site.port, site.server.host());
    let mut flood = JoinSet::new();
    for n in 0..300 {
        let host = host.clone();
        flood.spawn(async move {
            sign_in(
                "127.0.0.2",
                port,
                &host,
                &format!("nobody{n}"),
                "wrong password",
            )
            .await
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begin = Instant::now();
    let mut answer = String::new();
    // 503 asks to come again in a moment.
    while begin.elapsed() < Duration::from_secs(15) {
        answer = sign_in("127.0.0.3", port, &host, ADMIN, PASSWORD).await?;
        if status(&answer) == 200 {
            break;
        }
        ensure!(status(&answer) == 503, "{answer}");
        ensure!(!header(&answer, "retry-after").is_empty(), "{answer}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    ensure!(status(&answer) == 200, "{answer}");
    let mut refused = 0;
    while let Some(answer) = flood.join_next().await {
        // A connection beyond the bound ends without an answer.
        let code = answer?.map_or(0, |answer| status(&answer));
        ensure!(matches!(code, 0 | 401 | 429 | 503), "{code}");
        refused += usize::from(code != 401);
    }
    ensure!(refused > 0, "all 300 were hashed");
    Ok(())
}

/// Security review, findings 4 and 5: the count of failures is neither emptied by many names nor used
/// to lock the owner out at another address.
#[tokio::test]
async fn guesses_stay_counted_and_lock_nobody_else_out() -> Result<()> {
    let site = Site::limited("", &[]).await?;
    let (port, host) = (site.port, site.server.host());
    let guess = async || -> Result<u16> {
        Ok(status(
            &sign_in("127.0.0.2", port, &host, ADMIN, "wrong password").await?,
        ))
    };
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(guess().await?);
    }
    ensure!(answers.last() == Some(&429), "{answers:?}");
    // Overlong passwords cost no hash, so that a table of names could be filled quickly.
    for n in 0..300 {
        let long = "x".repeat(1025);
        sign_in("127.0.0.2", port, &host, &format!("u{n}"), &long).await?;
    }
    ensure!(guess().await? == 429, "the count was forgotten");
    let owner = sign_in("127.0.0.3", port, &host, ADMIN, PASSWORD).await?;
    ensure!(status(&owner) == 200, "{owner}");
    Ok(())
}
