//! `GET /api/runs/stream`: the event stream.

use crate::event_reader::{Event, EventReader, STREAM};
use crate::support::{Client, ORIGIN, Server};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule_model::access::Scope;
use vestibule_model::phase::Phase;
use vestibule_server::per_user::PerUser;

#[tokio::test]
async fn the_stream_begins_with_a_snapshot_and_continues_with_changes() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    let first = reader.next().await.expect("a snapshot");
    assert_eq!(
        (
            first.name.as_str(),
            first.data["runs"][0]["workbenchId"].as_str()
        ),
        ("snapshot", Some(id.as_str()))
    );
    assert_eq!(first.id, first.data["seq"].as_u64());
    let init = reader.next_named("init").await;
    assert_eq!((init.id, init.data), (first.id, first.data));

    server.engine.sees_it_running();
    server.settle(&id, &Phase::Running).await;
    let mut workbench = reader.next_named("workbench-update").await;
    while workbench.data["k8sStatus"] != "Running" {
        workbench = reader.next_named("workbench-update").await;
    }
    assert_eq!(workbench.data["id"], json!(id));
    let whole = &workbench.data["workbench"];
    assert_eq!(whole["lastSeq"], workbench.data["seq"]);
    let mut shown = admin.get(&format!("/api/workbenches/{id}")).await.value();
    let spec = shown["spec"].as_object_mut().expect("a spec");
    for large in ["env", "parameters"] {
        assert_eq!(spec.remove(large), Some(json!({})), "too large for events");
    }
    assert_eq!(*whole, shown, "the event carries what a request reads");
    let run = reader.next_named("run-update").await;
    assert_eq!(run.data["run"]["status"], "running");
    assert!(run.id > first.id);
}

#[tokio::test]
async fn numbers_only_grow_and_journal_entries_come_once_in_order() {
    for is_every in [false, true] {
        journal_entries_come_once_in_order(is_every).await;
    }
}

async fn journal_entries_come_once_in_order(is_every: bool) {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let of = if is_every { "*" } else { &id };
    let mut reader = EventReader::open(&admin, &format!("{STREAM}?workbench={of}"), None).await;
    let begun = reader.next_named("snapshot").await.id.expect("a number");
    let mut last = begun;
    server.engine.sees_it_running();
    server.settle(&id, &Phase::Running).await;
    server.engine.sees_it_exit(1);
    server.settle(&id, &Phase::Failed).await;
    let mut seen = Vec::new();
    loop {
        let event = reader.next().await.expect("lasts");
        // A heartbeat, which may come at any time, has no number.
        let Some(id) = event.id else { continue };
        assert!(id >= last, "{event:?} after {last}");
        last = id;
        if event.name == "transition" {
            seen.push(event.data["seq"].as_u64().expect("a number"));
        }
        if event.name == "workbench-update" {
            let counted = event.data["workbench"]["run"]["lastSeq"].as_u64();
            assert!(
                seen.last() == counted.as_ref() || counted <= Some(begun),
                "entries come before the update that counts them: {event:?} after {seen:?}"
            );
        }
        if event.name == "run-update" && event.data["run"]["status"] == "failed" {
            break;
        }
    }
    let run = admin
        .get(&format!("/api/workbenches/{id}/runs"))
        .await
        .value()["items"][0]["id"]
        .clone();
    let journal = admin
        .get(&format!(
            "/api/runs/{}/journal",
            run.as_str().expect("an id")
        ))
        .await
        .value();
    let seqs: Vec<u64> = journal["items"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["seq"].as_u64())
        // The controller may have written before the stream began, and may continue.
        .filter(|seq| (begun + 1..=last).contains(seq))
        .collect();
    assert_eq!(seen, seqs, "no line twice, none left out");
    assert!(seen.len() >= 4, "it ran and it failed: {seen:?}");
}

#[tokio::test]
async fn field_29_a_reconnecting_reader_gets_missed_changes_and_removals() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let last = EventReader::open(&admin, STREAM, None)
        .await
        .next_named("snapshot")
        .await
        .id
        .expect("a number");

    server.engine.sees_it_exit(0);
    server.settle(&id, &Phase::Completed).await;
    let mut reader = EventReader::open(&admin, STREAM, Some(&last.to_string())).await;
    assert_eq!(
        reader.next_named("run-update").await.data["run"]["status"],
        "succeeded"
    );
    let last = reader.next_named("heartbeat").await;
    assert_eq!(last.id, None);

    let newest = admin
        .get(&format!("/api/workbenches/{id}/runs"))
        .await
        .value()["items"][0]["lastSeq"]
        .clone();
    admin.delete(&format!("/api/workbenches/{id}")).await;
    server.engine.sees_nothing();
    server.gone(&id).await;
    let mut reader = EventReader::open(&admin, &format!("{STREAM}?after={newest}"), None).await;
    let removed = reader.next_named("run-removed").await;
    assert!(
        removed.id > newest.as_u64()
            && removed.data["id"]
                .as_str()
                .is_some_and(|id| id.starts_with("run-"))
    );
}

/// Returns the next event about a workbench with this content.
async fn next_about(reader: &mut EventReader, id: &str, is_it: impl Fn(&Value) -> bool) -> Event {
    loop {
        let event = reader.next_named("workbench-update").await;
        if event.data["id"] == json!(id) && is_it(&event.data) {
            return event;
        }
    }
}

#[tokio::test]
async fn changes_of_workbenches_without_runs_are_published() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    let begun = reader.next_named("snapshot").await.id.expect("a number");

    let body = json!({"name": "later", "app": "welcome", "desired": "Stopped"});
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let made = admin.post(&path, &body).await.value();
    let id = made["id"].as_str().expect("an id").to_owned();
    let made = next_about(&mut reader, &id, |_| true).await;
    assert_eq!(made.data["workspaceId"], json!(workspace));
    assert_eq!(made.data["k8sStatus"], "Stopped");
    assert!(made.id > Some(begun), "{made:?}");

    let own = format!("/api/workbenches/{id}");
    let seen = admin.get(&own).await.value();
    assert!(seen["lastSeq"].as_u64() >= made.id, "{seen}");
    admin.patch(&own, &json!({"name": "now"})).await;
    let renamed = next_about(&mut reader, &id, |_| true).await;
    let seen = admin.get(&own).await.value();
    assert_eq!(seen["name"], "now");
    let of_it = |data: &Value| data["seq"].as_u64() >= seen["lastSeq"].as_u64();
    if !of_it(&renamed.data) {
        // The controller may have reconciled it first.
        next_about(&mut reader, &id, of_it).await;
    }
    admin
        .patch(&own, &json!({"spec": {"env": {"A": "1"}}}))
        .await;
    next_about(&mut reader, &id, |data| data["generation"] == 2).await;

    admin.delete(&own).await;
    server.engine.sees_nothing();
    server.gone(&id).await;
    let gone = reader.next_named("workbench-removed").await;
    assert_eq!(gone.data["id"], json!(id));
    assert_eq!(gone.data["workspaceId"], json!(workspace));
    assert_eq!(gone.data["seq"].as_u64(), gone.id);
    assert_eq!(gone.data["deletedByName"], "admin");

    // A reconnecting reader gets the removal, and no event from before it.
    let mut reader = EventReader::open(&admin, &format!("{STREAM}?after={begun}"), None).await;
    let mut first = reader.next().await.expect("lasts");
    if first.id == Some(begun) {
        // A change with the reader's own last number may be repeated: the workspace's is.
        first = reader.next().await.expect("lasts");
    }
    assert_eq!(
        (first.name.as_str(), first.id),
        ("workbench-removed", gone.id)
    );
}

#[tokio::test]
async fn a_reconnecting_reader_gets_each_new_workbench_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let body = json!({"name": "later", "app": "welcome", "desired": "Stopped"});
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let mut made = Vec::new();
    for _ in 0..3 {
        let answer = admin.post(&path, &body).await.value();
        made.push(answer["id"].clone());
    }
    admin.workbench().await;
    let mut reader = EventReader::open(&admin, &format!("{STREAM}?after=0"), None).await;
    let mut seen = Vec::new();
    loop {
        let event = reader.next().await.expect("lasts");
        match event.name.as_str() {
            "workbench-update" => seen.push(event.data["id"].clone()),
            "heartbeat" => break,
            _ => {}
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(made.iter().all(|id| seen.contains(id)), "{seen:?}");
}

/// Returns the workspace of a workbench.
async fn around(client: &Client<'_>, id: &str) -> Scope {
    let shown = client.get(&format!("/api/workbenches/{id}")).await.value();
    Scope::Workspace(shown["workspaceId"].as_str().expect("an id").to_owned())
}

#[tokio::test]
async fn workbench_changes_are_hidden_without_permission() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (seen, hidden) = (admin.workbench().await, admin.workbench().await);
    let guest = server.user("guest", &[around(&admin, &seen).await]).await;
    let mut reader = EventReader::open(&guest, STREAM, None).await;
    reader.next_named("snapshot").await;
    server.engine.sees_nothing();
    for id in [&hidden, &seen] {
        admin.delete(&format!("/api/workbenches/{id}")).await;
        server.gone(id).await;
    }
    let gone = reader.next_named("workbench-removed").await;
    assert_eq!(gone.data["id"], json!(seen));
}

#[tokio::test]
async fn a_number_that_was_never_given_gets_a_snapshot() {
    let server = Server::empty();
    let admin = server.admin().await;
    admin.workbench().await;
    for nonsense in ["999999999", "-1", "abc", "", "1e3", "18446744073709551616"] {
        let mut reader = EventReader::open(&admin, STREAM, Some(nonsense)).await;
        assert_eq!(
            reader.next().await.map(|event| event.name).as_deref(),
            Some("snapshot"),
            "{nonsense:?}"
        );
    }
}

#[tokio::test]
async fn a_reader_gets_only_permitted_events() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (seen, hidden) = (admin.workbench().await, admin.workbench().await);
    let guest = server.user("guest", &[around(&admin, &seen).await]).await;
    let mut reader = EventReader::open(&guest, &format!("{STREAM}?workbench=*"), None).await;
    let runs = reader.next_named("snapshot").await.data["runs"].clone();
    assert_eq!(runs.as_array().map(Vec::len), Some(1));
    let own_run = &runs[0]["id"];

    server.engine.sees_it_running();
    server.settle(&hidden, &Phase::Running).await;
    server.settle(&seen, &Phase::Running).await;
    let entry = reader.next_named("transition").await.data["transition"].clone();
    assert_eq!(entry["runId"], *own_run);
    assert_eq!(
        reader.next_named("workbench-update").await.data["id"],
        json!(seen)
    );
    let refused = guest.get(&format!("{STREAM}?workbench={hidden}")).await;
    assert!(matches!(refused.status.as_u16(), 403 | 404), "{refused:?}");
}

#[tokio::test]
async fn a_slow_reader_gets_a_snapshot() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    reader.next_named("snapshot").await;
    for _ in 0..1_100 {
        let answer = admin
            .post(&format!("/api/workbenches/{id}/extend"), &json!({}))
            .await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    // On a busy machine so many commands take longer than a heartbeat.
    let update = loop {
        let event = reader.next().await.expect("lasts");
        if event.name != "heartbeat" {
            break event;
        }
    };
    assert_eq!(update.name, "snapshot");
}

#[tokio::test(start_paused = true)]
async fn field_30_stream_sends_heartbeats_and_ends_with_the_session() {
    let server = Server::empty();
    let admin = server.admin().await;
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    reader.next_named("snapshot").await;
    reader.next_named("heartbeat").await;
    let beat = reader.next_named("heartbeat").await;
    assert!(beat.data["serverTime"].as_str().is_some());
    let out = admin
        .request(Method::POST, "/api/auth/sign-out")
        .header("origin", ORIGIN)
        .header("content-type", "application/json");
    assert!(admin.send(out, Body::from("{}")).await.status.is_success());
    assert_eq!(reader.next().await, None);
}

#[tokio::test]
async fn shutdown_ends_the_stream() {
    let server = Server::empty();
    let admin = server.admin().await;
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    reader.next_named("snapshot").await;
    reader.next_named("heartbeat").await;
    server.state.shutdown.cancel();
    assert_eq!(reader.next().await, None);
}

/// Security review, finding 22.
#[tokio::test]
async fn a_stream_ends_at_once_when_its_session_does() {
    let server = Server::empty();
    let admin = server.admin().await;
    let other = server.sign_in("admin").await;
    let mut ear = EventReader::open(&admin, "/api/runs/stream", None).await;
    let mut kept = EventReader::open(&other, "/api/runs/stream", None).await;
    assert!(ear.next().await.is_some() && kept.next().await.is_some());
    let out = admin.post("/api/auth/sign-out", &json!({})).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    other.workspace().await;
    let within = Duration::from_secs(5);
    let rest = async {
        while let Some(event) = ear.next().await {
            assert_ne!(
                event.name, "workspace-update",
                "after the end of the session"
            );
        }
    };
    let ended = tokio::time::timeout(within, rest).await;
    ended.expect("it ends at once");
    let reported = tokio::time::timeout(within, kept.next_named("workspace-update")).await;
    reported.expect("the other session is told");
}

/// Security review, finding 7: 2,000 streams of one session were all served.
#[tokio::test]
async fn streams_of_a_user_have_a_bound_over_all_sessions() {
    let server = Server::with_settings(|inner| inner.streams = PerUser::new(2));
    let admin = server.admin().await;
    let again = server.sign_in("admin").await;
    let first = EventReader::open(&admin, STREAM, None).await;
    let _second = EventReader::open(&again, STREAM, None).await;
    let refused = again.get(STREAM).await;
    assert_eq!(refused.problem(429).kind, "/problems/too-many-open");
    assert_eq!(refused.header("retry-after"), "10");
    let ada = server.user("ada", &[]).await;
    let _other = EventReader::open(&ada, STREAM, None).await;
    drop(first);
    let _third = EventReader::open(&admin, STREAM, None).await;
}

/// FIELD 29, for permissions: a change between the session's answer and the stream's start shows in
/// the version that both carry.
#[tokio::test]
async fn field_29_heartbeats_carry_the_version_of_the_permissions() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let ada = server.user("ada", &[]).await;
    let version = async || ada.get("/api/auth/me").await.value()["accessVersion"].clone();
    let before = version().await;
    let member = format!("/api/workspaces/{workspace}/members/ada");
    let set = async |role: &str| {
        let body = json!({"role": role});
        admin.json(Method::PUT, &member, &body).await.status
    };
    assert!(set("workspace-viewer").await.is_success());
    let mut reader = EventReader::open(&ada, STREAM, None).await;
    reader.next_named("snapshot").await;
    let beat = reader.next_named("heartbeat").await;
    assert_ne!(beat.data["accessVersion"], before);
    assert_eq!(beat.data["accessVersion"], version().await);
    assert!(set("workspace-owner").await.is_success());
    let next = reader.next_named("heartbeat").await;
    assert_ne!(next.data["accessVersion"], beat.data["accessVersion"]);
    assert_eq!(next.data["accessVersion"], version().await);
}

/// In use, M22: a stream of one workspace carries nothing of the others.
#[tokio::test]
async fn stream_of_one_workspace_leaves_out_the_others() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (own, other) = (admin.workbench().await, admin.workbench().await);
    let shown = admin.get(&format!("/api/workbenches/{own}")).await.value();
    let workspace = shown["workspaceId"].as_str().expect("an id");
    for name in ["workspace", "projectId"] {
        let path = format!("{STREAM}?{name}={workspace}");
        let mut reader = EventReader::open(&admin, &path, None).await;
        let snapshot = reader.next_named("snapshot").await;
        let runs = snapshot.data["runs"].as_array().expect("runs");
        assert!(
            runs.iter().all(|run| run["workbenchId"] == json!(own)),
            "{runs:?}"
        );
        for bench in [&other, &own] {
            let path = format!("/api/workbenches/{bench}");
            let change = json!({"name": format!("Renamed {name}")});
            assert_eq!(admin.patch(&path, &change).await.status, 200);
        }
        let update = reader.next_named("workbench-update").await;
        assert_eq!(update.data["id"], json!(own));
    }
}
