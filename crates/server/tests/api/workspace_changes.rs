//! Workspace events of the stream, and their readers.

use crate::event_reader::{Event, EventReader, STREAM};
use crate::support::{Client, Server};
use serde_json::{Value, json};
use vestibule_model::access::Scope;

async fn make(client: &Client<'_>, name: &str) -> String {
    let made = client.post("/api/workspaces", &json!({"name": name})).await;
    assert_eq!(made.status, 201);
    made.id()
}

/// Returns name and content of an event about a workspace.
fn content(event: &Event) -> (&str, Value) {
    assert_eq!(event.id, event.data["seq"].as_u64(), "{event:?}");
    (event.name.as_str(), event.data.clone())
}

/// Returns the id of the workspace that an event is about.
fn about(event: &Event) -> &Value {
    let updated = &event.data["workspace"]["id"];
    if updated.is_null() {
        &event.data["id"]
    } else {
        updated
    }
}

/// Returns the next event about workspaces.
async fn next_workspace_event(reader: &mut EventReader) -> Event {
    loop {
        let event = reader.next().await.expect("the stream lasts");
        if event.name.starts_with("workspace-") {
            return event;
        }
    }
}

#[tokio::test]
async fn created_renamed_and_deleted_workspaces_are_published() {
    let server = Server::empty();
    let admin = server.admin().await;
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    let begun = reader.next_named("snapshot").await.id.expect("a number");

    let id = make(&admin, "Lab").await;
    let own = format!("/api/workspaces/{id}");
    let came = next_workspace_event(&mut reader).await;
    let read = admin.get(&own).await.value();
    let expected = json!({"seq": came.id, "workspace": read});
    assert_eq!(content(&came), ("workspace-update", expected));
    assert!(came.id > Some(begun), "{came:?}");

    // This changes nothing.
    admin.patch(&own, &json!({"name": "Lab"})).await;
    admin.patch(&own, &json!({"name": "Library"})).await;
    let renamed = next_workspace_event(&mut reader).await;
    let read = admin.get(&own).await.value();
    assert_eq!(read["name"], "Library");
    let expected = json!({"seq": renamed.id, "workspace": read});
    assert_eq!(content(&renamed), ("workspace-update", expected));

    assert_eq!(admin.delete(&own).await.status, 204);
    let gone = next_workspace_event(&mut reader).await;
    let expected = json!({"seq": gone.id, "id": id});
    assert_eq!(content(&gone), ("workspace-removed", expected));
    assert!(came.id < renamed.id && renamed.id < gone.id);
}

/// Also of a column that no writer has yet: the trigger names none.
#[tokio::test]
async fn every_changed_column_of_a_workspace_is_published() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = make(&admin, "Lab").await;
    let mut reader = EventReader::open(&admin, STREAM, None).await;
    reader.next_named("snapshot").await;
    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db")).expect("a file");
    raw.execute("UPDATE workspaces SET updated_at = 7000", [])
        .expect("written");
    // The next commit publishes it, with its own change.
    make(&admin, "Another").await;
    let changed = next_workspace_event(&mut reader).await;
    assert_eq!(about(&changed), &json!(id));
    let updated = &changed.data["workspace"]["updatedAt"];
    assert_eq!(updated, "1970-01-01T00:00:07Z");
}

#[tokio::test]
async fn field_29_a_reconnecting_reader_gets_missed_workspace_changes() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (kept, lost) = (make(&admin, "Kept").await, make(&admin, "Lost").await);
    let begun = EventReader::open(&admin, STREAM, None)
        .await
        .next_named("snapshot")
        .await;
    let begun = begun.id.expect("a number");
    for name in ["Once", "Twice"] {
        let own = format!("/api/workspaces/{kept}");
        admin.patch(&own, &json!({"name": name})).await;
    }
    admin.delete(&format!("/api/workspaces/{lost}")).await;

    let mut reader = EventReader::open(&admin, STREAM, Some(&begun.to_string())).await;
    let mut received = Vec::new();
    loop {
        let event = reader.next().await.expect("the stream lasts");
        match event.name.as_str() {
            "heartbeat" => break,
            // Changes with the reader's own last number may be repeated.
            _ if event.id == Some(begun) => {}
            name => received.push((
                name.to_owned(),
                about(&event).clone(),
                event.data["workspace"]["name"].clone(),
            )),
        }
    }
    let expected = [
        ("workspace-update".to_owned(), json!(kept), json!("Twice")),
        ("workspace-removed".to_owned(), json!(lost), Value::Null),
    ];
    assert_eq!(received, expected);
}

#[tokio::test]
async fn workspace_changes_are_hidden_without_permission() {
    let server = Server::empty();
    let admin = server.admin().await;
    let (seen, hidden) = (make(&admin, "Seen").await, make(&admin, "Hidden").await);
    let guest = server
        .user("guest", &[Scope::Workspace(seen.clone())])
        .await;
    let mut reader = EventReader::open(&guest, STREAM, None).await;
    reader.next_named("snapshot").await;
    make(&admin, "Another").await;
    for id in [&hidden, &seen] {
        let own = format!("/api/workspaces/{id}");
        admin.patch(&own, &json!({"name": "New"})).await;
        admin.delete(&own).await;
    }
    for name in ["workspace-update", "workspace-removed"] {
        let event = next_workspace_event(&mut reader).await;
        assert_eq!((content(&event).0, about(&event)), (name, &json!(seen)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_loses_access_gets_a_new_snapshot() {
    let server = Server::empty();
    let admin = server.admin().await;
    let id = admin.workbench().await;
    let workspace =
        admin.get(&format!("/api/workbenches/{id}")).await.value()["workspaceId"].clone();
    let scope = Scope::Workspace(workspace.as_str().expect("an id").to_owned());
    let guest = server.user("guest", &[scope]).await;
    let mut reader = EventReader::open(&guest, STREAM, None).await;
    let before = reader.next_named("snapshot").await;
    assert_eq!(before.data["runs"].as_array().map(Vec::len), Some(1));
    reader.next_named("heartbeat").await;

    let raw = rusqlite::Connection::open(server.dir.path().join("vestibule.db"));
    let sql = "DELETE FROM grants WHERE user_id = (SELECT id FROM users WHERE username = 'guest')";
    raw.and_then(|raw| raw.execute(sql, [])).expect("written");
    let after = reader.next_named("snapshot").await;
    assert_eq!(after.data["runs"], json!([]));
    // Without changes there is no second snapshot.
    for _ in 0..2 {
        let event = reader.next().await.expect("the stream lasts");
        assert_eq!(event.name, "heartbeat");
    }
}
