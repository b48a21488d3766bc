//! Objects as an API server sends them, and what they mean for a run.

mod claims;
mod disruptions;
mod endings;
mod garbled;
mod starts;

use super::*;
use serde_json::json;
use vestibule_model::observed::{Exit, ImageFault, Probe, Runner, Stage, StopRequest};

const UID: &str = "7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11";
const CLAIM_UID: &str = "c0ffee00-2a38-4a7b-9a0e-0f6c0a4b9a11";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn now() -> Timestamp {
    at("2026-11-21T10:10:00Z")
}

/// Returns a Pod with this status, on a machine unless its conditions say otherwise.
fn pod(status: Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "climate-3",
            "namespace": "team",
            "uid": UID,
            "creationTimestamp": "2026-11-21T10:00:00Z",
            "labels": { "vestibule.dev/workbench": "climate" },
            "ownerReferences": [{ "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
                "name": "climate", "uid": "ba3da0c9-6058-4f42-ba45-eee98caf3633", "controller": true }],
        },
        "spec": {
            "nodeName": "node-a",
            "restartPolicy": "Never",
            "initContainers": [{ "name": "copy", "image": "vestibule" }],
            "containers": [
                { "name": "proxy", "image": "mesh" },
                { "name": "runner", "image": "team/app:9", "resources": { "limits": { "memory": "2Gi" } } },
            ],
        },
        "status": status,
    })
}

/// Returns a Pod that waits for a machine.
fn unplaced(condition: Value) -> Value {
    let mut pod = pod(json!({ "phase": "Pending", "conditions": [condition] }));
    pod["spec"]
        .as_object_mut()
        .expect("a spec")
        .remove("nodeName");
    pod
}

/// Returns the status of a Pod whose container of the app is in this state.
fn with_app(phase: &str, state: Value) -> Value {
    json!({
        "phase": phase,
        "startTime": "2026-11-21T10:00:01Z",
        "conditions": [
            { "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T10:00:01Z" },
            { "type": "Initialized", "status": "True" },
        ],
        "initContainerStatuses": [{ "name": "copy", "state": { "terminated": { "exitCode": 0, "reason": "Completed" } } }],
        "containerStatuses": [
            { "name": "proxy", "ready": true, "restartCount": 4, "state": { "running": { "startedAt": "2026-11-21T10:00:03Z" } } },
            { "name": "runner", "ready": false, "restartCount": 0, "image": "team/app:9", "state": state },
        ],
    })
}

fn waiting(reason: &str, message: &str) -> Value {
    pod(with_app(
        "Pending",
        json!({ "waiting": { "reason": reason, "message": message } }),
    ))
}

fn terminated(phase: &str, exit_code: i32, reason: &str) -> Value {
    pod(with_app(
        phase,
        json!({ "terminated": {
            "exitCode": exit_code, "reason": reason,
            "startedAt": "2026-11-21T10:00:04Z", "finishedAt": "2026-11-21T10:09:00Z",
        } }),
    ))
}

fn running() -> Value {
    let mut pod = pod(with_app(
        "Running",
        json!({ "running": { "startedAt": "2026-11-21T10:00:04Z" } }),
    ));
    pod["status"]["containerStatuses"][1]["ready"] = json!(true);
    push(
        &mut pod["status"]["conditions"],
        json!({ "type": "Ready", "status": "True" }),
    );
    pod
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().expect("a list").push(item);
}

fn event(uid: &str, reason: &str, message: &str, second: u32) -> Value {
    let time = format!("2026-11-21T10:00:{second:02}Z");
    json!({
        "reason": reason, "message": message, "type": "Warning", "count": 3,
        "firstTimestamp": time, "lastTimestamp": time, "eventTime": null,
        "involvedObject": { "kind": "Pod", "name": "climate-3", "uid": uid },
    })
}

fn about_pod(reason: &str, message: &str, second: u32) -> Value {
    event(UID, reason, message, second)
}

fn observe(pod: &Value, events: &[Value]) -> Observed {
    let facts = Facts {
        pod: Some(pod),
        events,
        active_deadline: Some(Millis::from_secs(28_800)),
        ..Facts::default()
    };
    observed(&facts, now())
}

#[track_caller]
fn stage(pod: &Value, events: &[Value]) -> Stage {
    match observe(pod, events).runner {
        Runner::Waiting { stage, job_name } => {
            assert_eq!(job_name, "climate-3");
            stage
        }
        other => panic!("it does not wait: {other:?}"),
    }
}

#[track_caller]
fn end(pod: &Value) -> (Exit, StopRequest, Timestamp) {
    match observe(pod, &[]).runner {
        Runner::Exited { how, asked, at, .. } => (how, asked, at),
        other => panic!("it has not ended: {other:?}"),
    }
}

fn is_stop_requested(mut pod: Value) -> Value {
    pod["metadata"]["annotations"] = json!({ STOP_REQUESTED: "2026-11-21T10:08:00Z" });
    pod
}
