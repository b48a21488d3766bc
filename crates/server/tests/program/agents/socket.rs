//! The socket of an agent tab.

use super::support::{ask, begin, open, send, short};
use crate::support::{PATIENCE, Running, end_all_of};
use serde_json::{Value, json};
use std::io::Read as _;
use std::net::TcpStream;
use std::time::Instant;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};

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
