//! The log at its default level.

use crate::support::{Running, end_all_of, eventually, serve};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

const PASSWORD: &str = "correct horse battery";

const APPS: &str = r#"
[[app]]
name = "fails"
command = ["sh", "-c", "exit 1"]

[[app]]
name = "licensed"
most_running = 1
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]

[[app]]
name = "built"
build = [["sleep", "600"]]
command = ["true"]

[[app]]
name = "misbuilt"
build = [["false"]]
command = ["true"]
"#;

struct ServerFolder {
    dir: tempfile::TempDir,
}

impl ServerFolder {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self) -> Running {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("log"));
        let mut command = serve(&self.path("data"));
        command.arg("--apps").arg(self.path("apps.toml"));
        command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
        let mut server = Running::start_with_log(&mut command, log.expect("a file"));
        assert_eq!(server.sign_in("admin", PASSWORD), 200);
        server
    }

    /// Returns the log lines that contain all of these texts.
    fn lines(&self, wanted: &[&str]) -> Vec<String> {
        let log = std::fs::read_to_string(self.path("log")).expect("a log");
        log.lines()
            .filter(|line| wanted.iter().all(|word| line.contains(word)))
            .map(str::to_owned)
            .collect()
    }

    #[track_caller]
    fn logs_once(&self, wanted: &[&str]) {
        eventually(&format!("the log has {wanted:?}"), || {
            !self.lines(wanted).is_empty()
        });
        assert_eq!(self.lines(wanted).len(), 1, "{wanted:?}");
    }
}

impl Drop for ServerFolder {
    fn drop(&mut self) {
        end_all_of(&self.path("data"));
    }
}

#[track_caller]
fn ask(server: &Running, method: &str, path: &str, body: &Value) -> String {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let (status, answer) = server.ask(method, path, &body);
    assert!((200..300).contains(&status), "{path}: {status} {answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    answer["id"].as_str().unwrap_or_default().to_owned()
}

fn status(server: &Running, id: &str) -> String {
    let (_, answer) = server.ask("GET", &format!("/api/workbenches/{id}"), "");
    let shown: Value = serde_json::from_str(&answer).unwrap_or_default();
    shown["k8sStatus"].as_str().unwrap_or_default().to_owned()
}

fn has_begun(dir: &Path) -> bool {
    let logs = std::fs::read_dir(dir.join("builds"));
    logs.is_ok_and(|entries| entries.flatten().count() > 1)
}

#[test]
fn log_has_failures_with_causes_and_no_observations() {
    let place = ServerFolder {
        dir: tempfile::tempdir().expect("a folder"),
    };
    std::fs::write(place.path("apps.toml"), APPS).expect("a file");
    let server = place.start();
    let lab = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
    let all = format!("/api/workspaces/{lab}/workbenches");
    let bench = |name: &str, app: &str, secrets: &[&str]| {
        let body = json!({"name": name, "app": app, "spec": {"secrets": secrets}});
        ask(&server, "POST", &all, &body)
    };

    let fails = bench("Numbers", "fails", &[]);
    place.logs_once(&["WARN", &fails, "Numbers", "reason=\"SDKError\"", "cause="]);
    bench("Keyless", "licensed", &["API_KEY"]);
    place.logs_once(&["INFO", "Keyless", "a workbench waits", "API_KEY"]);
    let first = bench("First", "licensed", &[]);
    eventually("the first one runs", || {
        status(&server, &first) == "Running"
    });
    bench("Second", "licensed", &[]);
    place.logs_once(&["INFO", "Second", "a workbench waits", "Only one "]);
    bench("Misbuilt", "misbuilt", &[]);
    place.logs_once(&["WARN", "misbuilt", "a build has failed"]);
    place.logs_once(&["WARN", "Misbuilt", "a workbench has failed"]);
    assert_eq!(place.lines(&["failed to start"]), [""; 0]);

    // Observations are not logged; changes and refusals are.
    assert!(place.lines(&["method=POST", &all]).len() >= 4);
    assert_eq!(server.ask("GET", "/api/workbenches/wb-00000000", "").0, 404);
    assert_eq!(server.ask("POST", "/api/workspaces", "{").0, 400);
    eventually("the refusal is told", || {
        !place.lines(&["method=POST", "status=400"]).is_empty()
    });
    assert_eq!(place.lines(&["method=GET"]), [""; 0]);
    // A page of an app is not the log's business.
    let host = format!("{first}.vestibule.localhost:{}", server.port);
    assert_eq!(server.ask_as(&host, "POST", "/save"), 401);
    assert_eq!(server.ask("POST", "/api/workspaces", "{{").0, 400);
    eventually("the next refusal is told", || {
        place.lines(&["method=POST", "status=400"]).len() == 2
    });
    assert_eq!(place.lines(&[&host]), [""; 0]);

    // The next server logs the leftovers of a killed one, once.
    bench("Built", "built", &[]);
    eventually("its build has begun", || has_begun(&place.path("data")));
    eventually("a step of it runs", || {
        !place.lines(&["building an app", "\"built\""]).is_empty()
    });
    server.kill();
    let server = place.start();
    place.logs_once(&["a build was interrupted", "app=\"built\""]);
    place.logs_once(&["a workbench was found running", &first]);

    assert_eq!(server.end(), Some(0));
}
