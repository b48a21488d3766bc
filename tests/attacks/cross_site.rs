//! Requests that other sites' pages make a browser send.

use crate::site::by_each_entry_point;
use crate::wire::status;
use anyhow::{Result, ensure};

const JSON: &str = "Content-Type: application/json\r\n";

/// Headers of browsers, for pages of other origins; `{app}` is a hostile app's origin.
const FOREIGN: [&str; 11] = [
    "Origin: https://evil.example\r\n",
    "Origin: null\r\n",
    "Origin: {app}\r\n",
    "Origin: {console}.evil.example\r\n",
    "Origin: {console}/\r\n",
    "Origin: https://evil.example\r\nOrigin: {console}\r\n",
    "Origin: {console}, https://evil.example\r\n",
    "Origin: \r\n",
    "Sec-Fetch-Site: cross-site\r\n",
    "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\n",
    "Origin: {app}\r\nSec-Fetch-Site: same-site\r\nX-HTTP-Method-Override: GET\r\n",
];

#[tokio::test]
async fn pages_of_other_origins_change_nothing() -> Result<()> {
    by_each_entry_point(async |site| {
        let before = site.workspaces().await?;
        let app = site.server.app_origin(&site.workbench);
        for line in FOREIGN {
            let line = line
                .replace("{app}", &app)
                .replace("{console}", &site.server.url(""));
            let body = r#"{"name":"taken over"}"#;
            let headers = format!("{JSON}{line}");
            let answer = site
                .to_console("POST", "/api/workspaces", &headers, body)
                .await?;
            ensure!(matches!(status(&answer), 400..=499), "{line:?}: {answer}");
            let path = format!("/api/workbenches/{}", site.workbench);
            let answer = site.to_console("DELETE", &path, &line, "").await?;
            ensure!(matches!(status(&answer), 400..=499), "{line:?}: {answer}");
        }
        ensure!(site.workspaces().await? == before);
        site.expect_well().await
    })
    .await
}

/// Requests that a form can send without a preflight.
#[tokio::test]
async fn forms_are_not_taken_for_requests_of_the_api() -> Result<()> {
    by_each_entry_point(async |site| {
        let before = site.workspaces().await?;
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain; application/json",
            "application/jsonp",
            "",
        ] {
            let headers = format!("Content-Type: {kind}\r\n");
            let body = r#"{"name":"taken over"}"#;
            let answer = site
                .to_console("POST", "/api/workspaces", &headers, body)
                .await?;
            ensure!(matches!(status(&answer), 400..=499), "{kind}: {answer}");
        }
        ensure!(site.workspaces().await? == before);
        Ok(())
    })
    .await
}

/// Apps are same-site with each other: their own origins are distinguished by `Origin` alone.
#[tokio::test]
async fn one_app_does_not_use_another() -> Result<()> {
    by_each_entry_point(async |site| {
        let other = site.server.app_origin("wb-other123");
        for headers in [
            format!("Origin: {other}\r\n"),
            format!("Origin: {}\r\n", site.server.url("")),
            "Origin: null\r\n".to_owned(),
            "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\n".to_owned(),
        ] {
            for method in ["GET", "POST", "PUT", "PROPFIND"] {
                let answer = site.to_app(method, "/taken", &headers, "").await?;
                ensure!(status(&answer) == 403, "{method} {headers:?}: {answer}");
            }
        }
        let seen = site.app_log().await?;
        ensure!(seen.is_empty(), "{seen:#?}");
        Ok(())
    })
    .await
}
