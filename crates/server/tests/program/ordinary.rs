//! A server of an ordinary user, whose runs have a sandbox all the same.

use crate::support::{Running, end_all_of, eventually};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

const PASSWORD: &str = "correct horse battery";

/// Returns a command that runs a program as a user without privileges, or `None` where this user
/// cannot do that.
fn as_ordinary_user(program: &Path) -> Option<Command> {
    let run = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command
    };
    let tried = run().arg("true").stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success()).then(|| {
        let mut command = run();
        command.arg(program);
        command
    })
}

#[test]
fn server_of_an_ordinary_user_starts_runs_in_a_sandbox() {
    let dir = tempfile::tempdir().expect("a folder");
    let (home, program) = (dir.path().join("home"), dir.path().join("vestibule"));
    std::fs::copy(env!("CARGO_BIN_EXE_vestibule"), &program).expect("copied");
    std::fs::create_dir(&home).expect("a folder");
    for path in [dir.path(), &*program] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("open to all");
    }
    std::os::unix::fs::chown(&home, Some(65534), Some(65534)).ok();
    let Some(mut command) = as_ordinary_user(&program) else {
        println!("not tried: this user cannot become another one");
        return;
    };
    let data = home.join("data");
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&data)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", &home)
        .env("VESTIBULE_ADMIN_PASSWORD", PASSWORD)
        .stdin(Stdio::null());
    let mut server = Running::start(&mut command);
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let (_, ready) = server.ask("GET", "/readyz", "");
    if !ready.contains("isolation: sandbox") {
        println!("not tried: this machine allows ordinary users no sandbox");
        assert_eq!(server.end(), Some(0));
        return;
    }
    let id = server.create_workbench("welcome");
    let path = format!("/api/workbenches/{id}");
    eventually("the app runs", || {
        let shown = server.ask("GET", &path, "").1;
        assert!(!shown.contains("\"phase\":\"Failed\""), "{shown}");
        shown.contains("\"k8sStatus\":\"Running\"")
    });
    assert_eq!(server.ask("DELETE", &path, "").0, 202);
    eventually("it is gone", || server.ask("GET", &path, "").0 == 404);
    assert_eq!(server.end(), Some(0));
    end_all_of(&data);
}
