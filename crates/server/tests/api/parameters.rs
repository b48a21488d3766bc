//! Parameters of apps: in the catalogue, and in specs.

use crate::support::{Answer, Client, Server};
use axum::http::StatusCode;
use serde_json::{Value, json};
use vestibule_model::app::App;
use vestibule_model::parameter::Parameter;

fn declare(server: &Server, parameters: &Value) {
    let parameters: Vec<Parameter> = serde_json::from_value(parameters.clone()).expect("right");
    *server.engine.parameters.lock().expect("the parameters") = parameters;
}

fn usual() -> Value {
    json!([
        {"name": "goal", "title": "Goal", "kind": "prompt", "required": true},
        {"name": "size", "title": "Size", "kind": "choice", "choices": ["small", "large"], "default": "small"},
        {"name": "workers", "title": "Workers", "kind": "number", "min": 1.0, "max": 8.0},
    ])
}

async fn create(client: &Client<'_>, workspace: &str, parameters: &Value) -> Answer {
    let mut new = json!({"name": "Bench", "app": "welcome", "desired": "Stopped", "spec": {}});
    if !parameters.is_null() {
        new["spec"]["parameters"] = parameters.clone();
    }
    client
        .post(&format!("/api/workspaces/{workspace}/workbenches"), &new)
        .await
}

#[tokio::test]
async fn parameters_are_in_the_catalogue_and_checked_when_a_workbench_is_created() {
    let server = Server::empty();
    declare(&server, &usual());
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let apps = admin.get("/api/apps").await.value();
    let app: App = serde_json::from_value(apps["items"][0].clone()).expect("an app");
    assert_eq!(app.parameters.len(), 3);
    assert_eq!(app.parameters[1].choices, ["small", "large"]);
    for (parameters, field, said) in [
        (Value::Null, "goal", "Fill in Goal."),
        (json!({"goal": ""}), "goal", "Fill in Goal."),
        (
            json!({"goal": "x", "size": "huge"}),
            "size",
            "Use one of: small, large.",
        ),
        (
            json!({"goal": "x", "workers": "9"}),
            "workers",
            "Use a number from 1 to 8.",
        ),
        (
            json!({"goal": "x", "other": "1"}),
            "other",
            "The app has no such parameter. Remove it.",
        ),
    ] {
        let problem = create(&admin, &workspace, &parameters).await.problem(422);
        let error = &problem.errors[0];
        assert_eq!(
            error.field,
            format!("spec.parameters.{field}"),
            "{parameters}"
        );
        assert_eq!(error.message, said);
    }
    create(&admin, &workspace, &json!({"goal": 7}))
        .await
        .problem(422);
    let made = create(&admin, &workspace, &json!({"goal": "Find it\nand mend it"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let expected = json!({"goal": "Find it\nand mend it", "size": "small"});
    assert_eq!(
        made.value()["spec"]["parameters"],
        expected,
        "defaults are shown"
    );
    let list = admin.get("/api/workbenches").await.value();
    assert!(list["items"][0]["spec"]["parameters"].is_null(), "{list}");
}

#[tokio::test]
async fn edit_checks_parameters_and_keeps_those_that_the_catalogue_has_no_longer() {
    let server = Server::empty();
    declare(&server, &usual());
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let made = create(&admin, &workspace, &json!({"goal": "x", "workers": "2"})).await;
    let path = format!("/api/workbenches/{}", made.id());
    let change = async |parameters: Value| {
        let patch = json!({"spec": {"parameters": parameters}});
        admin.patch(&path, &patch).await
    };
    let refused = change(json!({"size": "large"})).await.problem(422);
    assert_eq!(refused.errors[0].field, "spec.parameters.goal");
    let changed = change(json!({"goal": "y", "size": "large"})).await;
    let expected = json!({"goal": "y", "size": "large"});
    assert_eq!(changed.value()["spec"]["parameters"], expected);
    // The catalogue changes: `size` goes.
    declare(
        &server,
        &json!([{"name": "goal", "kind": "text", "required": true}]),
    );
    let kept = admin
        .patch(&path, &json!({"spec": {"env": {"A": "1"}}}))
        .await;
    assert_eq!(
        kept.value()["spec"]["parameters"],
        expected,
        "nothing is lost"
    );
    let again = change(expected.clone()).await;
    assert_eq!(again.value()["spec"]["parameters"], expected);
    let refused = change(json!({"goal": "y", "size": "small"}))
        .await
        .problem(422);
    assert_eq!(refused.errors[0].field, "spec.parameters.size");
    let removed = change(json!({"goal": "y"})).await;
    assert_eq!(removed.value()["spec"]["parameters"], json!({"goal": "y"}));
}

/// A workbench that an earlier version has stored has no parameters.
#[tokio::test]
async fn workbench_from_before_parameters_is_shown_and_edited() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let id = create(&admin, &workspace, &Value::Null).await.id();
    let database =
        rusqlite::Connection::open(server.dir.path().join("vestibule.db")).expect("a database");
    let sql =
        "UPDATE workbenches SET spec_json = json_remove(spec_json, '$.parameters') WHERE id = ?1";
    database.execute(sql, [&id]).expect("changed");
    declare(&server, &usual());
    let path = format!("/api/workbenches/{id}");
    let shown = admin.get(&path).await.value();
    assert_eq!(shown["spec"]["parameters"], json!({}), "{shown}");
    let patch = json!({"spec": {"env": {"A": "1"}}});
    let changed = admin.patch(&path, &patch).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
}

#[tokio::test]
async fn preflight_names_what_is_missing() {
    let server = Server::empty();
    declare(&server, &usual());
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/preflight");
    let new = json!({"name": "Bench", "app": "welcome", "spec": {}});
    let report = admin.post(&path, &new).await;
    assert_eq!(report.status, StatusCode::OK, "{report:?}");
    assert!(
        report.value().to_string().contains("spec.parameters.goal"),
        "{report:?}"
    );
}
