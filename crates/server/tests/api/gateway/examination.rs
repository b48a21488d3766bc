//! `/api/workbenches/{id}/embedding`: how a browser will show the app.

use super::site::Site;
use crate::support::Server;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vestibule_model::embedding::{Embedding, Shown};

async fn examine(site: &Site) -> Embedding {
    let path = format!("/api/workbenches/{}/embedding", site.id);
    let answer = site.console().get(&path).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.read()
}

/// Returns the report on an app whose first page responds like this.
async fn seen(status: u16, headers: &[(&'static str, &'static str)]) -> Embedding {
    let status = StatusCode::from_u16(status).expect("a status");
    let headers = headers.to_vec();
    let app = Router::new().route(
        "/",
        get(async move || {
            let mut answer = (status, "a page").into_response();
            for (name, value) in headers {
                let value = value.parse().expect("a value");
                answer.headers_mut().append(name, value);
            }
            answer
        }),
    );
    examine(&Site::with(app).await).await
}

#[tokio::test]
async fn an_app_that_may_be_framed_is_fine() {
    let site = Site::with(Router::new().route("/", get(async || "a page"))).await;
    let path = format!("/api/workbenches/{}/embedding", site.id);
    let report = site.console().get(&path).await.value();
    let fine = json!({
        "runNumber": 1, "verdict": "fine", "embeddable": true, "why": "", "sentence": "",
        "advice": "", "action": "", "evidence": "", "status": 200, "path": "/",
        "explainedByGateway": false,
    });
    assert_eq!(report, fine);
}

#[tokio::test]
async fn field_39_each_refusal_quotes_the_apps_header() {
    let options = seen(200, &[("x-frame-options", "DENY")]).await;
    assert_eq!(
        (
            options.verdict,
            options.why.as_str(),
            options.evidence.as_str()
        ),
        (Shown::Refused, "x-frame-options", "DENY")
    );
    assert!(!options.embeddable && options.explained_by_gateway);
    assert!(
        options.sentence.contains("can't be embedded"),
        "{}",
        options.sentence
    );

    let policy = ("content-security-policy", "frame-ancestors 'none'");
    let ancestors = seen(200, &[policy]).await;
    assert_eq!(ancestors.why, "frame-ancestors");
    assert!(ancestors.evidence.contains("frame-ancestors 'none'"));

    let away = seen(
        302,
        &[("location", "https://login.example.org/?ticket=hush")],
    )
    .await;
    assert_eq!(
        (away.why.as_str(), away.evidence.as_str(), away.status),
        ("redirected-away", "https://login.example.org/", Some(302))
    );
    assert!(!away.explained_by_gateway);

    for (status, why) in [
        (401, "sign-in-needed"),
        (404, "not-found"),
        (500, "app-error"),
    ] {
        let report = seen(status, &[]).await;
        assert_eq!((report.why.as_str(), report.status), (why, Some(status)));
    }
    let lost = seen(200, &[("set-cookie", "sid=hush; SameSite=None")]).await;
    assert_eq!(
        (&lost.verdict, lost.why.as_str()),
        (&Shown::Doubtful, "cookie-lost")
    );
    assert!(lost.embeddable && !format!("{lost:?}").contains("hush"));
}

#[tokio::test]
async fn examination_follows_redirects_with_cookies() {
    let app = Router::new()
        .route(
            "/",
            get(async || {
                let found = [
                    (header::LOCATION, "lab?next=1"),
                    (header::SET_COOKIE, "seen=yes"),
                ];
                (StatusCode::FOUND, found).into_response()
            }),
        )
        .route(
            "/lab",
            get(async |headers: HeaderMap| {
                let is_known = headers.get(header::COOKIE).is_some_and(|c| c == "seen=yes");
                if is_known {
                    StatusCode::OK
                } else {
                    StatusCode::UNAUTHORIZED
                }
            }),
        );
    let report = examine(&Site::with(app).await).await;
    // The page has an empty body, which is its only fault.
    assert_eq!((report.path.as_str(), report.status), ("/lab", Some(200)));
    assert_eq!(
        (report.why.as_str(), report.evidence.as_str()),
        ("empty", "Content-Length: 0")
    );
}

#[tokio::test]
async fn redirect_loop_ends_the_examination() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let app = Router::new().fallback(async move || {
        count.fetch_add(1, Ordering::Relaxed);
        (StatusCode::FOUND, [(header::LOCATION, "/again")])
    });
    let report = examine(&Site::with(app).await).await;
    assert_eq!(report.why, "endless-redirect");
    assert_eq!(asked.load(Ordering::Relaxed), 21);
}

#[tokio::test]
async fn an_unreachable_app_and_a_slow_app_have_different_reasons() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    let report = examine(&Site::at(address).await).await;
    assert_eq!(
        (report.why.as_str(), report.status),
        ("not-answering", None)
    );
    assert!(report.explained_by_gateway);

    let silent = Router::new().route("/", get(async || std::future::pending::<()>().await));
    let report = examine(&Site::with(silent).await).await;
    assert_eq!(
        (report.verdict, report.why.as_str()),
        (Shown::Doubtful, "slow")
    );
    assert!(report.embeddable);
}

#[tokio::test]
async fn many_views_cause_one_request_that_does_not_count_as_use() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let app = Router::new().route(
        "/",
        get(async move |request: Request| {
            count.fetch_add(1, Ordering::Relaxed);
            assert!(request.headers().get(header::COOKIE).is_none());
            "a page"
        }),
    );
    let site = Site::with(app).await;
    let used = || site.server.state.host.uses.last(&site.id.as_str().into());
    let before = used();
    site.server.clock.moves_on(5);
    let (one, two, three) = tokio::join!(examine(&site), examine(&site), examine(&site));
    assert_eq!((&one, &one), (&two, &three));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(used(), before);
}

#[tokio::test]
async fn a_stopped_workbench_has_no_embedding_report() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let problem = admin
        .get(&format!("/api/workbenches/{id}/embedding"))
        .await
        .problem(409);
    assert_eq!(problem.kind, "/problems/not-running");
    admin
        .get("/api/workbenches/wb-nnnn/embedding")
        .await
        .problem(404);
}
