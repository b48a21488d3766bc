//! `vestibule user …`.

use crate::support::{Running, refusal, run, serve, vestibule};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn user(args: &[&str], data_dir: &Path) -> Command {
    let mut command = vestibule();
    command
        .arg("user")
        .args(args)
        .arg("--data-dir")
        .arg(data_dir);
    command
}

/// Reads until the connection ends; returns whether it does in time.
fn ends_within(stream: &mut TcpStream, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    let mut piece = [0; 4096];
    while let Some(left) = deadline.checked_duration_since(Instant::now()) {
        stream
            .set_read_timeout(Some(left.max(Duration::from_millis(1))))
            .expect("set");
        match stream.read(&mut piece) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            }
        }
    }
    false
}

fn forget_secrets(data_dir: &Path) -> Command {
    let mut command = vestibule();
    command.args(["forget-secrets", "--data-dir"]).arg(data_dir);
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
    let mut stream = server.open("/api/runs/stream");
    assert!(!ends_within(&mut stream, Duration::from_millis(1500)));

    let said = refusal(&mut user(&["add", "Ada"], dir.path()));
    assert!(said.contains("already"), "{said}");

    let reset = run_with_input(
        &mut user(&["reset-password", "ada"], dir.path()),
        "a chosen password\n",
    );
    assert!(reset.status.success(), "{reset:?}");
    assert!(!String::from_utf8_lossy(&reset.stdout).contains("a chosen password"));
    // Security review, finding 22: the other process ended the session of this stream.
    assert!(ends_within(&mut stream, Duration::from_secs(3)));
    assert_eq!(server.sign_in("ada", password), 401);
    assert_eq!(server.sign_in("ada", "a chosen password"), 200);
}

#[test]
fn invalid_users_are_refused_with_the_reason() {
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(Running::start(&mut serve(dir.path())).end(), Some(0));
    let said = refusal(&mut user(&["reset-password", "nobody"], dir.path()));
    assert!(said.contains("no user"), "{said}");
    assert!(said.contains(&dir.path().display().to_string()), "{said}");
    let said = refusal(&mut user(&["add", "two words"], dir.path()));
    assert!(said.contains("name"), "{said}");
    let short = run_with_input(&mut user(&["add", "ada"], dir.path()), "short\n");
    assert!(!short.status.success());
}

/// A user in an unused folder would have no effect: the server reads another one.
#[test]
fn unused_folder_is_refused_and_unchanged() {
    let dir = tempfile::tempdir().expect("a folder");
    let mistyped = dir.path().join("vestibul");
    for folder in [dir.path(), &mistyped] {
        for mut command in [
            user(&["add", "ada", "--admin"], folder),
            user(&["reset-password", "ada"], folder),
            forget_secrets(folder),
        ] {
            let said = refusal(&mut command);
            assert!(said.contains(&folder.display().to_string()), "{said}");
            assert!(
                said.contains("--data-dir") && said.contains("--config"),
                "{said}"
            );
        }
    }
    assert!(!mistyped.exists());
    let left = std::fs::read_dir(dir.path()).expect("a folder").count();
    assert_eq!(left, 0, "something was made");

    // Without the flag the default folder is used and named.
    let said = refusal(
        vestibule()
            .args(["user", "add", "ada"])
            .env_remove("XDG_DATA_HOME")
            .env("HOME", dir.path()),
    );
    assert!(said.contains(".local/share/vestibule"), "{said}");
}

#[test]
fn default_folder_is_named_in_the_output() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    let config = dir.path().join("vestibule.toml");
    std::fs::write(&config, format!("data_dir = {data:?}\n")).expect("a file");
    assert_eq!(Running::start(&mut serve(&data)).end(), Some(0));
    for command in [["user", "add", "ada"], ["user", "reset-password", "ada"]] {
        let done = run(vestibule().args(command).arg("--config").arg(&config));
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{done:?}");
        assert!(said.contains(&data.display().to_string()), "{said}");
    }
}

fn grant(args: &[&str], data_dir: &Path) -> Command {
    let mut command = vestibule();
    command
        .arg("grant")
        .args(args)
        .arg("--data-dir")
        .arg(data_dir);
    command
}

fn said(command: &mut Command) -> String {
    let done = run(command);
    assert!(done.status.success(), "{done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn roles_are_given_and_taken() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    assert_eq!(Running::start(&mut serve(dir)).end(), Some(0));
    said(&mut user(&["add", "ada", "--admin"], dir));
    said(&mut user(&["add", "bob"], dir));
    // A new user may make workspaces, unless the setting says otherwise.
    let listed = said(&mut grant(&["list", "bob"], dir));
    assert!(
        listed.contains("workspace-creator on the platform"),
        "{listed}"
    );
    said(user(&["add", "cem"], dir).env("VESTIBULE_DEFAULT_ROLE", "none"));
    assert_eq!(said(&mut grant(&["list", "cem"], dir)), "");
    let unknown = refusal(user(&["add", "dot"], dir).env("VESTIBULE_DEFAULT_ROLE", "wizard"));
    assert!(unknown.contains("wizard"), "{unknown}");

    let made = said(&mut grant(
        &[
            "add",
            "cem",
            "workspace-member",
            "--workspace",
            "*",
            "--lasts",
            "8h",
        ],
        dir,
    ));
    assert!(
        made.contains("workspace-member in every workspace until"),
        "{made}"
    );
    let id = said(&mut grant(&["list", "cem"], dir));
    let id = id.split(':').next().expect("an id").to_owned();
    said(&mut grant(&["remove", "cem", &id], dir));
    assert_eq!(said(&mut grant(&["list", "cem"], dir)), "");

    for (args, why) in [
        (&["add", "cem", "wizard"][..], "workspace-owner"),
        (&["add", "nobody", "administrator"], "no user"),
        (
            &["add", "cem", "workspace-member", "--workspace", "ws-none"],
            "no workspace",
        ),
        (
            &["add", "cem", "workbench-guest", "--workbench", "wb-none"],
            "no workbench",
        ),
        (&["remove", "cem", "g-none"], "no such"),
    ] {
        let refused = refusal(&mut grant(args, dir));
        assert!(refused.contains(why), "{args:?}: {refused}");
    }
}

/// FIELD 36: one could take away the last administrator.
#[test]
fn the_last_administrator_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    assert_eq!(Running::start(&mut serve(dir)).end(), Some(0));
    said(&mut user(&["add", "ada", "--admin"], dir));
    let id = said(&mut grant(&["list", "ada"], dir));
    let id = id.split(':').next().expect("an id").to_owned();
    for mut command in [
        grant(&["remove", "ada", &id], dir),
        user(&["disable", "ada"], dir),
        user(&["delete", "ada"], dir),
    ] {
        let refused = refusal(&mut command);
        assert!(refused.contains("last platform administrator"), "{refused}");
    }
    said(&mut user(&["add", "bob"], dir));
    said(&mut grant(&["add", "bob", "administrator"], dir));
    said(&mut user(&["disable", "ada"], dir));
    assert!(said(&mut user(&["list"], dir)).contains("ada: disabled"));
    said(&mut user(&["enable", "ada"], dir));
    said(&mut grant(&["remove", "ada", &id], dir));
    said(&mut user(&["delete", "ada"], dir));
    assert!(!said(&mut user(&["list"], dir)).contains("ada"));
}

#[test]
fn an_invitation_is_printed_and_replaced() {
    let dir = tempfile::tempdir().expect("a folder");
    let _server = Running::start(&mut serve(dir.path()));
    let link = || {
        let made = run(&mut user(&["invite", "ada"], dir.path()));
        assert!(made.status.success(), "{made:?}");
        let said = String::from_utf8_lossy(&made.stdout).into_owned();
        let link = said.lines().nth(1).unwrap_or_default().to_owned();
        assert!(link.contains("/invitation#"), "{said}");
        link
    };
    assert_ne!(link(), link());
    let said = refusal(&mut user(&["invite", "ada", "--admin"], dir.path()));
    assert!(said.contains("already"), "{said}");
    let reset = run(&mut user(&["reset-password", "ada"], dir.path()));
    assert!(reset.status.success(), "{reset:?}");
    let said = refusal(&mut user(&["invite", "ada"], dir.path()));
    assert!(said.contains("has a password"), "{said}");
}
