//! Files that are given to the page, and names that lead elsewhere.

use super::*;
use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

struct Site {
    dir: tempfile::TempDir,
    router: Router,
}

impl Site {
    fn open() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = Options {
            port: None,
            socket: None,
            dir: None,
            origin: Some("https://wb-1.vestibule.example.org".parse().expect("a URL")),
            boot_delay: None,
            exit_after: None,
            exit_code: 0,
            never_listen: false,
            refuse_framing: false,
        };
        let router = router(
            App::Files,
            Folder::open(Some(dir.path())).expect("opens"),
            &options,
        );
        Self { dir, router }
    }

    async fn ask(&self, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Vec<u8>) {
        self.ask_as("127.0.0.1:20001", method, path, body).await
    }

    async fn ask_as(
        &self,
        host: &str,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, host)
            .body(body.into())
            .expect("a request");
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        (status, body.to_vec())
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.dir.path())
            .expect("listed")
            .map(|entry| {
                entry
                    .expect("read")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn a_file_comes_in_and_out_unchanged() {
    let site = Site::open();
    let data: Vec<u8> = (0..200_000u32).map(|i| i.to_le_bytes()[0]).collect();
    let path = "/files/r%C3%A9sum%C3%A9%20%3Cb%3E.bin";
    assert_eq!(
        site.ask("PUT", path, data.clone()).await.0,
        StatusCode::CREATED
    );
    assert_eq!(site.names(), ["résumé <b>.bin"]);
    assert_eq!(site.ask("GET", path, "").await, (StatusCode::OK, data));
}

#[tokio::test]
async fn a_subfolder_is_listed_and_takes_files() {
    let site = Site::open();
    std::fs::create_dir(site.dir.path().join("my data")).expect("a folder");
    let path = "/files/my%20data/a.txt";
    assert_eq!(site.ask("PUT", path, "1").await.0, StatusCode::CREATED);
    assert_eq!(site.ask("GET", path, "").await.1, b"1");
    let (_, body) = site.ask("GET", "/files?dir=my%20data", "").await;
    let list: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(list["entries"][0]["name"], "a.txt");
    for missing in ["/files?dir=..", "/files?dir=nowhere", "/files?dir=%2Fetc"] {
        let (status, _) = site.ask("GET", missing, "").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{missing}");
    }
    let (status, _) = site.ask("PUT", "/files/nowhere/a.txt", "1").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn nothing_is_replaced_without_being_asked_for() {
    let site = Site::open();
    site.ask("PUT", "/files/a.txt", "one").await;
    assert_eq!(
        site.ask("PUT", "/files/a.txt", "two").await.0,
        StatusCode::CONFLICT
    );
    assert_eq!(site.ask("GET", "/files/a.txt", "").await.1, b"one");
    assert_eq!(
        site.ask("PUT", "/files/a.txt?replace=true", "two").await.0,
        StatusCode::CREATED
    );
    assert_eq!(site.ask("GET", "/files/a.txt", "").await.1, b"two");
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing() {
    let site = Site::open();
    let chunks = futures_util::stream::iter([Ok("half"), Err(std::io::Error::other("gone"))]);
    let (status, _) = site
        .ask("PUT", "/files/a.txt", Body::from_stream(chunks))
        .await;
    assert!(!status.is_success());
    assert!(site.names().is_empty());
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    let site = Site::open();
    for path in [
        "/files/..%2Fescape",
        "/files/a/..%2F..%2Fescape",
        "/files/.hidden",
        "/files/%00",
    ] {
        assert_eq!(
            site.ask("PUT", path, "x").await.0,
            StatusCode::BAD_REQUEST,
            "{path}"
        );
        assert_eq!(
            site.ask("GET", path, "").await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert!(site.names().is_empty());
}

#[tokio::test]
async fn the_list_has_each_file_with_its_size() {
    let site = Site::open();
    site.ask("PUT", "/files/a.txt", "123").await;
    let (_, body) = site.ask("GET", "/files", "").await;
    let list: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(
        (&list["entries"][0]["name"], &list["entries"][0]["size"]),
        (&"a.txt".into(), &3.into())
    );
}

/// Security review, finding 2.
#[tokio::test]
async fn a_name_that_was_led_to_this_machine_is_refused() {
    let site = Site::open();
    for host in [
        "evil.example:20001",
        "127.0.0.1.evil.example",
        "wb-1.vestibule.example.org.evil.example",
        "localhost.evil.example",
        "192.0.2.1:20001",
        "user@localhost:80:80",
        "",
    ] {
        let (status, _) = site.ask_as(host, "PUT", "/files/a.txt", "x").await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    assert!(site.names().is_empty());
    for host in [
        "wb-1.vestibule.example.org",
        "WB-1.vestibule.example.org:443",
        "wb-1.vestibule.localhost:8080",
        "localhost:20001",
        "[::1]:20001",
    ] {
        let (status, _) = site.ask_as(host, "GET", "/", "").await;
        assert_eq!(status, StatusCode::OK, "{host}");
    }
}
