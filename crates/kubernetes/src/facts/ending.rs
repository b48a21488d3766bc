//! The end of a run's process.

use super::disruption;
use super::objects::{ContainerStatus, Pod, Terminated};
use vestibule_engine::pod::TerminationMessage;
use vestibule_model::observed::{Exit, Runner, StopRequest};
use vestibule_model::reconcile::timed_out;
use vestibule_model::time::{Millis, Timestamp};

/// Exit code of a process that was killed.
const KILLED: i32 = 137;

/// Returns the end of a Pod's process, or `None` if it has not ended for good.
pub(super) fn of(pod: &Pod, limit: Option<Millis>, now: Timestamp) -> Option<Runner> {
    let app = pod.app_status();
    let terminated = app.and_then(|app| app.state.terminated.as_ref());
    let is_final = |end: &Terminated| !pod.restarts_after(end.exit_code);
    let is_over = matches!(pod.status.phase.as_str(), "Succeeded" | "Failed");
    if !is_over && !terminated.is_some_and(is_final) {
        return None;
    }
    let how = how(pod, terminated, limit);
    let requested = match pod.is_stop_requested() {
        false => StopRequest::No,
        true if terminated.is_some_and(|end| end.exit_code == Some(KILLED)) => {
            StopRequest::Forcibly
        }
        true => StopRequest::Gently,
    };
    let finished = terminated.and_then(|end| end.finished_at);
    Some(Runner::Exited {
        job_name: pod.metadata.name.clone(),
        at: finished.or_else(|| disruption::time(pod)).unwrap_or(now),
        how,
        restarts: app.map_or(0, |app| app.restart_count),
        asked: requested,
        last_line: terminated.and_then(last_line),
    })
}

/// Returns the end of a run whose container was started again as often as it may be. The cluster would
/// go on until the Pod is stopped.
pub(super) fn after_restarts(
    pod: &Pod,
    app: &ContainerStatus,
    how: Exit,
    now: Timestamp,
) -> Runner {
    let states = [&app.state, &app.last_state];
    let end = states.iter().find_map(|state| state.terminated.as_ref());
    Runner::Exited {
        job_name: pod.metadata.name.clone(),
        at: end.and_then(|end| end.finished_at).unwrap_or(now),
        how,
        restarts: app.restart_count,
        asked: StopRequest::No,
        last_line: end.and_then(last_line),
    }
}

/// Returns the last line of the output that reports an error, from which the runner has removed the
/// secrets; `None` if there is none.
fn last_line(end: &Terminated) -> Option<String> {
    let message = TerminationMessage::parse(&end.message);
    message.exit.as_ref().and(message.last_error_line())
}

/// Returns the kind of the end. What happened to the whole Pod explains the end of its process.
fn how(pod: &Pod, terminated: Option<&Terminated>, limit: Option<Millis>) -> Exit {
    // A requested end is a deadline, too.
    if pod.status.reason == "DeadlineExceeded" && !pod.is_stop_requested() {
        let without = || "The run reached its time limit.".to_owned();
        return Exit::TimedOut(limit.map_or_else(without, timed_out));
    }
    if let Some(exit) = disruption::of(pod) {
        return exit;
    }
    if let Some(end) = terminated {
        return of_container(pod, end);
    }
    failed_preparation(pod).unwrap_or_else(|| match pod.status.phase.as_str() {
        "Succeeded" => Exit::Code(0),
        // A machine refuses a Pod for which it has no room or no permission after all.
        _ if !pod.status.reason.is_empty() => {
            let message = match pod.status.message.as_str() {
                "" => &pod.status.reason,
                message => message,
            };
            Exit::StartError(format!("The machine refused the app's Pod: {message}"))
        }
        _ => Exit::Lost,
    })
}

/// Returns the kind of a container's end.
pub(super) fn of_container(pod: &Pod, end: &Terminated) -> Exit {
    match end.reason.as_str() {
        "OOMKilled" => return Exit::OutOfMemory(out_of_memory(pod)),
        "StartError" | "ContainerCannotRun" => return Exit::StartError(end.message.clone()),
        // The machine came back without the container, whose end no one saw.
        "ContainerStatusUnknown" => return Exit::Lost,
        _ => {}
    }
    // The runner saw what its container cannot report.
    if let Some(exit) = TerminationMessage::parse(&end.message).exit {
        return exit;
    }
    match (end.exit_code, end.signal) {
        (_, signal) if signal > 0 => Exit::Signal(signal),
        (Some(code), _) => Exit::Code(code),
        (None, _) => Exit::Lost,
    }
}

fn out_of_memory(pod: &Pod) -> String {
    let limit = pod.app().and_then(|app| app.resources.limits.get("memory"));
    match limit {
        Some(limit) => {
            format!("The app used more memory than its limit of {limit} and was stopped.")
        }
        None => "The app used more memory than allowed and was stopped.".to_owned(),
    }
}

/// Returns the failure of an init container, or `None` if none has failed.
fn failed_preparation(pod: &Pod) -> Option<Exit> {
    pod.status
        .init_container_statuses
        .iter()
        .find_map(|status| {
            let end = status.state.terminated.as_ref()?;
            let code = end.exit_code.filter(|code| *code != 0)?;
            let name = &status.name;
            let why = match end.message.trim() {
                "" => String::new(),
                message => format!(" {message}"),
            };
            Some(Exit::StartError(format!(
                "The init container {name:?} stopped with exit code {code}.{why}"
            )))
        })
}
