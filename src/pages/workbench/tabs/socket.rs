//! The window's WebSocket, which carries all its terminals and agents (FIELD 27). It reconnects by itself,
//! and closes with the last of them.

use super::wire::{self, Answer, Size};
use crate::api::TAB_SOCKET;
use gloo_timers::callback::Timeout;
use leptos::prelude::location;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use vestibule_model::backoff::Backoff;
use vestibule_model::ids::TabId;
use vestibule_model::lenient;
use vestibule_model::tab::PresentUser;
use vestibule_model::tab::queue::Message;
use vestibule_model::tab::transcript::TranscriptEvent;
use vestibule_model::tab::typed::InputStream;
use vestibule_model::time::Millis;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

/// Longest first pause before the socket is opened again.
const FIRST_PAUSE: Millis = Millis::from_secs(1);
/// Longest pause.
const LONGEST_PAUSE: Millis = Millis::from_secs(15);

thread_local! {
    /// A window has one socket, whichever pages and panels show terminals.
    static SOCKET: RefCell<Weak<Socket>> = const { RefCell::new(Weak::new()) };
}

/// A session that the socket carries: a terminal, or an agent.
pub trait SocketSession {
    /// Returns the tab.
    fn tab(&self) -> TabId;
    /// Returns the number of bytes of its output that are known, or of the last known event.
    fn end(&self) -> u64;
    /// Returns the stream of input, of a terminal.
    fn input(&self) -> Option<InputStream> {
        None
    }
    /// Handles the connection to the session. `taken` is the number of bytes that a terminal has taken of the
    /// stream of input, `None` if it doesn't know the stream.
    fn attached(&self, may_type: bool, taken: Option<u64>);
    /// Handles an acknowledgement of input.
    fn taken(&self, _taken: u64) {}
    /// Handles the end of the connection to the session: for a reason of the server, or because the socket has closed.
    fn ended(&self, reason: Option<String>);
    /// Handles the other users in the tab.
    fn present(&self, users: Vec<PresentUser>);
    /// Handles output of a terminal.
    fn output(&self, _at: u64, _bytes: &[u8]) {}
    /// Handles new events of an agent's transcript.
    fn events(&self, _events: Vec<TranscriptEvent>) {}
    /// Messages of an agent.
    fn queue(&self, _messages: Vec<Message>) {}
}

/// The socket. It closes when it is dropped.
pub struct Socket {
    inner: RefCell<Inner>,
    itself: Weak<Self>,
}

struct Inner {
    connection: Option<Connection>,
    carried: BTreeMap<u32, Weak<dyn SocketSession>>,
    next: u32,
    backoff: Backoff,
    timer: Option<Timeout>,
}

impl Socket {
    /// Returns the window's socket.
    pub fn get() -> Rc<Self> {
        SOCKET.with_borrow_mut(|socket| {
            socket.upgrade().unwrap_or_else(|| {
                let new = Self::new();
                *socket = Rc::downgrade(&new);
                new
            })
        })
    }

    fn new() -> Rc<Self> {
        Rc::new_cyclic(|itself| Self {
            inner: RefCell::new(Inner {
                connection: None,
                carried: BTreeMap::new(),
                next: 1,
                backoff: Backoff::new(FIRST_PAUSE, LONGEST_PAUSE),
                timer: None,
            }),
            itself: itself.clone(),
        })
    }

    /// Carries a terminal; returns the number of its channel. Numbers are not used again: output of an
    /// earlier channel may still be on its way.
    pub fn attach(&self, terminal: &Rc<dyn SocketSession>) -> u32 {
        let mut inner = self.inner.borrow_mut();
        let channel = inner.next;
        inner.next += 1;
        inner.carried.insert(channel, Rc::downgrade(terminal));
        let request = attach(channel, terminal);
        match &inner.connection {
            Some(connection) => connection.send(&request),
            None if inner.timer.is_none() => self.connect(&mut inner),
            None => {}
        }
        channel
    }

    /// Carries a terminal no longer.
    pub fn detach(&self, channel: u32) {
        let mut inner = self.inner.borrow_mut();
        inner.carried.remove(&channel);
        if let Some(connection) = &inner.connection {
            connection.send(&wire::detach(channel));
        }
    }

    /// Sends typed bytes, after so many of the stream of input.
    pub fn input(&self, channel: u32, at: u64, bytes: &[u8]) {
        if let Some(connection) = &self.inner.borrow().connection {
            connection.send_bytes(&wire::input(channel, at, bytes));
        }
    }

    /// Sends the size of a terminal.
    pub fn resize(&self, channel: u32, size: Size) {
        if let Some(connection) = &self.inner.borrow().connection {
            connection.send(&wire::resize(channel, size));
        }
    }

    /// Opens the socket again at once: the network is back, or the server.
    pub fn reconnect(&self) {
        let mut inner = self.inner.borrow_mut();
        if inner.timer.take().is_some() {
            self.connect(&mut inner);
        }
    }

    fn connect(&self, inner: &mut Inner) {
        inner.timer = None;
        let itself = self.itself.clone();
        inner.connection = Connection::open(move |event| {
            if let Some(socket) = itself.upgrade() {
                socket.handle(event);
            }
        });
        if inner.connection.is_none() {
            self.wait(inner);
        }
    }

    fn wait(&self, inner: &mut Inner) {
        let pause = inner.backoff.pause(js_sys::Math::random(), None);
        let itself = self.itself.clone();
        let millis = u32::try_from(pause.0).unwrap_or(0);
        inner.timer = Some(Timeout::new(millis, move || {
            if let Some(socket) = itself.upgrade() {
                let mut inner = socket.inner.borrow_mut();
                socket.connect(&mut inner);
            }
        }));
    }

    fn handle(&self, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.opened(),
            SocketEvent::Closed => self.closed(),
            SocketEvent::Text(text) => match lenient::parse(&text) {
                Some(Answer::Attached {
                    channel,
                    may_type,
                    input,
                }) => {
                    if let Some(terminal) = self.carried(channel) {
                        terminal.attached(may_type, input.and_then(|input| input.taken));
                    }
                }
                Some(Answer::Present { channel, users }) => {
                    if let Some(terminal) = self.carried(channel) {
                        terminal.present(users);
                    }
                }
                Some(Answer::Taken { channel, taken }) => {
                    if let Some(terminal) = self.carried(channel) {
                        terminal.taken(taken);
                    }
                }
                Some(Answer::Ended { channel, reason }) => {
                    if let Some(terminal) = self.carried(channel) {
                        self.inner.borrow_mut().carried.remove(&channel);
                        terminal.ended(Some(reason));
                    }
                }
                Some(Answer::Events { channel, items }) => {
                    if let Some(agent) = self.carried(channel) {
                        agent.events(items);
                    }
                }
                Some(Answer::Queue { channel, items }) => {
                    if let Some(agent) = self.carried(channel) {
                        agent.queue(items);
                    }
                }
                // A later version may send more.
                None => {}
            },
            SocketEvent::Bytes(bytes) => {
                if let Some(output) = wire::output(&bytes)
                    && let Some(terminal) = self.carried(output.channel)
                {
                    terminal.output(output.at, output.bytes);
                }
            }
        }
    }

    fn opened(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.backoff.reset();
        let all: Vec<_> = inner.all().collect();
        if let Some(connection) = &inner.connection {
            for (channel, terminal) in &all {
                connection.send(&attach(*channel, terminal));
            }
        }
    }

    fn closed(&self) {
        let all: Vec<_> = {
            let mut inner = self.inner.borrow_mut();
            inner.connection = None;
            if !inner.carried.is_empty() {
                self.wait(&mut inner);
            }
            inner.all().collect()
        };
        for (_, terminal) in all {
            terminal.ended(None);
        }
    }

    fn carried(&self, channel: u32) -> Option<Rc<dyn SocketSession>> {
        let inner = self.inner.borrow();
        inner.carried.get(&channel)?.upgrade()
    }
}

impl Inner {
    fn all(&self) -> impl Iterator<Item = (u32, Rc<dyn SocketSession>)> {
        let all = self.carried.iter();
        all.filter_map(|(channel, terminal)| Some((*channel, terminal.upgrade()?)))
    }
}

fn attach(channel: u32, session: &Rc<dyn SocketSession>) -> String {
    wire::attach(
        channel,
        &session.tab(),
        session.end(),
        session.input().as_ref(),
    )
}

/// Event of a connection.
enum SocketEvent {
    Opened,
    Closed,
    Text(String),
    Bytes(Vec<u8>),
}

/// A connection, closed when it is dropped.
struct Connection {
    socket: WebSocket,
    _listener: Closure<dyn FnMut(Event)>,
}

impl Connection {
    fn open(on_event: impl Fn(SocketEvent) + 'static) -> Option<Self> {
        let base = location().origin().ok()?.replacen("http", "ws", 1);
        let socket = WebSocket::new(&format!("{base}{TAB_SOCKET}")).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let event = match event.type_().as_str() {
                "open" => SocketEvent::Opened,
                "message" => {
                    let data = event.unchecked_into::<MessageEvent>().data();
                    match data.as_string() {
                        Some(text) => SocketEvent::Text(text),
                        None => SocketEvent::Bytes(js_sys::Uint8Array::new(&data).to_vec()),
                    }
                }
                _ => SocketEvent::Closed,
            };
            on_event(event);
        });
        for kind in ["open", "message", "close"] {
            let callback = listener.as_ref().unchecked_ref();
            let _ = socket.add_event_listener_with_callback(kind, callback);
        }
        Some(Self {
            socket,
            _listener: listener,
        })
    }

    /// Sends a text. One that does not open yet attaches everything once it is open.
    fn send(&self, text: &str) {
        if self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_str(text);
        }
    }

    fn send_bytes(&self, bytes: &[u8]) {
        if self.socket.ready_state() == WebSocket::OPEN {
            let _ = self.socket.send_with_u8_array(bytes);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for kind in ["open", "message", "close"] {
            let callback = self._listener.as_ref().unchecked_ref();
            let _ = self
                .socket
                .remove_event_listener_with_callback(kind, callback);
        }
        let _ = self.socket.close();
    }
}
