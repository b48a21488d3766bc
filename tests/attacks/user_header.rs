//! Users whom a proxy names in a header, through nginx as docs/OPERATIONS.md describes it.

use crate::proxies::Directives;
use crate::site::{EntryPoint, Site};
use crate::wire::{connect_as, exchange, header, read_rest, status};
use anyhow::{Context, Result, ensure};
use tokio::io::AsyncWriteExt as _;

/// Sign-in at the proxy, for which a cookie stands here.
const PROXY: Directives<'static> = Directives {
    server: "set $person \"\"; if ($http_cookie ~ \"at_proxy=([a-z]+)\") { set $person $1; }",
    location: "proxy_set_header X-Forwarded-User $person;",
};

const FLAGS: [&str; 5] = [
    "--user-header",
    "X-Forwarded-User",
    "--user-header-from",
    "127.0.0.1",
    "--user-header-creates",
];

fn request(site: &Site, what: &str, headers: &str) -> String {
    let host = site.server.host();
    format!(
        "{what} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n{headers}\
         Content-Length: 0\r\n\r\n"
    )
}

const SIGN_IN: &str = "POST /api/auth/header";
const ME: &str = "GET /api/auth/me";

#[tokio::test]
async fn nginx_names_the_user_and_no_client_does() -> Result<()> {
    let Some(site) = Site::with(EntryPoint::Nginx, "", &FLAGS, PROXY).await? else {
        return Ok(());
    };
    let send =
        async |what: &str, headers: &str| exchange(site.port, request(&site, what, headers)).await;

    // A client that is not signed in at the proxy is no user, with any header.
    for forged in [
        "X-Forwarded-User: admin\r\n",
        "x-forwarded-user: admin\r\nX-FORWARDED-USER: admin\r\n",
        "X_Forwarded_User: admin\r\n",
        "Connection: X-Forwarded-User\r\nX-Forwarded-User: admin\r\n",
    ] {
        let answer = send(SIGN_IN, forged).await?;
        ensure!(status(&answer) != 200, "{forged}: {answer}");
    }

    let forged = "Cookie: at_proxy=ada\r\nX-Forwarded-User: admin\r\n";
    let answer = send(SIGN_IN, forged).await?;
    ensure!(status(&answer) == 200, "{answer}");
    ensure!(answer.contains(r#""username":"ada""#), "{answer}");
    let cookies = header(&answer, "set-cookie");
    let session = cookies.first().and_then(|cookie| cookie.split(';').next());
    let session = session.context("no session")?;
    let as_ada = format!("Cookie: {session}; at_proxy=ada\r\n");
    ensure!(status(&send(ME, &as_ada).await?) == 200);

    // Beside the proxy, from an address that is not listed, the header is ignored.
    for forged in ["ada", "admin"] {
        let headers = format!(
            "Cookie: {session}\r\nX-Forwarded-User: {forged}\r\nX-Forwarded-For: 127.0.0.1\r\n"
        );
        for what in [ME, SIGN_IN] {
            let mut stream = connect_as("127.0.0.2", site.listens).await?;
            stream
                .write_all(request(&site, what, &headers).as_bytes())
                .await?;
            let answer = read_rest(&mut stream).await;
            ensure!(matches!(status(&answer), 401 | 403), "{what}: {answer}");
        }
    }
    ensure!(status(&send(ME, &as_ada).await?) == 200);

    // Another user, or none, at the proxy ends the session.
    let as_bob = format!("Cookie: {session}; at_proxy=bob\r\n");
    ensure!(status(&send(ME, &as_bob).await?) == 401);
    ensure!(status(&send(ME, &as_ada).await?) == 401);

    // The app is not sent the header.
    let answer = site
        .to_app("GET", "/", "X-Forwarded-User: admin\r\n", "")
        .await?;
    ensure!(status(&answer) == 200, "{answer}");
    ensure!(
        !answer.to_lowercase().contains("x-forwarded-user"),
        "{answer}"
    );
    Ok(())
}
