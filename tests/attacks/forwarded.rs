//! `X-Forwarded-For`, trusted proxies, and what only this machine may read.

use crate::proxies::Directives;
use crate::site::{EntryPoint, Site};
use crate::wire::{exchange, status};
use anyhow::{Result, ensure};
use vestibule_e2e::{ADMIN, PASSWORD};

async fn sign_in(site: &Site, password: &str, forwarded: &str) -> Result<u16> {
    let host = site.server.host();
    let body = format!(r#"{{"username":"{ADMIN}","password":"{password}"}}"#);
    let request = format!(
        "POST /api/auth/sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{forwarded}\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(status(&exchange(site.port, request).await?))
}

/// A client that may name its own address would have as many tries as there are addresses.
#[tokio::test]
async fn nobody_names_their_own_address() -> Result<()> {
    for (entry, flags) in [
        (EntryPoint::Direct, vec![]),
        // The documented nginx replaces the header, so that trust in it is right.
        (EntryPoint::Nginx, vec!["--trusted-proxies", "127.0.0.1"]),
        (EntryPoint::Caddy, vec!["--trusted-proxies", "127.0.0.1"]),
    ] {
        let Some(site) = Site::with(entry, "", &flags, Directives::default()).await? else {
            continue;
        };
        let mut last = 0;
        for n in 0..14 {
            let forwarded = format!(
                "X-Forwarded-For: 10.0.0.{n}\r\nX-Real-IP: 10.0.1.{n}\r\nForwarded: for=10.0.2.{n}\r\n"
            );
            last = sign_in(&site, "wrong password", &forwarded).await?;
        }
        ensure!(last == 429, "{entry:?}: {last}");
    }
    Ok(())
}

/// Security review, finding 5: with the documented setting failures are counted for each visitor.
#[tokio::test]
async fn behind_a_trusted_proxy_visitors_are_told_apart() -> Result<()> {
    let site = Site::limited("", &["--trusted-proxies", "127.0.0.1"]).await?;
    for _ in 0..14 {
        sign_in(&site, "wrong password", "X-Forwarded-For: 10.0.0.1\r\n").await?;
    }
    let attacker = sign_in(&site, PASSWORD, "X-Forwarded-For: 10.0.0.1\r\n").await?;
    ensure!(attacker == 429, "{attacker}");
    let owner = sign_in(&site, PASSWORD, "X-Forwarded-For: 10.0.0.2\r\n").await?;
    ensure!(owner == 200, "{owner}");
    // The proxy adds the right one; what stands before it was the visitor's own.
    let forged = "X-Forwarded-For: 10.9.9.9, 10.0.0.1\r\n";
    ensure!(sign_in(&site, PASSWORD, forged).await? == 429);
    Ok(())
}

/// Security review, finding 11.
#[tokio::test]
async fn metrics_are_not_for_visitors_of_a_proxy() -> Result<()> {
    for entry in [EntryPoint::Nginx, EntryPoint::Caddy] {
        let Some(site) = Site::reached_by(entry).await? else {
            continue;
        };
        for host in ["127.0.0.1", "[::1]", "localhost", &site.server.host()] {
            let request =
                format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = exchange(site.port, request).await?;
            ensure!(!answer.contains("vestibule_"), "{entry:?} {host}: {answer}");
        }
    }
    Ok(())
}
