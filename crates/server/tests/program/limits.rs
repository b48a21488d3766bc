//! `vestibule limits …`.

use crate::support::{Running, refusal, run, serve, vestibule};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn limits(args: &[&str], data_dir: &Path) -> Command {
    let mut command = vestibule();
    command.arg("limits").args(args);
    command.arg("--data-dir").arg(data_dir);
    command
}

fn said(args: &[&str], data_dir: &Path) -> String {
    let output = run(&mut limits(args, data_dir));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn limits_are_set_beside_a_running_server() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = Running::start(&mut serve(dir.path()));
    let mut user = vestibule();
    user.args(["user", "add", "ada", "--admin", "--data-dir"]);
    let made = run(user.arg(dir.path()));
    let made = String::from_utf8_lossy(&made.stdout).into_owned();
    let (_, password) = made.trim().split_once("Password: ").expect("a password");
    assert_eq!(server.sign_in("ada", password), 200);
    let none = "run-default: none\nrun-max: none\nidle-default: none\nidle-max: none\n";
    assert_eq!(said(&["show"], dir.path()), none);

    let set = said(&["set", "--run-max", "8h", "--idle-max=1h"], dir.path());
    assert_eq!(
        set,
        "run-default: none\nrun-max: 8 h\nidle-default: none\nidle-max: 1 h\n"
    );
    let (status, shown) = server.ask("GET", "/api/limits", "");
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(
        (status, shown),
        (
            200,
            json!({"runDefaultSeconds": null, "runMaxSeconds": 28_800, "idleDefaultSeconds": null, "idleMaxSeconds": 3_600})
        )
    );

    let (_, workspace) = server.ask("POST", "/api/workspaces", r#"{"name":"Lab"}"#);
    let workspace: Value = serde_json::from_str(&workspace).expect("JSON");
    let id = workspace["id"].as_str().expect("an id");
    let at = ["--workspace", id];
    let own = said(&[&["set", "--run-max", "2h"], &at[..]].concat(), dir.path());
    assert_eq!(
        own,
        "run-default: none\nrun-max: 2 h\nidle-default: none\nidle-max: none (in force: 1 h)\n"
    );
    assert_eq!(said(&[&["show"], &at[..]].concat(), dir.path()), own);
    // A time that is not named stays, `none` removes.
    let back = said(&["set", "--idle-max", "none"], dir.path());
    assert!(back.contains("run-max: 8 h") && back.contains("idle-max: none"));

    let why = refusal(&mut limits(
        &[&["set", "--run-max", "9h"], &at[..]].concat(),
        dir.path(),
    ));
    assert!(why.contains("--run-max is wrong: Use at most 8 h"), "{why}");
    let why = refusal(&mut limits(&["set", "--run-default", "9h"], dir.path()));
    assert!(why.contains("--run-default is wrong"), "{why}");
    let why = refusal(&mut limits(&["show", "--workspace", "ws-none"], dir.path()));
    assert!(why.contains("there is no workspace \"ws-none\""), "{why}");
    let (_, log) = server.ask("GET", "/api/audit?action=limits", "");
    assert!(log.contains("command line"), "{log}");

    // A maximum of the installation that is lower than a workspace's is said at the next start.
    said(&["set", "--run-max", "1h"], dir.path());
    drop(server);
    let log = dir.path().join("log");
    let file = std::fs::File::create(&log).expect("a file");
    let server = Running::start_with_log(&mut serve(dir.path()), file);
    let text = std::fs::read_to_string(&log).expect("a log");
    assert!(
        text.contains("Lab") && text.contains("above the installation's"),
        "{text}"
    );
    drop(server);
}
