//! Folders: claims that are pending, bound, enlarged and lost.

use super::*;

fn claim(status: Value) -> Value {
    json!({
        "kind": "PersistentVolumeClaim",
        "metadata": { "name": "climate", "uid": CLAIM_UID, "creationTimestamp": "2026-11-21T10:00:00Z" },
        "spec": { "volumeName": "pvc-1", "resources": { "requests": { "storage": "10Gi" } } },
        "status": status,
    })
}

fn volume_at(status: Value, events: &[Value], now: Timestamp) -> Volume {
    let claim = claim(status);
    let facts = Facts {
        claim: Some(&claim),
        events,
        ..Facts::default()
    };
    observed(&facts, now).volume
}

fn pending(events: &[(&str, &str)]) -> Volume {
    let events: Vec<_> = (1u32..)
        .zip(events)
        .map(|(second, (reason, message))| event(CLAIM_UID, reason, message, second))
        .collect();
    volume_at(json!({ "phase": "Pending" }), &events, now())
}

#[test]
fn pending_claims_are_told_by_their_newest_event() {
    let external = (
        "ExternalProvisioning",
        "Waiting for a volume to be created by the driver \"csi\"",
    );
    let failed = (
        "ProvisioningFailed",
        "storageclass.storage.k8s.io \"fast\" not found",
    );
    let first = (
        "WaitForFirstConsumer",
        "waiting for first consumer to be created before binding",
    );
    assert_eq!(pending(&[external]), Volume::Pending(external.1.into()));
    assert_eq!(
        pending(&[external, failed]),
        Volume::Failed(failed.1.into())
    );
    assert_eq!(
        pending(&[failed, external]),
        Volume::Pending(external.1.into())
    );
    assert_eq!(pending(&[first]), Volume::WithJob);
    assert_eq!(
        pending(&[("FailedBinding", "no persistent volumes available")]),
        Volume::Failed("no persistent volumes available".into())
    );
}

/// Events expire, and a claim that waits for its Pod would wait for ever.
#[test]
fn pending_claim_without_events_does_not_hold_up_the_pod_for_long() {
    let status = || json!({ "phase": "Pending" });
    assert_eq!(
        volume_at(status(), &[], at("2026-11-21T10:00:09Z")),
        Volume::Pending(String::new())
    );
    assert_eq!(
        volume_at(status(), &[], at("2026-11-21T10:00:10Z")),
        Volume::WithJob
    );
}

#[test]
fn bound_enlarged_and_lost_claims_are_distinguished() {
    let of = |status: Value| volume_at(status, &[], now());
    assert_eq!(of(json!({ "phase": "Bound" })), Volume::Bound);
    for kind in ["Resizing", "FileSystemResizePending"] {
        let growing =
            json!({ "phase": "Bound", "conditions": [{ "type": kind, "status": "True" }] });
        assert_eq!(
            of(growing),
            Volume::Resizing("The workbench's folder is being enlarged to 10Gi.".into())
        );
    }
    let done =
        json!({ "phase": "Bound", "conditions": [{ "type": "Resizing", "status": "False" }] });
    assert_eq!(of(done), Volume::Bound);
    assert_eq!(
        of(json!({ "phase": "Lost" })),
        Volume::Lost("The volume pvc-1 of the workbench's folder is gone.".into())
    );
}
