//! Builds by the real server with real processes: through restarts and kills.

use crate::support::{PATIENCE, Running, end_all_of, eventually, serve};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const PASSWORD: &str = "correct horse battery";

/// Folder with data, catalogue, and files by which builds report their state.
struct ServerFolder {
    dir: tempfile::TempDir,
}

impl ServerFolder {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes apps that are built by these shell scripts and then serve.
    fn apps(&self, apps: &[(&str, &[&str])]) {
        let entries = apps.iter().map(|(name, scripts)| {
            let steps: Vec<String> = scripts
                .iter()
                .map(|script| format!("[\"sh\", \"-c\", {}]", json!(script)))
                .collect();
            format!(
                "[[app]]\nname = \"{name}\"\nbuild = [{}]\ncommand = [\"{{vestibule}}\", \"app\", \
                 \"welcome\", \"--port\", \"{{port}}\", \"--dir\", \"{{dir}}\"]\n",
                steps.join(", ")
            )
        });
        let text: String = entries.collect();
        std::fs::write(self.path("apps.toml"), text).expect("written");
    }

    fn serve(&self) -> Command {
        let mut command = serve(&self.path("data"));
        command
            // The scripts write beside the data folder, which a sandbox does not show.
            .args(["--isolation", "none", "--log", "warn", "--apps"])
            .arg(self.path("apps.toml"));
        command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
        command
    }

    fn start(&self) -> (Running, String) {
        let mut server = Running::start(&mut self.serve());
        assert_eq!(server.sign_in("admin", PASSWORD), 200);
        let made = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
        (server, id(&made))
    }

    /// Returns the running processes of this folder's builds.
    fn builders(&self) -> Vec<String> {
        let mark = format!("VESTIBULE_BUILD={}", self.path("data").display());
        let found = std::fs::read_dir("/proc").expect("Linux").flatten();
        let has = |dir: &Path| {
            let environ = std::fs::read(dir.join("environ")).unwrap_or_default();
            String::from_utf8_lossy(&environ).contains(&mark)
        };
        found
            .map(|entry| entry.path())
            .filter(|dir| has(dir))
            .map(|dir| dir.display().to_string())
            .collect()
    }
}

impl Drop for ServerFolder {
    /// Ends all processes, whether the test passed or failed.
    fn drop(&mut self) {
        end_all_of(&self.path("data"));
    }
}

#[track_caller]
fn ask(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let body = if method == "GET" {
        String::new()
    } else {
        body.to_string()
    };
    let (status, answer) = server.ask(method, path, &body);
    assert!(
        (200..300).contains(&status),
        "{method} {path}: {status} {answer}"
    );
    serde_json::from_str(&answer).expect("JSON")
}

#[track_caller]
fn get(server: &Running, path: &str) -> Value {
    ask(server, "GET", path, &Value::Null)
}

fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

fn build(server: &Running, workspace: &str, app: &str) -> String {
    let body = json!({"app": app, "workspaceId": workspace});
    id(&ask(server, "POST", "/api/builds", &body))
}

fn bench(server: &Running, workspace: &str, app: &str) -> String {
    let path = format!("/api/workspaces/{workspace}/workbenches");
    id(&ask(
        server,
        "POST",
        &path,
        &json!({"name": app, "app": app}),
    ))
}

fn status(server: &Running, build: &str) -> String {
    let shown = get(server, &format!("/api/builds/{build}"));
    shown["status"].as_str().expect("a word").to_owned()
}

#[track_caller]
fn becomes(server: &Running, build: &str, word: &str) {
    eventually(&format!("{build} is {word}"), || {
        status(server, build) == word
    });
}

#[track_caller]
fn is_up(server: &Running, bench: &str) {
    eventually("the workbench runs", || {
        get(server, &format!("/api/workbenches/{bench}"))["k8sStatus"] == "Running"
    });
}

#[test]
fn a_start_builds_its_app_and_the_next_one_finds_it_built() {
    let place = ServerFolder::new();
    place.apps(&[("lab", &["echo one", "echo two; test -d {build}"])]);
    let (server, workspace) = place.start();
    let first = bench(&server, &workspace, "lab");
    is_up(&server, &first);
    let list = get(&server, &format!("/api/builds?workspace={workspace}"));
    assert_eq!(list["builds"].as_array().map(Vec::len), Some(1));
    let made = &list["builds"][0];
    assert_eq!(
        (&made["status"], &made["steps"][1]["exitCode"]),
        (&json!("succeeded"), &json!(0))
    );
    assert_eq!(made["requestedByName"], "admin");
    let log = get(&server, &format!("/api/builds/{}/log", id(made)));
    let text = log["text"].as_str().expect("text");
    assert!(
        text.contains("[vestibule] Step 2 of 2: sh echo two") && text.contains("\ntwo\n"),
        "{text}"
    );
    let second = bench(&server, &workspace, "lab");
    is_up(&server, &second);
    let list = get(&server, "/api/builds");
    assert_eq!(
        list["builds"].as_array().map(Vec::len),
        Some(1),
        "nothing was to be done"
    );
}

/// FIELD 28: "After a crash, builds and runs stay busy for ever."
#[test]
fn field_28_a_build_of_a_killed_server_is_interrupted() {
    let place = ServerFolder::new();
    let (up, go) = (place.path("up"), place.path("go"));
    // The first build waits for ever; once the gate is open, builds finish at once.
    let script = format!(
        "touch {}; while ! test -e {}; do sleep 0.05; done",
        up.display(),
        go.display()
    );
    place.apps(&[
        ("lab", &["true", &script]),
        ("other", &[&script]),
        ("third", &["true"]),
    ]);
    let (server, workspace) = place.start();
    let other = build(&server, &workspace, "other");
    let bench = bench(&server, &workspace, "lab");
    let waits_for = |server: &Running| {
        let shown = get(server, &format!("/api/workbenches/{bench}"));
        shown["run"]["buildId"].as_str().map(str::to_owned)
    };
    eventually("the start waits for its build", || {
        waits_for(&server).is_some_and(|build| status(&server, &build) == "running") && up.exists()
    });
    let interrupted = waits_for(&server).expect("a build");
    // Two are running: this one stays queued.
    let third = build(&server, &workspace, "third");
    assert_eq!(status(&server, &third), "pending");
    let cookie = server.kill();
    assert!(!place.builders().is_empty(), "they outlive it for now");
    // An edited catalogue takes effect at the next start of the server.
    let server = Running::start_again(&mut place.serve(), cookie);
    for one in [&interrupted, &other] {
        // The server answers before it has recorded what the last one left.
        becomes(&server, one, "failed");
        let shown = get(&server, &format!("/api/builds/{one}"));
        assert_eq!(shown["reason"], "Interrupted");
        assert!(shown["finishedAt"].is_string() && shown["step"].is_null());
        assert!(
            shown["steps"]
                .as_array()
                .expect("steps")
                .iter()
                .all(|s| s["status"] != "running")
        );
    }
    // The start continues by itself with a new build, and the queued build runs.
    becomes(&server, &third, "succeeded");
    eventually("a new build is under way", || {
        waits_for(&server)
            .is_some_and(|now| now != interrupted && status(&server, &now) == "running")
    });
    std::fs::write(&go, "").expect("written");
    is_up(&server, &bench);
    let retried = ask(
        &server,
        "POST",
        &format!("/api/builds/{other}/retry"),
        &json!({}),
    );
    assert_eq!(retried["retryOf"], other.as_str());
    becomes(&server, &id(&retried), "succeeded");
    eventually("nothing of the builds is left", || {
        place.builders().is_empty()
    });
    assert_eq!(server.end(), Some(0));
}

#[test]
fn server_that_shuts_down_ends_its_builds() {
    let place = ServerFolder::new();
    let up = place.path("up");
    let script = format!("trap '' TERM; touch {}; sleep 600; sleep 600", up.display());
    place.apps(&[("lab", &[&script])]);
    let (server, workspace) = place.start();
    let one = build(&server, &workspace, "lab");
    eventually("it is under way", || up.exists());
    let begin = std::time::Instant::now();
    let cookie = String::new();
    assert_eq!(server.end(), Some(0));
    assert!(begin.elapsed() < PATIENCE);
    assert!(place.builders().is_empty());
    let mut server = Running::start_again(&mut place.serve(), cookie);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let shown = get(&server, &format!("/api/builds/{one}"));
    assert_eq!(shown["reason"], "Interrupted");
}

/// The catalogue is read at the start of the server: an edit does not change running builds, and
/// queued builds use the catalogue of the next start.
#[test]
fn catalogue_edit_takes_effect_at_the_next_start() {
    let place = ServerFolder::new();
    let (go, mark) = (place.path("go"), place.path("mark"));
    let wait = format!("while ! test -e {}; do sleep 0.05; done", go.display());
    let write = |word: &str| format!("echo {word} >> {}", mark.display());
    place.apps(&[
        ("lab", &[&wait, &write("before")]),
        ("one", &[&wait, "true"]),
        ("two", &[&wait]),
    ]);
    let (server, workspace) = place.start();
    let lab = build(&server, &workspace, "lab");
    build(&server, &workspace, "one");
    let two = build(&server, &workspace, "two");
    becomes(&server, &lab, "running");
    place.apps(&[("lab", &["true", &write("after")]), ("one", &["true"])]);
    std::fs::write(&go, "").expect("written");
    becomes(&server, &lab, "succeeded");
    becomes(&server, &two, "succeeded");
    assert_eq!(std::fs::read_to_string(&mark).expect("written"), "before\n");
    assert_eq!(server.end(), Some(0));
    let mut server = Running::start(&mut place.serve());
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let again = build(&server, &workspace, "lab");
    becomes(&server, &again, "succeeded");
    assert_eq!(
        std::fs::read_to_string(&mark).expect("written"),
        "before\nafter\n"
    );
    let gone = json!({"app": "two", "workspaceId": workspace}).to_string();
    assert_eq!(server.ask("POST", "/api/builds", &gone).0, 422);
    let (status, text) = server.ask("GET", "/metrics", "");
    assert_eq!(status, 403, "{text}");
}
