//! Commands of the console, which change resources.

use crate::support::{Server, kubectl, request};
use serde_json::json;
use vestibule_model::spec::SpecPatch;
use vestibule_model::workbench::Desired;
use vestibule_server::command_store::CommandError;
use vestibule_server::store::{Command, Created, Edit};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn commands_of_the_console_change_the_resource() {
    let server = Server::start().await;
    let id = request();
    let made = server
        .create(&id, "Climate 2026")
        .await
        .expect("it is made");
    assert_eq!(made.run.as_ref().expect("a run").number, 1);
    let row = server.store.resource_row(&made.id).expect("works");
    let name = row.expect("a resource").name;
    assert!(name.starts_with("climate-2026-"), "{name}");
    server.shows(&name, "Creating").await;
    let resource = server.resource(&name).expect("a resource");
    assert_eq!(resource["spec"]["displayName"], "Climate 2026");
    assert_eq!(resource["spec"]["env"], json!({ "A": "1" }));
    assert_eq!(
        resource["metadata"]["annotations"]["vestibule.dev/requested-by"],
        "ada"
    );
    assert_eq!(server.journal(&made)[0], "ada asked to start it.");

    // The same request creates no second one, and with other content it is refused.
    let again = server
        .create(&id, "Climate 2026")
        .await
        .expect("it is there");
    assert_eq!(again.id, made.id);
    let other = server.try_to_create(&id, "Other").await;
    assert!(matches!(other, Ok(Created::Taken)), "{other:?}");

    let stopped = server
        .command(&made.id, Command::Stop)
        .await
        .expect("it is stopped");
    assert_eq!(stopped.desired, Desired::Stopped);
    assert_eq!(
        server.resource(&name).expect("a resource")["spec"]["desired"],
        "Stopped"
    );
    server.shows(&name, "Stopped").await;
    let started = server
        .command(&made.id, Command::Start)
        .await
        .expect("it is started");
    assert_eq!(started.run.as_ref().expect("a run").number, 2);
    server.shows(&name, "Creating").await;
    server
        .command(&made.id, Command::Restart)
        .await
        .expect("it is restarted");
    server
        .until("the third run", || {
            (server.workbench()?.run?.number == 3).then_some(())
        })
        .await;

    let edit = Edit {
        name: Some("Climate 2027".to_owned()),
        spec: Some(SpecPatch {
            env: Some([("B".to_owned(), "2".to_owned())].into()),
            idle_timeout_seconds: Some(Some(60)),
            ..SpecPatch::default()
        }),
        task: None,
    };
    let changed = server
        .command(&made.id, Command::Change(edit))
        .await
        .expect("it is changed");
    assert_eq!(changed.name, "Climate 2027");
    let resource = server.resource(&name).expect("a resource");
    assert_eq!(resource["spec"]["env"], json!({ "B": "2" }));
    assert_eq!(resource["spec"]["idleTimeoutSeconds"], 60);
    assert_eq!(
        json!(changed.generation),
        resource["metadata"]["generation"]
    );

    server
        .command(&made.id, Command::Delete)
        .await
        .expect("it is deleted");
    server
        .until("an empty workspace", || {
            (server.workbench().is_none() && server.resource(&name).is_none()).then_some(())
        })
        .await;
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn fields_of_other_managers_stay_theirs() {
    let server = Server::start().await;
    let spec = json!({ "app": "welcome", "desired": "Running", "idleTimeoutSeconds": 600, "env": { "A": "1" } });
    let flags = ["--server-side", "--field-manager=argocd"];
    server.apply_as("climate", spec.clone(), &flags);
    let workbench = server.shows("climate", "Creating").await;
    let with = |env: &[(&str, &str)], idle: u32| {
        let env = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Command::Change(Edit {
            spec: Some(SpecPatch {
                env: Some(env.collect()),
                idle_timeout_seconds: Some(Some(idle)),
                ..SpecPatch::default()
            }),
            ..Edit::default()
        })
    };
    for refused in [
        with(&[("A", "1")], 60),
        with(&[], 600),
        with(&[("A", "2")], 600),
    ] {
        match server.command(&workbench.id, refused).await {
            Err(CommandError::Conflict { manager, .. }) => assert_eq!(manager, "argocd"),
            other => panic!("{other:?}"),
        }
    }
    let after = server.resource("climate").expect("a resource");
    assert_eq!(after["spec"]["idleTimeoutSeconds"], 600);
    // What nobody manages can be set.
    let more = with(&[("A", "1"), ("B", "2")], 600);
    server
        .command(&workbench.id, more)
        .await
        .expect("it is changed");

    // A stop is carried out, and the journal shows who may set it back.
    let run = server
        .command(&workbench.id, Command::Stop)
        .await
        .expect("it is stopped");
    let journal = server.journal(&run);
    let remark = "The desired state was managed by argocd, which may set it back.";
    assert!(journal.iter().any(|said| said == remark), "{journal:?}");
    server.shows("climate", "Stopped").await;
    let managers =
        server.resource("climate").expect("a resource")["metadata"]["managedFields"].clone();
    let argocd = managers
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["manager"] == "argocd");
    let fields = argocd.expect("its fields")["fieldsV1"]["f:spec"].clone();
    assert!(fields["f:desired"].is_null(), "{fields}");
    for kept in ["f:app", "f:idleTimeoutSeconds", "f:env"] {
        assert!(!fields[kept].is_null(), "{kept}: {fields}");
    }
    kubectl(&[
        "delete",
        "ags",
        "climate",
        "-n",
        &server.namespace,
        "--timeout=60s",
    ]);
    server.end().await;
}
