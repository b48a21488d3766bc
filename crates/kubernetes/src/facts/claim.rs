//! The folder of a workbench: a PersistentVolumeClaim.

use super::objects::{Claim, Event, condition, newest};
use vestibule_model::observed::Volume;
use vestibule_model::time::{Millis, Timestamp};

/// Age after which a pending claim without an event counts as one that waits for its Pod.
///
/// A class binds either at once, which begins with an event, or with the first Pod. Events expire, and
/// a Pod that is created too early only waits for its claim; one that is never created waits for ever.
const SILENT_AFTER: Millis = Millis::from_secs(10);

/// Returns the state of the folder.
pub(super) fn volume(claim: &Claim, events: &[&Event], now: Timestamp) -> Volume {
    match claim.status.phase.as_str() {
        "Bound" => bound(claim),
        "Lost" => {
            let message = newest(events, &["ClaimLost", "ClaimMisbound"]);
            let message = message.map(|event| event.message.clone());
            Volume::Lost(message.unwrap_or_else(|| {
                format!(
                    "The volume {} of the workbench's folder is gone.",
                    claim.spec.volume_name
                )
            }))
        }
        _ => pending(claim, events, now),
    }
}

fn bound(claim: &Claim) -> Volume {
    let is_growing = ["Resizing", "FileSystemResizePending"].iter().any(|kind| {
        condition(&claim.status.conditions, kind).is_some_and(|condition| condition.is_true())
    });
    if !is_growing {
        return Volume::Bound;
    }
    let size = claim.spec.resources.requests.get("storage");
    Volume::Resizing(match size {
        Some(size) => format!("The workbench's folder is being enlarged to {size}."),
        None => String::new(),
    })
}

fn pending(claim: &Claim, events: &[&Event], now: Timestamp) -> Volume {
    const TELLING: [&str; 6] = [
        "ProvisioningFailed",
        "FailedBinding",
        "ExternalProvisioning",
        "Provisioning",
        "WaitForFirstConsumer",
        "WaitForPodScheduled",
    ];
    match newest(events, &TELLING) {
        Some(event) => match event.reason.as_str() {
            "ProvisioningFailed" | "FailedBinding" => Volume::Failed(event.message.clone()),
            "WaitForFirstConsumer" | "WaitForPodScheduled" => Volume::WithJob,
            _ => Volume::Pending(event.message.clone()),
        },
        None => {
            let created = claim.metadata.creation_timestamp;
            match created.is_some_and(|created| now.since(created) < SILENT_AFTER) {
                true => Volume::Pending(String::new()),
                false => Volume::WithJob,
            }
        }
    }
}
