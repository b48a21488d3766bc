//! Runs that carry out one task and end.

use super::support::{PASSWORD, ask, begin_with, command, get, send, short, transcript, until};
use crate::support::{Running, end_all_of, eventually};
use serde_json::{Value, json};

fn task(prompt: &str, desired: &str) -> Value {
    json!({"name": "Task", "app": "task", "desired": desired, "spec": {"parameters": {"prompt": prompt}}})
}

/// Waits for a status, and returns the workbench.
fn until_status(server: &Running, workbench: &str, status: &str) -> Value {
    let path = format!("/api/workbenches/{workbench}");
    let mut shown = Value::Null;
    eventually(&format!("it is {status}"), || {
        shown = get(server, &path);
        shown["k8sStatus"] == status
    });
    shown
}

/// Returns the only tab of a workbench.
fn only_tab(server: &Running, workbench: &str) -> Value {
    let list = get(server, &format!("/api/workbenches/{workbench}/tabs"));
    let items = list["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{items:?}");
    items[0].clone()
}

/// The task of an app runs once, whatever happens to the server; the run ends with its exit code, its
/// transcript stays, and a message continues it in the next run.
#[test]
fn a_task_runs_once_ends_its_run_and_is_continued_in_its_tab() {
    let dir = tempfile::tempdir().expect("a folder");
    let prompt = "echo ran >> ran.txt; sleep 2; echo done-$((40+2))";
    let (server, workbench) = begin_with(dir.path(), &task(prompt, "Running"));
    let tab = only_tab(&server, &workbench);
    assert_eq!(
        (&tab["title"], &tab["kind"]),
        (&json!("Task"), &json!("agent"))
    );
    let tab = tab["id"].as_str().expect("an id").to_owned();
    let messages = format!("/api/tabs/{tab}/messages");
    eventually("it runs", || {
        get(&server, &messages)["items"][0]["state"] == "running"
    });
    server.kill();
    let mut server = Running::start(&mut command(dir.path()));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    until_status(&server, &workbench, "Complete");
    let list = get(&server, &messages);
    let message = &list["items"][0];
    assert_eq!(message["state"], "succeeded", "{list}");
    assert_eq!(message["endsRun"], true, "{list}");
    let events = transcript(&server, &tab);
    assert!(
        short(&events).contains(&("stdout", "done-42")),
        "{events:?}"
    );

    // The next run stays, and does not run it again.
    let body = json!({});
    ask(&server, "POST", &format!("/api/tabs/{tab}/retry"), &body);
    send(&server, &tab, 20, "wc -l < ran.txt");
    until(&server, &tab, 20, "succeeded");
    let events = transcript(&server, &tab);
    let said = short(&events);
    let last = said.iter().rfind(|(kind, _)| *kind == "stdout");
    assert_eq!(last, Some(&("stdout", "1")));
    let shown = get(&server, &format!("/api/workbenches/{workbench}"));
    assert_eq!(shown["k8sStatus"], "Running", "{shown}");
    assert_eq!(shown["status"]["runNumber"], 2, "{shown}");
    drop(server);
    end_all_of(&dir.path().join("data"));
}

/// A failed task fails its run with its exit code, and is not tried again.
#[test]
fn a_failed_task_fails_its_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin_with(dir.path(), &task("echo no; exit 7", "Running"));
    let shown = until_status(&server, &workbench, "Failed");
    let message = shown["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("exit code 7"), "{shown}");
    assert_eq!(shown["status"]["runNumber"], 1, "{shown}");
    drop(server);
    end_all_of(&dir.path().join("data"));
}

/// In use, C3: the cause of a failed task is in the log of its own run, with the command that is missing.
#[test]
fn a_task_whose_command_is_missing_names_it_in_its_runs_log() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin_with(dir.path(), &task("Write a haiku", "Running"));
    let shown = until_status(&server, &workbench, "Failed");
    let message = shown["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("exit code 127"), "{shown}");
    let run = shown["run"]["id"].as_str().expect("a run");
    let log = get(&server, &format!("/api/runs/{run}/log"));
    let log = log["text"].as_str().unwrap_or_default();
    assert!(log.contains("Write: "), "{log}");
    assert!(log.contains("not found"), "{log}");
    assert!(log.contains("The task has failed."), "{log}");
    drop(server);
    end_all_of(&dir.path().join("data"));
}

/// A task that has not begun follows the settings; one that is stopped leaves the run to the user.
#[test]
fn a_task_follows_the_settings_until_it_runs_and_can_be_stopped() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin_with(dir.path(), &task("echo first", "Stopped"));
    let tab = only_tab(&server, &workbench);
    let tab = tab["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/workbenches/{workbench}");
    let changed = json!({"spec": {"parameters": {"prompt": "echo second; sleep 600"}}});
    ask(&server, "PATCH", &path, &changed);
    ask(&server, "POST", &format!("{path}/start"), &json!({}));
    let messages = format!("/api/tabs/{tab}/messages");
    eventually("it runs", || {
        short(&transcript(&server, &tab)).contains(&("stdout", "second"))
    });
    let list = get(&server, &messages);
    let message = list["items"][0]["id"].clone();
    let stop = json!({"messageId": message});
    ask(&server, "POST", &format!("/api/tabs/{tab}/stop"), &stop);
    send(&server, &tab, 30, "echo goes-on");
    until(&server, &tab, 30, "succeeded");
    assert_eq!(get(&server, &messages)["items"][0]["state"], "stopped");
    assert_eq!(get(&server, &path)["k8sStatus"], "Running");
    drop(server);
    end_all_of(&dir.path().join("data"));
}
