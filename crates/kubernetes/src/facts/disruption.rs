//! Ends that come from outside: evictions, preemptions, lost machines, deletions by hand.

use super::objects::Pod;
use vestibule_model::observed::Exit;
use vestibule_model::time::Timestamp;

/// Returns how a Pod is or was ended from outside, or `None` if it was not.
pub(super) fn of(pod: &Pod) -> Option<Exit> {
    if pod.is_stop_requested() {
        return None;
    }
    by_status(pod).or_else(|| by_condition(pod)).or_else(|| {
        pod.metadata.deletion_timestamp?;
        Some(Exit::Deleted(
            "The app's Pod was deleted from outside Vestibule.".to_owned(),
        ))
    })
}

/// Returns when the end was announced, or `None` if that is not known.
pub(super) fn time(pod: &Pod) -> Option<Timestamp> {
    let target = pod.condition("DisruptionTarget");
    target
        .and_then(|target| target.last_transition_time)
        .or(pod.metadata.deletion_timestamp)
}

/// Reads the reason that a kubelet or the node controller gives the whole Pod.
fn by_status(pod: &Pod) -> Option<Exit> {
    let reported = |ours: &str| sentences(ours, &pod.status.message);
    match pod.status.reason.as_str() {
        "Evicted" => Some(Exit::Evicted(reported(
            "The machine ran low on resources and evicted the app.",
        ))),
        "Shutdown" | "NodeShutdown" | "Terminated" => {
            Some(Exit::Evicted(reported("The machine was shut down.")))
        }
        "Preempting" | "Preempted" => Some(Exit::Preempted(reported(
            "The app had to make room for something more urgent.",
        ))),
        "NodeLost" => Some(Exit::NodeLost(reported(
            "The machine on which the app ran is gone.",
        ))),
        _ => None,
    }
}

/// Reads the condition that announces an end (`DisruptionTarget`).
fn by_condition(pod: &Pod) -> Option<Exit> {
    let target = pod
        .condition("DisruptionTarget")
        .filter(|target| target.is_true())?;
    let reported = |ours: &str| sentences(ours, &target.message);
    Some(match target.reason.as_str() {
        "PreemptionByScheduler" => Exit::Preempted(reported(
            "The app had to make room for something more urgent.",
        )),
        "DeletionByTaintManager" => Exit::NodeLost(reported(
            "The machine on which the app ran doesn't respond, or takes no apps any more.",
        )),
        "DeletionByPodGC" => Exit::NodeLost(reported("The machine on which the app ran is gone.")),
        "EvictionByEvictionAPI" => Exit::Evicted(reported(
            "The app was evicted, such as from a machine that is drained.",
        )),
        _ => Exit::Evicted(reported("The cluster ended the app.")),
    })
}

/// Returns our sentence, and the cluster's own words after it.
fn sentences(ours: &str, theirs: &str) -> String {
    match theirs.trim() {
        "" => ours.to_owned(),
        theirs => format!("{ours} {theirs}"),
    }
}
