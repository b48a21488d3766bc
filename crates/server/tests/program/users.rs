//! `vestibule user …`

use crate::support::{Running, refusal, run, serve, vestibule};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn user(args: &[&str], data_dir: &Path) -> Command {
    let mut command = vestibule();
    command
        .arg("user")
        .args(args)
        .arg("--data-dir")
        .arg(data_dir);
    command
}

fn run_with_input(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[test]
fn users_are_made_beside_a_running_server() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut server = Running::start(&mut serve(dir.path()));
    let made = run(&mut user(&["add", "ada", "--admin"], dir.path()));
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8_lossy(&made.stdout).into_owned();
    let (_, password) = said.trim().split_once("Password: ").expect("a password");
    assert_eq!(server.sign_in("ada", password), 200);

    let said = refusal(&mut user(&["add", "Ada"], dir.path()));
    assert!(said.contains("already"), "{said}");

    let reset = run_with_input(
        &mut user(&["reset-password", "ada"], dir.path()),
        "a chosen password\n",
    );
    assert!(reset.status.success(), "{reset:?}");
    assert!(!String::from_utf8_lossy(&reset.stdout).contains("a chosen password"));
    assert_eq!(server.sign_in("ada", password), 401);
    assert_eq!(server.sign_in("ada", "a chosen password"), 200);
}

#[test]
fn what_cannot_be_taken_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let said = refusal(&mut user(&["reset-password", "nobody"], dir.path()));
    assert!(said.contains("no user"), "{said}");
    let said = refusal(&mut user(&["add", "two words"], dir.path()));
    assert!(said.contains("name"), "{said}");
    let short = run_with_input(&mut user(&["add", "ada"], dir.path()), "short\n");
    assert!(!short.status.success());
}
