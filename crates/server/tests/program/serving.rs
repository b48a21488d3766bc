//! A running server: its first output, its responses, its end.

use crate::support::{Running, eventually, serve, vestibule};
use serde_json::Value;
use std::process::Command;

const PASSWORD: &str = "correct horse battery";

#[test]
fn the_first_start_prints_a_link_that_makes_the_first_administrator() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = Running::start(&mut serve(dir.path()));
    let greeting = server.line();
    let link = format!("http://vestibule.localhost:{}/set-up?token=", server.port);
    let (_, token) = greeting.split_once(&link).expect("a link");
    let body = format!(r#"{{"token":"{token}","username":"ada","password":"{PASSWORD}"}}"#);
    assert_eq!(server.ask("POST", "/api/auth/set-up", &body).0, 200);
    assert_eq!(server.sign_in("ada", PASSWORD), 200);
    assert_eq!(server.end(), Some(0));

    let mut again = Running::start(serve(dir.path()).args(["--log", "off"]));
    assert_eq!(
        again.sign_in("ada", PASSWORD),
        200,
        "nothing is lost by a restart"
    );
}

#[test]
fn the_first_administrator_can_come_from_the_environment() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = Running::start(serve(dir.path()).env("VESTIBULE_ADMIN_PASSWORD", PASSWORD));
    assert!(!server.line().contains(PASSWORD));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    assert_eq!(server.sign_in("admin", "another password"), 401);
}

/// A setting without effect causes a warning.
#[test]
fn settings_without_effect_cause_a_warning() {
    let dir = tempfile::tempdir().expect("a folder");
    let log = dir.path().join("log");
    let data = dir.path().join("data");
    let said = |command: &mut Command| {
        let file = std::fs::File::create(&log).expect("a file");
        let server = Running::start_with_log(command, file);
        assert_eq!(server.end(), Some(0));
        let log = std::fs::read_to_string(&log).expect("a log");
        assert!(!log.contains(PASSWORD) && !log.contains("another password"));
        log.lines()
            .filter(|line| line.contains("WARN"))
            .collect::<String>()
    };
    let env = "VESTIBULE_ADMIN_PASSWORD";
    assert_eq!(said(serve(&data).env(env, PASSWORD)), "");
    assert_eq!(said(serve(&data).env(env, PASSWORD)), "");
    let reported = said(serve(&data).env(env, "another password"));
    assert!(
        reported.contains(env) && reported.contains("user reset-password admin"),
        "{reported}"
    );
    let reported = said(
        vestibule()
            .args(["serve", "--listen", "0.0.0.0:0", "--data-dir"])
            .arg(&data),
    );
    assert!(
        reported.contains("0.0.0.0") && reported.contains("--public-url"),
        "{reported}"
    );
    let reported = said(serve(&data).args(["--public-url", "http://example.org:1"]));
    assert!(reported.contains("https"), "{reported}");
}

/// The demo reaches every state with a real process.
#[test]
fn demo_reaches_every_state() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = Running::start(serve(dir.path()).arg("--demo"));
    let greeting = server.line();
    let (_, password) = greeting.rsplit_once(' ').expect("a password at the end");
    assert_eq!(server.sign_in("admin", password), 200);

    for (name, expected) in [
        ("Notes", "Running"),
        ("Takes its time", "Progressing"),
        ("Put away", "Stopped"),
        ("Program missing", "Failed"),
        ("Reports an error", "Failed"),
        ("Lacks a prerequisite", "Failed"),
        ("Ends with 7", "Failed"),
        ("Never listens", "Progressing"),
        ("Has the licence", "Running"),
        ("No room", "Progressing"),
        ("Cannot be built", "Failed"),
        ("Is built first", "Running"),
    ] {
        eventually(&format!("{name} is {expected}"), || {
            workbenches(&server)
                .iter()
                .any(|bench| bench["name"] == name && bench["k8sStatus"] == expected)
        });
    }

    // Workbenches outlive their server, so the test ends them.
    for bench in workbenches(&server) {
        let path = format!("/api/workbenches/{}", bench["id"].as_str().expect("an id"));
        assert_eq!(server.ask("DELETE", &path, "").0, 202);
    }
    eventually("nothing is left", || workbenches(&server).is_empty());
    assert_eq!(server.end(), Some(0));
}

fn workbenches(server: &Running) -> Vec<Value> {
    let items = |path: &str| {
        let (status, body) = server.ask("GET", path, "");
        assert_eq!(status, 200, "{body}");
        let list: Value = serde_json::from_str(&body).expect("JSON");
        list["items"].as_array().expect("a list").clone()
    };
    items("/api/workspaces")
        .iter()
        .map(|workspace| workspace["id"].as_str().expect("an id").to_owned())
        .flat_map(|id| items(&format!("/api/workspaces/{id}/workbenches")))
        .collect()
}
