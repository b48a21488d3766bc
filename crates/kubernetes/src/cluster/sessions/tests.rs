//! Calls about resources, against an API server that follows a script.

use super::*;
use http::{Method, Request, Response};
use kube::Client;
use kube::client::Body;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Mutex;
use vestibule_model::workbench::{Desired, WorkbenchSpec};

const UID: &str = "7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11";

/// Request that the script has answered.
#[derive(Debug)]
struct Asked {
    method: Method,
    query: String,
    body: Value,
}

type Script = Arc<Mutex<(VecDeque<(u16, Value)>, Vec<Asked>)>>;

/// Returns a cluster whose API server gives these answers, in order.
fn cluster(answers: Vec<(u16, Value)>) -> (Cluster, Script) {
    let script: Script = Arc::new(Mutex::new((answers.into(), Vec::new())));
    let shared = Arc::clone(&script);
    let service = tower::service_fn(move |request: Request<Body>| {
        let shared = Arc::clone(&shared);
        async move {
            let (method, uri) = (request.method().clone(), request.uri().clone());
            let body = request.into_body().collect_bytes().await;
            let body = serde_json::from_slice(&body.expect("a body")).unwrap_or_default();
            let mut script = lock(&shared);
            script.1.push(Asked {
                method,
                query: uri.query().unwrap_or_default().to_owned(),
                body,
            });
            let (code, answer) = script.0.pop_front().expect("an answer");
            let answer = Body::from(answer.to_string().into_bytes());
            let response = Response::builder().status(code).body(answer);
            Ok::<_, Infallible>(response.expect("a response"))
        }
    });
    (Cluster::new(Client::new(service, "team")), script)
}

fn session(version: &str, desired: &str) -> Value {
    json!({
        "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
        "metadata": {
            "name": "climate", "namespace": "team", "uid": UID, "resourceVersion": version,
            "managedFields": [{ "manager": "argocd", "operation": "Apply",
                "fieldsV1": { "f:spec": { "f:app": {}, "f:desired": {} } } }],
        },
        "spec": { "app": "welcome", "desired": desired },
    })
}

fn refusal(code: u16, reason: &str, causes: &Value) -> (u16, Value) {
    let details = json!({ "causes": causes });
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "reason": reason, "code": code, "message": "refused", "details": details,
    });
    (code, status)
}

fn place() -> ResourceKey {
    ResourceKey {
        namespace: "team".to_owned(),
        name: "climate".to_owned(),
        id: names::workbench_id(UID).expect("an identifier"),
    }
}

fn forced() -> SpecChange<'static> {
    SpecChange {
        requested_by: "ada",
        is_forced: true,
    }
}

fn stop(spec: &mut AgenticSessionSpec) {
    spec.desired = Desired::Stopped;
}

#[tokio::test]
async fn change_is_made_again_on_a_newer_version() {
    let (cluster, script) = cluster(vec![
        (200, session("1", "Running")),
        refusal(409, "Conflict", &json!([])),
        (200, session("2", "Running")),
        (200, session("3", "Stopped")),
    ]);
    let changed = cluster.change_session(&place(), &forced(), stop).await;
    let (changed, owners) = changed.expect("it is changed");
    assert_eq!(changed.spec.desired, Desired::Stopped);
    assert_eq!(owners, ["argocd"]);
    let asked = &lock(&script).1;
    let patches: Vec<_> = asked
        .iter()
        .filter(|one| one.method == Method::PATCH)
        .collect();
    let versions = patches
        .iter()
        .map(|one| &one.body["metadata"]["resourceVersion"]);
    assert_eq!(versions.collect::<Vec<_>>(), ["1", "2"]);
    for patch in patches {
        assert!(
            patch.query.contains("fieldManager=vestibule-console"),
            "{}",
            patch.query
        );
        assert!(patch.query.contains("force=true"), "{}", patch.query);
        assert_eq!(patch.body["spec"], json!({ "desired": "Stopped" }));
        assert_eq!(patch.body["metadata"]["uid"], UID);
    }
}

#[tokio::test]
async fn conflict_names_the_field_manager() {
    let causes = json!([{
        "reason": "FieldManagerConflict", "field": ".spec.desired",
        "message": "conflict with \"argocd\" using vestibule.dev/v1alpha1",
    }]);
    let (cluster, _) = cluster(vec![
        (200, session("1", "Running")),
        refusal(409, "Conflict", &causes),
    ]);
    let how = SpecChange {
        is_forced: false,
        ..forced()
    };
    match cluster.change_session(&place(), &how, stop).await {
        Err(SessionError::Conflict(conflict)) => {
            assert_eq!(
                (conflict.manager.as_str(), conflict.field.as_str()),
                ("argocd", "spec.desired")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_resource_of_the_same_name_is_not_changed() {
    let mut other = session("1", "Running");
    other["metadata"]["uid"] = json!("00000000-2a38-4a7b-9a0e-0f6c0a4b9a11");
    let (cluster, script) = cluster(vec![(200, other.clone()), (200, other)]);
    let changed = cluster.change_session(&place(), &forced(), stop).await;
    assert!(matches!(changed, Err(SessionError::Gone)), "{changed:?}");
    cluster
        .release_session(&place())
        .await
        .expect("nothing to do");
    let asked = &lock(&script).1;
    assert!(
        asked.iter().all(|one| one.method == Method::GET),
        "{asked:?}"
    );
}

#[tokio::test]
async fn refusals_and_outages_differ() {
    let (cluster, _) = cluster(vec![
        refusal(403, "Forbidden", &json!([])),
        refusal(503, "ServiceUnavailable", &json!([])),
        refusal(404, "NotFound", &json!([])),
    ]);
    let change = async || cluster.change_session(&place(), &forced(), stop).await;
    let refused = change().await;
    assert!(
        matches!(refused, Err(SessionError::Refused(_))),
        "{refused:?}"
    );
    let away = change().await;
    assert!(
        matches!(away, Err(SessionError::Unreachable(_))),
        "{away:?}"
    );
    let gone = change().await;
    assert!(matches!(gone, Err(SessionError::Gone)), "{gone:?}");
}

#[tokio::test]
async fn change_without_an_answer_is_not_said_to_have_failed() {
    let live = || (200, session("1", "Running"));
    let (cluster, _) = cluster(vec![
        live(),
        refusal(500, "InternalError", &json!([])),
        live(),
        refusal(429, "TooManyRequests", &json!([])),
        refusal(500, "InternalError", &json!([])),
    ]);
    let change = async || cluster.change_session(&place(), &forced(), stop).await;
    let unconfirmed = change().await;
    assert!(
        matches!(unconfirmed, Err(SessionError::Unconfirmed(_))),
        "{unconfirmed:?}"
    );
    let turned_away = change().await;
    assert!(
        matches!(turned_away, Err(SessionError::Unreachable(_))),
        "{turned_away:?}"
    );
    let unconfirmed = cluster.delete_session(&place(), "ada").await;
    assert!(
        matches!(unconfirmed, Err(SessionError::Unconfirmed(_))),
        "{unconfirmed:?}"
    );
}

#[tokio::test]
async fn deletion_is_sent_again_while_the_resource_is_there() {
    let conflict = || refusal(409, "Conflict", &json!([]));
    let mut other = session("3", "Running");
    other["metadata"]["uid"] = json!("00000000-2a38-4a7b-9a0e-0f6c0a4b9a11");
    let (cluster, script) = cluster(vec![
        conflict(),
        (200, session("1", "Running")),
        (200, session("2", "Running")),
        conflict(),
        (200, other),
    ]);
    let deleted = cluster.delete_session(&place(), "ada").await;
    assert!(matches!(deleted, Ok(Left::Deleting(_))), "{deleted:?}");
    // Another one has its name.
    let gone = cluster.delete_session(&place(), "ada").await;
    assert!(matches!(gone, Ok(Left::Nothing)), "{gone:?}");
    let asked = &lock(&script).1;
    let sent = asked.iter().filter(|one| one.method == Method::DELETE);
    assert_eq!(sent.count(), 3);
}

#[tokio::test]
async fn finalizers_of_others_stay() {
    let mut held = session("7", "Stopped");
    held["metadata"]["finalizers"] = json!(["team.example.org/backup", FINALIZER]);
    let (cluster, script) = cluster(vec![
        (200, held.clone()),
        refusal(409, "Conflict", &json!([])),
        (200, held.clone()),
        (200, held),
    ]);
    cluster
        .release_session(&place())
        .await
        .expect("it is released");
    let asked = &lock(&script).1;
    let patch = asked.last().expect("a patch");
    let metadata = json!({ "resourceVersion": "7", "finalizers": ["team.example.org/backup"] });
    assert_eq!(patch.body, json!({ "metadata": metadata }));
}

#[tokio::test]
async fn spec_is_created_without_what_is_not_set() {
    let spec = AgenticSessionSpec {
        app: "welcome".to_owned(),
        display_name: Some("Climate".to_owned()),
        desired: Desired::Running,
        run_request: None,
        settings: WorkbenchSpec {
            env: Some([].into()),
            ..WorkbenchSpec::default()
        },
    };
    let body = edit::spec_value(&spec);
    let expected = json!({ "app": "welcome", "displayName": "Climate", "desired": "Running", "startTimeoutSeconds": spec.settings.start_timeout_seconds });
    assert_eq!(body, expected);
    let read: AgenticSessionSpec = serde_json::from_value(body).expect("a spec");
    assert_eq!(read.settings.secrets, spec.settings.secrets);
}
