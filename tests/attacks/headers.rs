//! Headers by which an app gives orders to the browser, to a proxy in front, or to other apps.

use crate::proxies::Directives;
use crate::site::{EntryPoint, Site, by_each_entry_point};
use crate::wire::{header, status};
use anyhow::{Result, ensure};

/// Security review, finding 9.
#[tokio::test]
async fn an_app_clears_nothing_but_its_own() -> Result<()> {
    by_each_entry_point(async |site| {
        for (sent, kept) in [
            ("%22cookies%22", vec![]),
            ("%22*%22", vec![]),
            ("%22cache%22,%20%22cookies%22", vec!["\"cache\""]),
            ("%22storage%22", vec!["\"storage\""]),
            ("%22COOKIES%22", vec![]),
            ("%22clientHints%22", vec![]),
        ] {
            let path = format!("/x?h=Clear-Site-Data:{sent}");
            let answer = site.to_app("GET", &path, "", "").await?;
            ensure!(
                header(&answer, "clear-site-data") == kept,
                "{sent}: {answer}"
            );
        }
        Ok(())
    })
    .await
}

/// Security review, finding 26: orders to a proxy reach it only from its operator.
#[tokio::test]
async fn an_app_gives_no_orders_to_a_proxy() -> Result<()> {
    let secret = tempfile::tempdir()?;
    std::fs::write(secret.path().join("private.txt"), "not for apps")?;
    let directive = format!(
        "location /internal-only/ {{ internal; alias {}/; }}",
        secret.path().display()
    );
    let directives = Directives {
        server: &directive,
        ..Directives::default()
    };
    let Some(site) = Site::with(EntryPoint::Nginx, "", &[], directives).await? else {
        return Ok(());
    };
    for name in [
        "X-Accel-Redirect",
        "x-accel-redirect",
        "X-Sendfile",
        "X-LIGHTTPD-send-file",
        "X-Reproxy-URL",
    ] {
        let path = format!("/x?h={name}:%20/internal-only/private.txt");
        let answer = site.to_app("GET", &path, "", "").await?;
        ensure!(status(&answer) == 200, "{name}: {answer}");
        ensure!(!answer.contains("not for apps"), "{name}: {answer}");
        ensure!(header(&answer, name).is_empty(), "{name}: {answer}");
    }
    for name in ["X-Accel-Limit-Rate", "X-Accel-Expires", "X-Accel-Charset"] {
        let answer = site
            .to_app("GET", &format!("/x?h={name}:%201"), "", "")
            .await?;
        ensure!(
            status(&answer) == 200 && header(&answer, name).is_empty(),
            "{answer}"
        );
    }
    Ok(())
}

/// Security review, finding 19.
#[tokio::test]
async fn an_odd_frame_option_lifts_no_limit() -> Result<()> {
    by_each_entry_point(async |site| {
        for value in [
            "ALLOWALL",
            "ALLOW-FROM%20https://evil.example",
            "rubbish",
            "",
        ] {
            let path = format!("/x?h=X-Frame-Options:%20{value}");
            let answer = site.to_app("GET", &path, "", "").await?;
            let policy = header(&answer, "content-security-policy").join(", ");
            ensure!(
                policy.contains("frame-ancestors 'self' http://vestibule"),
                "{value}: {answer}"
            );
            ensure!(
                header(&answer, "x-frame-options").is_empty(),
                "{value}: {answer}"
            );
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_app_is_told_who_asks_by_the_gateway_alone() -> Result<()> {
    by_each_entry_point(async |site| {
        let headers = "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\n\
                       X-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Forwarded-Prefix: /evil\r\n\
                       X-Forwarded-User: root\r\n";
        let answer = site.to_app("GET", "/x", headers, "").await?;
        let (_, seen) = answer.split_once("\r\n\r\n").unwrap_or_default();
        ensure!(status(&answer) == 200, "{answer}");
        for forged in ["6.6.6.6", "evil", "gopher", "root"] {
            ensure!(!seen.contains(forged), "{seen}");
        }
        ensure!(seen.to_lowercase().contains("x-forwarded-for: 127.0.0.1"), "{seen}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn the_browser_is_told_to_keep_origins_apart() -> Result<()> {
    by_each_entry_point(async |site| {
        let answer = site
            .to_app("GET", "/x?h=Origin-Agent-Cluster:%20?0", "", "")
            .await?;
        ensure!(
            header(&answer, "origin-agent-cluster") == ["?1"],
            "{answer}"
        );
        let answer = site.to_console("GET", "/api/config", "", "").await?;
        ensure!(
            header(&answer, "origin-agent-cluster") == ["?1"],
            "{answer}"
        );
        ensure!(
            header(&answer, "x-content-type-options") == ["nosniff"],
            "{answer}"
        );
        Ok(())
    })
    .await
}
