//! The process of a run: its Pod.

use super::objects::{ContainerStatus, Event, Pod, Running, newest};
use super::{disruption, ending, stage};
use vestibule_model::observed::{Exit, Probe, Restarted, Runner};
use vestibule_model::reconcile::MOST_RESTARTS;
use vestibule_model::time::{Millis, Timestamp};

/// Returns the state of a run's process, and whether the app can be used.
pub(super) fn runner(
    pod: &Pod,
    events: &[&Event],
    limit: Option<Millis>,
    now: Timestamp,
) -> (Runner, Probe) {
    let job_name = pod.metadata.name.clone();
    if let Some(ended) = ending::of(pod, limit, now) {
        return (ended, Probe::NotTried);
    }
    if pod.metadata.deletion_timestamp.is_some()
        && let Some(how) = disruption::of(pod)
    {
        return (Runner::Disrupted { job_name, how }, Probe::NotTried);
    }
    let app = pod.app_status();
    if let Some((app, running)) = app.and_then(|app| Some((app, app.state.running.as_ref()?))) {
        return (living(pod, app, running, now), probe(pod, app, events));
    }
    if let Some((restarts, how)) = app.and_then(|app| crash(pod, app)) {
        // What cannot be started now cannot be started later either.
        let is_last = matches!(how, Exit::NotFound(_) | Exit::StartError(_))
            || pod.restart_limit().is_some_and(|limit| restarts >= limit);
        if let Some(app) = app.filter(|_| is_last) {
            return (ending::after_restarts(pod, app, how, now), Probe::NotTried);
        }
        let back_off = Runner::BackOff {
            job_name,
            restarts,
            how,
        };
        return (back_off, Probe::NotTried);
    }
    let stage = stage::of(pod, events, now);
    (Runner::Waiting { job_name, stage }, Probe::NotTried)
}

fn living(pod: &Pod, app: &ContainerStatus, running: &Running, now: Timestamp) -> Runner {
    let most = pod.restart_limit().unwrap_or(MOST_RESTARTS);
    let crash = app.last_state.terminated.as_ref();
    let restarted = crash
        .filter(|_| app.restart_count > 0)
        .map(|end| Restarted {
            how: ending::of_container(pod, end),
            times: app.restart_count.min(most),
            most,
            in_all: app.restart_count,
        });
    Runner::Running {
        job_name: pod.metadata.name.clone(),
        pod_name: pod.metadata.name.clone(),
        started_at: running.started_at.unwrap_or(now),
        restarted,
        note: None,
    }
}

/// Returns the number of restarts before a crash and its kind, or `None` if the container has not
/// crashed. It is started again in the same Pod.
fn crash(pod: &Pod, app: &ContainerStatus) -> Option<(u32, Exit)> {
    let is_pausing = |reason: &str| reason == "CrashLoopBackOff";
    let last = app.last_state.terminated.as_ref();
    let pausing = app
        .state
        .waiting
        .as_ref()
        .filter(|waiting| is_pausing(&waiting.reason));
    let end = app
        .state
        .terminated
        .as_ref()
        .or_else(|| last.filter(|_| pausing.is_some()));
    match end {
        Some(end) => Some((app.restart_count, ending::of_container(pod, end))),
        None => pausing.map(|_| (app.restart_count, Exit::Lost)),
    }
}

/// Returns why an app is not ready, by the status of its runner's answer
/// (`engine/local/runner/pod/health.rs`): the kubelet has asked the runner, and not the app.
fn unhealthy(message: &str) -> String {
    let has = |status: &str| message.ends_with(&format!("statuscode: {status}"));
    if has("503") {
        "The app doesn't listen yet.".to_owned()
    } else if has("504") {
        "The app doesn't answer in time.".to_owned()
    } else {
        message.to_owned()
    }
}

/// Returns whether the app can be used. The container's probe and the machine's heartbeat decide.
fn probe(pod: &Pod, app: &ContainerStatus, events: &[&Event]) -> Probe {
    let ready = pod.condition("Ready").filter(|ready| ready.is_false());
    match (app.ready, ready) {
        (true, None) => Probe::Succeeded,
        (true, Some(ready)) => Probe::Failed(match ready.reason.as_str() {
            "ReadinessGatesNotReady" | "ContainersNotReady" if !ready.message.is_empty() => {
                ready.message.clone()
            }
            _ => format!("The machine {} doesn't respond.", pod.spec.node_name),
        }),
        (false, _) => match newest(events, &["Unhealthy"]) {
            Some(event) => Probe::Failed(unhealthy(&event.message)),
            None if ready.is_some() => {
                Probe::Failed("The app doesn't pass its readiness probe.".to_owned())
            }
            None => Probe::NotTried,
        },
    }
}
