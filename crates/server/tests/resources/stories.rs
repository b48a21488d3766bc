//! What is changed in one place shows in the other.

use crate::support::{SESSIONS, Server, workspace};
use serde_json::json;
use vestibule_model::phase::Phase;
use vestibule_model::spec::SpecPatch;
use vestibule_model::workbench::Desired;
use vestibule_server::command_store::CommandError;
use vestibule_server::store::{Command, Created, Edit};

#[tokio::test(flavor = "multi_thread")]
async fn resource_made_by_hand_is_a_workbench() {
    let server = Server::start().await;
    server.apply(
        "climate",
        json!({ "app": "welcome", "displayName": "Climate" }),
    );
    let workbench = server.shows("climate", "Creating").await;
    assert_eq!(workbench.name, "Climate");
    let resource = server.resource("climate").expect("a resource");
    assert_eq!(
        json!(workbench.id),
        format!(
            "wb-{}",
            resource["metadata"]["uid"].as_str().expect("a uid")
        )
    );
    let journal = server.journal(&workbench);
    assert_eq!(
        journal[0],
        "kubectl-create (through the Kubernetes API) asked to start it."
    );
    server
        .until("the finalizer", || {
            let finalizers = server.resource("climate")?["metadata"]["finalizers"].clone();
            (finalizers == json!(["vestibule.dev/run"])).then_some(())
        })
        .await;
    let pod = server.api.names("pods", "team").pop().expect("a Pod");
    let pod = server.api.get("pods", "team", &pod).expect("a Pod");
    assert_eq!(
        pod["metadata"]["ownerReferences"][0]["uid"],
        resource["metadata"]["uid"]
    );
    // A namespace without the label is none of ours.
    assert_eq!(server.store.workspaces().expect("works").len(), 1);

    server.patch("climate", &json!({ "spec": { "desired": "Stopped" } }));
    let stopped = server.shows("climate", "Stopped").await;
    let by = "kubectl-patch (through the Kubernetes API)";
    assert_eq!(stopped.stopped_by_name.as_deref(), Some(by));
    server.patch("climate", &json!({ "spec": { "desired": "Running" } }));
    let again = server.shows("climate", "Creating").await;
    assert_eq!(again.run.expect("a run").number, 2);
    server.patch("climate", &json!({ "spec": { "runRequest": "1" } }));
    server
        .until("the third run", || {
            (server.workbench()?.run?.number == 3).then_some(())
        })
        .await;

    server.api.delete(SESSIONS, "team", "climate");
    server
        .until("no workbench", || {
            server.workbench().is_none().then_some(())
        })
        .await;
    server
        .until("no resource", || {
            server.resource("climate").is_none().then_some(())
        })
        .await;
    assert_eq!(server.api.names("pods", "team"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_console_change_the_resource() {
    let server = Server::start().await;
    let Ok(Created::New(made)) = server.create("wb-bcdfghjk", "Climate 2026").await else {
        panic!("it is not made");
    };
    let row = server.store.resource_row(&made.id).expect("works");
    let name = row.expect("a resource").name;
    server.shows(&name, "Creating").await;
    assert_eq!(server.journal(&made)[0], "ada asked to start it.");
    let again = server.create("wb-bcdfghjk", "Climate 2026").await;
    assert!(
        matches!(&again, Ok(Created::Before(again)) if again.id == made.id),
        "{again:?}"
    );
    let other = server.create("wb-bcdfghjk", "Other").await;
    assert!(matches!(other, Ok(Created::Taken)), "{other:?}");

    let stopped = server
        .command(&made.id, Command::Stop)
        .await
        .expect("it is stopped");
    assert_eq!(stopped.desired, Desired::Stopped);
    server.shows(&name, "Stopped").await;
    let started = server
        .command(&made.id, Command::Start)
        .await
        .expect("it is started");
    assert_eq!(started.run.as_ref().expect("a run").number, 2);
    let resource = server.resource(&name).expect("a resource");
    assert_eq!(
        json!(started.generation),
        resource["metadata"]["generation"]
    );
    assert_eq!(
        resource["metadata"]["annotations"]["vestibule.dev/requested-by"],
        "ada"
    );
    // A start of what runs changes nothing.
    server
        .command(&made.id, Command::Start)
        .await
        .expect("it runs");
    let after = server.resource(&name).expect("a resource");
    assert_eq!(after["spec"], resource["spec"]);

    server
        .command(&made.id, Command::Delete)
        .await
        .expect("it is deleted");
    server
        .until("no workbench", || {
            server.workbench().is_none().then_some(())
        })
        .await;
    server
        .until("no resource", || {
            server.resource(&name).is_none().then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_another_manager_are_refused_and_a_stop_is_not() {
    let server = Server::start().await;
    server.apply(
        "climate",
        json!({ "app": "welcome", "desired": "Running", "idleTimeoutSeconds": 600 }),
    );
    let workbench = server.shows("climate", "Creating").await;
    let edit = Edit {
        spec: Some(SpecPatch {
            idle_timeout_seconds: Some(Some(60)),
            ..SpecPatch::default()
        }),
        ..Edit::default()
    };
    let refused = server.command(&workbench.id, Command::Change(edit)).await;
    let Err(CommandError::Conflict { field, manager }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (field.as_str(), manager.as_str()),
        ("spec.idleTimeoutSeconds", "kubectl-create")
    );
    let stopped = server
        .command(&workbench.id, Command::Stop)
        .await
        .expect("it is stopped");
    let remark = "The desired state was managed by kubectl-create, which may set it back.";
    let journal = server.journal(&stopped);
    assert!(journal.iter().any(|said| said == remark), "{journal:?}");
    server.shows("climate", "Stopped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_are_caught_up_and_corrected() {
    let server = Server::start().await;
    server.api.fail_statuses(3);
    server.apply("climate", json!({ "app": "welcome" }));
    server.shows("climate", "Creating").await;
    server.patch("climate", &json!({ "status": { "phase": "Failed" } }));
    server.shows("climate", "Creating").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_during_an_outage_of_the_server_are_caught_up() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    server.shows("climate", "Creating").await;
    let server = server
        .during_an_outage(|api| {
            let stop = json!({ "spec": { "desired": "Stopped" } });
            api.patch("kubectl-edit", SESSIONS, "team", "climate", &stop);
        })
        .await;
    server.shows("climate", "Stopped").await;
    let server = server
        .during_an_outage(|api| {
            api.delete(SESSIONS, "team", "climate");
        })
        .await;
    server
        .until("no workbench", || {
            server.workbench().is_none().then_some(())
        })
        .await;
    server
        .until("no resource", || {
            server.resource("climate").is_none().then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_database_loses_no_run() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let first = server.shows("climate", "Creating").await;
    server
        .command(&first.id, Command::Stop)
        .await
        .expect("it is stopped");
    server.shows("climate", "Stopped").await;
    server
        .command(&first.id, Command::Start)
        .await
        .expect("it is started");
    server.shows("climate", "Creating").await;
    let before = server.api.names("pods", "team");
    let server = server.without_database().await;
    let found = server.shows("climate", "Creating").await;
    assert_eq!(
        found.run.as_ref().expect("a run").number,
        2,
        "the run goes on"
    );
    assert_eq!(found.status.stopped_reason, None, "that of the first run");
    assert_eq!(server.api.names("pods", "team"), before);
    server
        .command(&found.id, Command::Stop)
        .await
        .expect("it is stopped");
    server.shows("climate", "Stopped").await;
    let server = server.without_database().await;
    let ended = server.shows("climate", "Stopped").await;
    assert_eq!(
        ended.run.as_ref().expect("a run").number,
        2,
        "it is not repeated"
    );
    let next = server
        .command(&ended.id, Command::Start)
        .await
        .expect("it is started");
    assert_eq!(next.run.expect("a run").number, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn workbench_whose_resource_is_gone_is_stopped_and_not_made_anew() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let workbench = server.shows("climate", "Creating").await;
    let server = server
        .during_an_outage(|api| {
            let none = json!({ "metadata": { "finalizers": null } });
            api.patch("kubectl-patch", SESSIONS, "team", "climate", &none);
            api.delete(SESSIONS, "team", "climate");
        })
        .await;
    server
        .until("a stopped workbench", || {
            let row = server.store.resource_row(&workbench.id).expect("works")?;
            let is_stopped = server.workbench()?.status.phase == Phase::Stopped;
            (row.is_gone && is_stopped).then_some(())
        })
        .await;
    let started = server.command(&workbench.id, Command::Start).await;
    assert!(matches!(started, Err(CommandError::Gone)), "{started:?}");
    assert!(server.resource("climate").is_none());
    server
        .command(&workbench.id, Command::Delete)
        .await
        .expect("it is deleted");
    server
        .until("no workbench", || {
            server.workbench().is_none().then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_paused_resource_is_acted_on() {
    let server = Server::start().await;
    server.apply("climate", json!({ "app": "welcome", "desired": "Stopped" }));
    server.shows("climate", "Stopped").await;
    let paused = |value: Option<&str>| json!({ "metadata": { "annotations": { "vestibule.dev/paused": value } } });
    server.patch("climate", &paused(Some("true")));
    server.patch("climate", &json!({ "spec": { "desired": "Running" } }));
    let waiting = server.shows("climate", "Pending").await;
    let said = waiting.status.conditions.iter();
    let said: Vec<_> = said.map(|one| one.message.as_str()).collect();
    let why = "Paused by the annotation vestibule.dev/paused";
    assert!(said.iter().any(|said| said.starts_with(why)), "{said:?}");
    assert_eq!(server.api.names("pods", "team"), [""; 0]);
    server.patch("climate", &paused(None));
    server.shows("climate", "Creating").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_only_observes_shows_and_does_nothing() {
    let server = Server::start().await.observing().await;
    server.apply("climate", json!({ "app": "welcome" }));
    let waiting = server.shows("climate", "Pending").await;
    let said = waiting.status.conditions.iter();
    let said: Vec<_> = said.map(|one| one.message.as_str()).collect();
    assert!(
        said.iter().any(|said| said.contains("--observe-only")),
        "{said:?}"
    );
    for kind in ["pods", "persistentvolumeclaims", "secrets", "events"] {
        assert_eq!(server.api.names(kind, "team"), [""; 0], "{kind}");
    }
    let resource = server.resource("climate").expect("a resource");
    assert!(resource["metadata"]["finalizers"].is_null(), "{resource}");
    assert_eq!(
        server
            .store
            .workspace(&workspace())
            .expect("works")
            .expect("one")
            .name,
        "team"
    );
}
