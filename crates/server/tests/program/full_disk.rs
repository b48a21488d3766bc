//! Agents on a disk that is full.

use crate::support::{Running, SmallDisk, eventually, serve};
use serde_json::{Value, json};
use std::fs;

const PASSWORD: &str = "correct horse battery";

const APPS: &str = r#"
[[app]]
name = "shell"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
terminal = true
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]
"#;

/// Number of lines that the turn puts out while the disk is full.
const LINES: usize = 200;

fn ask(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let (status, body) = server.ask(method, path, &body.to_string());
    assert_eq!(status / 100, 2, "{method} {path}: {status} {body}");
    serde_json::from_str(&body).unwrap_or_default()
}

fn id(number: u8) -> String {
    format!("01939f6e-7b2a-7c4d-9e1f-0000000000{number:02x}")
}

fn send(server: &Running, tab: u8, message: u8, text: &str) {
    let path = format!("/api/tabs/{}/messages/{}", id(tab), id(message));
    ask(server, "PUT", &path, &json!({ "text": text }));
}

fn state(server: &Running, tab: u8, message: u8) -> String {
    let list = ask(
        server,
        "GET",
        &format!("/api/tabs/{}/messages", id(tab)),
        &Value::Null,
    );
    let items = list["items"].as_array().expect("a list");
    let found = items.iter().find(|one| one["id"] == id(message));
    let state = found.and_then(|one| one["state"].as_str());
    state.unwrap_or_default().to_owned()
}

fn output(server: &Running, tab: u8) -> Vec<String> {
    let path = format!("/api/tabs/{}/transcript?after=0&limit=1000", id(tab));
    let page = ask(server, "GET", &path, &Value::Null);
    let items = page["items"].as_array().expect("a list");
    let lines = items.iter().filter(|event| event["kind"] == "stdout");
    lines
        .map(|event| event["text"].as_str().expect("a text").to_owned())
        .collect()
}

/// Returns `true` if a process has this text in its command line.
fn runs(text: &str) -> bool {
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    processes
        .map(|entry| fs::read(entry.path().join("cmdline")).unwrap_or_default())
        .any(|line| {
            String::from_utf8_lossy(&line)
                .replace('\0', " ")
                .contains(text)
        })
}

/// The runner keeps what an agent puts out meanwhile; a stop acts at once.
#[test]
fn turn_on_a_full_disk_loses_no_output_and_can_be_stopped() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    fs::create_dir(&data).expect("made");
    let Some(disk) = SmallDisk::mount(&data) else {
        eprintln!("skipped: this user may not mount a file system");
        return;
    };
    let apps = dir.path().join("apps.toml");
    fs::write(&apps, APPS).expect("written");
    let mut command = serve(&data);
    command.args(["--log", "error", "--apps"]).arg(apps);
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let workspace = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
    let workspace = workspace["id"].as_str().expect("an id");
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let bench = ask(
        &server,
        "POST",
        &path,
        &json!({"name": "Bench", "app": "shell"}),
    );
    let bench = bench["id"].as_str().expect("an id").to_owned();
    for tab in [1, 2] {
        let body = json!({"workbenchId": bench, "kind": "agent"});
        ask(&server, "PUT", &format!("/api/tabs/{}", id(tab)), &body);
    }

    let files = data.join(format!("workbenches/{bench}/files"));
    send(
        &server,
        1,
        10,
        "touch wait; echo before; while [ -e wait ]; do sleep 0.05; done; \
         i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo line-$i; done; echo after",
    );
    send(&server, 2, 20, "exec sleep 6123");
    eventually("both turns run", || {
        let began = output(&server, 1) == ["before"] && files.join("wait").exists();
        began && state(&server, 2, 20) == "running" && runs("sleep 6123") && runs("echo line-$i")
    });
    let filling = disk.fill();
    fs::remove_file(files.join("wait")).expect("removed");

    let stop = json!({"messageId": id(20)});
    ask(&server, "POST", &format!("/api/tabs/{}/stop", id(2)), &stop);
    eventually("the turn is stopped", || !runs("sleep 6123"));
    eventually("the other turn ends", || !runs("echo line-$i"));
    // Its end could not be recorded, so that it is not shown as ended. A line may fit into what is left of
    // a file's last block.
    assert_eq!(state(&server, 1, 10), "running");
    let numbered = (1..=LINES).map(|number| format!("line-{number}"));
    let mut expected = vec!["before".to_owned()];
    expected.extend(numbered);
    expected.push("after".to_owned());
    let recorded = output(&server, 1);
    assert!(
        expected.starts_with(&recorded) && recorded.len() < expected.len(),
        "{recorded:?}"
    );
    let path = format!("/api/tabs/{}/messages/{}", id(1), id(11));
    let (status, refusal) = server.ask("PUT", &path, r#"{"text":"echo refused"}"#);
    assert_eq!(status, 507, "{refusal}");

    fs::remove_file(filling).expect("removed");
    eventually("both turns have ended", || {
        state(&server, 1, 10) == "succeeded" && state(&server, 2, 20) == "stopped"
    });
    assert_eq!(output(&server, 1), expected);
    assert_eq!(server.end(), Some(0));
}
