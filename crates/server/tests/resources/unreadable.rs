//! Resources that can't be read.

use crate::support::{SESSIONS, Server};
use serde_json::{Value, json};
use vestibule_model::phase::Phase;
use vestibule_server::store::Command;

impl Server {
    /// Returns what events say about a resource that can't be read, as often as they say it.
    fn warnings(&self, name: &str) -> Vec<String> {
        let names = self.api.names("events", "team");
        let events = names
            .iter()
            .filter_map(|event| self.api.get("events", "team", event));
        let about = events.filter(|event| {
            event["regarding"]["name"] == name
                && event["reason"] == "Unreadable"
                && event["type"] == "Warning"
        });
        about
            .flat_map(|event| {
                let note = event["note"].as_str().unwrap_or_default().to_owned();
                let count = event["series"]["count"].as_u64().unwrap_or(1);
                (0..count).map(move |_| note.clone())
            })
            .collect()
    }

    async fn warns(&self, name: &str, count: usize) -> Vec<String> {
        self.until("warning", || {
            let warnings = self.warnings(name);
            (warnings.len() >= count).then_some(warnings)
        })
        .await
    }

    async fn is_empty(&self) {
        self.until("no workbench and no resource", || {
            (self.workbench().is_none() && self.resource("climate").is_none()).then_some(())
        })
        .await;
    }
}

/// Returns a field of the wrong type, as of a definition whose schema was loosened.
fn broken() -> Value {
    json!({ "spec": { "env": { "A": 1 } } })
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_resource_is_told_once_for_each_generation() {
    let server = Server::start().await;
    server.apply("broken", json!({ "app": 7 }));
    server.apply("climate", json!({ "app": "welcome" }));
    server.shows("climate", "Creating").await;
    let said = server.warns("broken", 1).await;
    assert!(said[0].contains("spec.app"), "{said:?}");
    assert!(said[0].contains("update the server"), "{said:?}");
    server.patch("broken", &json!({ "metadata": { "labels": { "a": "b" } } }));
    server.patch("broken", &json!({ "spec": { "app": 8 } }));
    let said = server.warns("broken", 2).await;
    assert!(
        said.iter().any(|one| one.contains("integer `8`")),
        "{said:?}"
    );
    // It is a workbench once it can be read, and its events are all there.
    let right = json!({ "spec": { "app": "welcome", "desired": "Stopped" } });
    server.api.delete(SESSIONS, "team", "climate");
    server.is_empty().await;
    server.patch("broken", &right);
    server.shows("broken", "Stopped").await;
    assert_eq!(server.warnings("broken").len(), 2);
    assert_eq!(server.warnings("climate").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn workbench_of_an_unreadable_resource_stays_and_can_be_stopped_and_deleted() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let workbench = server.shows("climate", "Creating").await;
    server.patch("climate", &broken());
    server.warns("climate", 1).await;
    let lines = |server: &Server| {
        let journal = server.journal(&workbench);
        let lines = journal
            .iter()
            .filter(|line| line.starts_with("The resource can't be read: its field spec"));
        lines.count()
    };
    assert_eq!(lines(&server), 1);
    let server = server.during_an_outage(|_| {}).await;
    server.warns("climate", 2).await;
    assert_eq!(lines(&server), 1, "it is known");
    let there = server.workbench().expect("a workbench");
    assert_eq!(there.id, workbench.id);
    let changed = server.command(&workbench.id, Command::Restart).await;
    let why = format!("{:?}", changed.expect_err("it can't be changed"));
    assert!(why.contains("can't be read"), "{why}");
    server
        .command(&workbench.id, Command::Stop)
        .await
        .expect("it is stopped");
    server
        .until("a stopped workbench", || {
            (server.workbench()?.status.phase == Phase::Stopped).then_some(())
        })
        .await;
    let resource = server.resource("climate").expect("a resource");
    assert_eq!(resource["spec"]["desired"], "Stopped");
    assert_eq!(resource["spec"]["env"]["A"], 1, "nothing else was changed");
    server
        .command(&workbench.id, Command::Delete)
        .await
        .expect("it is deleted");
    server.is_empty().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_resource_can_be_deleted_by_hand() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    server.shows("climate", "Creating").await;
    server.patch("climate", &broken());
    server.warns("climate", 1).await;
    server.api.delete(SESSIONS, "team", "climate");
    server.is_empty().await;
    assert_eq!(server.api.names("pods", "team"), [""; 0]);
    // Also where the database doesn't know it.
    let held = json!({ "name": "climate", "finalizers": ["vestibule.dev/run"] });
    let object = json!({ "metadata": held, "spec": { "app": 7 } });
    server.api.create(SESSIONS, "team", object);
    server.warns("climate", 2).await;
    server.api.delete(SESSIONS, "team", "climate");
    server.is_empty().await;
}
