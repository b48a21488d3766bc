//! Agents by the real server: turns, order, stop, floods, and kills at random moments.

use crate::support::{PATIENCE, Running, end_all_of, eventually, serve};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};

const PASSWORD: &str = "correct horse battery";

const APPS: &str = r#"
[[app]]
name = "shell"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
terminal = true
[[app]]
name = "json"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
terminal = true
[app.agent]
command = ["sh", "-c", 'cat; echo; echo "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"first of $1\"}]}}"', "agent", "{session}"]
resume = ["sh", "-c", 'echo "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"next of $1\"}]}}"', "agent", "{session}"]
output = "json"
[[app]]
name = "task"
command = ["{vestibule}", "app", "files", "--port", "{port}", "--dir", "{dir}"]
terminal = true
restart_limit = 0
[[app.parameters]]
name = "prompt"
kind = "prompt"
required = true
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]
task = "{param.prompt}"
"#;

fn command(dir: &Path) -> Command {
    let apps = dir.join("apps.toml");
    std::fs::write(&apps, APPS).expect("written");
    let mut command = serve(&dir.join("data"));
    command.args(["--log", "warn", "--apps"]).arg(apps);
    command.env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
    command
}

fn id(number: u64) -> String {
    format!("01939f6e-7b2a-7c4d-9e1f-{number:012x}")
}

fn ask(server: &Running, method: &str, path: &str, body: &Value) -> Value {
    let (status, body) = server.ask(method, path, &body.to_string());
    assert!(
        (200..300).contains(&status),
        "{method} {path}: {status} {body}"
    );
    serde_json::from_str(&body).unwrap_or_default()
}

fn get(server: &Running, path: &str) -> Value {
    let (status, body) = server.ask("GET", path, "");
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

/// Starts a server with a workbench of an app; returns the workbench's id.
fn begin(dir: &Path, app: &str) -> (Running, String) {
    begin_with(dir, &json!({"name": "Bench", "app": app}))
}

/// Starts a server with this workbench; returns the workbench's id.
fn begin_with(dir: &Path, bench: &Value) -> (Running, String) {
    let mut server = Running::start(&mut command(dir));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    let workspace = ask(&server, "POST", "/api/workspaces", &json!({"name": "Lab"}));
    let workspace = workspace["id"].as_str().expect("an id");
    let path = format!("/api/workspaces/{workspace}/workbenches");
    let bench = ask(&server, "POST", &path, bench);
    let id = bench["id"].as_str().expect("an id").to_owned();
    (server, id)
}

/// Opens an agent tab, also before its workbench runs.
fn open(server: &Running, workbench: &str, tab: u64) -> String {
    let body = json!({"workbenchId": workbench, "kind": "agent"});
    ask(server, "PUT", &format!("/api/tabs/{}", id(tab)), &body);
    id(tab)
}

fn send(server: &Running, tab: &str, message: u64, text: &str) {
    let path = format!("/api/tabs/{tab}/messages/{}", id(message));
    ask(server, "PUT", &path, &json!({"text": text}));
}

fn message(server: &Running, tab: &str, message: u64) -> Value {
    let list = get(server, &format!("/api/tabs/{tab}/messages"));
    let items = list["items"].as_array().expect("a list");
    let found = items.iter().find(|one| one["id"] == id(message));
    found.cloned().unwrap_or_default()
}

fn state(server: &Running, tab: &str, number: u64) -> String {
    let message = message(server, tab, number);
    message["state"].as_str().unwrap_or_default().to_owned()
}

fn until(server: &Running, tab: &str, number: u64, wanted: &str) {
    eventually(&format!("message {number} is {wanted}"), || {
        state(server, tab, number) == wanted
    });
}

/// Returns every event, by pages.
fn transcript(server: &Running, tab: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all
            .last()
            .map_or(0, |event| event["seq"].as_u64().expect("a number"));
        let page = get(server, &format!("/api/tabs/{tab}/transcript?after={after}"));
        let items = page["items"].as_array().expect("a list");
        if items.is_empty() {
            return all;
        }
        all.extend(items.clone());
    }
}

fn short(events: &[Value]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            (text("kind"), text("text"))
        })
        .collect()
}

/// FIELD 20: messages that were sent before the tab is ready run once, in order, when it is.
#[test]
fn field_20_messages_sent_before_the_tab_is_ready_run_once_in_order() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path(), "shell");
    let tab = open(&server, &workbench, 1);
    send(&server, &tab, 10, "echo one; echo two >&2; exit 3");
    send(&server, &tab, 11, "-x is no option");
    send(
        &server,
        &tab,
        12,
        r"printf '\033]0;title\007\033[31mred\033[0m\377\n<b>'; pwd",
    );
    until(&server, &tab, 12, "succeeded");
    assert_eq!(state(&server, &tab, 10), "failed");
    assert_eq!(message(&server, &tab, 10)["exitCode"], 3);
    assert_eq!(message(&server, &tab, 11)["exitCode"], 127);
    let events = transcript(&server, &tab);
    let seqs = events.iter().map(|event| event["seq"].as_u64());
    assert!(seqs.eq((1..=events.len() as u64).map(Some)));
    let events = short(&events);
    assert_eq!(events[0], ("user", "echo one; echo two >&2; exit 3"));
    assert!(events.contains(&("stdout", "one")) && events.contains(&("stderr", "two")));
    assert_eq!(events[3], ("exit", "Ended with exit code 3."));
    assert_eq!(events[4], ("user", "-x is no option"));
    assert!(
        events.contains(&("stdout", "\u{1b}[31mred\u{1b}[0m\u{fffd}")),
        "{events:?}"
    );
    let folder = events.iter().find(|(_, text)| text.starts_with("<b>/"));
    assert!(
        folder.is_some_and(|(_, text)| text.ends_with("/files")),
        "{events:?}"
    );
    let (status, text) = server.ask("GET", &format!("/api/tabs/{tab}/transcript/download"), "");
    assert_eq!(status, 200);
    assert!(
        text.contains("> echo one") && text.contains("red\u{fffd}\n"),
        "{text}"
    );
    eventually("the tab shows the end", || {
        let shown = get(&server, &format!("/api/tabs/{tab}"));
        shown["busy"] == false && shown["lastEvent"] == events.len()
    });
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// FIELD 21: stop does not wait behind the turn, is forced if need be, and other tabs go on.
#[test]
fn field_21_stop_acts_at_once_and_tabs_run_side_by_side() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path(), "shell");
    let (one, other) = (open(&server, &workbench, 1), open(&server, &workbench, 2));
    send(&server, &one, 10, "echo begun; sleep 600; echo never");
    send(&server, &one, 11, "echo next");
    send(
        &server,
        &other,
        20,
        "trap '' TERM; echo begun; while :; do sleep 1; done",
    );
    for (tab, number) in [(&one, 10), (&other, 20)] {
        until(&server, tab, number, "running");
        eventually("it has begun", || {
            short(&transcript(&server, tab)).contains(&("stdout", "begun"))
        });
    }
    assert_eq!(state(&server, &one, 11), "queued");
    let begin = Instant::now();
    let path = format!("/api/tabs/{one}/stop");
    ask(&server, "POST", &path, &json!({"messageId": id(10)}));
    eventually("it is stopped", || state(&server, &one, 10) == "stopped");
    let took = begin.elapsed();
    println!("stop took {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    until(&server, &one, 11, "succeeded");
    assert_eq!(state(&server, &other, 20), "running");
    let path = format!("/api/tabs/{other}/stop");
    ask(&server, "POST", &path, &json!({"messageId": id(20)}));
    until(&server, &other, 20, "stopped");
    // A late request stops no later message.
    ask(&server, "POST", &path, &json!({"messageId": id(20)}));
    send(&server, &other, 21, "sleep 0.3");
    until(&server, &other, 21, "succeeded");
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

#[test]
fn agent_of_the_catalogue_gets_the_message_and_its_session_and_speaks_json() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path(), "json");
    let tab = open(&server, &workbench, 1);
    send(&server, &tab, 10, "by the input");
    send(&server, &tab, 11, "again");
    until(&server, &tab, 11, "succeeded");
    let events = transcript(&server, &tab);
    let (first, next) = (format!("first of {tab}"), format!("next of {tab}"));
    let expected = [
        ("user", "by the input"),
        ("stdout", "by the input"),
        ("assistant", first.as_str()),
        ("exit", "Done."),
        ("user", "again"),
        ("assistant", next.as_str()),
        ("exit", "Done."),
    ];
    assert_eq!(short(&events), expected);
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// A flood is bounded, and neither it nor a process in the background holds up what follows.
#[test]
fn floods_and_background_processes_hold_nothing_up() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path(), "shell");
    let tab = open(&server, &workbench, 1);
    send(&server, &tab, 10, "sleep 600 & echo background");
    until(&server, &tab, 10, "succeeded");
    send(&server, &tab, 11, "seq 1 100000");
    until(&server, &tab, 11, "succeeded");
    let begin = Instant::now();
    let lines = transcript(&server, &tab)
        .iter()
        .filter(|event| event["messageId"] == id(11) && event["kind"] == "stdout")
        .enumerate()
        .all(|(place, event)| {
            let number = event["text"].as_str().map(str::parse::<usize>);
            number == Some(Ok(place + 1))
        });
    println!("100,000 lines read by pages in {:?}", begin.elapsed());
    assert!(lines, "every line once, in order");
    send(
        &server,
        &tab,
        12,
        "head -c 30000000 /dev/zero | tr '\\0' 'x'; echo",
    );
    until(&server, &tab, 12, "succeeded");
    let page = get(&server, &format!("/api/tabs/{tab}/transcript?limit=5"));
    let items = page["items"].as_array().expect("a list");
    let events = short(items);
    assert!(
        events
            .iter()
            .any(|(kind, text)| *kind == "status" && text.contains("16 MiB")),
        "{events:?}"
    );
    assert_eq!(events.last(), Some(&("exit", "Done.")));
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// Kills the server at moments during turns: nothing is lost, nothing runs twice (FIELD 20, 24).
#[test]
fn server_killed_during_turns_loses_no_message_and_runs_none_twice() {
    const MESSAGES: u64 = 24;
    let dir = tempfile::tempdir().expect("a folder");
    let (mut server, workbench) = begin(dir.path(), "shell");
    let tabs: Vec<String> = (1..4).map(|tab| open(&server, &workbench, tab)).collect();
    let tab_of = |number: u64| &tabs[usize::try_from(number % 3).expect("small")];
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for number in 0..MESSAGES {
        let text = format!("echo {number} >> ran.txt; echo out-{number}; sleep 0.1");
        send(&server, tab_of(number), 100 + number, &text);
        if number % 3 == 2 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            std::thread::sleep(Duration::from_millis(random % 400));
            let cookie = server.kill();
            server = Running::start_again(&mut command(dir.path()), cookie);
        }
    }
    let deadline = Instant::now() + PATIENCE;
    let mut states = BTreeMap::new();
    for number in 0..MESSAGES {
        loop {
            let state = state(&server, tab_of(number), 100 + number);
            if !["queued", "handed_over", "running"].contains(&state.as_str()) {
                states.insert(number, state);
                break;
            }
            assert!(Instant::now() < deadline, "message {number} is {state}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let ran = dir
        .path()
        .join(format!("data/workbenches/{workbench}/files/ran.txt"));
    let ran = std::fs::read_to_string(ran).expect("they ran");
    for (number, state) in &states {
        let times = ran
            .lines()
            .filter(|line| *line == number.to_string())
            .count();
        assert!(times <= 1, "message {number} ran {times} times");
        assert!(!state.is_empty(), "message {number} is lost");
        if state == "succeeded" {
            assert_eq!(times, 1, "message {number}");
            let events = transcript(&server, tab_of(*number));
            let out = format!("out-{number}");
            let shown = short(&events)
                .iter()
                .filter(|(_, text)| *text == out)
                .count();
            assert_eq!(shown, 1, "message {number}: {events:?}");
        }
    }
    let succeeded = states
        .values()
        .filter(|state| *state == "succeeded")
        .count();
    println!("{succeeded} of {MESSAGES} succeeded, the rest is uncertain");
    assert_eq!(
        succeeded,
        states.len(),
        "the runner goes on without the server: {states:?}"
    );
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// The session goes with its run: what it had not reported is uncertain, and is not run again.
#[test]
fn message_whose_run_has_ended_is_uncertain_and_the_next_one_runs_in_the_next_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path(), "shell");
    let tab = open(&server, &workbench, 1);
    send(&server, &tab, 10, "echo x >> ran.txt; sleep 600");
    until(&server, &tab, 10, "running");
    send(&server, &tab, 11, "cat ran.txt");
    let stop = format!("/api/workbenches/{workbench}/stop");
    ask(&server, "POST", &stop, &json!({}));
    until(&server, &tab, 10, "uncertain");
    assert_eq!(state(&server, &tab, 11), "queued");
    let start = format!("/api/workbenches/{workbench}/start");
    eventually("it is started again", || {
        server.ask("POST", &start, "{}").0 / 100 == 2
    });
    until(&server, &tab, 11, "succeeded");
    let events = transcript(&server, &tab);
    let shown = short(&events);
    assert_eq!(
        shown.iter().filter(|(kind, _)| *kind == "stdout").count(),
        1
    );
    assert_eq!(state(&server, &tab, 10), "uncertain");
    // What is kept of a deleted workbench goes with it.
    let kept = dir.path().join("data/transcripts").join(&workbench);
    assert!(kept.join(&tab).is_dir());
    ask(
        &server,
        "DELETE",
        &format!("/api/workbenches/{workbench}"),
        &json!({}),
    );
    eventually("the transcript is removed", || !kept.exists());
    let late = format!("/api/tabs/{tab}/messages/{}", id(12));
    let (status, _) = server.ask("PUT", &late, &json!({"text": "ls"}).to_string());
    assert!([404, 409].contains(&status), "{status}");
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

/// Attaches to a tab on channel 7 of a new socket.
fn attach(server: &Running, tab: &str, after: u64) -> WebSocket<TcpStream> {
    let url = format!("ws://vestibule.localhost:{}/api/tabs/socket", server.port);
    let mut request = url.into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("cookie", server.cookie().parse().expect("a header"));
    let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut socket = tungstenite::client(request, stream).expect("a socket").0;
    let text = json!({"type": "attach", "channel": 7, "tab": tab, "after": after});
    socket.send(Message::text(text.to_string())).expect("sent");
    let attached = next(&mut socket);
    let expected = json!({"type": "attached", "channel": 7, "mayType": true});
    assert_eq!(attached, expected);
    socket
}

fn next(socket: &mut WebSocket<TcpStream>) -> Value {
    loop {
        if let Message::Text(text) = socket.read().expect("a message") {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

/// Receives until a turn ends; returns the events, and the states of the last message.
fn until_exit(socket: &mut WebSocket<TcpStream>, ended: &str) -> (Vec<Value>, Vec<String>) {
    let (mut events, mut states) = (Vec::new(), Vec::new());
    loop {
        let message = next(socket);
        let items = message["items"].as_array().expect("items").clone();
        match message["type"].as_str() {
            Some("events") => events.extend(items),
            Some("queue") => {
                let state = items.last().map(|one| one["state"].clone());
                states.extend(state.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            other => panic!("{other:?}"),
        }
        let exits = events
            .iter()
            .filter(|event| event["kind"] == "exit")
            .count();
        if exits > 0 && states.last().is_some_and(|state| state == ended) {
            return (events, states);
        }
    }
}

/// FIELD 24, 27: one socket carries the transcript live, and again after a reload, without duplicates.
#[test]
fn socket_carries_events_and_messages_live_and_each_event_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin(dir.path(), "shell");
    let tab = open(&server, &workbench, 1);
    let mut window = attach(&server, &tab, 0);
    let first = next(&mut window);
    assert_eq!(first, json!({"type": "queue", "channel": 7, "items": []}));
    send(
        &server,
        &tab,
        10,
        "for i in 1 2 3; do echo $i; sleep 0.05; done; printf half; sleep 0.3; echo way",
    );
    let (events, states) = until_exit(&mut window, "succeeded");
    let seqs = events.iter().map(|event| event["seq"].as_u64());
    assert!(seqs.eq((1..=events.len() as u64).map(Some)), "{events:?}");
    assert_eq!(
        states.first().map(String::as_str),
        Some("queued"),
        "{states:?}"
    );
    let texts = short(&events);
    assert_eq!(
        texts[1..4],
        [("stdout", "1"), ("stdout", "2"), ("stdout", "3")]
    );
    assert_eq!(
        (texts[4], &events[4]["continues"]),
        (("stdout", "half"), &json!(true))
    );
    assert_eq!(texts[5], ("stdout", "way"));
    drop(window);
    let mut window = attach(&server, &tab, 3);
    let (again, _) = until_exit(&mut window, "succeeded");
    assert_eq!(again, events[3..]);
    let sent = Instant::now();
    send(&server, &tab, 11, "echo quick");
    let (later, _) = until_exit(&mut window, "succeeded");
    println!("message to end of its turn: {:?}", sent.elapsed());
    assert_eq!(later[0]["seq"], events.len() + 1);
    let mut stream = server.open(&format!("/api/tabs/{tab}/stream?after=2"));
    let mut seen = String::new();
    while !seen.contains("quick\",") {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).expect("read");
        assert!(count > 0, "{seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(
        seen.contains("id: 3\n") && !seen.contains("id: 2\n"),
        "{seen}"
    );
    ask(&server, "DELETE", &format!("/api/tabs/{tab}"), &json!({}));
    while next(&mut window)["type"] != "ended" {}
    assert_eq!(server.end(), Some(0));
    end_all_of(dir.path());
}

fn task(prompt: &str, desired: &str) -> Value {
    json!({"name": "Task", "app": "task", "desired": desired, "spec": {"parameters": {"prompt": prompt}}})
}

/// Waits for a status, and returns the workbench.
fn until_status(server: &Running, workbench: &str, status: &str) -> Value {
    let path = format!("/api/workbenches/{workbench}");
    let mut shown = Value::Null;
    eventually(&format!("it is {status}"), || {
        shown = get(server, &path);
        shown["k8sStatus"] == status
    });
    shown
}

/// Returns the only tab of a workbench.
fn only_tab(server: &Running, workbench: &str) -> Value {
    let list = get(server, &format!("/api/workbenches/{workbench}/tabs"));
    let items = list["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{items:?}");
    items[0].clone()
}

/// The task of an app runs once, whatever happens to the server; the run ends with its exit code, its
/// transcript stays, and a message continues it in the next run.
#[test]
fn a_task_runs_once_ends_its_run_and_is_continued_in_its_tab() {
    let dir = tempfile::tempdir().expect("a folder");
    let prompt = "echo ran >> ran.txt; sleep 2; echo done-$((40+2))";
    let (server, workbench) = begin_with(dir.path(), &task(prompt, "Running"));
    let tab = only_tab(&server, &workbench);
    assert_eq!(
        (&tab["title"], &tab["kind"]),
        (&json!("Task"), &json!("agent"))
    );
    let tab = tab["id"].as_str().expect("an id").to_owned();
    let messages = format!("/api/tabs/{tab}/messages");
    eventually("it runs", || {
        get(&server, &messages)["items"][0]["state"] == "running"
    });
    server.kill();
    let mut server = Running::start(&mut command(dir.path()));
    assert_eq!(server.sign_in("admin", PASSWORD), 200);
    until_status(&server, &workbench, "Complete");
    let list = get(&server, &messages);
    let message = &list["items"][0];
    assert_eq!(message["state"], "succeeded", "{list}");
    assert_eq!(message["endsRun"], true, "{list}");
    let events = transcript(&server, &tab);
    assert!(
        short(&events).contains(&("stdout", "done-42")),
        "{events:?}"
    );

    // The next run stays, and does not run it again.
    let body = json!({});
    ask(&server, "POST", &format!("/api/tabs/{tab}/retry"), &body);
    send(&server, &tab, 20, "wc -l < ran.txt");
    until(&server, &tab, 20, "succeeded");
    let events = transcript(&server, &tab);
    let said = short(&events);
    let last = said.iter().rfind(|(kind, _)| *kind == "stdout");
    assert_eq!(last, Some(&("stdout", "1")));
    let shown = get(&server, &format!("/api/workbenches/{workbench}"));
    assert_eq!(shown["k8sStatus"], "Running", "{shown}");
    assert_eq!(shown["status"]["runNumber"], 2, "{shown}");
    drop(server);
    end_all_of(&dir.path().join("data"));
}

/// A failed task fails its run with its exit code, and is not tried again.
#[test]
fn a_failed_task_fails_its_run() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin_with(dir.path(), &task("echo no; exit 7", "Running"));
    let shown = until_status(&server, &workbench, "Failed");
    let message = shown["status"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("exit code 7"), "{shown}");
    assert_eq!(shown["status"]["runNumber"], 1, "{shown}");
    drop(server);
    end_all_of(&dir.path().join("data"));
}

/// A task that has not begun follows the settings; one that is stopped leaves the run to the user.
#[test]
fn a_task_follows_the_settings_until_it_runs_and_can_be_stopped() {
    let dir = tempfile::tempdir().expect("a folder");
    let (server, workbench) = begin_with(dir.path(), &task("echo first", "Stopped"));
    let tab = only_tab(&server, &workbench);
    let tab = tab["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/workbenches/{workbench}");
    let changed = json!({"spec": {"parameters": {"prompt": "echo second; sleep 600"}}});
    ask(&server, "PATCH", &path, &changed);
    ask(&server, "POST", &format!("{path}/start"), &json!({}));
    let messages = format!("/api/tabs/{tab}/messages");
    eventually("it runs", || {
        short(&transcript(&server, &tab)).contains(&("stdout", "second"))
    });
    let list = get(&server, &messages);
    let message = list["items"][0]["id"].clone();
    let stop = json!({"messageId": message});
    ask(&server, "POST", &format!("/api/tabs/{tab}/stop"), &stop);
    send(&server, &tab, 30, "echo goes-on");
    until(&server, &tab, 30, "succeeded");
    assert_eq!(get(&server, &messages)["items"][0]["state"], "stopped");
    assert_eq!(get(&server, &path)["k8sStatus"], "Running");
    drop(server);
    end_all_of(&dir.path().join("data"));
}
