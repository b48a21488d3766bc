//! Unchanging files of apps are delivered compressed from the second request on.

use super::site::{Site, serve};
use crate::support::Server;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http_body_util::BodyExt as _;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;
use vestibule_server::proxy::{CompressedFiles, Proxy};

fn script(version: &str) -> String {
    format!("export const version = '{version}';\n").repeat(2_000)
}

/// Returns an app with files, each with a tag and a header of its own.
fn app() -> Router {
    let file = |name: &'static str, value: &'static str| {
        get(async move |request: Request| {
            let tag = "\"v1\"";
            let known = request.headers().get(header::IF_NONE_MATCH);
            let is_known =
                known.is_some_and(|known| known.to_str().is_ok_and(|tags| tags.contains(tag)));
            let text = script(request.uri().query().unwrap_or_default());
            let mut answer: Response = match is_known {
                true => StatusCode::NOT_MODIFIED.into_response(),
                false => text.into_response(),
            };
            let headers = answer.headers_mut();
            headers.insert("content-type", HeaderValue::from_static("text/javascript"));
            headers.insert(
                "cache-control",
                HeaderValue::from_static("public, max-age=31536000"),
            );
            headers.insert("etag", HeaderValue::from_static(tag));
            headers.append(name, HeaderValue::from_static(value));
            answer
        })
    };
    Router::new()
        .route("/file.js", file("x-kind", "plain"))
        .route("/user.js", file("set-cookie", "who=ada"))
        .route(
            "/chunked",
            get(async || {
                axum::body::Body::from_stream(futures_util::stream::iter([
                    Ok::<_, std::io::Error>("page"),
                ]))
            }),
        )
}

struct Fixture {
    site: Site,
    cookie: String,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let files = CompressedFiles::open(folder.path().to_owned());
        let server = Server::with_proxy(Proxy::default().with_compressed(files));
        let site = Site::on(server, serve(app()).await).await;
        let cookie = site.enter().await;
        Self {
            site,
            cookie,
            folder,
        }
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, Vec<u8>) {
        let mut request = self
            .site
            .request(method, path)
            .header("cookie", &self.cookie);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        let answer = self.site.send(request, "").await;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer
            .into_body()
            .collect()
            .await
            .expect("whole")
            .to_bytes();
        (status, headers, body.to_vec())
    }

    /// Waits until there are this many copies.
    async fn until_copied(&self, count: usize) {
        for _ in 0..600 {
            if files_in(self.folder.path()) == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never {count} copies");
    }
}

fn files_in(folder: &Path) -> usize {
    let places = std::fs::read_dir(folder).expect("a folder").flatten();
    let files =
        places.flat_map(|place| std::fs::read_dir(place.path()).expect("a folder").flatten());
    files
        .filter(|file| file.path().extension().is_none())
        .count()
}

fn expand(body: &[u8]) -> String {
    let mut text = String::new();
    brotli::Decompressor::new(body, 4096)
        .read_to_string(&mut text)
        .expect("brotli");
    text
}

const BROTLI: (&str, &str) = ("accept-encoding", "gzip, br");

#[tokio::test]
async fn unchanging_file_is_compressed_from_the_second_request_on() {
    let fixture = Fixture::new().await;
    let (_, headers, body) = fixture.ask("GET", "/file.js?1", &[BROTLI]).await;
    assert_eq!(headers.get("content-encoding"), None, "nobody waits");
    assert_eq!(
        (&headers["vary"], &headers["etag"]),
        (
            &"Accept-Encoding".parse().expect("a value"),
            &"\"v1\"".parse().expect("a value")
        )
    );
    assert_eq!(body, script("1").as_bytes());
    fixture.until_copied(1).await;

    let (status, headers, body) = fixture.ask("GET", "/file.js?1", &[BROTLI]).await;
    assert_eq!(
        (status, &headers["content-encoding"]),
        (
            StatusCode::OK,
            &"br".parse::<HeaderValue>().expect("a value")
        )
    );
    assert_eq!(headers["content-length"], body.len().to_string());
    assert_eq!(headers["etag"], "W/\"v1\"");
    assert_eq!(headers["vary"], "Accept-Encoding");
    assert!(body.len() < script("1").len() / 4);
    assert_eq!(expand(&body), script("1"));

    // The same address with other bytes: an app may be wrong about what never changes.
    let (_, headers, body) = fixture.ask("GET", "/file.js?2", &[BROTLI]).await;
    assert_eq!(
        (headers.get("content-encoding"), body),
        (None, script("2").into_bytes())
    );

    let (status, headers, _) = fixture
        .ask(
            "GET",
            "/file.js?1",
            &[BROTLI, ("if-none-match", "W/\"v1\"")],
        )
        .await;
    assert_eq!(
        (status, &headers["etag"]),
        (
            StatusCode::NOT_MODIFIED,
            &"W/\"v1\"".parse::<HeaderValue>().expect("a value")
        )
    );
    for plain in [("accept-encoding", "gzip"), ("range", "bytes=0-9")] {
        let (_, headers, body) = fixture.ask("GET", "/file.js?1", &[plain]).await;
        assert_eq!(headers.get("content-encoding"), None, "{plain:?}");
        assert_eq!(headers["vary"], "Accept-Encoding", "{plain:?}");
        assert_eq!(body, script("1").as_bytes(), "{plain:?}");
    }
    let (_, headers, _) = fixture.ask("HEAD", "/file.js?1", &[BROTLI]).await;
    assert_eq!(
        headers.get("content-length"),
        None,
        "that of which representation"
    );
    assert_eq!(headers["vary"], "Accept-Encoding");
}

#[tokio::test]
async fn file_of_one_user_has_no_copy() {
    let fixture = Fixture::new().await;
    for _ in 0..2 {
        let (_, headers, _) = fixture.ask("GET", "/user.js?1", &[BROTLI]).await;
        assert_eq!(
            (headers.get("content-encoding"), headers.get("vary")),
            (None, None)
        );
        // A file that is compressed after it.
        fixture.ask("GET", "/file.js?3", &[BROTLI]).await;
        fixture.until_copied(1).await;
    }
}

/// In use, M17: a HEAD of a chunked page named the length 0.
#[tokio::test]
async fn head_of_a_page_without_a_length_names_none() {
    let fixture = Fixture::new().await;
    let (status, headers, _) = fixture.ask("HEAD", "/chunked", &[]).await;
    assert_eq!(
        (status, headers.get("content-length")),
        (StatusCode::OK, None)
    );
    let (_, headers, body) = fixture.ask("GET", "/chunked", &[]).await;
    assert_eq!(
        (headers.get("content-length"), body),
        (None, b"page".to_vec())
    );
}
