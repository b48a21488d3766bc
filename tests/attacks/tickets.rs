//! The one-time tickets: replay, theft, and other workbenches.

use crate::site::{Site, by_each_entry_point};
use crate::wire::{exchange, header, status};
use anyhow::{Result, ensure};
use serde_json::json;

/// Redeems a ticket as a browser without any session.
async fn redeem(site: &Site, method: &str, host: &str, path: &str) -> Result<String> {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    exchange(site.port, request).await
}

fn lets_in(answer: &str) -> bool {
    !header(answer, "set-cookie").is_empty()
}

#[tokio::test]
async fn a_ticket_is_valid_once_for_one_workbench_and_by_get_alone() -> Result<()> {
    by_each_entry_point(async |site| {
        let host = site.app_host();
        let ticket = site.ticket().await?;
        let first = redeem(site, "GET", &host, &ticket).await?;
        ensure!(status(&first) == 303 && lets_in(&first), "{first}");
        for _ in 0..3 {
            let again = redeem(site, "GET", &host, &ticket).await?;
            ensure!(status(&again) == 401 && !lets_in(&again), "{again}");
        }
        for method in ["HEAD", "POST", "PUT", "OPTIONS"] {
            let ticket = site.ticket().await?;
            let answer = redeem(site, method, &host, &ticket).await?;
            ensure!(!lets_in(&answer), "{method}: {answer}");
        }
        let other = site
            .api
            .workbench(&site.workspace, "Plain", "plain")
            .await?;
        site.api.until_status(&other, "Running").await?;
        let ticket = site.ticket().await?;
        let answer = redeem(site, "GET", &site.server.app_host(&other), &ticket).await?;
        ensure!(!lets_in(&answer), "{answer}");
        // The wrong address has used it up.
        let answer = redeem(site, "GET", &host, &ticket).await?;
        ensure!(!lets_in(&answer), "{answer}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_many_at_once_one_gets_in() -> Result<()> {
    by_each_entry_point(async |site| {
        let (host, ticket) = (site.app_host(), site.ticket().await?);
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let port = site.port;
            let request =
                format!("GET {ticket} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            tries.spawn(async move { exchange(port, request).await });
        }
        let mut entered = 0;
        while let Some(answer) = tries.join_next().await {
            entered += usize::from(lets_in(&answer??));
        }
        ensure!(entered == 1, "{entered} got in");
        Ok(())
    })
    .await
}

/// A service worker at `/` would see every later ticket. Security review, finding 23.
#[tokio::test]
async fn a_service_worker_gets_no_hold_of_the_entrance() -> Result<()> {
    by_each_entry_point(async |site| {
        let headers = "Service-Worker: script\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Dest: serviceworker\r\n";
        for path in ["/sw.js", "/", "/.vestibule/sw.js"] {
            let answer = site.to_app("GET", path, headers, "").await?;
            ensure!(status(&answer) == 403, "{path}: {answer}");
        }
        let path = "/deep/sw.js?h=Service-Worker-Allowed:%20/";
        let answer = site.to_app("GET", path, headers, "").await?;
        ensure!(status(&answer) == 200, "{answer}");
        ensure!(header(&answer, "service-worker-allowed").is_empty(), "{answer}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_ticket_ends_with_the_session_that_asked_for_it() -> Result<()> {
    by_each_entry_point(async |site| {
        let (host, ticket) = (site.app_host(), site.ticket().await?);
        site.api.post("/api/auth/sign-out", json!({})).await?;
        let answer = redeem(site, "GET", &host, &ticket).await?;
        ensure!(!lets_in(&answer), "{answer}");
        let answer = site.to_app("GET", "/", "", "").await?;
        ensure!(status(&answer) == 401, "{answer}");
        Ok(())
    })
    .await
}
