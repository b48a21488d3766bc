//! A window of the console that shows terminals, through the server's socket.

use crate::support::{PATIENCE, Running};
use serde_json::{Value, json};
use std::net::TcpStream;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::handshake::client::Request;
use tungstenite::{Error, Message, WebSocket};
use vestibule_client::typed::{Next, TypedInput};

/// Channel of the terminal on the socket.
const CHANNEL: u32 = 7;

/// Window that shows one terminal.
pub struct Window {
    pub socket: WebSocket<TcpStream>,
    /// Output so far.
    pub seen: String,
    /// Number of bytes that the terminal has put out so far.
    pub end: u64,
    /// Names of the other users in the terminal.
    pub present: Vec<String>,
}

/// Returns the request for the socket in the session of this server's client.
pub fn request(server: &Running) -> Request {
    let url = format!("ws://vestibule.localhost:{}/api/tabs/socket", server.port);
    let mut request = url.into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("cookie", server.cookie().parse().expect("a header"));
    request
}

impl Window {
    /// Attaches to a tab's terminal after its first bytes.
    pub fn attach(server: &Running, tab: &str, after: u64) -> Self {
        Self::try_to_attach(server, tab, after)
            .expect("the server answers")
            .expect("attached")
    }

    fn connect(server: &Running, after: u64) -> Result<Self, Error> {
        let stream = TcpStream::connect(("127.0.0.1", server.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let socket = match tungstenite::client(request(server), stream) {
            Ok((socket, _)) => socket,
            Err(tungstenite::HandshakeError::Failure(error)) => return Err(error),
            Err(interrupted) => panic!("{interrupted}"),
        };
        Ok(Self {
            socket,
            seen: String::new(),
            end: after,
            present: Vec::new(),
        })
    }

    /// Attaches to a tab's terminal; `None` if the server refuses that now, and an error if it ends.
    pub fn try_to_attach(server: &Running, tab: &str, after: u64) -> Result<Option<Self>, Error> {
        let mut window = Self::connect(server, after)?;
        window.send(&json!({"type": "attach", "channel": CHANNEL, "tab": tab, "after": after}))?;
        let answer = window.try_text()?;
        let attached = json!({"type": "attached", "channel": CHANNEL, "mayType": true});
        Ok((answer == attached).then_some(window))
    }

    /// Attaches as the console does, with numbered input; `None` if the server refuses that now.
    pub fn try_to_resume(
        server: &Running,
        tab: &str,
        after: u64,
        typed: &mut TypedInput,
    ) -> Result<Option<Self>, Error> {
        typed.detached();
        let mut window = Self::connect(server, after)?;
        loop {
            window.send(&json!({
                "type": "attach", "channel": CHANNEL, "tab": tab, "after": after, "input": typed.stream(),
            }))?;
            let answer = window.try_text()?;
            if answer["type"] != "attached" {
                return Ok(None);
            }
            if typed.attached(answer["input"]["taken"].as_u64(), true) == Next::GoOn {
                return Ok(Some(window));
            }
        }
    }

    /// Sends numbered input that waits.
    pub fn try_to_send(&mut self, typed: &mut TypedInput) -> Result<(), Error> {
        while let Some((at, bytes)) = typed.next_block() {
            let message = [&CHANNEL.to_be_bytes()[..], &at.to_be_bytes(), &bytes].concat();
            self.socket.send(Message::binary(message))?;
        }
        Ok(())
    }

    /// Receives output until it contains a text, while input is acknowledged and sent; `false` if another
    /// message comes before it.
    pub fn try_until_typed(&mut self, typed: &mut TypedInput, text: &str) -> Result<bool, Error> {
        loop {
            self.try_to_send(typed)?;
            if self.seen.contains(text) {
                return Ok(true);
            }
            match self.next()? {
                Some(message) if message["type"] == "taken" => {
                    typed.acknowledge(message["taken"].as_u64().expect("a number"));
                }
                Some(_) => return Ok(false),
                None => {}
            }
        }
    }

    fn send(&mut self, text: &Value) -> Result<(), Error> {
        self.socket.send(Message::text(text.to_string()))
    }

    /// Sets the size of the terminal.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.send(&json!({"type": "resize", "channel": CHANNEL, "cols": cols, "rows": rows}))
            .expect("sent");
    }

    /// Types into the terminal.
    pub fn types(&mut self, text: &str) {
        self.try_to_type(text).expect("sent");
    }

    /// Types into the terminal of a server that may be killed.
    pub fn try_to_type(&mut self, text: &str) -> Result<(), Error> {
        let mut message = CHANNEL.to_be_bytes().to_vec();
        message.extend(text.as_bytes());
        self.socket.send(Message::binary(message))
    }

    /// Returns the next text message. Output of the terminal before it is kept.
    pub fn text(&mut self) -> Value {
        self.try_text().expect("a message")
    }

    fn try_text(&mut self) -> Result<Value, Error> {
        loop {
            if let Some(text) = self.next()? {
                return Ok(text);
            }
        }
    }

    /// Receives a message; returns it if it is text. No output is missing and none comes twice.
    fn next(&mut self) -> Result<Option<Value>, Error> {
        Ok(match self.socket.read()? {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                if message["type"] != "present" {
                    return Ok(Some(message));
                }
                let users = message["users"].as_array().expect("a list").iter();
                let names = users.map(|user| user["name"].as_str().expect("a name").to_owned());
                self.present = names.collect();
                None
            }
            Message::Binary(bytes) => {
                assert_eq!(bytes[..4], CHANNEL.to_be_bytes());
                let at = u64::from_be_bytes(bytes[4..12].try_into().expect("8 bytes"));
                assert_eq!(at, self.end, "after {:?}", self.seen);
                self.seen.push_str(&String::from_utf8_lossy(&bytes[12..]));
                self.end = at + bytes.len() as u64 - 12;
                None
            }
            _ => None,
        })
    }

    /// Receives until another user is present.
    pub fn until_present(&mut self, name: &str) {
        while self.present != [name] {
            let other = self.next().expect("a message");
            assert_eq!(other, None);
        }
    }

    /// Receives output until it contains a text.
    pub fn until(&mut self, text: &str) {
        let is_seen = self.try_until(text).expect("output");
        assert!(is_seen, "{text:?} is not in {:?}", self.seen);
    }

    /// Receives output until it contains a text; `false` if another message comes before it.
    pub fn try_until(&mut self, text: &str) -> Result<bool, Error> {
        while !self.seen.contains(text) {
            if self.next()?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
