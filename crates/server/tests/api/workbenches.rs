//! `/api/workspaces/{id}/workbenches` and `/api/workbenches/{id}`.

use crate::support::{Client, Server};
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::future::Future as _;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Probe;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::{Desired, Workbench};

async fn send_command(client: &Client<'_>, id: &str, what: &str) -> crate::support::Answer {
    client
        .post(&format!("/api/workbenches/{id}/{what}"), &json!({}))
        .await
}

fn time(value: &Value) -> Timestamp {
    Timestamp::parse(value.as_str().expect("a time")).expect("RFC 3339")
}

#[tokio::test]
async fn a_new_workbench_starts_at_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    let body = json!({
        "name": "Bench", "app": "welcome",
        "spec": {"env": {"K": "V"}, "startTimeoutSeconds": 60}
    });
    let made = admin.post(&path, &body).await;
    assert_eq!(made.status, 201);
    let value = made.value();
    assert_eq!(value["desired"], "Running");
    assert_eq!(value["k8sStatus"], "Progressing");
    assert_eq!(value["spec"]["env"]["K"], "V");
    assert_eq!(value["run"]["number"], 1);
    assert_eq!(value["run"]["status"], "pending");
    let allowed = time(&value["run"]["startDeadline"]).since(time(&value["run"]["startedAt"]));
    assert_eq!(allowed.as_secs(), 60);
    assert!(WorkbenchId::parse(&made.id()).is_some());
}

#[tokio::test]
async fn workbench_created_without_start_is_stopped() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    let body = json!({"name": "Bench", "app": "welcome", "desired": "Stopped"});
    let made: Workbench = admin.post(&path, &body).await.read();
    assert_eq!(made.k8s_status, K8sStatus::Stopped);
    assert_eq!(made.run, None);
    let started: Workbench = send_command(&admin, made.id.as_str(), "start").await.read();
    assert_eq!(started.run.map(|run| run.number), Some(1));
    assert_eq!(started.k8s_status, K8sStatus::Progressing);
}

#[tokio::test]
async fn repeated_request_creates_one_workbench() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    let body = json!({"id": "wb-mine-0001", "name": "Bench", "app": "welcome"});
    assert_eq!(admin.post(&path, &body).await.status, 201);
    let again = admin.post(&path, &body).await;
    assert_eq!(
        (again.status.as_u16(), again.id().as_str()),
        (200, "wb-mine-0001")
    );
    let other = json!({"id": "wb-mine-0001", "name": "Other", "app": "welcome"});
    admin.post(&path, &other).await.problem(409);

    let keyed = async |key: &str| {
        let request = admin
            .request(Method::POST, &path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        let body = json!({"name": "Keyed", "app": "welcome"}).to_string();
        admin.send(request, Body::from(body)).await.id()
    };
    let first = keyed("one").await;
    assert_eq!(keyed("one").await, first);
    assert_ne!(keyed("two").await, first);
    let list = admin.get(&path).await.value();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn stop_and_start_make_a_new_run() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;

    let noop = send_command(&admin, &id, "start").await;
    assert_eq!(noop.status, 202);
    assert_eq!(noop.value()["run"]["number"], 1);
    assert_eq!(noop.value()["generation"], 1);

    let stopping = send_command(&admin, &id, "stop").await;
    assert_eq!(stopping.status, 202);
    assert_eq!(stopping.value()["desired"], "Stopped");
    assert_eq!(stopping.value()["generation"], 2);
    let problem = send_command(&admin, &id, "start").await.problem(409);
    assert_eq!(problem.kind, "/problems/stopping");

    server.engine.sees_it_exit(143);
    server.settle(&id, &Phase::Stopped).await;
    let started: Workbench = send_command(&admin, &id, "start").await.read();
    assert_eq!(started.desired, Desired::Running);
    assert_eq!(started.generation, 3);
    // The previous run's status is not shown as this one's.
    assert_eq!(started.k8s_status, K8sStatus::Progressing);
    assert_eq!(started.status.phase, Phase::Pending);
    assert_eq!(started.run.map(|run| run.number), Some(2));
}

#[tokio::test]
async fn a_start_under_way_is_given_more_time() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let before = admin.get(&format!("/api/workbenches/{id}")).await.value();
    let after = send_command(&admin, &id, "extend").await.value();
    let more = time(&after["run"]["startDeadline"]).since(time(&before["run"]["startDeadline"]));
    assert_eq!(more.as_secs(), 300);
    assert_eq!(after["generation"], 2);
    server.engine.sees_it_running();
    server.settle(&id, &Phase::Running).await;
    // It became ready before the click arrived.
    let late = send_command(&admin, &id, "extend").await;
    assert_eq!(
        (late.status.as_u16(), &late.value()["generation"]),
        (202, &json!(2))
    );
    send_command(&admin, &id, "stop").await;
    send_command(&admin, &id, "extend").await.problem(409);
}

#[tokio::test]
async fn a_command_takes_effect_although_its_client_is_gone() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    let body = json!({"name": "Bench", "app": "welcome", "desired": "Stopped"});
    let id = admin.post(&path, &body).await.id();
    server.settle(&id, &Phase::Stopped).await;
    server.engine.sees_it_running();
    let request = admin.request(Method::POST, &format!("/api/workbenches/{id}/start"));
    {
        let mut sending = pin!(admin.raw(request, Body::empty()));
        let first =
            std::future::poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
        assert!(first.is_pending(), "it was answered at once");
        // Dropped, as hyper does once the connection is closed.
    }
    // Without `settle`, which reconciles by itself.
    let key = WorkbenchId::new(&id);
    let runs = async {
        while server
            .state
            .store
            .workbench(&key)
            .expect("the store works")
            .expect("a workbench")
            .k8s_status
            != K8sStatus::Running
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), runs)
        .await
        .expect("it runs");
}

#[tokio::test]
async fn a_restart_ends_the_run_and_begins_the_next_one_by_itself() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;
    let before = admin.get(&format!("/api/workbenches/{id}")).await.value();
    assert_eq!(before.get("restarting"), None);

    let asked = send_command(&admin, &id, "restart").await;
    assert_eq!(asked.status, 202);
    assert_eq!(asked.value()["restarting"], true);
    assert_eq!(asked.value()["run"]["number"], 1);
    // Asking twice changes nothing.
    let again = send_command(&admin, &id, "restart").await.value();
    assert_eq!(again["generation"], asked.value()["generation"]);
    let stopping = |shown: Option<Workbench>| {
        let shown = shown.expect("the workbench is there");
        (shown.status.phase == Phase::Stopping).then_some(())
    };
    server.until(&id, stopping).await;
    // The status is stored before the engine is asked.
    let is_asked = |_| server.engine.was_asked.load(Ordering::SeqCst).then_some(());
    server.until(&id, is_asked).await;
    let start = send_command(&admin, &id, "start").await;
    assert_eq!(start.status, 202, "it starts by itself");
    assert_eq!(start.value()["generation"], asked.value()["generation"]);

    server.engine.sees_run_exit(1, 143);
    let next = |shown: Option<Workbench>| {
        let shown = shown.expect("the workbench is there");
        (shown.run.as_ref()?.number == 2).then_some(shown)
    };
    let next = server.until(&id, next).await;
    assert!(!next.restarting);
    assert_eq!(next.desired, Desired::Running);
    server.engine.sees_it_running();
    server.settle(&id, &Phase::Running).await;

    let runs = admin.get(&format!("/api/workbenches/{id}/runs")).await;
    let runs = runs.value()["items"].clone();
    assert_eq!(runs.as_array().map(Vec::len), Some(2));
    assert_eq!(runs[0]["startedByName"], "admin");
    assert_eq!(runs[1]["status"], "stopped");
    let path = format!(
        "/api/runs/{}/journal",
        runs[1]["id"].as_str().expect("an id")
    );
    let journal = admin.get(&path).await.value();
    let said: Vec<_> = journal["items"].as_array().into_iter().flatten().collect();
    assert!(
        said.iter().any(|entry| entry["reason"] == "Restart"),
        "{journal:#}"
    );
}

/// The server alone does the second half: the page that asked may be closed.
#[tokio::test]
async fn a_restart_of_what_does_not_run_is_a_start() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;
    send_command(&admin, &id, "stop").await;
    server.engine.sees_it_exit(143);
    server.settle(&id, &Phase::Stopped).await;
    let stopped = admin.get(&format!("/api/workbenches/{id}")).await.value();
    assert_eq!(stopped["stoppedByName"], "admin");
    let restarted = send_command(&admin, &id, "restart").await.value();
    assert_eq!(restarted["run"]["number"], 2);
    assert_eq!(restarted.get("stoppedByName"), None);
    assert_eq!(restarted.get("restarting"), None);
    assert_eq!(restarted["desired"], "Running");
}

#[tokio::test]
async fn a_stop_or_a_deletion_cancels_a_restart() {
    for command in ["stop", "delete"] {
        let server = Server::empty();
        let admin = server.admin().await;
        let id = admin.running_workbench().await;
        let path = format!("/api/workbenches/{id}");
        send_command(&admin, &id, "restart").await;
        let cancelled = match command {
            "stop" => send_command(&admin, &id, "stop").await,
            _ => admin.delete(&path).await,
        };
        assert_eq!(cancelled.status, 202);
        assert_eq!(cancelled.value().get("restarting"), None);
        server.engine.sees_it_exit(143);
        let stopped = server.settle(&id, &Phase::Stopped).await;
        assert_eq!(stopped.run.map(|run| run.number), Some(1));
        assert_eq!(stopped.desired, Desired::Stopped);
    }
}

#[tokio::test]
async fn deleted_workbench_is_removed_once_its_resources_are_gone() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let path = format!("/api/workbenches/{id}");
    let deleted = admin.delete(&path).await;
    assert_eq!(deleted.status, 202);
    assert_eq!(deleted.value()["deleting"], true);
    assert_eq!(deleted.value()["deletedByName"], "admin");
    assert_eq!(admin.delete(&path).await.status, 202);
    send_command(&admin, &id, "start").await.problem(409);
    admin.patch(&path, &json!({"name": "x"})).await.problem(409);

    server.engine.sees_nothing();
    server.gone(&id).await;
    admin.get(&path).await.problem(404);
    admin.delete(&path).await.problem(404);
}

#[tokio::test]
async fn a_new_spec_waits_for_the_next_start() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.running_workbench().await;
    let path = format!("/api/workbenches/{id}");
    let patch = json!({"name": "Renamed", "spec": {"env": {"A": "1"}}});
    let changed = admin.patch(&path, &patch).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.value()["generation"], 2);
    // Another change shows that the controller has reconciled since.
    server.engine.sees_it_exit(0);
    server.settle(&id, &Phase::Completed).await;
    let asked_with = || server.engine.asked_with.lock().expect("the spec").clone();
    assert_eq!(
        asked_with().variables().next(),
        None,
        "the run keeps its spec"
    );
    let shown = admin.get(&path).await.value();
    assert_eq!(shown["generation"], 2);
    assert_eq!(shown["name"], "Renamed");
    assert_eq!(shown["spec"]["env"]["A"], "1");
    let ready = shown["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter();
    let generations: Vec<_> = ready
        .map(|condition| condition["observedGeneration"].clone())
        .collect();
    assert!(
        generations.iter().all(|generation| *generation == 1),
        "{generations:?}"
    );
    let same = admin.patch(&path, &patch).await.value();
    assert_eq!(same["generation"], 2);
    assert_eq!(send_command(&admin, &id, "start").await.status, 202);
    server.settle(&id, &Phase::Completed).await;
    assert_eq!(asked_with().env.unwrap_or_default()["A"], "1");
}

/// DESIGN 4.3: "observedGeneration lags visibly when the spec is newer than what was processed."
#[tokio::test]
async fn edit_while_running_is_pending_until_the_next_start() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let path = format!("/api/workbenches/{id}");
    let shown = async || admin.get(&path).await.value();
    let generations = |shown: &Value| {
        let of_conditions = shown["status"]["conditions"]
            .as_array()
            .into_iter()
            .flatten();
        let of_conditions: BTreeSet<u64> = of_conditions
            .filter_map(|condition| condition["observedGeneration"].as_u64())
            .collect();
        let (wanted, answered) = (&shown["generation"], &shown["status"]["observedGeneration"]);
        (wanted.as_u64(), answered.as_u64(), of_conditions)
    };
    server.engine.sees_it_running();
    server.settle(&id, &Phase::Running).await;
    assert_eq!(generations(&shown().await), (Some(1), Some(1), [1].into()));

    let patch = json!({"spec": {"env": {"A": "1"}}});
    let patched = admin.patch(&path, &patch).await.value();
    assert_eq!(generations(&patched), (Some(2), Some(1), [1].into()));
    // Two visible changes show that the controller has reconciled since the edit.
    for probe in [Probe::Failed("Refused.".to_owned()), Probe::Succeeded] {
        server.engine.seen.lock().expect("the observation").probe = probe.clone();
        let is_ready = |shown: &Workbench| shown.k8s_status == K8sStatus::Running;
        let wanted = probe == Probe::Succeeded;
        let seen = |shown: Option<Workbench>| shown.filter(|shown| is_ready(shown) == wanted);
        server.until(&id, seen).await;
        let waits = shown().await;
        assert_eq!(generations(&waits), (Some(2), Some(1), [1].into()));
        assert_eq!(waits["status"]["phase"], "Running");
        assert_eq!(waits["spec"]["env"]["A"], "1", "what is wanted is shown");
        let asked_with = server.engine.asked_with.lock().expect("the spec").clone();
        assert_eq!(
            asked_with.variables().next(),
            None,
            "the run keeps its spec"
        );
    }

    send_command(&admin, &id, "stop").await;
    server.engine.sees_it_exit(143);
    server.settle(&id, &Phase::Stopped).await;
    let stopped = shown().await;
    let (wanted, answered, _) = generations(&stopped);
    assert_eq!(
        (wanted, answered),
        (Some(3), Some(3)),
        "nothing waits any more"
    );

    server.engine.sees_it_running();
    send_command(&admin, &id, "start").await;
    server.settle(&id, &Phase::Running).await;
    assert_eq!(generations(&shown().await), (Some(4), Some(4), [4].into()));
    let asked_with = server.engine.asked_with.lock().expect("the spec").clone();
    let used = asked_with.env.unwrap_or_default();
    assert_eq!(used["A"], "1", "this run has the edit");
}

#[tokio::test]
async fn a_ticket_leads_to_the_apps_own_origin_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let answer = send_command(&admin, &id, "ticket").await.value();
    let url = answer["url"].as_str().expect("an address");
    let start = format!("http://{id}.vestibule.localhost:8080/.vestibule/enter?ticket=");
    let ticket = url.strip_prefix(&start).expect("the app's own origin");
    let id = WorkbenchId::new(id);
    let pass = server
        .state
        .tickets
        .redeem(ticket, &id)
        .expect("a good ticket");
    assert!(server.state.tickets.redeem(ticket, &id).is_none());

    let token = server.state.create_app_session(pass).await;
    let token = token.expect("the store works").expect("a session");
    let check = async |id: &WorkbenchId| {
        let found = server.state.check_app_session(&token, id).await;
        found.expect("the store works").is_some()
    };
    assert!(check(&id).await);
    assert!(!check(&WorkbenchId::from("wb-another")).await);
    admin.post("/api/auth/sign-out", &json!({})).await;
    assert!(!check(&id).await, "signing out ends it");
}

/// FIELD 7: one broken row must not break the whole list.
#[tokio::test]
async fn rows_that_cannot_be_read_are_shown_as_unknown() {
    let server = Server::empty();
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    let mut ids = Vec::new();
    for name in ["good", "bad"] {
        let made = admin
            .post(&path, &json!({"name": name, "app": "welcome"}))
            .await;
        server.engine.sees_it_running();
        server.settle(&made.id(), &Phase::Running).await;
        ids.push(made.id());
    }
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let changed = raw.expect("the database").execute(
        "UPDATE workbenches SET status_json = '{garbled', spec_json = '{\"later\":1}' WHERE id = ?1",
        [&ids[1]],
    );
    assert_eq!(changed, Ok(1));
    let list = admin.get(&path).await;
    assert_eq!(list.status, 200);
    let items = list.value()["items"].clone();
    assert_eq!(items[0]["k8sStatus"], "Running");
    assert_eq!(items[1]["name"], "bad");
    assert_eq!(items[1]["k8sStatus"], "");
    assert_eq!(send_command(&admin, &ids[1], "stop").await.status, 202);
}

/// Reliability review, finding 9.
#[tokio::test]
async fn an_absent_start_timeout_is_the_apps_own_and_stays_as_it_was_created() {
    let server = Server::empty();
    server.engine.builds.has("lab");
    let admin = server.admin().await;
    let path = format!("/api/workspaces/{}/workbenches", admin.workspace().await);
    for (spec, expected) in [
        (json!({}), 900),
        (json!({"env": {"K": "V"}}), 900),
        (json!({"startTimeoutSeconds": 300}), 300),
    ] {
        let body = json!({"name": "Bench", "app": "lab", "spec": spec, "desired": "Stopped"});
        let made = admin.post(&path, &body).await;
        assert_eq!(made.value()["spec"]["startTimeoutSeconds"], expected);
        let patch = json!({"spec": {"env": {"A": "B"}}});
        let changed = admin
            .patch(&format!("/api/workbenches/{}", made.id()), &patch)
            .await;
        assert_eq!(changed.value()["spec"]["startTimeoutSeconds"], expected);
    }
    let body = json!({"name": "Bench", "app": "lab", "desired": "Stopped"});
    let made = admin.post(&path, &body).await;
    assert_eq!(made.value()["spec"]["startTimeoutSeconds"], 900);
}
