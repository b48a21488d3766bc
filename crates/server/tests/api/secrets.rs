//! `/api/workspaces/{id}/secrets`.

use crate::support::{Client, Server};
use axum::http::Method;
use serde_json::{Value, json};
use vestibule_engine::engine_host::EngineHost as _;
use vestibule_model::access::Scope;
use vestibule_model::list::List;
use vestibule_model::phase::Phase;
use vestibule_model::secret::Secret;
use vestibule_model::workbench::Workbench;

const VALUE: &str = "hunter2-and-a-half";

async fn set(client: &Client<'_>, workspace: &str, name: &str, value: &str) -> u16 {
    let path = format!("/api/workspaces/{workspace}/secrets/{name}");
    let answer = client
        .json(Method::PUT, &path, &json!({"value": value}))
        .await;
    assert!(!String::from_utf8_lossy(&answer.body).contains(value));
    answer.status.as_u16()
}

/// Creates a workbench that uses this secret.
async fn bench(client: &Client<'_>, workspace: &str, secret: &str) -> String {
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let body = json!({"name": "Bench", "app": "welcome", "spec": {"secrets": [secret]}});
    let made = client.post(&path, &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.id()
}

fn secrets_ready(bench: &Workbench) -> Option<String> {
    let found = bench
        .status
        .conditions
        .iter()
        .find(|c| c.kind.as_str() == "SecretsReady")?;
    Some(found.reason.clone())
}

#[tokio::test]
async fn a_value_goes_in_and_never_out() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let list = format!("/api/workspaces/{workspace}/secrets");
    assert_eq!(set(&admin, &workspace, "KEY", VALUE).await, 201);
    assert_eq!(set(&admin, &workspace, "KEY", "another value").await, 200);
    assert_eq!(set(&admin, &workspace, "A_FIRST", VALUE).await, 201);
    let shown = admin.get(&list).await;
    assert!(!String::from_utf8_lossy(&shown.body).contains(VALUE));
    let shown: List<Secret> = shown.read();
    let names: Vec<_> = shown.items.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["A_FIRST", "KEY"]);
    assert_eq!(shown.items[1].updated_by, "admin");
    assert!(shown.items[1].created_at.is_some());

    let path = format!("{list}/KEY");
    admin.get(&path).await.problem(405);
    assert_eq!(admin.delete(&path).await.status, 204);
    admin.delete(&path).await.problem(404);
    let none = "/api/workspaces/ws-nothing/secrets";
    admin.get(none).await.problem(404);
    assert_eq!(set(&admin, "ws-nothing", "KEY", VALUE).await, 404);
}

/// The list shows the workbenches that a deletion would affect.
#[tokio::test]
async fn the_first_workbenches_that_use_a_secret_are_listed() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let elsewhere = admin.workspace().await;
    set(&admin, &workspace, "KEY", VALUE).await;
    set(&admin, &workspace, "UNUSED", VALUE).await;
    bench(&admin, &elsewhere, "KEY").await;
    for name in ["delta", "Alpha", "charlie", "bravo"] {
        let path = format!("/api/workspaces/{workspace}/workbenches");
        let spec = json!({"secrets": ["KEY", "NOT_THERE"]});
        let body = json!({"name": name, "app": "welcome", "desired": "Stopped", "spec": spec});
        assert_eq!(admin.post(&path, &body).await.status, 201);
    }
    let path = format!("/api/workspaces/{workspace}/secrets");
    let shown: List<Secret> = admin.get(&path).await.read();
    let uses = shown.items[0].used_by.as_ref().expect("it is known");
    let names: Vec<_> = uses.first.iter().map(|user| user.name.as_str()).collect();
    assert_eq!((uses.total, names), (4, vec!["Alpha", "bravo", "charlie"]));
    let unused = shown.items[1].used_by.as_ref().expect("it is known");
    assert_eq!((unused.total, unused.first.len()), (0, 0));

    // A workbench with an unreadable spec uses no secrets and does not hide the others.
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let garble = "UPDATE workbenches SET spec_json = '{garbled' WHERE name = 'Alpha'";
    raw.and_then(|raw| raw.execute(garble, []))
        .expect("a garbled row");
    let shown: List<Secret> = admin.get(&path).await.read();
    let uses = shown.items[0].used_by.as_ref().expect("it is known");
    assert_eq!(uses.total, 3);
}

#[tokio::test]
async fn no_plaintext_is_on_the_disk() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    set(&admin, &workspace, "KEY", VALUE).await;
    for file in std::fs::read_dir(server.dir.path()).expect("the folder") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("readable");
        let found = bytes.windows(VALUE.len()).any(|w| w == VALUE.as_bytes());
        assert!(!found);
    }
}

#[tokio::test]
async fn invalid_names_and_values_are_refused() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = |name: &str| format!("/api/workspaces/{workspace}/secrets/{name}");
    for name in [
        "1A",
        "A-B",
        "PATH",
        "LD_PRELOAD",
        "VESTIBULE_KEY",
        "a%20b",
        &"x".repeat(129),
    ] {
        let (path, body) = (path(name), json!({"value": VALUE}));
        let problem = admin.json(Method::PUT, &path, &body).await.problem(422);
        assert_eq!(problem.errors[0].field, "name", "{name}");
    }
    let bodies: [(Value, &str); 5] = [
        (json!({"value": ""}), "value"),
        (json!({"value": "a\0b"}), "value"),
        (json!({"value": "x".repeat(32 * 1024 + 1)}), "value"),
        (json!({}), "value"),
        (json!({"value": VALUE, "colour": "red"}), "colour"),
    ];
    for (body, field) in bodies {
        let answer = admin.json(Method::PUT, &path("KEY"), &body).await;
        assert_eq!(answer.problem(422).errors[0].field, field);
        assert!(!String::from_utf8_lossy(&answer.body).contains(VALUE));
    }
    let answer = admin
        .json(Method::PUT, &path("KEY"), &json!({"value": 47_110_815}))
        .await;
    answer.problem(422);
    assert!(!String::from_utf8_lossy(&answer.body).contains("47110815"));
    let list = admin
        .get(&format!("/api/workspaces/{workspace}/secrets"))
        .await;
    assert_eq!(list.value()["items"], json!([]));

    let bench = json!({"name": "n", "app": "welcome", "spec": {"secrets": ["KEY", "A-B", "PATH"]}});
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let problem = admin.post(&path, &bench).await.problem(422);
    let fields: Vec<_> = problem.errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["spec.secrets[1]", "spec.secrets[2]"]);
}

#[tokio::test]
async fn number_of_secrets_is_limited() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    for i in 0..100 {
        assert_eq!(set(&admin, &workspace, &format!("K{i}"), VALUE).await, 201);
    }
    assert_eq!(set(&admin, &workspace, "ONE_MORE", VALUE).await, 409);
    assert_eq!(set(&admin, &workspace, "K7", "an old one anew").await, 200);
}

/// FIELD 35, for secrets: members of one workspace learn nothing about another's.
#[tokio::test]
async fn secrets_belong_to_their_workspace() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (own, other) = (admin.workspace().await, admin.workspace().await);
    let ada = server.user("ada", &[Scope::Workspace(own.clone())]).await;
    assert_eq!(set(&ada, &own, "KEY", VALUE).await, 201);
    assert_eq!(set(&ada, &other, "KEY", VALUE).await, 404);
    ada.get(&format!("/api/workspaces/{other}/secrets"))
        .await
        .problem(404);
    let names = ["KEY".to_owned()];
    let host = &server.state.host;
    assert_eq!(
        host.missing_secrets(&own.as_str().into(), &names)
            .expect("works"),
        [""; 0]
    );
    assert_eq!(
        host.missing_secrets(&other.as_str().into(), &names)
            .expect("works"),
        ["KEY"]
    );
}

/// FIELD 15: a secret appears and the session notices up to 17 minutes later. The controller's own
/// timer is stopped here: without the wake-up it would wait for 30 seconds.
#[tokio::test]
async fn field_15_a_start_that_waits_for_a_secret_goes_on_at_once() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    server.engine.sees_it_running();
    let id = bench(&admin, &workspace, "KEY").await;
    let other = bench(&admin, &workspace, "OTHER").await;
    let reason = async |id: &str, wanted: &str| {
        let began = std::time::Instant::now();
        loop {
            let shown: Workbench = admin.get(&format!("/api/workbenches/{id}")).await.read();
            if secrets_ready(&shown).as_deref() == Some(wanted) {
                return;
            }
            assert!(began.elapsed().as_secs() < 20, "not {wanted}: {shown:?}");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    reason(&id, "SecretNotFound").await;
    reason(&other, "SecretNotFound").await;
    set(&admin, &workspace, "KEY", VALUE).await;
    reason(&id, "AllSecretsFound").await;
    server.settle(&id, &Phase::Running).await;
    reason(&other, "SecretNotFound").await;
}

#[tokio::test]
async fn row_that_does_not_open_is_reported_as_damaged_not_missing() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    set(&admin, &workspace, "KEY", VALUE).await;
    set(&admin, &workspace, "OTHER", "something else").await;
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let swapped = raw.expect("the database").execute(
        "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'OTHER') WHERE name = 'KEY'",
        [],
    );
    assert_eq!(swapped, Ok(1));
    let names = ["KEY".to_owned()];
    let host = &server.state.host;
    let said = host.missing_secrets(&workspace.as_str().into(), &names);
    let said = said.expect_err("it was swapped").to_string();
    assert!(
        said.contains("KEY") && said.contains("Set it again"),
        "{said}"
    );
    assert!(!said.contains("something else"));
    let list = admin
        .get(&format!("/api/workspaces/{workspace}/secrets"))
        .await;
    assert_eq!(list.value()["items"][0]["name"], "KEY");
    assert_eq!(set(&admin, &workspace, "KEY", VALUE).await, 200);
    let found = host.secrets(&workspace.as_str().into(), &names);
    assert_eq!(found.expect("it opens").len(), 1);
}
