//! Order and certainty of messages: turns, stop, floods, and kills at random moments.

use super::support::{
    ask, begin, command, get, id, message, open, send, short, state, transcript, until,
};
use crate::support::{PATIENCE, Running, end_all_of, eventually};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

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
    // The transcript of a deleted workbench is deleted with it.
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
