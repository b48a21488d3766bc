//! Tickets, sessions and who may use whose.

use super::site::{Site, cookie_of};
use crate::support::HOST;
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::any;
use http_body_util::BodyExt as _;
use serde_json::json;
use vestibule_model::phase::Phase;

/// An app that says which headers it was sent.
fn mirror() -> Router {
    Router::new().fallback(any(async |headers: HeaderMap| {
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect::<String>()
    }))
}

async fn text(response: axum::http::Response<hyper::body::Incoming>) -> String {
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    String::from_utf8_lossy(&body).into_owned()
}

#[tokio::test]
async fn a_ticket_lets_in_once_and_the_app_sees_neither_cookie() {
    let site = Site::with(mirror()).await;
    let ticket = site.ticket().await;
    let response = site.send(site.request("GET", &ticket), "").await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (303, &"/".parse().expect("a path"))
    );
    let set = response.headers()["set-cookie"]
        .to_str()
        .expect("text")
        .to_owned();
    for part in [
        "__Host-vestibule-app=",
        "; HttpOnly",
        "; Secure",
        "; SameSite=Lax",
        "; Path=/",
    ] {
        assert!(set.contains(part), "{set}");
    }
    let cookie = cookie_of(&response);
    let again = site.send(site.request("GET", &ticket), "").await;
    assert_eq!(again.status(), 401, "a second browser cannot use it");

    let all = format!("{}; {cookie}; theme=dark", site.console_cookie);
    let seen = text(
        site.send(site.request("GET", "/").header("cookie", all), "")
            .await,
    )
    .await;
    assert!(
        seen.contains("cookie: theme=dark\n") && !seen.contains("vestibule="),
        "{seen}"
    );
    assert!(seen.contains(&format!("host: {}\n", site.host())), "{seen}");
    assert!(seen.contains("x-forwarded-for: 127.0.0.1\n"), "{seen}");
}

#[tokio::test]
async fn a_frame_that_shows_its_used_ticket_again_stays_in() {
    let site = Site::with(mirror()).await;
    let ticket = site.ticket().await;
    let cookie = cookie_of(&site.send(site.request("GET", &ticket), "").await);
    let again = site
        .send(site.request("GET", &ticket).header("cookie", cookie), "")
        .await;
    assert_eq!(again.status(), 303);
}

#[tokio::test]
async fn without_a_session_a_person_gets_a_page_and_a_program_a_problem() {
    let site = Site::with(mirror()).await;
    let page = site
        .send(
            site.request("GET", "/")
                .header("sec-fetch-mode", "navigate"),
            "",
        )
        .await;
    assert_eq!(
        (
            page.status().as_u16(),
            &page.headers()["x-vestibule-gateway"]
        ),
        (401, &"no-ticket".parse().expect("a word"))
    );
    assert!(
        text(page)
            .await
            .contains("Open this workbench from the console")
    );
    let answer = site.send(site.request("GET", "/api/data"), "").await;
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn field_38_one_workbenchs_session_opens_no_other() {
    let site = Site::with(mirror()).await;
    let cookie = site.enter().await;
    let admin = site.console();
    let other = admin.workbench().await;
    site.server.settle(&other, &Phase::Running).await;
    let at_other = |path: &str| {
        axum::http::Request::get(format!("http://{}{path}", site.address))
            .header("host", format!("{other}.{HOST}"))
    };
    assert_eq!(
        site.send(at_other("/").header("cookie", &cookie), "")
            .await
            .status(),
        401
    );
    let ticket = site.ticket().await;
    assert_eq!(
        site.send(at_other(&ticket), "").await.status(),
        401,
        "nor does its ticket"
    );
    assert_eq!(
        site.send(site.request("GET", "/").header("cookie", cookie), "")
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn field_38_another_apps_page_cannot_use_this_one() {
    let site = Site::with(mirror()).await;
    let cookie = site.enter().await;
    let from = |origin: &str| {
        site.request("POST", "/run")
            .header("cookie", &cookie)
            .header("origin", origin)
    };
    let refused = site
        .send(from("http://wb-other123.vestibule.localhost:8080"), "")
        .await;
    assert_eq!(
        (
            refused.status().as_u16(),
            &refused.headers()["x-vestibule-gateway"]
        ),
        (403, &"cross-origin".parse().expect("a word"))
    );
    assert_eq!(site.send(from(&site.origin()), "").await.status(), 200);
}

#[tokio::test]
async fn signing_out_ends_the_sessions_on_apps_origins() {
    let site = Site::with(mirror()).await;
    let cookie = site.enter().await;
    let admin = site.console();
    assert!(
        admin
            .post("/api/auth/sign-out", &json!({}))
            .await
            .status
            .is_success()
    );
    assert_eq!(
        site.send(site.request("GET", "/").header("cookie", cookie), "")
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn what_is_not_running_says_so() {
    let site = Site::with(mirror()).await;
    let cookie = site.enter().await;
    site.server.engine.sees_it_exit(1);
    site.server.settle(&site.id, &Phase::Failed).await;
    let page = site
        .send(
            site.request("GET", "/")
                .header("cookie", cookie)
                .header("accept", "text/html"),
            "",
        )
        .await;
    assert_eq!(
        (
            page.status().as_u16(),
            &page.headers()["x-vestibule-gateway"]
        ),
        (503, &"not-running".parse().expect("a word"))
    );
    assert!(text(page).await.contains("It has failed."));
}

#[tokio::test]
async fn a_deleted_workbench_is_unknown_and_no_matter_of_tickets() {
    let site = Site::with(mirror()).await;
    let cookie = site.enter().await;
    let code = async |cookie: &str| {
        let answer = site
            .send(site.request("GET", "/").header("cookie", cookie), "")
            .await;
        answer.headers()["x-vestibule-gateway"].clone()
    };
    assert_eq!(code("").await, "no-ticket");
    site.server.engine.sees_nothing();
    let path = format!("/api/workbenches/{}", site.id);
    assert!(site.console().delete(&path).await.status.is_success());
    site.server.gone(&site.id).await;
    assert_eq!(code(&cookie).await, "unknown");
    assert_eq!(code("").await, "unknown");
}

#[tokio::test]
async fn who_is_in_is_led_to_the_workbenchs_page_and_a_stranger_is_not_told_of_it() {
    let site = Site::with(mirror()).await;
    let cookie = site.enter().await;
    let shown = site.console();
    let shown = shown.get(&format!("/api/workbenches/{}", site.id)).await;
    let workspace = shown.value()["workspaceId"].as_str().map(str::to_owned);
    let workspace = workspace.expect("an id");
    site.server.engine.sees_it_exit(1);
    site.server.settle(&site.id, &Phase::Failed).await;
    let page = async |cookie: &str| {
        let request = site.request("GET", "/").header("accept", "text/html");
        text(site.send(request.header("cookie", cookie), "").await).await
    };
    let link = format!(
        "vestibule.localhost:8080/workspaces/{workspace}/sessions/{}\"",
        site.id
    );
    assert!(page(&cookie).await.contains(&link));
    assert!(!page("").await.contains(&workspace));
}
