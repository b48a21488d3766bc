//! Tickets, sessions, and the workbenches that each opens.

use super::site::{Site, cookie_of};
use crate::support::HOST;
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::any;
use http_body_util::BodyExt as _;
use serde_json::json;
use vestibule_model::access::Scope;
use vestibule_model::phase::Phase;

/// Returns an app that responds with the headers of the request.
fn mirror() -> Router {
    Router::new().fallback(any(async |headers: HeaderMap| {
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect::<String>()
    }))
}

pub async fn text(response: axum::http::Response<hyper::body::Incoming>) -> String {
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    String::from_utf8_lossy(&body).into_owned()
}

#[tokio::test]
async fn ticket_is_valid_once_and_the_app_gets_no_session_cookie() {
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
async fn stopped_workbench_has_an_explaining_page() {
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
    assert!(text(page).await.contains("It failed."));
}

#[tokio::test]
async fn deleted_workbench_lets_nobody_in() {
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
    // Not "unknown": a client without access would learn which workbenches exist. The console shows it to its users.
    assert_eq!(code(&cookie).await, "no-ticket");
    assert_eq!(code("").await, "no-ticket");
}

#[tokio::test]
async fn only_visitors_with_a_session_get_the_workspace_id() {
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

#[tokio::test]
async fn a_bookmark_leads_by_the_console_into_the_app() {
    let site = Site::with(mirror()).await;
    let visit = |host: &str, path: &str| {
        axum::http::Request::get(format!("http://{}{path}", site.address))
            .header("host", host)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "none")
    };
    let location = async |host: &str, path: &str| {
        let answer = site.send(visit(host, path), "").await;
        assert_eq!(answer.status(), 302, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        answer.headers()["location"]
            .to_str()
            .expect("text")
            .to_owned()
    };
    let console = "http://vestibule.localhost:8080";
    let id = &site.id;
    for (path, expected) in [
        ("/", format!("{console}/enter/{id}")),
        (
            "/lab?a=1&b",
            format!("{console}/enter/{id}?path=%2Flab%3Fa%3D1%26b"),
        ),
        ("//evil.example/", format!("{console}/enter/{id}")),
        // A used ticket from the browser's history.
        (
            "/.vestibule/enter?ticket=x&next=%2Flab",
            format!("{console}/enter/{id}?path=%2Flab"),
        ),
    ] {
        assert_eq!(location(&site.host(), path).await, expected);
    }
    let unknown = location(&format!("wb-00000000.{HOST}"), "/lab").await;
    assert_eq!(unknown, format!("{console}/enter/wb-00000000?path=%2Flab"));

    let body = json!({"next": "/lab?a=1&b"});
    let path = format!("/api/workbenches/{id}/ticket");
    let ticket = site.console().post(&path, &body).await;
    let url = ticket.value()["url"].as_str().expect("a url").to_owned();
    let entered = site
        .send(
            visit(
                &site.host(),
                url.strip_prefix(&site.origin()).expect("a path"),
            ),
            "",
        )
        .await;
    assert_eq!(entered.headers()["location"], "/lab?a=1&b");
    let inside = visit(&site.host(), "/lab").header("cookie", cookie_of(&entered));
    assert_eq!(site.send(inside, "").await.status(), 200);
    for bad in ["https://evil.example", "//evil.example", "lab"] {
        let refused = site.console().post(&path, &json!({"next": bad})).await;
        assert_eq!(refused.problem(422).errors[0].field, "next");
    }
}

#[tokio::test]
async fn browser_without_cookies_is_not_redirected_for_ever() {
    let site = Site::with(mirror()).await;
    let request = site
        .request("GET", "/lab")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("sec-fetch-site", "same-site");
    let page = site.send(request, "").await;
    assert_eq!(page.status(), 401);
    let link = format!("/enter/{}?path=%2Flab\"", site.id);
    assert!(text(page).await.contains(&link));
}

#[tokio::test]
async fn an_origin_gets_a_process_of_its_own() {
    let app = Router::new().fallback(any(async || [("origin-agent-cluster", "?0")]));
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    let answer = site
        .send(site.request("GET", "/").header("cookie", cookie), "")
        .await;
    assert_eq!(answer.headers()["origin-agent-cluster"], "?1");
    assert_eq!(
        answer
            .headers()
            .get_all("origin-agent-cluster")
            .iter()
            .count(),
        1
    );
    let refused = site.send(site.request("GET", "/"), "").await;
    assert_eq!(refused.headers()["origin-agent-cluster"], "?1");
    for path in ["/", "/api/config", "/healthz"] {
        let answer = site.console().get(path).await;
        assert_eq!(answer.header("origin-agent-cluster"), "?1", "{path}");
    }
}

/// Security review, finding 18.
#[tokio::test]
async fn a_session_on_an_apps_origin_ends_with_the_grant() {
    let site = Site::with(mirror()).await;
    let cookie = site.enter().await;
    let status = async || {
        let request = site.request("GET", "/").header("cookie", &cookie);
        site.send(request, "").await.status()
    };
    assert_eq!(status().await, 200);
    let database = rusqlite::Connection::open(site.server.dir.path().join("vestibule.db"));
    let database = database.expect("the database");
    database.execute("DELETE FROM grants", []).expect("deleted");
    assert_eq!(status().await, 401);
}

/// Security review, finding 24.
#[tokio::test]
async fn somebody_elses_ticket_does_not_replace_a_good_session() {
    let site = Site::with(mirror()).await;
    let own = site.enter().await;
    let mallory = site.server.user("mallory", &[Scope::Platform(true)]).await;
    let path = format!("/api/workbenches/{}/ticket", site.id);
    let url = mallory.post(&path, &json!({})).await.value()["url"].clone();
    let url = url.as_str().expect("a url");
    let ticket = url
        .strip_prefix(&site.origin())
        .expect("on the app's origin");
    let response = site
        .send(site.request("GET", ticket).header("cookie", &own), "")
        .await;
    assert_eq!(response.status(), 303);
    assert!(!response.headers().contains_key("set-cookie"));
    // The person's own new ticket still gives a new session.
    let ticket = site.ticket().await;
    let response = site
        .send(site.request("GET", &ticket).header("cookie", &own), "")
        .await;
    assert_ne!(cookie_of(&response), own);
}

/// Reliability review, finding 6: apps below a base path, and apps that check `Host`.
#[tokio::test]
async fn an_entry_names_the_first_page_and_the_host_that_the_app_wants() {
    let site = Site::with(mirror()).await;
    {
        let mut rules = site.server.engine.rules.lock().expect("the rules");
        rules.path = "/deep/er/".to_owned();
        rules.host = Some("127.0.0.1:{port}".to_owned());
    }
    let response = site
        .send(site.request("GET", &site.ticket().await), "")
        .await;
    assert_eq!(response.headers()["location"], "/deep/er/");
    let cookie = cookie_of(&response);
    let request = site.request("POST", "/deep/er/").header("cookie", &cookie);
    let seen = text(site.send(request.header("origin", site.origin()), "").await).await;
    let listens = site
        .server
        .engine
        .listens
        .lock()
        .expect("the address")
        .expect("an app");
    assert!(
        seen.contains(&format!("\nhost: {listens}\n"))
            || seen.starts_with(&format!("host: {listens}\n")),
        "{seen}"
    );
    assert!(
        seen.contains(&format!("origin: http://{listens}\n")),
        "{seen}"
    );
    assert!(
        seen.contains(&format!("x-forwarded-host: {}\n", site.host())),
        "{seen}"
    );
}

/// Security review, finding 23.
#[tokio::test]
async fn a_service_worker_does_not_control_the_entrance() {
    let app = Router::new().fallback(any(async || [("service-worker-allowed", "/")]));
    let site = Site::with(app).await;
    let cookie = site.enter().await;
    let ask = async |path: &str| {
        let request = site
            .request("GET", path)
            .header("cookie", &cookie)
            .header("sec-fetch-site", "same-origin")
            .header("service-worker", "script");
        let answer = site.send(request, "").await;
        let allowed = answer.headers().contains_key("service-worker-allowed");
        (answer.status().as_u16(), allowed)
    };
    assert_eq!(ask("/sw.js").await, (403, false));
    assert_eq!(ask("/static/sw.js").await, (200, false));
    let mut rules = site.server.engine.rules.lock().expect("the rules").clone();
    rules.allows_root_service_worker = true;
    *site.server.engine.rules.lock().expect("the rules") = rules;
    assert_eq!(ask("/sw.js").await, (200, true));
}
