//! The stage of a Pod whose process has not started.

use super::objects::{ContainerStatus, Event, Pod, Waiting, newest};
use vestibule_model::observed::{ImageFault, Stage};
use vestibule_model::time::{Millis, Timestamp};

/// Words with which the kubelet reports that it hasn't read a Secret or ConfigMap yet. It reads them
/// when a Pod is placed, and waits a second for each, which a busy cluster exceeds.
const UNREAD: [&str; 4] = [
    "failed to sync secret cache",
    "failed to sync configmap cache",
    "not registered",
    "not found",
];

/// Time for which that is normal. The kubelet mounts again after 0.5 s, 1 s, 2 s and 4 s, and waits a second
/// in each attempt.
const UNREAD_LIMIT: Millis = Millis::from_secs(10);

/// Returns the stage of a Pod.
pub(super) fn of(pod: &Pod, events: &[&Event], now: Timestamp) -> Stage {
    if let Some(stage) = scheduling(pod, events) {
        return stage;
    }
    let preparation = preparation(pod, events, now);
    let waiting = pod.app_status().and_then(|app| app.state.waiting.as_ref());
    preparation
        .or_else(|| waiting.and_then(|waiting| obstacle(pod, waiting, events, now)))
        .unwrap_or_else(|| creating(events))
}

/// Returns the stage of a Pod without a machine, or `None` if it has one.
fn scheduling(pod: &Pod, events: &[&Event]) -> Option<Stage> {
    let scheduled = pod.condition("PodScheduled");
    if !pod.spec.node_name.is_empty() || scheduled.is_some_and(|condition| condition.is_true()) {
        return None;
    }
    let reported = scheduled
        .filter(|condition| condition.is_false())
        .map(|condition| match condition.message.as_str() {
            "" => condition.reason.clone(),
            message => message.to_owned(),
        })
        .or_else(|| newest(events, &["FailedScheduling"]).map(|event| event.message.clone()));
    Some(
        reported
            .filter(|reported| !reported.is_empty())
            .map_or(Stage::Unscheduled, Stage::Unschedulable),
    )
}

/// Returns the stage of a Pod whose init containers have not all ended, or `None` if they have.
fn preparation(pod: &Pod, events: &[&Event], now: Timestamp) -> Option<Stage> {
    let is_helper = |status: &ContainerStatus| {
        let all = &pod.spec.init_containers;
        let one = all.iter().find(|container| container.name == status.name);
        one.is_some_and(|container| container.restart_policy == "Always")
    };
    let all = &pod.status.init_container_statuses;
    let is_done = |status: &ContainerStatus| match &status.state.terminated {
        Some(end) => end.exit_code == Some(0),
        None => is_helper(status) && status.state.running.is_some(),
    };
    let (place, status) = all
        .iter()
        .enumerate()
        .find(|(_, status)| !is_done(status))?;
    if let Some(waiting) = &status.state.waiting
        && let Some(stage) = obstacle(pod, waiting, events, now)
    {
        return Some(stage);
    }
    let counted = format!(
        "init container {:?} ({} of {})",
        status.name,
        place + 1,
        all.len()
    );
    match (&status.state.running, &status.last_state.terminated) {
        (Some(_), _) => Some(Stage::Initializing(format!("Running {counted}."))),
        (None, Some(end)) => Some(Stage::Initializing(match end.exit_code {
            Some(code) => format!("Retrying {counted}, which stopped with exit code {code}."),
            None => format!("Retrying {counted}."),
        })),
        // Before the first one there may be folders to attach and images to fetch.
        (None, None) => match creating(events) {
            Stage::Creating(why) if why.is_empty() => {
                Some(Stage::Initializing(format!("Waiting for {counted}.")))
            }
            stage => Some(stage),
        },
    }
}

/// Returns the stage that a waiting container names, or `None` if it only waits.
fn obstacle(pod: &Pod, waiting: &Waiting, events: &[&Event], now: Timestamp) -> Option<Stage> {
    let fault = match waiting.reason.as_str() {
        "InvalidImageName" => ImageFault::InvalidName,
        "ImagePullBackOff" => ImageFault::BackOff,
        "ErrImagePull"
        | "ErrImageNeverPull"
        | "ImageInspectError"
        | "RegistryUnavailable"
        | "SignatureValidationFailed" => ImageFault::Pull,
        "CreateContainerConfigError"
        | "CreateContainerError"
        | "RunContainerError"
        | "PreCreateHookError"
        | "PreStartHookError"
        | "PostStartHookError" => {
            return Some(Stage::Misconfigured(match waiting.message.as_str() {
                "" => waiting.reason.clone(),
                message => message.to_owned(),
            }));
        }
        _ => return None,
    };
    let failures = events.iter().filter(|event| event.reason == "Failed");
    let failures: Vec<_> = failures
        .filter(|event| event.message.contains("pull"))
        .collect();
    // A container that waits for the next attempt does not always say why the last one failed.
    let why = match fault {
        ImageFault::BackOff if !waiting.message.contains(": ") => {
            failures.last().map(|event| &event.message)
        }
        _ => None,
    };
    let why = why.unwrap_or(&waiting.message);
    Some(Stage::ImageFault {
        fault,
        since: failures
            .iter()
            .filter_map(|event| event.first())
            .min()
            .or_else(|| placed(pod))
            .unwrap_or(now),
        why: match why.as_str() {
            "" => waiting.reason.clone(),
            why => why.to_owned(),
        },
    })
}

/// Returns when the Pod got its machine, or `None` if that is not known.
fn placed(pod: &Pod) -> Option<Timestamp> {
    let scheduled = pod.condition("PodScheduled");
    scheduled
        .and_then(|condition| condition.last_transition_time)
        .or(pod.metadata.creation_timestamp)
}

/// Returns the stage of a Pod whose containers are being created, by its newest event.
fn creating(events: &[&Event]) -> Stage {
    const TELLING: [&str; 7] = [
        "FailedMount",
        "FailedAttachVolume",
        "SuccessfulAttachVolume",
        "FailedCreatePodSandBox",
        "NetworkNotReady",
        "Pulling",
        "Pulled",
    ];
    let events: Vec<&Event> = events
        .iter()
        .copied()
        .filter(|event| !is_still_unread(event))
        .collect();
    let Some(event) = newest(&events, &TELLING) else {
        return Stage::Creating(String::new());
    };
    match event.reason.as_str() {
        "FailedMount" | "FailedAttachVolume" => Stage::FailedMount(event.message.clone()),
        "FailedCreatePodSandBox" | "NetworkNotReady" => Stage::Creating(event.message.clone()),
        "Pulling" => Stage::Pulling(event.message.clone()),
        _ => Stage::Creating(String::new()),
    }
}

/// Returns `true` for a failed mount of a Secret or ConfigMap that the kubelet hasn't read yet: it
/// mounts it in a moment, and nobody has to do anything.
fn is_still_unread(event: &Event) -> bool {
    let failed_for = event.last().zip(event.first());
    event.reason == "FailedMount"
        && UNREAD.iter().any(|words| event.message.contains(words))
        && failed_for.is_none_or(|(last, first)| last.since(first) < UNREAD_LIMIT)
}
