//! A server that is process 1, as in a container.

use crate::support::{Running, eventually, serve};
use std::path::Path;
use std::process::Command;

const PASSWORD: &str = "correct horse battery";

/// Reliability review, finding 16: what a killed supervisor left behind stayed as zombies.
#[test]
fn server_that_is_process_1_collects_orphans() {
    let dir = tempfile::tempdir().expect("a folder");
    let plain = serve(dir.path());
    let mut command = Command::new("unshare");
    command
        .args(["--pid", "--fork", "--mount-proc", "--kill-child"])
        .arg(plain.get_program())
        .args(plain.get_args())
        .args(["--isolation", "none"])
        .env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    let is_possible = Command::new("unshare")
        .args(["--pid", "--fork", "--mount-proc", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_possible {
        println!("skipped: this machine allows no process namespaces");
        return;
    }
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let made = server.ask("POST", "/api/workspaces", r#"{"name":"Lab"}"#).1;
    let path = format!("/api/workspaces/{}/workbenches", id(&made));
    let body = r#"{"name":"Clock","app":"welcome"}"#;
    let workbench = id(&server.ask("POST", &path, body).1);
    let own = format!("/api/workbenches/{workbench}");
    eventually("it runs", || {
        server
            .ask("GET", &own, "")
            .1
            .contains(r#""k8sStatus":"Running""#)
    });
    let folder = dir.path().to_string_lossy().into_owned();
    let supervisor = with_argument(&folder, "supervise").expect("a supervisor");
    let runner = child_of(supervisor).expect("a runner");
    let app = child_of(runner).expect("an app");
    let killed = Command::new("kill")
        .args(["-KILL", &supervisor.to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    for pid in [supervisor, runner, app] {
        eventually("nothing is left of it", || {
            !Path::new(&format!("/proc/{pid}")).exists()
        });
    }
}

fn id(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).expect("JSON");
    value["id"].as_str().expect("an id").to_owned()
}

/// Returns the process with these parts of its command line, other than the server's own.
fn with_argument(folder: &str, argument: &str) -> Option<i32> {
    all().find(|pid| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains(folder) && line.split('\0').any(|part| part == argument)
    })
}

fn child_of(parent: i32) -> Option<i32> {
    all().find(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let rest = stat.rsplit_once(')').map(|(_, rest)| rest.to_owned());
        rest.and_then(|rest| rest.split_ascii_whitespace().nth(1)?.parse().ok()) == Some(parent)
    })
}

fn all() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").expect("Linux").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
