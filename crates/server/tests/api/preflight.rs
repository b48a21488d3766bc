//! `/api/workspaces/{id}/preflight`: prediction of a start.

use crate::builds::{asked, failed, under_way, until};
use crate::support::{Answer, Client, Server};
use axum::http::Method;
use serde_json::{Value, json};
use vestibule_engine::builds::BuildVerdict;
use vestibule_model::access::Scope;
use vestibule_model::build::{BuildReason, BuildStatus};
use vestibule_model::observed::{AppAvailability, Capacity};
use vestibule_model::preflight::{Build, Preflight};

async fn ask(client: &Client<'_>, workspace: &str, body: Value) -> Answer {
    let path = format!("/api/workspaces/{workspace}/preflight");
    client.post(&path, &body).await
}

async fn preflight(client: &Client<'_>, workspace: &str, body: Value) -> Preflight {
    let answer = ask(client, workspace, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.read()
}

fn causes(report: &Preflight) -> Vec<(&str, &str, &str)> {
    report
        .findings
        .iter()
        .map(|f| (f.field.as_str(), f.effect.as_str(), f.cause.as_str()))
        .collect()
}

#[tokio::test]
async fn a_valid_request_without_findings_starts() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let body = json!({"name": "Notes", "app": "welcome"});
    let report = ask(&admin, &workspace, body).await.value();
    assert_eq!(report["verdict"], "starts", "{report}");
    assert_eq!(report["findings"], json!([]));
    assert_eq!(report["app"]["name"], "welcome");
    assert_eq!(report["build"], "unneeded");
    let nothing = (
        &report["full"],
        &report["missingSecrets"],
        &report["nameTakenBy"],
    );
    assert_eq!(nothing, (&Value::Null, &json!([]), &Value::Null));
    let list = format!("/api/workspaces/{workspace}/workbenches");
    let made = admin.get(&list).await.value();
    assert_eq!(made["items"], json!([]), "nothing is made");
}

#[tokio::test]
async fn lack_of_capacity_is_predicted() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let why = "All 1 slots of this machine are taken. Yours starts when one is free.";
    server
        .engine
        .sees_before_a_start(AppAvailability::Available, Capacity::Full(why.to_owned()));
    let body = json!({"name": "Notes", "app": "welcome"});
    let report = preflight(&admin, &workspace, body).await;
    assert_eq!(report.verdict, "startsLater");
    assert_eq!(report.surroundings.full.as_deref(), Some(why));
    assert_eq!(report.findings[0].effect, "waits");
    assert!(!report.findings[0].who.is_empty() && !report.findings[0].advice.is_empty());
}

#[tokio::test]
async fn missing_secrets_and_taken_names_are_named() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let secrets = format!("/api/workspaces/{workspace}/secrets");
    let value = json!({"value": "hush"});
    let set = async |name| {
        let path = format!("{secrets}/{name}");
        assert_eq!(admin.json(Method::PUT, &path, &value).await.status, 201);
    };
    set("A_KEY").await;
    let list = format!("/api/workspaces/{workspace}/workbenches");
    let other = json!({"name": "Notes", "app": "welcome"});
    assert_eq!(admin.post(&list, &other).await.status, 201);
    let spec = json!({"secrets": ["A_KEY", "B_KEY"]});
    let body = json!({"name": " NOTES ", "app": "welcome", "spec": spec});
    let before = preflight(&admin, &workspace, body.clone()).await;
    assert_eq!(before.verdict, "startsLater");
    let missing = ("spec.secrets", "waits", "secret-missing");
    let taken = ("name", "harmless", "name-taken");
    assert_eq!(causes(&before), [missing, taken]);
    assert_eq!(before.surroundings.missing_secrets, ["B_KEY"]);
    assert_eq!(before.surroundings.name_taken_by.as_deref(), Some("Notes"));
    set("B_KEY").await;
    let after = preflight(&admin, &workspace, body).await;
    assert_eq!(
        (after.verdict.as_str(), causes(&after)),
        ("starts", vec![taken])
    );
}

#[tokio::test]
async fn a_due_build_is_not_running() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.builds.has("lab");
    let body = json!({"name": "Notes", "app": "lab"});
    let due = preflight(&admin, &workspace, body).await;
    assert_eq!(due.surroundings.build, Some(Build::Due));
    assert_eq!(causes(&due), [("app", "harmless", "build-due")]);
    assert_eq!(
        due.findings[0].what,
        "The app is built first. This happens once."
    );
    assert_ne!(due.sentence, "Ready to start.");
}

#[tokio::test]
async fn the_last_failed_build_is_a_finding() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (own, other) = (admin.workspace().await, admin.workspace().await);
    let ada = server.user("ada", &[Scope::Workspace(own.clone())]).await;
    server.engine.builds.has("lab");
    let body = json!({"name": "Notes", "app": "lab"});
    let due = [("app", "harmless", "build-due")];
    let doubtful = [("app", "mayFail", "build-failed")];

    // A build that was ended from outside says nothing about its steps.
    let cut = BuildVerdict::Failed(BuildReason::Interrupted, "The server ended.".to_owned());
    for (verdict, status) in [
        (BuildVerdict::Cancelled, BuildStatus::Cancelled),
        (cut, BuildStatus::Failed),
    ] {
        let first = asked(&admin, &other, "lab").await;
        under_way(&server, &admin, &first.id).await;
        server.engine.builds.end(&first.id, verdict);
        until(&admin, &first.id, &status).await;
        let before = preflight(&admin, &own, body.clone()).await;
        assert_eq!(causes(&before), due);
        assert_eq!(before.surroundings.failed_build, None);
    }

    let second = asked(&admin, &other, "lab").await;
    under_way(&server, &admin, &second.id).await;
    server.engine.builds.end(&second.id, failed());
    until(&admin, &second.id, &BuildStatus::Failed).await;
    let before = preflight(&admin, &own, body.clone()).await;
    assert_eq!(before.verdict, "mayFail");
    assert_eq!(causes(&before), doubtful);
    let why = "Step 2 of 2: check it ended with exit code 1.";
    assert_eq!(before.findings[0].why, why);
    let build = before.surroundings.failed_build.expect("it is named");
    assert_eq!(
        (build.why.as_str(), build.id),
        (why, Some(second.id.clone()))
    );
    assert_eq!(
        build.workspace_id.as_ref().map(|id| id.as_str()),
        Some(&*other)
    );

    // Only users who may see the build's workspace get its ids and error.
    let unseen = ask(&ada, &own, body.clone()).await.value();
    assert_eq!(unseen["verdict"], "mayFail", "{unseen}");
    assert_eq!(unseen["failedBuild"], json!({"app": "lab", "why": ""}));
    assert!(!unseen.to_string().contains("check it"), "{unseen}");

    // A later cancelled build supersedes nothing; a later running one does.
    let third = asked(&admin, &own, "lab").await;
    under_way(&server, &admin, &third.id).await;
    let again = preflight(&ada, &own, body.clone()).await;
    assert_eq!(causes(&again), [("app", "harmless", "building")]);
    server.engine.builds.end(&third.id, BuildVerdict::Cancelled);
    until(&admin, &third.id, &BuildStatus::Cancelled).await;
    assert_eq!(
        causes(&preflight(&admin, &own, body.clone()).await),
        doubtful
    );

    let fourth = asked(&admin, &own, "lab").await;
    under_way(&server, &admin, &fourth.id).await;
    server.engine.builds.end(&fourth.id, BuildVerdict::Built);
    until(&admin, &fourth.id, &BuildStatus::Succeeded).await;
    let done = preflight(&admin, &own, body).await;
    assert_eq!((done.verdict.as_str(), done.findings.len()), ("starts", 0));
    assert_eq!(done.surroundings.failed_build, None);
}

#[tokio::test]
async fn an_invalid_request_is_a_finding_and_no_error() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let spec = json!({"startTimeoutSeconds": 0});
    let body = json!({"name": "", "app": "gone", "spec": spec});
    let odd = preflight(&admin, &workspace, body).await;
    assert_eq!(odd.verdict, "refused");
    assert!(odd.surroundings.app.is_none() && odd.surroundings.build.is_none());
    let fields: Vec<_> = causes(&odd).iter().map(|(field, ..)| *field).collect();
    assert_eq!(fields, ["name", "app", "spec.startTimeoutSeconds"]);
    let body = json!({"name": 7, "app": "welcome"});
    let problem = ask(&admin, &workspace, body).await.problem(422);
    assert_eq!(problem.errors[0].field, "name");
    let body = json!({"name": "Notes", "app": "welcome"});
    ask(&admin, "ws-none", body).await.problem(404);
}
