//! Starts that wait for a build: queued with it, failed with it, and continued after it.

use crate::builds::{ask, asked, failed, shown, under_way, until};
use crate::support::{Client, Server};
use serde_json::json;
use vestibule_engine::builds::BuildVerdict;
use vestibule_model::build::{Build, BuildStatus};
use vestibule_model::condition::ConditionType::{Failed, JobCreated};
use vestibule_model::ids::BuildId;
use vestibule_model::phase::Phase;
use vestibule_model::reason;
use vestibule_model::run::Run;
use vestibule_model::workbench::Workbench;

/// Creates a workbench of an app that is not built yet.
async fn bench(client: &Client<'_>, workspace: &str, name: &str) -> String {
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let made = client
        .post(&path, &json!({"name": name, "app": "lab"}))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    made.id()
}

/// Fills all build slots with two builds; returns one of them.
async fn no_place_left(server: &Server, client: &Client<'_>, workspace: &str) -> Build {
    for app in ["a", "b", "lab"] {
        server.engine.builds.has(app);
    }
    let (a, b) = (
        asked(client, workspace, "a").await,
        asked(client, workspace, "b").await,
    );
    under_way(server, client, &b.id).await;
    a
}

/// Waits until the start is blocked for this reason; returns the condition's message.
async fn held_up(server: &Server, id: &str, why: &str) -> (Workbench, BuildId) {
    let is_held = |shown: Option<Workbench>| {
        let shown = shown.expect("it is there");
        let held = shown.status.condition(&JobCreated)?;
        let build = shown.run.as_ref()?.build_id.clone()?;
        // Before that, the condition says that the build is being requested.
        let is_told = held.reason == why && !held.message.contains("asked for");
        is_told.then_some((shown, build))
    };
    server.until(id, is_held).await
}

#[tokio::test]
async fn a_start_queues_the_build_and_waits_for_it() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let a = no_place_left(&server, &admin, &workspace).await;
    let id = bench(&admin, &workspace, "First").await;
    let (queued, build) = held_up(&server, &id, reason::BUILD_QUEUED).await;
    let message = &queued.status.condition(&JobCreated).expect("held").message;
    assert_eq!(message, "Build queued; it is the next one.");
    let run: Run = admin
        .get(&format!("/api/runs/{}", queued.run.expect("a run").id))
        .await
        .read();
    assert_eq!(
        (run.build_id, run.name.as_deref(), run.app.as_deref()),
        (Some(build.clone()), Some("First"), Some("lab"))
    );
    assert_eq!(run.started_by_name.as_deref(), Some("admin"));
    let requested = shown(&admin, &build).await;
    assert_eq!(
        requested.requested_by, run.started_by,
        "on behalf of who started it"
    );
    // A second start of the workspace waits for the same build.
    let second = bench(&admin, &workspace, "Second").await;
    assert_eq!(
        held_up(&server, &second, reason::BUILD_QUEUED).await.1,
        build
    );
    server.engine.builds.end(&a.id, BuildVerdict::Built);
    let (building, _) = held_up(&server, &id, reason::BUILDING).await;
    assert_eq!(building.status.phase, Phase::Pending);
    under_way(&server, &admin, &build).await;
    let (building, _) = held_up(&server, &id, reason::BUILDING).await;
    let said = |shown: Option<Workbench>| {
        let message = shown?.status.condition(&JobCreated)?.message.clone();
        (message == "Setting up The lab (1 of 2): pip install it").then_some(())
    };
    drop(building);
    server.until(&id, said).await;
    server.engine.builds.end(&build, BuildVerdict::Built);
    server.engine.sees_it_running();
    server.settle(&id, &Phase::Running).await;
    server.settle(&second, &Phase::Running).await;
    let stays = admin.get(&format!("/api/workbenches/{id}")).await.value();
    assert_eq!(stays["run"]["buildId"], build.as_str());
}

#[tokio::test]
async fn a_failed_or_cancelled_build_fails_the_start_and_a_retry_builds_again() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    let id = bench(&admin, &workspace, "First").await;
    let (_, build) = held_up(&server, &id, reason::BUILDING).await;
    under_way(&server, &admin, &build).await;
    server.engine.builds.end(&build, failed());
    let ended = server.settle(&id, &Phase::Failed).await;
    let why = ended.status.condition(&Failed).expect("failed");
    assert_eq!(why.reason, reason::BUILD_FAILED);
    assert!(why.message.starts_with("Step 2 of 2"), "{}", why.message);
    let start = format!("/api/workbenches/{id}/start");
    assert_eq!(admin.post(&start, &json!({})).await.status, 202);
    let (_, second) = held_up(&server, &id, reason::BUILDING).await;
    assert_ne!(second, build, "a new run, a new build");
    under_way(&server, &admin, &second).await;
    let cancel = format!("/api/builds/{second}/cancel");
    server.engine.builds.holds_on();
    admin.post(&cancel, &json!({})).await;
    let said = |shown: Option<Workbench>| {
        let message = shown?.status.condition(&JobCreated)?.message.clone();
        (message == "The build is being cancelled.").then_some(())
    };
    server.until(&id, said).await;
    server.engine.builds.release_cancelled();
    let ended = server.settle(&id, &Phase::Failed).await;
    let why = &ended.status.condition(&Failed).expect("failed").message;
    assert!(
        why.starts_with("The build was cancelled by admin."),
        "{why}"
    );
}

#[tokio::test]
async fn abandoned_builds_leave_the_queue_and_requested_ones_stay() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let a = no_place_left(&server, &admin, &workspace).await;
    let id = bench(&admin, &workspace, "First").await;
    let (_, build) = held_up(&server, &id, reason::BUILD_QUEUED).await;
    let stop = format!("/api/workbenches/{id}/stop");
    admin.post(&stop, &json!({})).await;
    let dropped = until(&admin, &build, &BuildStatus::Cancelled).await;
    assert!(dropped.error.expect("why").contains("no start waits"));
    // The same with a user who has requested the build itself.
    server.settle(&id, &Phase::Stopped).await;
    let start = format!("/api/workbenches/{id}/start");
    admin.post(&start, &json!({})).await;
    let (_, build) = held_up(&server, &id, reason::BUILD_QUEUED).await;
    assert_eq!(ask(&admin, &workspace, "lab").await.status, 200);
    admin.post(&stop, &json!({})).await;
    server.settle(&id, &Phase::Stopped).await;
    server.engine.builds.end(&a.id, BuildVerdict::Built);
    under_way(&server, &admin, &build).await;
}
