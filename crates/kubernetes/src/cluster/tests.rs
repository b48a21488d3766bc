//! Watches, against an API server that follows a script.

use super::*;
use http::{Request, Response};
use kube::client::Body;
use serde_json::json;
use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;
use vestibule_engine::TargetRun;
use vestibule_model::workbench::WorkbenchSpec;

const ID: &str = "wb-7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11";

/// Answer of the script.
#[derive(Clone)]
enum Answer {
    /// JSON document, or the lines of a watch.
    Text(u16, String),
    /// Silence: a watch without a change.
    Silence,
}

/// Answers to lists and watches of Pods, in order; the last one is repeated. Lists of other kinds are
/// empty, and their watches silent.
#[derive(Default)]
struct Script {
    lists: Vec<Answer>,
    watches: Vec<Answer>,
    asked: HashMap<&'static str, usize>,
}

impl Script {
    fn next(&mut self, kind: &'static str) -> Answer {
        let answers = match kind {
            "list" => &self.lists,
            _ => &self.watches,
        };
        let turn = self.asked.entry(kind).or_default();
        let answer = answers.get(*turn).or(answers.last());
        *turn += 1;
        answer.cloned().unwrap_or(Answer::Silence)
    }
}

fn answer(script: &Mutex<Script>, request: &Request<Body>) -> Answer {
    let is_watch = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("watch=true"));
    match (request.uri().path().ends_with("/pods"), is_watch) {
        (true, true) => lock(script).next("watch"),
        (true, false) => lock(script).next("list"),
        (false, true) => Answer::Silence,
        (false, false) => list(&[], "1"),
    }
}

/// Starts the watches of one namespace against a script.
fn begin(lists: Vec<Answer>, watches: Vec<Answer>) -> (Cluster, Arc<Mutex<Script>>) {
    let script = Arc::new(Mutex::new(Script {
        lists,
        watches,
        ..Script::default()
    }));
    let shared = Arc::clone(&script);
    let service = tower::service_fn(move |request: Request<Body>| {
        let answer = answer(&shared, &request);
        async move {
            match answer {
                Answer::Text(code, text) => {
                    let response = Response::builder()
                        .status(code)
                        .body(Body::from(text.into_bytes()));
                    Ok::<_, Infallible>(response.expect("a response"))
                }
                Answer::Silence => std::future::pending().await,
            }
        }
    });
    let client = Client::new(service, "team");
    {
        let cluster = Cluster::new(client);
        cluster.watch(&"team".into(), "team");
        (cluster, script)
    }
}

fn pod(version: &str, phase: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "climate-1", "namespace": "team", "resourceVersion": version,
            "labels": { names::WORKBENCH: ID, names::RUN: "1" }, "managedFields": [{ "manager": "kubelet" }] },
        "spec": { "nodeName": "node-a", "restartPolicy": "Never", "containers": [{ "name": "runner" }] },
        "status": { "phase": phase, "containerStatuses": [{ "name": "runner", "ready": true, "state": { "running": {} } }] },
    })
}

fn list(items: &[Value], version: &str) -> Answer {
    let list = json!({ "apiVersion": "v1", "kind": "List", "metadata": { "resourceVersion": version }, "items": items });
    Answer::Text(200, list.to_string())
}

fn expired() -> Value {
    json!({ "type": "ERROR", "object": { "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": "Expired", "code": 410, "message": "too old resource version: 1 (9)" } })
}

fn lines(events: &[Value]) -> Answer {
    let lines = events.iter().map(|event| format!("{event}\n"));
    Answer::Text(200, lines.collect())
}

fn bookmark(version: &str) -> Value {
    json!({ "type": "BOOKMARK", "object": { "apiVersion": "v1", "kind": "Pod", "metadata": { "resourceVersion": version, "creationTimestamp": null }, "spec": {}, "status": {} } })
}

fn target() -> Target {
    Target {
        id: ID.into(),
        workspace_id: "team".into(),
        app: "jupyterlab".to_owned(),
        spec: WorkbenchSpec::default(),
        run: Some(TargetRun {
            id: "run-bcdfghjk".into(),
            number: 1,
        }),
        asked: None,
    }
}

async fn changes(receiver: &mut mpsc::UnboundedReceiver<WorkbenchId>) -> WorkbenchId {
    let received = tokio::time::timeout(Duration::from_secs(600), receiver.recv()).await;
    received.expect("news in time").expect("the watches go on")
}

/// A watch that is too old is begun anew, and what vanished meanwhile is reported.
#[tokio::test(start_paused = true)]
async fn expired_watch_is_begun_anew_with_a_list() {
    let (cluster, script) = begin(
        vec![list(&[pod("1", "Running")], "1"), list(&[], "9")],
        vec![lines(&[bookmark("2"), expired()]), Answer::Silence],
    );
    let mut receiver = cluster.take_changes().expect("the first call");
    assert!(cluster.take_changes().is_none());
    assert_eq!(changes(&mut receiver).await, ID.into());
    assert_eq!(cluster.observe(&target()).await.runner, Runner::Absent);
    assert_eq!(lock(&script).asked["list"], 2);
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_and_server_errors_are_tried_again() {
    let failure = |code: u16| {
        let status = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code, "reason": "TooManyRequests", "message": "try again" });
        Answer::Text(code, status.to_string())
    };
    let applied = json!({ "type": "MODIFIED", "object": pod("3", "Failed") });
    let (cluster, _) = begin(
        vec![
            failure(429),
            failure(500),
            list(&[pod("1", "Running")], "1"),
        ],
        vec![failure(503), lines(&[applied]), Answer::Silence],
    );
    let mut receiver = cluster.take_changes().expect("the first call");
    let seen = cluster.observe(&target()).await;
    assert!(
        matches!(seen.runner, Runner::Unobserved { .. }),
        "nothing was listed yet: {seen:?}"
    );
    assert_eq!(changes(&mut receiver).await, ID.into());
    let seen = cluster.observe(&target()).await;
    assert!(matches!(seen.runner, Runner::Exited { .. }), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn garbled_lines_do_not_end_a_watch() {
    let applied = json!({ "type": "MODIFIED", "object": pod("3", "Failed") });
    let (cluster, _) = begin(
        vec![list(&[pod("1", "Running")], "1")],
        vec![
            Answer::Text(
                200,
                "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":7}}\n".to_owned(),
            ),
            Answer::Text(200, "<html>\n".to_owned()),
            lines(&[applied]),
            Answer::Silence,
        ],
    );
    let mut receiver = cluster.take_changes().expect("the first call");
    assert_eq!(changes(&mut receiver).await, ID.into());
    let seen = cluster.observe(&target()).await;
    assert!(matches!(seen.runner, Runner::Exited { .. }), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn namespace_that_is_not_watched_is_not_claimed_to_be_empty() {
    let (cluster, _) = begin(vec![list(&[], "1")], Vec::new());
    let elsewhere = Target {
        workspace_id: "other".into(),
        ..target()
    };
    let seen = cluster.observe(&elsewhere).await;
    assert!(matches!(seen.runner, Runner::Unobserved { .. }), "{seen:?}");
}
