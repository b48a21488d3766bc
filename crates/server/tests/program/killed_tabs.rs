//! The server is killed (SIGKILL) at random instants while tabs open, close, and are typed in. No tab,
//! terminal, output, message or key is lost, and nothing runs twice (FIELD 20, 21, 24; Faults, RH1).
//!
//! `VESTIBULE_TEST_KILLS` is the number of kills, `VESTIBULE_TEST_SEED` repeats the choices of a run;
//! the instants of the kills always differ.

use crate::support::{Running, end_all_of, eventually, serve};
use crate::terminal_window::Window;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use vestibule_client::typed::TypedInput;

const PASSWORD: &str = "correct horse battery";
/// Default number of kills.
const USUAL_KILLS: u64 = 6;
/// Latest instant of a kill after the server began to respond, in milliseconds.
const LATEST: u64 = 600;
/// Largest number of tabs that are open at the same time.
const TABS: usize = 5;
/// Number of messages after which a tab is closed: the API lists fewer than fifty ended ones.
const MESSAGES: usize = 30;

const APPS: &str = r#"
[[app]]
name = "shell"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
terminal = true
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]
"#;

/// Answer to the last request of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// None was sent.
    Unsent,
    /// The server was killed before it answered.
    Missing,
    /// Accepted message.
    Accepted,
}

/// A tab as its user knows it.
#[derive(Debug)]
struct ExpectedTab {
    kind: &'static str,
    opened: Answer,
    closed: Answer,
    /// Output that the user's windows have received.
    end: u64,
    /// Commands that were typed, or sent as messages, by number: whether they were accepted, or their
    /// output was seen.
    commands: BTreeMap<u64, bool>,
    /// What was typed, as the console keeps it.
    typed: TypedInput,
}

struct User {
    workbench: String,
    tabs: BTreeMap<String, ExpectedTab>,
    next: u64,
}

impl ExpectedTab {
    /// Waits for the output of a typed command; `None` once the server is gone.
    fn see(&mut self, window: &mut Window, number: u64) -> Option<()> {
        let is_seen = window.try_until_typed(&mut self.typed, &format!("<{number}>\r\n"));
        self.end = window.end;
        if is_seen.ok()? {
            self.commands.insert(number, true);
        }
        Some(())
    }
}

impl User {
    fn id(&mut self) -> String {
        self.next += 1;
        format!("01939f6e-7b2a-7c4d-9e1f-{:012x}", self.next)
    }

    fn living(&self) -> impl Iterator<Item = (&String, &ExpectedTab)> {
        self.tabs
            .iter()
            .filter(|(_, known)| known.closed == Answer::Unsent)
    }

    /// Does something with a tab; `None` once the server is gone.
    fn act(&mut self, server: &Running, chance: &mut StdRng) -> Option<()> {
        let unanswered = self
            .living()
            .find(|(_, known)| known.opened == Answer::Missing);
        if let Some((tab, _)) = unanswered {
            // Opening may be repeated, as the console does.
            let tab = tab.clone();
            return self.open(server, &tab);
        }
        if self.living().count() < TABS {
            let kind = ["terminal", "agent"][usize::from(chance.random_bool(0.5))];
            let tab = self.id();
            let known = ExpectedTab {
                kind,
                opened: Answer::Missing,
                closed: Answer::Unsent,
                end: 0,
                commands: BTreeMap::new(),
                typed: TypedInput::new(tab.clone()),
            };
            self.tabs.insert(tab.clone(), known);
            return self.open(server, &tab);
        }
        let (tab, known) = self.living().choose(chance).expect("there are some");
        let (tab, kind) = (tab.clone(), known.kind);
        if known.commands.len() >= MESSAGES || chance.random_ratio(1, 12) {
            return self.close(server, &tab);
        }
        match kind {
            "terminal" => self.types(server, &tab),
            _ => self.sends(server, &tab),
        }
    }

    fn open(&mut self, server: &Running, tab: &str) -> Option<()> {
        let known = self.tabs.get_mut(tab).expect("it is known");
        let body = json!({"workbenchId": self.workbench, "kind": known.kind}).to_string();
        let (status, body) = server.try_to_ask("PUT", &format!("/api/tabs/{tab}"), &body)?;
        assert!([200, 201].contains(&status), "{status} {body}");
        known.opened = Answer::Accepted;
        Some(())
    }

    fn close(&mut self, server: &Running, tab: &str) -> Option<()> {
        let known = self.tabs.get_mut(tab).expect("it is known");
        known.closed = Answer::Missing;
        let (status, body) = server.try_to_ask("DELETE", &format!("/api/tabs/{tab}"), "{}")?;
        assert_eq!(status / 100, 2, "{status} {body}");
        known.closed = Answer::Accepted;
        Some(())
    }

    /// Types a command into a terminal, if it is ready, and waits for its output.
    fn types(&mut self, server: &Running, tab: &str) -> Option<()> {
        self.next += 1;
        let number = self.next;
        let known = self.tabs.get_mut(tab).expect("it is known");
        let window = Window::try_to_resume(server, tab, known.end, &mut known.typed);
        let Some(mut window) = window.ok()? else {
            // It is not ready yet.
            return Some(());
        };
        known.commands.insert(number, false);
        let line = format!("echo \"$$ {number}\" >> {tab}; echo \"<{number}>\"\n");
        let mut sent = Ok(());
        for key in line.as_bytes().chunks(3) {
            known.typed.type_in(key);
            sent = sent.and_then(|()| window.try_to_send(&mut known.typed));
        }
        sent.ok()?;
        known.see(&mut window, number)
    }

    /// Types the rest of what a kill has cut, and waits until it has run.
    fn finish_typing(&mut self, server: &Running) {
        for (tab, known) in &mut self.tabs {
            let is_open = known.kind == "terminal" && known.closed == Answer::Unsent;
            let last = known.commands.last_key_value();
            let Some((number, false)) = last
                .filter(|_| is_open)
                .map(|(number, seen)| (*number, *seen))
            else {
                continue;
            };
            let window = Window::try_to_resume(server, tab, known.end, &mut known.typed);
            let mut window = window.expect("the server answers").expect("attached");
            known.see(&mut window, number).expect("the server answers");
            assert!(known.commands[&number], "{tab}: {known:?}");
        }
    }

    /// Sends a message to an agent, whether it is ready or not.
    fn sends(&mut self, server: &Running, tab: &str) -> Option<()> {
        let message = self.id();
        let number = self.next;
        let known = self.tabs.get_mut(tab).expect("it is known");
        known.commands.insert(number, false);
        let text = format!("echo \"agent {number}\" >> {tab}; echo \"<{number}>\"; sleep 0.02");
        let path = format!("/api/tabs/{tab}/messages/{message}");
        let body = json!({ "text": text }).to_string();
        let (status, body) = server.try_to_ask("PUT", &path, &body)?;
        assert_eq!(status / 100, 2, "{status} {body}");
        known.commands.insert(number, true);
        Some(())
    }

    /// Waits until every tab is as its user wants it.
    fn settle(&mut self, server: &Running) {
        for (tab, known) in &mut self.tabs {
            if known.opened == Answer::Missing && known.closed == Answer::Unsent {
                let (status, _) = server.ask("GET", &format!("/api/tabs/{tab}"), "");
                if status == 404 {
                    continue;
                }
                known.opened = Answer::Accepted;
            }
            eventually(&format!("{tab} is settled: {known:?}"), || {
                let (status, body) = server.ask("GET", &format!("/api/tabs/{tab}"), "");
                if status == 404 {
                    // It was never opened.
                    return known.opened == Answer::Missing;
                }
                let shown: Value = serde_json::from_str(&body).expect("JSON");
                match known.closed {
                    Answer::Unsent => shown["closedAt"].is_null() && shown["state"] == "ready",
                    Answer::Accepted => {
                        !shown["closedAt"].is_null() && shown["runNumber"].is_null()
                    }
                    Answer::Missing if shown["closedAt"].is_null() => shown["state"] == "ready",
                    Answer::Missing => shown["runNumber"].is_null(),
                }
            });
        }
    }

    /// Waits until no message is on its way.
    fn until_messages_have_ended(&self, server: &Running) {
        let agents = self.tabs.iter().filter(|(_, known)| known.kind == "agent");
        for (tab, known) in agents.filter(|(_, known)| known.opened == Answer::Accepted) {
            eventually(&format!("{tab} has nothing to do: {known:?}"), || {
                let path = format!("/api/tabs/{tab}/messages");
                let (status, body) = server.ask("GET", &path, "");
                assert_eq!(status, 200, "{body}");
                let list: Value = serde_json::from_str(&body).expect("JSON");
                let messages = list["items"].as_array().expect("a list");
                let is_over = |message: &Value| {
                    let state = message["state"].as_str().unwrap_or_default();
                    assert_ne!(state, "uncertain", "the runner goes on without the server");
                    !["queued", "handed_over", "running"].contains(&state)
                };
                messages.iter().all(is_over)
            });
        }
    }

    /// Checks what has run. In a tab that is open, everything that was accepted ran.
    fn check(&self, files: &Path) -> (usize, usize) {
        let (mut ran_in_all, mut open) = (0, 0);
        for (tab, known) in &self.tabs {
            let text = std::fs::read_to_string(files.join(tab)).unwrap_or_default();
            let ran: Vec<(&str, u64)> = text
                .lines()
                .map(|line| line.split_once(' ').expect("a line"))
                .map(|(shell, number)| (shell, number.parse().expect("a number")))
                .collect();
            for pair in ran.windows(2) {
                let [(shell, number), (next_shell, next)] = pair else {
                    continue;
                };
                assert!(number < next, "{tab}: order, and each once: {text}");
                assert_eq!(shell, next_shell, "{tab}: the shell began anew: {text}");
            }
            let is_open = known.closed == Answer::Unsent;
            assert!(!is_open || known.typed.loss().is_none(), "{tab}: {known:?}");
            open += usize::from(is_open);
            ran_in_all += ran.len();
            for (number, is_accepted) in &known.commands {
                let has_run = ran.iter().any(|(_, ran)| ran == number);
                let must = match known.kind {
                    "terminal" => is_open || *is_accepted,
                    _ => is_open && *is_accepted,
                };
                assert!(has_run || !must, "{tab}: {number} is lost: {text}");
            }
        }
        (ran_in_all, open)
    }
}

#[test]
fn server_killed_at_any_instant_loses_no_tab_and_runs_nothing_twice() {
    let kills = number("VESTIBULE_TEST_KILLS").unwrap_or(USUAL_KILLS);
    let seed = number("VESTIBULE_TEST_SEED").unwrap_or_else(|| rand::rng().random());
    println!("{kills} kills; to repeat the choices: VESTIBULE_TEST_SEED={seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let dir = tempfile::tempdir().expect("a folder");
    let _leftovers = Leftovers(dir.path());
    let (mut server, workbench) = begin(dir.path());
    let files: PathBuf = dir
        .path()
        .join(format!("data/workbenches/{workbench}/files"));
    let mut user = User {
        workbench,
        tabs: BTreeMap::new(),
        next: 0,
    };
    for _ in 0..kills {
        // Every third server is killed again while it recovers.
        if !chance.random_ratio(1, 3) {
            user.settle(&server);
        }
        let pause = Duration::from_micros(chance.random_range(0..LATEST * 1000));
        let pid = server.pid().to_string();
        std::thread::scope(|scope| {
            let acting = scope.spawn(|| while user.act(&server, &mut chance).is_some() {});
            std::thread::sleep(pause);
            let killed = Command::new("kill").args(["-KILL", &pid]).status();
            assert!(killed.expect("kill can be started").success());
            acting.join().expect("no action fails the test");
        });
        let cookie = server.kill();
        server = Running::start_again(&mut command(dir.path()), cookie);
    }
    user.settle(&server);
    user.finish_typing(&server);
    user.until_messages_have_ended(&server);
    let (ran, open) = user.check(&files);
    println!(
        "{} tabs, {open} of them open; {ran} commands ran",
        user.tabs.len()
    );
    assert!(ran > 0, "nothing was tried");
    assert_eq!(server.end(), Some(0));
}

/// Ends what a failed test leaves.
struct Leftovers<'a>(&'a Path);

impl Drop for Leftovers<'_> {
    fn drop(&mut self) {
        end_all_of(self.0);
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}")),
    )
}

fn command(dir: &Path) -> Command {
    let apps = dir.join("apps.toml");
    std::fs::write(&apps, APPS).expect("written");
    let mut command = serve(&dir.join("data"));
    command.args(["--log", "error", "--apps"]).arg(apps);
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    command
}

/// Starts a server with a workbench; returns the workbench's id.
fn begin(dir: &Path) -> (Running, String) {
    let mut server = Running::start(&mut command(dir));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let make = |path: &str, body: Value| {
        let (status, body) = server.ask("POST", path, &body.to_string());
        assert!([201, 202].contains(&status), "{status} {body}");
        let made: Value = serde_json::from_str(&body).expect("JSON");
        made["id"].as_str().expect("an id").to_owned()
    };
    let workspace = make("/api/workspaces", json!({"name": "Lab"}));
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let workbench = make(&path, json!({"name": "Bench", "app": "shell"}));
    (server, workbench)
}
