//! `/api/builds`: request, queue, limits, cancel, retry, and starts that wait.

use crate::support::{Answer, Client, Server};
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_engine::builds::BuildVerdict;
use vestibule_model::access::Scope;
use vestibule_model::build::{Build, BuildList, BuildReason, BuildStatus, StepStatus};
use vestibule_model::ids::BuildId;

pub async fn ask(client: &Client<'_>, workspace: &str, app: &str) -> Answer {
    let body = json!({"app": app, "workspaceId": workspace});
    client.post("/api/builds", &body).await
}

pub async fn asked(client: &Client<'_>, workspace: &str, app: &str) -> Build {
    let answer = ask(client, workspace, app).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.read()
}

pub async fn shown(client: &Client<'_>, id: &BuildId) -> Build {
    client.get(&format!("/api/builds/{id}")).await.read()
}

/// Waits until a build is in this state.
pub async fn until(client: &Client<'_>, id: &BuildId, status: &BuildStatus) -> Build {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let build = shown(client, id).await;
        if build.status == *status {
            return build;
        }
        assert!(tokio::time::Instant::now() < deadline, "still {build:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the engine has received a build and reported progress.
pub async fn under_way(server: &Server, client: &Client<'_>, id: &BuildId) -> Build {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let build = shown(client, id).await;
        if build.step.is_some() && server.engine.builds.under_way().contains(id) {
            return build;
        }
        assert!(tokio::time::Instant::now() < deadline, "still {build:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn failed() -> BuildVerdict {
    BuildVerdict::Failed(
        BuildReason::StepFailed,
        "Step 2 of 2: check it ended with exit code 1.".to_owned(),
    )
}

#[tokio::test]
async fn builds_run_in_order_and_no_more_than_two_at_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let mut builds = Vec::new();
    for app in ["a", "b", "c", "d"] {
        server.engine.builds.has(app);
        builds.push(asked(&admin, &workspace, app).await);
    }
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| builds[i].id.clone());
    let first = under_way(&server, &admin, &a).await;
    assert_eq!(first.step.as_deref(), Some("Step 1 of 2: pip install it"));
    assert_eq!(
        (first.app_title.as_str(), first.requested_by_name.as_deref()),
        ("The a", Some("admin"))
    );
    assert!(first.started_at >= first.created_at && first.log_bytes == 5);
    under_way(&server, &admin, &b).await;
    let waits = shown(&admin, &d).await;
    assert_eq!(
        (waits.status, waits.queue_position),
        (BuildStatus::Pending, Some(2))
    );
    server.engine.builds.end(&b, BuildVerdict::Built);
    under_way(&server, &admin, &c).await;
    assert_eq!(shown(&admin, &d).await.queue_position, Some(1));
    let done = until(&admin, &b, &BuildStatus::Succeeded).await;
    assert!(done.finished_at >= done.started_at && done.step.is_none());
    assert!(
        done.steps
            .iter()
            .all(|step| step.status == StepStatus::Succeeded)
    );
    server.engine.builds.end(&a, failed());
    let broken = until(&admin, &a, &BuildStatus::Failed).await;
    assert_eq!(broken.reason, Some(BuildReason::StepFailed));
    let error = broken.error.expect("what happened and what to do");
    assert!(
        error.starts_with("Step 2 of 2") && error.ends_with("The build's log has more."),
        "{error}"
    );
    under_way(&server, &admin, &d).await;
    assert_eq!(server.engine.builds.seen(), (2, false));
    let list: BuildList = admin.get("/api/builds").await.read();
    let ids: Vec<_> = list.builds.into_iter().map(|build| build.id).collect();
    assert_eq!(ids, [d, c, b, a]);
}

#[tokio::test]
async fn repeated_requests_share_one_build_and_workspaces_share_its_result() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (here, there) = (admin.workspace().await, admin.workspace().await);
    server.engine.builds.has("lab");
    let (one, two) = tokio::join!(ask(&admin, &here, "lab"), ask(&admin, &here, "lab"));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 202], "two requests at once make one build");
    let (one, two): (Build, Build) = (one.read(), two.read());
    assert_eq!(one.id, two.id);
    under_way(&server, &admin, &one.id).await;
    let other = asked(&admin, &there, "lab").await;
    assert_eq!(
        until(&admin, &other.id, &BuildStatus::Pending)
            .await
            .queue_position,
        Some(1)
    );
    server.engine.builds.end(&one.id, BuildVerdict::Built);
    let cached = until(&admin, &other.id, &BuildStatus::Succeeded).await;
    assert_eq!(cached.reason, Some(BuildReason::Cached));
    assert!(cached.started_at.is_none() && cached.error.is_none());
    assert!(
        cached
            .steps
            .iter()
            .all(|step| step.status == StepStatus::Skipped)
    );
    assert_eq!(server.engine.builds.seen(), (1, false));
    let again = asked(&admin, &here, "lab").await;
    let again = until(&admin, &again.id, &BuildStatus::Succeeded).await;
    assert_eq!(again.reason, Some(BuildReason::Cached));
}

#[tokio::test]
async fn repeated_request_with_an_id_or_key_creates_one_build() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    let body = json!({"app": "lab", "workspaceId": workspace, "id": "bld-mine1234"});
    let first: Build = admin.post("/api/builds", &body).await.read();
    assert_eq!(first.id.as_str(), "bld-mine1234");
    under_way(&server, &admin, &first.id).await;
    server.engine.builds.end(&first.id, failed());
    until(&admin, &first.id, &BuildStatus::Failed).await;
    let again = admin.post("/api/builds", &body).await;
    assert_eq!(again.status, 200, "it is the one that has ended");
    assert_eq!(again.read::<Build>().id, first.id);
    let keyed = async || {
        let request = admin
            .request(Method::POST, "/api/builds")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "k1");
        let body = json!({"app": "lab", "workspaceId": workspace});
        admin.send(request, Body::from(body.to_string())).await
    };
    let (one, two) = (keyed().await, keyed().await);
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (202, 200));
    assert_eq!(one.read::<Build>().id, two.read::<Build>().id);
    server.engine.builds.has("other");
    let taken = json!({"app": "other", "workspaceId": workspace, "id": "bld-mine1234"});
    admin.post("/api/builds", &taken).await.problem(409);
    for (body, field) in [
        (json!({"app": "gone", "workspaceId": workspace}), "app"),
        (json!({"app": "welcome", "workspaceId": workspace}), "app"),
        (
            json!({"app": "lab", "workspaceId": workspace, "id": "bld-../../x"}),
            "id",
        ),
        (
            json!({"app": "lab", "workspaceId": workspace, "when": "now"}),
            "when",
        ),
        (json!({"workspaceId": workspace}), "app"),
    ] {
        let problem = admin.post("/api/builds", &body).await.problem(422);
        assert_eq!(problem.errors[0].field, field, "{body}");
    }
    ask(&admin, "ws-none", "lab").await.problem(404);
}

#[tokio::test]
async fn queued_and_running_builds_are_cancelled_and_ended_ones_stay() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    for app in ["a", "b", "c"] {
        server.engine.builds.has(app);
    }
    let (a, b) = (
        asked(&admin, &workspace, "a").await,
        asked(&admin, &workspace, "b").await,
    );
    let c = asked(&admin, &workspace, "c").await;
    let cancel = async |id: &BuildId| {
        let path = format!("/api/builds/{id}/cancel");
        admin.post(&path, &json!({})).await
    };
    under_way(&server, &admin, &b.id).await;
    let waits = cancel(&c.id).await;
    assert_eq!(waits.status, 200);
    let waits: Build = waits.read();
    assert_eq!(waits.status, BuildStatus::Cancelled);
    assert_eq!(
        waits.error.as_deref(),
        Some("The build was cancelled by admin. Try again when you want it built.")
    );
    under_way(&server, &admin, &a.id).await;
    assert_eq!(waits.cancel_requested_at, None, "it has ended at once");
    assert_eq!(shown(&admin, &a.id).await.cancel_requested_at, None);
    let cancelling = cancel(&a.id).await;
    assert_eq!(cancelling.status, 202);
    let cancelling: Build = cancelling.read();
    assert!(cancelling.is_cancelling() && cancelling.cancel_requested_at >= cancelling.started_at);
    let ended = until(&admin, &a.id, &BuildStatus::Cancelled).await;
    assert_eq!(ended.reason, Some(BuildReason::Cancelled));
    assert_eq!(ended.cancel_requested_at, cancelling.cancel_requested_at);
    // At the very end: it has succeeded before the cancellation arrived.
    server.engine.builds.end(&b.id, BuildVerdict::Built);
    let late = cancel(&b.id).await;
    assert!(matches!(late.status.as_u16(), 200 | 202), "never an error");
    until(&admin, &b.id, &BuildStatus::Succeeded).await;
    for build in [&a, &b, &c] {
        let again = cancel(&build.id).await;
        assert_eq!(again.status, 200);
        assert!(!again.read::<Build>().is_open());
    }
    cancel(&"bld-none1".into()).await.problem(404);
}

/// FIELD 28: a requested cancellation is visible to everyone at once, and recorded once.
#[tokio::test]
async fn build_that_ignores_the_stop_is_cancelling_until_it_ends() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    server.engine.builds.holds_on();
    let id = asked(&admin, &workspace, "lab").await.id;
    under_way(&server, &admin, &id).await;
    let cancel = async || -> Build {
        let path = format!("/api/builds/{id}/cancel");
        let answer = admin.post(&path, &json!({})).await;
        assert_eq!(answer.status, 202);
        answer.read()
    };
    let since = cancel().await.cancel_requested_at;
    assert!(since.is_some());
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(
        cancel().await.cancel_requested_at,
        since,
        "the first request"
    );
    let list: BuildList = admin.get("/api/builds").await.read();
    for build in [shown(&admin, &id).await, list.builds[0].clone()] {
        assert!(build.is_cancelling(), "{build:?}");
        assert_eq!(build.status, BuildStatus::Running, "the contract's word");
        assert_eq!(build.cancel_requested_at, since);
    }
    server.engine.builds.release_cancelled();
    let ended = until(&admin, &id, &BuildStatus::Cancelled).await;
    assert!(!ended.is_cancelling() && ended.cancel_requested_at == since);
}

#[tokio::test]
async fn an_ended_build_can_be_retried() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    let first = asked(&admin, &workspace, "lab").await;
    let path = format!("/api/builds/{}/retry", first.id);
    admin.post(&path, &json!({})).await.problem(409);
    under_way(&server, &admin, &first.id).await;
    server.engine.builds.end(&first.id, failed());
    until(&admin, &first.id, &BuildStatus::Failed).await;
    let again = admin.post(&path, &json!({})).await;
    assert_eq!(again.status, 202);
    let again: Build = again.read();
    assert_eq!(again.retry_of, Some(first.id));
    under_way(&server, &admin, &again.id).await;
    server.engine.builds.end(&again.id, BuildVerdict::Built);
    let done = until(&admin, &again.id, &BuildStatus::Succeeded).await;
    assert_eq!(done.reason, None);
}

#[tokio::test]
async fn known_list_is_not_sent_again() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (here, there) = (admin.workspace().await, admin.workspace().await);
    let mut all = Vec::new();
    for app in ["a", "b", "c"] {
        server.engine.builds.has(app);
        all.push(asked(&admin, &here, app).await.id);
    }
    asked(&admin, &there, "c").await;
    let first = admin.get("/api/builds?limit=2").await;
    let list: BuildList = first.read();
    assert_eq!(list.builds.len(), 2);
    let cursor = list.next_cursor.expect("more follow");
    let rest: BuildList = admin
        .get(&format!("/api/builds?cursor={cursor}"))
        .await
        .read();
    assert_eq!((rest.builds.len(), rest.next_cursor), (2, None));
    let only = async |query: &str| {
        let list: BuildList = admin.get(&format!("/api/builds?{query}")).await.read();
        list.builds.len()
    };
    assert_eq!(only(&format!("workspace={there}")).await, 1);
    assert_eq!((only("app=c").await, only("app=x").await), (2, 0));
    for (query, field) in [
        ("status=odd", "status"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
    ] {
        let problem = admin
            .get(&format!("/api/builds?{query}"))
            .await
            .problem(422);
        assert_eq!(problem.errors[0].field, field);
    }
    let build = list.builds[0].id.clone();
    for id in &all[..2] {
        under_way(&server, &admin, id).await;
    }
    // Progress of the two running builds has been stored by now, or will be soon: until then the
    // list may change.
    let asks = async || {
        let known = admin.get("/api/builds").await;
        let request = admin
            .request(Method::GET, "/api/builds")
            .header(header::IF_NONE_MATCH, known.header("etag"));
        admin.send(request, Body::empty()).await.status
    };
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while asks().await != 304 {
        assert!(
            tokio::time::Instant::now() < deadline,
            "never the same twice"
        );
    }
    let tag = async || admin.get("/api/builds").await.header("etag").to_owned();
    let before = tag().await;
    admin
        .post(&format!("/api/builds/{build}/cancel"), &json!({}))
        .await;
    assert_ne!(tag().await, before);
}

#[tokio::test]
async fn builds_need_permissions() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (own, other) = (admin.workspace().await, admin.workspace().await);
    server.engine.builds.has("lab");
    let ada = server.user("ada", &[Scope::Workspace(own.clone())]).await;
    let hidden = asked(&admin, &other, "lab").await;
    let seen = asked(&ada, &own, "lab").await;
    ask(&ada, &other, "lab").await.problem(404);
    let list: BuildList = ada.get("/api/builds").await.read();
    assert_eq!(
        list.builds.iter().map(|b| &b.id).collect::<Vec<_>>(),
        [&seen.id]
    );
    for (method, rest) in [
        ("GET", ""),
        ("GET", "/log"),
        ("POST", "/cancel"),
        ("POST", "/retry"),
    ] {
        let path = format!("/api/builds/{}{rest}", hidden.id);
        let answer = match method {
            "GET" => ada.get(&path).await,
            _ => ada.post(&path, &json!({})).await,
        };
        answer.problem(404);
    }
}

#[tokio::test]
async fn the_log_is_followed_and_downloaded() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    let build = asked(&admin, &workspace, "lab").await;
    let path = format!("/api/builds/{}/log", build.id);
    let log = admin.get(&path).await.value();
    assert_eq!(
        log,
        json!({"text": "end\n", "skippedBytes": 100, "endsAt": 104})
    );
    let log = admin.get(&format!("{path}?after=104")).await.value();
    assert_eq!(log["text"], "");
    let problem = admin.get(&format!("{path}?after=x")).await.problem(422);
    assert_eq!(problem.errors[0].field, "after");
    let file = admin.get(&format!("{path}?download=1")).await;
    assert_eq!(file.header("content-type"), "text/plain; charset=utf-8");
    assert!(
        file.header("content-disposition")
            .starts_with("attachment; filename=\"lab-bld-")
    );
    let text = String::from_utf8(file.body).expect("text");
    assert_eq!(text, "begin\n\n[vestibule] 94 bytes were not kept.\nend\n");
}

#[tokio::test]
async fn newest_fifty_builds_are_kept() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    let first = asked(&admin, &workspace, "lab").await;
    under_way(&server, &admin, &first.id).await;
    server.engine.builds.end(&first.id, BuildVerdict::Built);
    until(&admin, &first.id, &BuildStatus::Succeeded).await;
    for _ in 0..50 {
        let next = asked(&admin, &workspace, "lab").await;
        until(&admin, &next.id, &BuildStatus::Succeeded).await;
    }
    admin
        .get(&format!("/api/builds/{}", first.id))
        .await
        .problem(404);
    let list: BuildList = admin.get("/api/builds").await.read();
    assert_eq!(list.builds.len(), 50);
    let deleted = admin.delete(&format!("/api/workspaces/{workspace}")).await;
    assert!(deleted.status.is_success());
    let none: Value = admin.get("/api/builds").await.value();
    assert_eq!(none["builds"], json!([]));
}
