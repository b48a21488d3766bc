//! The server is killed (SIGKILL) at random instants, repeatedly, while workbenches start, stop and
//! are deleted. No data is lost, invented or duplicated.
//!
//! `VESTIBULE_TEST_KILLS` is the number of kills, `VESTIBULE_TEST_SEED` repeats the commands of a
//! run; the instants of the kills always differ.

mod commands;
mod processes;
mod rows;

use crate::support::{PATIENCE, Running, serve};
use commands::Commands;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rows::Rows;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct horse battery";
/// Default number of kills.
const USUAL_KILLS: u64 = 8;
/// Latest instant of a kill after the server began to respond, in milliseconds.
const LATEST: u64 = 400;

/// An app that serves, one that is never ready, one that starts slowly, and two that end by
/// themselves.
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

/// FIELD 28: "After a crash, builds and runs stay busy for ever." In a sandbox, where the machine has one.
#[test]
fn server_killed_at_any_instant_loses_and_invents_nothing() {
    kill_at_random("auto");
}

#[test]
fn server_killed_at_any_instant_loses_and_invents_nothing_without_isolation() {
    kill_at_random("none");
}

fn kill_at_random(isolation: &str) {
    let kills = number("VESTIBULE_TEST_KILLS").unwrap_or(USUAL_KILLS);
    let seed = number("VESTIBULE_TEST_SEED").unwrap_or_else(|| rand::rng().random());
    eprintln!("{kills} kills; to repeat the commands: VESTIBULE_TEST_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);

    let dir = tempfile::tempdir().expect("a folder");
    let apps = dir.path().join("apps.toml");
    std::fs::write(&apps, APPS).expect("written");
    let data = dir.path().join("data");
    let _leftovers = processes::Leftovers(&data);
    let start = || {
        let mut command = serve(&data);
        command.args(["--log", "error", "--isolation", isolation]);
        command.arg("--apps").arg(&apps);
        command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
        command
    };

    let mut server = Running::start(&mut start());
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let mut commands = Commands::new(make_workspace(&server));
    let mut rows = Rows::default();
    let (mut asked, mut unanswered) = (0, 0);
    for round in 1..=kills {
        // Every third server is killed again while it recovers.
        if !chance.random_ratio(1, 3) {
            settle(&server, &commands, &data);
        }
        let pause = Duration::from_micros(chance.random_range(0..LATEST * 1000));
        asked += std::thread::scope(|scope| {
            let asking = scope.spawn(|| commands.send_until_it_is_gone(&server, &mut chance));
            std::thread::sleep(pause);
            kill(server.pid());
            asking.join().expect("no command fails the test")
        });
        let cookie = server.kill();
        unanswered += u64::from(commands.has_unanswered());
        rows.check(&data, &mut commands, round);
        server = Running::start_again(&mut start(), cookie);
    }
    settle(&server, &commands, &data);
    eprintln!("{asked} commands were accepted, {unanswered} left without an answer; {rows}");

    commands.delete_all(&server);
    settle(&server, &commands, &data);
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

/// Waits until the last commands have taken effect, and no unexpected process is left.
fn settle(server: &Running, commands: &Commands, data: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while let Some(unsettled) = commands.unsettled(&commands.listed(server), data) {
        assert!(Instant::now() < deadline, "it stays like this: {unsettled}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
