//! Statuses in the cluster.

use crate::support::{Space, Watching, desired_run};
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use vestibule_engine::Target;
use vestibule_kubernetes::cluster::StatusError;
use vestibule_model::observed::{Observed, Runner};
use vestibule_model::phase::Phase;
use vestibule_model::reconcile::{Cadence, reconcile};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::WorkbenchStatus;

async fn write(watching: &mut Watching, space: &Space, target: &Target, status: &WorkbenchStatus) {
    watching
        .sees(target, "observation", |seen: &Observed| {
            (!matches!(seen.runner, Runner::Unobserved { .. })).then_some(())
        })
        .await;
    let written = watching
        .cluster
        .write_status(&space.name.as_str().into(), &target.id, status)
        .await;
    written.expect("the status is written");
}

async fn read(space: &Space) -> Value {
    let session = space
        .api("AgenticSession")
        .get_status("climate")
        .await
        .expect("a session");
    json!({ "status": session.data["status"], "version": session.metadata.resource_version })
}

/// Applies a status as another field manager.
async fn overwrite_status(space: &Space, status: Value) {
    let body = json!({ "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession", "metadata": { "name": "climate" }, "status": status });
    let how = PatchParams::apply("someone-else").force();
    let sessions = space.api("AgenticSession");
    sessions
        .patch_status("climate", &how, &Patch::Apply(&body))
        .await
        .expect("a status");
}

fn condition(status: &Value, kind: &str) -> Option<Value> {
    let all = status["status"]["conditions"].as_array()?;
    all.iter().find(|one| one["type"] == kind).cloned()
}

/// Returns the status that the reconciler derives from nothing.
fn pending() -> WorkbenchStatus {
    let now = Timestamp::from_millis(1_795_255_200_000);
    let before = WorkbenchStatus::default();
    reconcile(
        &desired_run(now),
        &before,
        &Observed::default(),
        &Cadence::default(),
        now,
    )
    .status
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn status_is_written_once_corrected_and_foreign_conditions_stay() {
    let space = Space::new().await;
    let target = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let mut watching = space.watch();
    let status = pending();
    write(&mut watching, &space, &target, &status).await;
    let first = read(&space).await;
    assert_eq!(first["status"]["phase"], "Pending");
    assert_eq!(
        condition(&first, "PVCReady").expect("a condition")["reason"],
        "Provisioning"
    );
    write(&mut watching, &space, &target, &status).await;
    assert_eq!(
        read(&space).await,
        first,
        "written again it changes nothing"
    );

    overwrite_status(&space, json!({ "phase": "Running", "conditions": [{ "type": "team.example.org/Approved", "status": "True" }] })).await;
    assert_eq!(read(&space).await["status"]["phase"], "Running");
    write(&mut watching, &space, &target, &status).await;
    let corrected = read(&space).await;
    assert_eq!(corrected["status"]["phase"], Phase::Pending.as_str());
    assert!(
        condition(&corrected, "team.example.org/Approved").is_some(),
        "{corrected}"
    );
    assert_eq!(
        condition(&corrected, "PVCReady"),
        condition(&first, "PVCReady")
    );
    space.close().await;
}

#[tokio::test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
async fn same_name_with_another_uid_is_another_workbench() {
    let space = Space::new().await;
    let old = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    let mut watching = space.watch();
    write(&mut watching, &space, &old, &pending()).await;
    let sessions = space.api("AgenticSession");
    sessions
        .delete("climate", &DeleteParams::default())
        .await
        .expect("it is deleted");
    let new = space
        .session("climate", json!({ "app": "jupyterlab" }))
        .await;
    assert_ne!(old.id, new.id);
    // The copy may still hold the old one: the API server refuses then.
    let refused = watching
        .cluster
        .write_status(&space.name.as_str().into(), &old.id, &pending())
        .await;
    assert!(matches!(refused, Err(StatusError::Gone)), "{refused:?}");
    watching.waits_for_change_of(&new.id).await;
    write(&mut watching, &space, &new, &pending()).await;
    space.close().await;
}
