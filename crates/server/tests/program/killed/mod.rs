//! The server is killed (-9) at any instant, again and again, while workbenches start, stop and
//! are deleted. Nothing is lost, invented or doubled by it.
//!
//! `VESTIBULE_TEST_KILLS` says how often it is killed, `VESTIBULE_TEST_SEED` repeats what was
//! asked of it; at which instant it dies is never the same twice.

mod processes;
mod rows;
mod wishes;

use crate::support::{PATIENCE, Running, serve};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rows::Rows;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use wishes::Wishes;

const PASSWORD: &str = "correct horse battery";
/// How often the server is killed when nobody says otherwise.
const USUAL_KILLS: u64 = 8;
/// The latest that it is killed after it began to answer, in milliseconds.
const LATEST: u64 = 400;

/// One that serves, one that is never ready, one that boots slowly, and two that end by themselves.
const APPS: &str = r#"
[[app]]
name = "serves"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
[[app]]
name = "deaf"
command = ["sleep", "6000"]
[[app]]
name = "slow"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}", "--boot-delay", "300ms"]
[[app]]
name = "completes"
command = ["sleep", "0.1"]
[[app]]
name = "fails"
command = ["false"]
"#;

/// FIELD 28: "After a crash, builds and runs stay busy for ever."
#[test]
fn a_server_that_is_killed_at_any_instant_loses_and_invents_nothing() {
    let kills = number("VESTIBULE_TEST_KILLS").unwrap_or(USUAL_KILLS);
    let seed = number("VESTIBULE_TEST_SEED").unwrap_or_else(|| rand::rng().random());
    println!("{kills} kills; to repeat the wishes: VESTIBULE_TEST_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);

    let dir = tempfile::tempdir().expect("a folder");
    let apps = dir.path().join("apps.toml");
    std::fs::write(&apps, APPS).expect("written");
    let data = dir.path().join("data");
    let _leftovers = processes::Leftovers(&data);
    let start = || {
        let mut command = serve(&data);
        command.args(["--log", "error", "--apps"]).arg(&apps);
        command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
        command
    };

    let mut server = Running::start(&mut start());
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let mut wishes = Wishes::new(make_workspace(&server));
    let mut rows = Rows::default();
    let (mut asked, mut unanswered) = (0, 0);
    for round in 1..=kills {
        // Every third is killed again while it still recovers.
        if !chance.random_ratio(1, 3) {
            settle(&server, &wishes, &data);
        }
        let pause = Duration::from_micros(chance.random_range(0..LATEST * 1000));
        asked += std::thread::scope(|scope| {
            let asking = scope.spawn(|| wishes.ask_until_it_is_gone(&server, &mut chance));
            std::thread::sleep(pause);
            kill(server.pid());
            asking.join().expect("no wish fails the test")
        });
        let cookie = server.kill();
        unanswered += u64::from(wishes.has_unanswered());
        rows.check(&data, &mut wishes, round);
        server = Running::start_again(&mut start(), cookie);
    }
    settle(&server, &wishes, &data);
    println!("{asked} wishes were granted, {unanswered} left without an answer; {rows}");

    wishes.delete_all(&server);
    settle(&server, &wishes, &data);
    assert_eq!(server.end(), Some(0));
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}")),
    )
}

fn make_workspace(server: &Running) -> String {
    let (status, body) = server.ask("POST", "/api/workspaces", r#"{"name":"Killed"}"#);
    assert_eq!(status, 201, "{body}");
    let made: Value = serde_json::from_str(&body).expect("JSON");
    made["id"].as_str().expect("an id").to_owned()
}

fn kill(pid: u32) {
    let killed = Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .status();
    assert!(killed.expect("kill can be started").success());
}

/// Waits until everything is as it was last wished, and no process is there that should not be.
fn settle(server: &Running, wishes: &Wishes, data: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while let Some(unsettled) = wishes.unsettled(&wishes.listed(server), data) {
        assert!(Instant::now() < deadline, "it stays like this: {unsettled}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
