//! Workspaces that are deleted while their namespaces stay.

use crate::support::{SESSIONS, Server, workspace};
use serde_json::{Value, json};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_server::clock;
use vestibule_server::store::Command;

fn label(value: Option<&str>) -> Value {
    json!({ "metadata": { "labels": { "vestibule.dev/workspace": value } } })
}

fn namespace(name: &str) -> Value {
    json!({ "metadata": { "name": name, "labels": { "vestibule.dev/workspace": "true" } } })
}

fn zoo() -> WorkspaceId {
    WorkspaceId::new("ws-zoo")
}

impl Server {
    fn has_workspace(&self) -> bool {
        self.store.workspace(&workspace()).expect("works").is_some()
    }

    async fn is_adopted(&self) {
        self.until("an adopted namespace", || {
            self.has_workspace().then_some(())
        })
        .await;
    }

    /// Adopts another namespace, which is found after the one of the tests.
    async fn restart_with_another(self) -> Self {
        self.until_adopted(&zoo(), |api| api.create("namespaces", "", namespace("zoo")))
            .await
    }

    fn folder(&self, name: &str, remove_at: Timestamp) {
        let metadata = json!({
            "name": name, "labels": { "vestibule.dev/released": "true" },
            "annotations": { "vestibule.dev/remove-at": remove_at.to_string() },
        });
        self.api.create(
            "persistentvolumeclaims",
            "team",
            json!({ "metadata": metadata }),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_workspace_leaves_its_namespace_alone() {
    let server = Server::start().await;
    let secret =
        json!({ "metadata": { "name": "key", "labels": { "vestibule.dev/secret": "true" } } });
    server.api.create("secrets", "team", secret);
    server.apply("climate", json!({ "app": "welcome" }));
    let workbench = server.shows("climate", "Creating").await;
    assert_eq!(
        server.delete_workspace().await.expect("works"),
        1,
        "it is in the way"
    );
    assert!(server.has_workspace());
    server
        .command(&workbench.id, Command::Delete)
        .await
        .expect("it is deleted");
    server
        .until("no workbench", || {
            server.workbench().is_none().then_some(())
        })
        .await;
    // A resource that is none of this database's, and must not be held any longer.
    let held = json!({ "name": "other", "finalizers": ["vestibule.dev/run", "example.org/own"] });
    server.api.create(
        SESSIONS,
        "team",
        json!({ "metadata": held, "spec": { "app": 7 } }),
    );
    server
        .until("a copy of it", || {
            let events = server.api.names("events", "team");
            let mut events = events
                .iter()
                .filter_map(|name| server.api.get("events", "team", name));
            events
                .any(|event| event["regarding"]["name"] == "other")
                .then_some(())
        })
        .await;
    assert_eq!(server.delete_workspace().await.expect("works"), 0);
    assert!(!server.has_workspace());
    let other = server.resource("other").expect("a resource");
    assert_eq!(other["metadata"]["finalizers"], json!(["example.org/own"]));
    assert!(other["metadata"]["deletionTimestamp"].is_null());
    assert_eq!(server.api.names("secrets", "team"), ["key"]);
    let folders = server.api.names("persistentvolumeclaims", "team");
    assert_eq!(folders.len(), 1, "it is kept for a while");
    server.apply("climate", json!({ "app": "welcome" }));

    let server = server.restart_with_another().await;
    assert!(!server.has_workspace());
    let climate = server.resource("climate").expect("a resource");
    assert!(
        climate["status"].is_null() && climate["metadata"]["finalizers"].is_null(),
        "{climate}"
    );
    assert_eq!(server.api.names("persistentvolumeclaims", "team"), folders);
    assert_eq!(server.api.names("pods", "team"), [""; 0]);

    server
        .api
        .patch("kubectl-label", "namespaces", "", "team", &label(None));
    server.api.patch(
        "kubectl-label",
        "namespaces",
        "",
        "team",
        &label(Some("true")),
    );
    server.is_adopted().await;
    server.shows("climate", "Creating").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn label_that_was_removed_during_an_outage_counts() {
    let server = Server::start().await;
    assert_eq!(server.delete_workspace().await.expect("works"), 0);
    let server = server
        .until_adopted(&zoo(), |api| {
            api.create("namespaces", "", namespace("zoo"));
            api.patch("kubectl-label", "namespaces", "", "team", &label(None));
        })
        .await;
    let is_forgotten = || {
        let folders = server.store.namespaces_with_folders().expect("works");
        folders.is_empty().then_some(())
    };
    server.until("no folders", is_forgotten).await;
    server.api.patch(
        "kubectl-label",
        "namespaces",
        "",
        "team",
        &label(Some("true")),
    );
    server.is_adopted().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_namespace_of_the_same_name_is_adopted() {
    let server = Server::start().await;
    assert_eq!(server.delete_workspace().await.expect("works"), 0);
    let server = server.restart_with_another().await;
    assert!(!server.has_workspace());
    server
        .during_an_outage(|api| {
            api.delete("namespaces", "", "team");
            api.create("namespaces", "", namespace("team"));
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_in_a_released_namespace_are_removed_at_their_time() {
    let server = Server::start().await;
    let now = clock::now();
    server.folder("later", now + Millis::from_secs(600));
    assert_eq!(server.delete_workspace().await.expect("works"), 0);
    server.folder("due", now);
    let server = server.restart_with_another().await;
    let folders = || server.api.names("persistentvolumeclaims", "team");
    server
        .until("no folder that is due", || {
            (folders() == ["later"]).then_some(())
        })
        .await;
    assert_eq!(
        server.store.namespaces_with_folders().expect("works"),
        ["team"]
    );
}
