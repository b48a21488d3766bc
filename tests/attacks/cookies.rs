//! Cookies: those of other origins, of the parent domain, and too many of them.

use crate::site::{EntryPoint, Site, by_each_entry_point};
use crate::wire::{header, status};
use anyhow::{Result, ensure};
use serde_json::json;
use vestibule_e2e::{ADMIN, PASSWORD};

#[tokio::test]
async fn an_app_sets_cookies_for_its_own_origin_alone() -> Result<()> {
    by_each_entry_point(async |site| {
        for cookie in [
            "a=1;%20Domain=vestibule.localhost",
            "a=1;%20domain%20=%20.vestibule.localhost",
            "a=1;DOMAIN=localhost;%20Path=/",
            "a=1;%20Domain=wb-other123.vestibule.localhost",
        ] {
            let answer = site
                .to_app("GET", &format!("/x?h=Set-Cookie:{cookie}"), "", "")
                .await?;
            let set = header(&answer, "set-cookie").join(" ").to_lowercase();
            ensure!(
                set.contains("a=1") && !set.contains("domain"),
                "{cookie}: {set}"
            );
        }
        for cookie in [
            "__Host-vestibule=evil",
            "vestibule=evil",
            "%20vestibule=evil",
            "=vestibule=evil",
            "vestibule-app=evil",
            "__Host-vestibule-device=evil",
        ] {
            let answer = site
                .to_app("GET", &format!("/x?h=Set-Cookie:{cookie}"), "", "")
                .await?;
            let set = header(&answer, "set-cookie");
            ensure!(set.is_empty(), "{cookie}: {set:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_app_sees_no_cookie_of_ours() -> Result<()> {
    by_each_entry_point(async |site| {
        let headers = format!(
            "Cookie: {}; own=1\r\nCookie: vestibule=x;__Host-vestibule-app=y\r\n",
            site.cookie()
        );
        let answer = site.to_app("GET", "/x", &headers, "").await?;
        let (_, seen) = answer.split_once("\r\n\r\n").unwrap_or_default();
        // Two cookies of our name count as none: the request is refused.
        ensure!(
            status(&answer) == 401 || !seen.contains("vestibule="),
            "{answer}"
        );
        let headers = format!("Cookie: {}; own=1\r\n", site.cookie());
        let answer = site.to_app("GET", "/x", &headers, "").await?;
        ensure!(!answer.contains("__Host-vestibule"), "{answer}");
        Ok(())
    })
    .await
}

/// Security review, finding 10: a script of an app sets as many cookies for the console's host as a
/// browser keeps.
#[tokio::test]
async fn a_cookie_bomb_is_cleared_and_the_session_is_still_good() -> Result<()> {
    by_each_entry_point(async |site| {
        let bomb: Vec<String> = (0..10)
            .map(|n| format!("b{n}={}", "x".repeat(3900)))
            .collect();
        let headers = format!("Cookie: {}\r\n", bomb.join("; "));
        let answer = site.to_console("GET", "/api/config", &headers, "").await?;
        ensure!(
            status(&answer) == 200,
            "{}",
            &answer[..answer.len().min(500)]
        );
        ensure!(
            header(&answer, "clear-site-data") == ["\"cookies\""],
            "{answer}"
        );
        let again = site.to_console("GET", "/api/auth/me", "", "").await?;
        ensure!(status(&again) == 200, "{again}");
        Ok(())
    })
    .await
}

/// Security review, finding 17: without TLS an app's script can add a second session cookie.
#[tokio::test]
async fn of_two_session_cookies_none_counts() -> Result<()> {
    let site = Site::limited("", &["--insecure-cookies"]).await?;
    site.server.add_administrator("mallory")?;
    let body = json!({"username": "mallory", "password": PASSWORD});
    let mallory = site
        .server
        .signed_out()
        .post("/api/auth/sign-in", body)
        .await?;
    let planted = mallory.cookie().unwrap_or_default();
    ensure!(planted.starts_with("vestibule="), "{planted}");
    for cookies in [
        format!("{planted}; {}", site.cookie()),
        format!("{}; {planted}", site.cookie()),
    ] {
        let host = site.server.host();
        let request = format!(
            "GET /api/auth/me HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n"
        );
        let answer = crate::wire::exchange(site.port, request).await?;
        ensure!(status(&answer) == 401, "{answer}");
        ensure!(!answer.contains(&format!("\"{ADMIN}\"")), "{answer}");
    }
    Ok(())
}

/// The session of one origin is no session of another.
#[tokio::test]
async fn a_session_is_good_for_its_own_origin_alone() -> Result<()> {
    let Some(site) = Site::reached_by(EntryPoint::Direct).await? else {
        return Ok(());
    };
    let other = site
        .api
        .workbench(&site.workspace, "Plain", "plain")
        .await?;
    site.api.until_status(&other, "Running").await?;
    let (_, token) = site.app_cookie.split_once('=').unwrap_or_default();
    for (host, cookie) in [
        (site.server.app_host(&other), site.app_cookie.clone()),
        (site.server.app_host(&other), site.cookie().to_owned()),
        (site.server.host(), site.app_cookie.clone()),
        (site.server.host(), format!("__Host-vestibule={token}")),
    ] {
        let request = format!(
            "GET /api/auth/me HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        );
        let answer = crate::wire::exchange(site.port, request).await?;
        ensure!(status(&answer) == 401, "{host} {cookie}: {answer}");
    }
    Ok(())
}
