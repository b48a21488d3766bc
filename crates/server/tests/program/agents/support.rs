//! A server with a workbench whose tab is an agent, and requests about its messages.

use crate::support::{Running, eventually, serve};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

pub const PASSWORD: &str = "correct horse battery";

pub const APPS: &str = r#"
[[app]]
name = "shell"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
terminal = true
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]
[[app]]
name = "json"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
terminal = true
[app.agent]
command = ["sh", "-c", 'cat; echo; echo "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"first of $1\"}]}}"', "agent", "{session}"]
resume = ["sh", "-c", 'echo "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"next of $1\"}]}}"', "agent", "{session}"]
output = "json"
[[app]]
name = "task"
command = ["{vestibule}", "app", "files", "--port", "{port}", "--dir", "{dir}"]
terminal = true
restart_limit = 0
[[app.parameters]]
name = "prompt"
kind = "prompt"
required = true
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]
task = "{param.prompt}"
"#;

pub fn command(dir: &Path) -> Command {
    let apps = dir.join("apps.toml");
    std::fs::write(&apps, APPS).expect("written");
    let mut command = serve(&dir.join("data"));
    command.args(["--log", "warn", "--apps"]).arg(apps);
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    command
}

pub fn id(number: u64) -> String {
    format!("01939f6e-7b2a-7c4d-9e1f-{number:012x}")
}

pub fn ask(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let (status, body) = server.ask(method, path, &body.to_string());
    assert!(
        (200..300).contains(&status),
        "{method} {path}: {status} {body}"
    );
    serde_json::from_str(&body).unwrap_or_default()
}

pub fn get(server: &Running, path: &str) -> Value {
    let (status, body) = server.ask("GET", path, "");
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

/// Starts a server with a workbench of an app; returns the workbench's id.
pub fn begin(dir: &Path, app: &str) -> (Running, String) {
    begin_with(dir, &json!({"name": "Bench", "app": app}))
}

/// Starts a server with this workbench; returns the workbench's id.
pub fn begin_with(dir: &Path, bench: &Value) -> (Running, String) {
    let mut server = Running::start(&mut command(dir));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let workspace = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
    let workspace = workspace["id"].as_str().expect("an id");
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let bench = ask(&server, "POST", &path, bench);
    let id = bench["id"].as_str().expect("an id").to_owned();
    (server, id)
}

/// Opens an agent tab, also before its workbench runs.
pub fn open(server: &Running, workbench: &str, tab: u64) -> String {
    let body = json!({"workbenchId": workbench, "kind": "agent"});
    ask(server, "PUT", &format!("/api/tabs/{}", id(tab)), &body);
    id(tab)
}

pub fn send(server: &Running, tab: &str, message: u64, text: &str) {
    let path = format!("/api/tabs/{tab}/messages/{}", id(message));
    ask(server, "PUT", &path, &json!({"text": text}));
}

pub fn message(server: &Running, tab: &str, message: u64) -> Value {
    let list = get(server, &format!("/api/tabs/{tab}/messages"));
    let items = list["items"].as_array().expect("a list");
    let found = items.iter().find(|one| one["id"] == id(message));
    found.cloned().unwrap_or_default()
}

pub fn state(server: &Running, tab: &str, number: u64) -> String {
    let message = message(server, tab, number);
    message["state"].as_str().unwrap_or_default().to_owned()
}

pub fn until(server: &Running, tab: &str, number: u64, wanted: &str) {
    eventually(&format!("message {number} is {wanted}"), || {
        state(server, tab, number) == wanted
    });
}

/// Returns every event, by pages.
pub fn transcript(server: &Running, tab: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all
            .last()
            .map_or(0, |event| event["seq"].as_u64().expect("a number"));
        let page = get(server, &format!("/api/tabs/{tab}/transcript?after={after}"));
        let items = page["items"].as_array().expect("a list");
        if items.is_empty() {
            return all;
        }
        all.extend(items.clone());
    }
}

pub fn short(events: &[Value]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            (text("kind"), text("text"))
        })
        .collect()
}
