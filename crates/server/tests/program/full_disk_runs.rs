//! Runs on a disk that is full, at every level of isolation.

use crate::support::{Running, SmallDisk, end_all_of, eventually, levels, serve};
use std::path::Path;

const PASSWORD: &str = "correct horse battery";

const APPS: &str = r#"
[[app]]
name = "serves"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
restart_limit = 0
stop_grace_seconds = 2
"#;

/// Security review, finding 15; reliability review, finding 2.
#[test]
fn on_a_full_disk_people_sign_in_stop_and_delete_and_see_what_ended() {
    for level in levels() {
        fill_at(level);
    }
}

fn fill_at(level: &str) {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    std::fs::create_dir(&data).expect("made");
    let Some(disk) = SmallDisk::mount(&data) else {
        eprintln!("skipped: this user may not mount a file system");
        return;
    };
    let apps = dir.path().join("apps.toml");
    std::fs::write(&apps, APPS).expect("written");
    let mut command = serve(&data);
    command.args(["--log", "error", "--isolation", level, "--apps"]);
    command.arg(apps).env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let workspace = server.create("/api/workspaces", r#"{"name":"Lab"}"#);
    let workbenches = format!("/api/workspaces/{workspace}/workbenches");
    let [stopped, deleted, killed] = ["Stopped", "Deleted", "Killed"].map(|name| {
        let body = format!(r#"{{"name":"{name}","app":"serves"}}"#);
        server.create(&workbenches, &body)
    });
    for bench in [&stopped, &deleted, &killed] {
        until_status(&server, bench, "Running");
    }
    eventually("the server has its reserve", || {
        server.ask("GET", "/readyz", "").0 == 200
    });
    let filling = disk.fill();

    kill_app(&data, &killed);
    eventually("the end of the app is told", || {
        status(&server, &killed) != "Running"
    });
    eventually("the server says that it is short of room", || {
        server.ask("GET", "/readyz", "").0 == 503
    });
    let path = |bench: &str| format!("/api/workbenches/{bench}");
    let stop = server.ask("POST", &format!("{}/stop", path(&stopped)), "{}");
    assert_eq!(stop.0, 202, "{level}: {}", stop.1);
    until_status(&server, &stopped, "Stopped");
    let start = server.ask("POST", &format!("{}/start", path(&stopped)), "{}");
    assert_eq!(start.0, 507, "{level}: {}", start.1);
    assert_eq!(server.ask("POST", "/api/auth/sign-out", "{}").0, 204);
    assert_eq!(server.ask("GET", "/api/auth/me", "").0, 401);
    assert_eq!(server.sign_in("admin", PASSWORD), 200, "{level}");
    let delete = server.ask("DELETE", &path(&deleted), "");
    assert_eq!(delete.0, 202, "{level}: {}", delete.1);
    eventually("it is deleted", || {
        server.ask("GET", &path(&deleted), "").0 == 404
    });
    for bench in [&stopped, &deleted, &killed] {
        eventually("nothing of it is left", || running(&data, bench).is_empty());
    }

    std::fs::remove_file(filling).expect("removed");
    eventually("there is room again", || {
        server.ask("GET", "/readyz", "").0 == 200
    });
    for bench in [&stopped, &killed] {
        eventually("it can be started", || {
            server
                .ask("POST", &format!("{}/start", path(bench)), "{}")
                .0
                == 202
        });
        until_status(&server, bench, "Running");
        assert_eq!(server.ask("DELETE", &path(bench), "").0, 202);
        eventually("it is deleted", || {
            server.ask("GET", &path(bench), "").0 == 404
        });
    }
    assert_eq!(server.end(), Some(0));
    end_all_of(&data);
}

fn status(server: &Running, bench: &str) -> String {
    let (_, shown) = server.ask("GET", &format!("/api/workbenches/{bench}"), "");
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    shown["k8sStatus"].as_str().unwrap_or_default().to_owned()
}

fn until_status(server: &Running, bench: &str, wanted: &str) {
    eventually(&format!("{bench} is {wanted}"), || {
        status(server, bench) == wanted
    });
}

/// Returns the processes of a workbench whose command line has this data folder.
fn running(data: &Path, bench: &str) -> Vec<(u32, String)> {
    let folder = format!("{}/workbenches/{bench}/", data.display());
    let processes = std::fs::read_dir("/proc").expect("Linux").flatten();
    processes
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let line = std::fs::read(entry.path().join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            line.contains(&folder).then_some((pid, line))
        })
        .collect()
}

/// Kills the app of a workbench: the process that neither supervises nor sets up a sandbox.
fn kill_app(data: &Path, bench: &str) {
    let app = running(data, bench)
        .into_iter()
        .find(|(_, line)| line.contains(" app welcome ") && !line.contains("bwrap"));
    let (pid, _) = app.expect("the app runs");
    let kill = std::process::Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .status();
    assert!(kill.expect("kill can be started").success());
}
