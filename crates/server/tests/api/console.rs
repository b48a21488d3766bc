//! The console's own files.

use crate::support::Server;
use serde_json::json;

#[tokio::test]
async fn addresses_of_the_console_give_its_page() {
    let server = Server::empty();
    let page = server.client().get("/").await;
    for path in ["/workspaces", "/workspaces/ws-1/sessions/wb-1", "/sign-in"] {
        let same = server.client().get(path).await;
        assert_eq!(
            (same.status, &same.body),
            (page.status, &page.body),
            "{path}"
        );
    }
    if page.status == 200 {
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src 'self' 'sha256-"), "{policy}");
        assert!(policy.contains("frame-src 'self' http://*.vestibule.localhost:8080;"));
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(page.header("cache-control"), "no-cache");
        assert!(!page.header("etag").is_empty());
        let terminal = server.client().get("/terminal.html").await;
        let policy = terminal.header("content-security-policy");
        assert!(policy.contains("default-src 'none'; script-src 'sha256-"));
        assert!(policy.contains("sandbox allow-scripts;"), "{policy}");
    } else {
        assert_eq!(page.status, 503);
        assert!(String::from_utf8_lossy(&page.body).contains("cargo xtask run"));
    }
}

#[tokio::test]
async fn a_missing_file_is_not_found() {
    let server = Server::empty();
    for path in [
        "/nothing.js",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/a/b/c.wasm",
    ] {
        assert_eq!(server.client().get(path).await.status, 404, "{path}");
    }
    let posted = server.client().post("/workspaces", &json!({})).await;
    assert_eq!(posted.status, 405);
}

#[tokio::test]
async fn pages_and_answers_are_protected() {
    let server = Server::empty();
    for path in ["/", "/api/config", "/nothing.js"] {
        let answer = server.client().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
    }
}
