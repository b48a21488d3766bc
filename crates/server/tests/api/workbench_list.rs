//! Repeated `GET /api/workspaces/{id}/workbenches`.

use crate::event_reader::{EventReader, STREAM};
use crate::support::{Answer, Client, Server};
use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use vestibule_model::phase::Phase;
use vestibule_model::workbench::Workbench;

/// Requests a list with the `ETag` of an earlier response.
async fn again(client: &Client<'_>, path: &str, tag: &str) -> Answer {
    let request = client
        .request(Method::GET, path)
        .header(header::IF_NONE_MATCH, tag);
    client.send(request, Body::empty()).await
}

/// Security review, finding 20: 60 workbenches with large settings were a list of 60 MB.
#[tokio::test]
async fn variables_are_in_no_list_and_stay_when_a_row_of_one_is_sent_back() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let large = "x".repeat(5_000);
    let made = json!({"name": "Bench", "app": "welcome", "desired": "Stopped",
        "spec": {"env": {"LARGE": large}}});
    let id = admin.post(&path, &made).await.id();
    let one = format!("/api/workbenches/{id}");
    let mut reader = EventReader::open(&admin, &format!("{STREAM}?after=0"), None).await;
    let event = reader.next_named("workbench-update").await;
    let mut rows = vec![event.data["workbench"].clone()];
    for list in [path.as_str(), "/api/workbenches"] {
        // Twice: the second time from the texts that are kept.
        for _ in 0..2 {
            let list = admin.get(list).await.value();
            rows.push(list["items"][0].clone());
        }
    }
    for row in &rows {
        assert_eq!(row["id"], json!(id));
        assert_eq!(row["spec"]["startTimeoutSeconds"], 300);
        assert_eq!(row["spec"].get("env"), None);
    }
    let whole = admin.get(&one).await.value();
    assert_eq!(whole["spec"]["env"]["LARGE"], json!(large));

    let mut spec = rows[0]["spec"].clone();
    spec["idleTimeoutSeconds"] = json!(600);
    let saved = admin.patch(&one, &json!({"spec": spec})).await.value();
    assert_eq!(saved["spec"]["idleTimeoutSeconds"], 600);
    assert_eq!(saved["spec"]["env"]["LARGE"], json!(large));
    let emptied = json!({"spec": {"env": {}}});
    let saved = admin.patch(&one, &emptied).await.value();
    assert_eq!(saved["spec"]["env"], json!({}));
}

#[tokio::test]
async fn unchanged_list_is_not_sent_again_and_each_change_is() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let mut tag = admin.get(&path).await.header("etag").to_owned();

    let made = json!({"name": "Bench", "app": "welcome", "desired": "Stopped"});
    let id = admin.post(&path, &made).await.id();
    let one = format!("/api/workbenches/{id}");
    let changed_list = async |tag: &mut String, what: &str| {
        let changed = again(&admin, &path, tag).await;
        assert_eq!(changed.status, 200, "{what}");
        assert_ne!(changed.header("etag"), tag, "{what}");
        assert_eq!(changed.header("content-type"), "application/json", "{what}");
        *tag = changed.header("etag").to_owned();
        changed.value()
    };
    let list = changed_list(&mut tag, "creation").await;
    assert_eq!(list["items"][0]["id"], json!(id));

    // The controller may be writing its first observation; then it is idle.
    let mut tries = 0..100;
    let unchanged = loop {
        assert!(tries.next().is_some(), "it is never the list one has");
        let answer = again(&admin, &path, &format!("\"another\", W/{tag}")).await;
        if answer.status == 304 {
            break answer;
        }
        tag = answer.header("etag").to_owned();
    };
    assert_eq!((unchanged.header("etag"), unchanged.body.len()), (&*tag, 0));
    assert_eq!(unchanged.header("cache-control"), "private, no-cache");

    admin.patch(&one, &json!({"name": "Desk"})).await;
    assert_eq!(
        changed_list(&mut tag, "a name").await["items"][0]["name"],
        "Desk"
    );

    server.engine.sees_it_running();
    admin.post(&format!("{one}/start"), &json!({})).await;
    server.settle(&id, &Phase::Running).await;
    let list = changed_list(&mut tag, "a start").await;
    assert_eq!(list["items"][0]["status"]["phase"], "Running");

    server.engine.sees_it_exit(0);
    server.settle(&id, &Phase::Completed).await;
    let list = changed_list(&mut tag, "an end").await;
    assert_eq!(list["items"][0]["run"]["status"], "succeeded");

    admin.delete(&one).await;
    server.engine.sees_nothing();
    server.gone(&id).await;
    assert_eq!(changed_list(&mut tag, "deletion").await["items"], json!([]));
}

#[tokio::test]
async fn a_known_tag_grants_no_access() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let tag = admin.get(&path).await.header("etag").to_owned();
    let guest = server.user("guest", &[]).await;
    for tag in [tag.as_str(), "*"] {
        assert_eq!(again(&guest, &path, tag).await.status, 404);
        assert_eq!(again(&server.client(), &path, tag).await.status, 401);
    }
    let nowhere = "/api/workspaces/ws-nowhere1/workbenches";
    assert_eq!(again(&admin, nowhere, &tag).await.status, 404);
}

/// Returns the list once each of its rows was reconciled: an unchanged observation writes nothing.
async fn quiet(server: &Server, client: &Client<'_>, path: &str, rows: &[&str]) -> Value {
    for id in rows {
        let updated =
            |shown: Option<Workbench>| shown.filter(|row| !row.status.conditions.is_empty());
        server.until(id, updated).await;
    }
    client.get(path).await.value()
}

fn ids(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().expect("rows");
    rows.iter().filter_map(|row| row["id"].as_str()).collect()
}

#[tokio::test]
async fn a_version_gets_the_changes_since() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let make = async |name: &str| {
        let body = json!({"name": name, "app": "welcome", "desired": "Stopped"});
        admin.post(&path, &body).await.id()
    };
    let (one, two, three) = (make("one").await, make("two").await, make("three").await);
    server.engine.sees_nothing();
    let whole = quiet(&server, &admin, &path, &[&one, &two, &three]).await;
    let mut fields: Vec<&String> = whole.as_object().expect("an object").keys().collect();
    fields.sort();
    assert_eq!(fields, ["items", "nextCursor", "seq", "version"]);
    assert_eq!(ids(&whole["items"]).len(), 3);
    let had = whole["version"].as_str().expect("a version").to_owned();
    let since = format!("{path}?since={had}");

    let nothing = admin.get(&since).await;
    assert_eq!(nothing.header("etag"), format!("\"{had}\""));
    let tag = nothing.header("etag").to_owned();
    assert_eq!(again(&admin, &since, &tag).await.status, 304);
    let nothing = nothing.value();
    assert_eq!(
        (&nothing["items"], &nothing["since"]),
        (&json!([]), &json!(had))
    );
    assert_eq!(nothing["nextCursor"], Value::Null);

    let renamed = json!({"name": "uno"});
    admin
        .patch(&format!("/api/workbenches/{one}"), &renamed)
        .await;
    let part = admin.get(&since).await.value();
    assert_eq!(
        (ids(&part["items"]), &part["since"]),
        (vec![&*one], &json!(had))
    );
    assert_eq!(part["items"][0]["name"], "uno");
    assert!(part["seq"].as_u64() > whole["seq"].as_u64());
    assert_eq!(part.get("removed"), None);

    admin.delete(&format!("/api/workbenches/{two}")).await;
    server.gone(&two).await;
    let part = admin.get(&since).await.value();
    assert_eq!(
        (ids(&part["items"]), &part["removed"]),
        (vec![&*one], &json!([two]))
    );
    let then = part["version"].as_str().expect("a version");
    let part = admin.get(&format!("{path}?since={then}")).await.value();
    assert_eq!((&part["items"], part.get("removed")), (&json!([]), None));

    for other in ["", "garbled", "elsewhere.1", &format!("{had}99"), "%00"] {
        let list = admin.get(&format!("{path}?since={other}")).await.value();
        assert_eq!(list.get("since"), None, "{other}");
        assert_eq!(ids(&list["items"]), [&*one, &*three], "{other}");
    }
    admin
        .get(&format!("{path}?since=a&since=b"))
        .await
        .problem(422);
}

#[tokio::test]
async fn changes_are_hidden_without_permission() {
    let server = Server::empty();
    let admin = server.admin().await;
    let workspace = admin.workspace().await;
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let version = admin.get(&path).await.value()["version"].clone();
    let since = format!("{path}?since={}", version.as_str().expect("a version"));
    let guest = server.user("guest", &[]).await;
    assert_eq!(guest.get(&since).await.status, 404);
    assert_eq!(server.client().get(&since).await.status, 401);
}
