//! A terminal between its document and the window's socket.

use super::flow::Flow;
use super::port::{Message, Port};
use crate::pages::workbench::tabs::keyboard::Keyboard;
use crate::pages::workbench::tabs::socket::{Socket, SocketSession};
use crate::pages::workbench::tabs::wire::{DocumentMessage, Size};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use vestibule_client::typed::Next;
use vestibule_model::ids::TabId;
use vestibule_model::tab::PresentUser;
use vestibule_model::tab::typed::InputStream;
use web_sys::MessagePort;

/// Report of a terminal to its view.
pub enum TerminalEvent {
    /// The socket carries the terminal.
    Attached {
        /// `false` if the user may only watch.
        may_type: bool,
    },
    /// The socket does not carry the terminal now: with the server's reason, or because it has closed.
    Detached(Option<String>),
    /// The other users in the terminal.
    Present(Vec<PresentUser>),
    /// The terminal has put something out.
    Output,
    /// The user leaves it by keyboard.
    Leave,
    /// The user opens the switcher by keyboard.
    Switch,
}

/// A terminal. It is detached when it is dropped.
pub struct Terminal {
    tab: TabId,
    socket: Rc<Socket>,
    keyboard: Rc<Keyboard>,
    port: RefCell<Option<Port>>,
    flow: RefCell<Flow>,
    channel: Cell<Option<u32>>,
    size: Cell<Option<Size>>,
    /// `true` while output waits to be drawn, and no more is received.
    is_paused: Cell<bool>,
    report: Box<dyn Fn(TerminalEvent)>,
    itself: Weak<Self>,
}

impl Terminal {
    /// Returns a terminal without document and session.
    pub fn new(
        tab: TabId,
        keyboard: Rc<Keyboard>,
        report: impl Fn(TerminalEvent) + 'static,
    ) -> Rc<Self> {
        let terminal = Rc::new_cyclic(|itself| Self {
            tab,
            socket: Socket::get(),
            keyboard,
            port: RefCell::new(None),
            flow: RefCell::default(),
            channel: Cell::new(None),
            size: Cell::new(None),
            is_paused: Cell::new(false),
            report: Box::new(report),
            itself: itself.clone(),
        });
        let itself = Rc::downgrade(&terminal);
        terminal.keyboard.set_send(Rc::new(move || {
            if let Some(terminal) = itself.upgrade() {
                terminal.send_input();
            }
        }));
        terminal
    }

    /// Draws into a document.
    pub fn set_port(&self, port: MessagePort) {
        let itself = self.itself.clone();
        let port = Port::new(port, move |message| {
            if let Some(terminal) = itself.upgrade() {
                terminal.handle(message);
            }
        });
        self.port.replace(Some(port));
        // The document may be a new one.
        *self.flow.borrow_mut() = Flow::default();
    }

    /// Shows another session from its beginning, as far as its output is kept.
    pub fn begin(&self) {
        self.flow.borrow_mut().restart();
        self.say("reset");
        self.attach();
    }

    /// Continues the session.
    pub fn attach(&self) {
        self.detach();
        self.is_paused.set(false);
        if let Some(terminal) = self.itself.upgrade() {
            let terminal: Rc<dyn SocketSession> = terminal;
            let channel = self.socket.attach(&terminal);
            self.channel.set(Some(channel));
        }
    }

    /// Shows no more output.
    pub fn detach(&self) {
        self.keyboard.detached();
        if let Some(channel) = self.channel.take() {
            self.socket.detach(channel);
        }
    }

    /// Sends a text to the document.
    pub fn say(&self, text: &str) {
        if let Some(port) = &*self.port.borrow() {
            port.say(text);
        }
    }

    /// Opens the socket again at once, if it is closed.
    pub fn reconnect(&self) {
        self.socket.reconnect();
    }

    fn handle(&self, message: Message) {
        match message {
            Message::Input(bytes) => self.keyboard.type_in(&bytes),
            Message::Text(DocumentMessage::Size(size)) => {
                self.size.set(Some(size));
                self.send_size();
            }
            Message::Text(DocumentMessage::Drawn(bytes)) => {
                let is_done = self.flow.borrow_mut().drawn(bytes);
                if is_done && self.is_paused.get() {
                    self.attach();
                }
            }
            Message::Text(DocumentMessage::Leave) => (self.report)(TerminalEvent::Leave),
            Message::Text(DocumentMessage::Switch) => (self.report)(TerminalEvent::Switch),
        }
    }

    fn send_input(&self) {
        if let Some(channel) = self.channel.get() {
            while let Some((at, bytes)) = self.keyboard.next_block() {
                self.socket.input(channel, at, &bytes);
            }
        }
    }

    fn send_size(&self) {
        if let (Some(channel), Some(size)) = (self.channel.get(), self.size.get()) {
            self.socket.resize(channel, size);
        }
    }
}

impl SocketSession for Terminal {
    fn tab(&self) -> TabId {
        self.tab.clone()
    }

    fn end(&self) -> u64 {
        self.flow.borrow().end()
    }

    fn input(&self) -> Option<InputStream> {
        Some(self.keyboard.stream())
    }

    fn present(&self, users: Vec<PresentUser>) {
        (self.report)(TerminalEvent::Present(users));
    }

    fn taken(&self, taken: u64) {
        self.keyboard.acknowledge(taken);
        self.send_input();
    }

    fn attached(&self, may_type: bool, taken: Option<u64>) {
        if self.keyboard.attached(taken, may_type) == Next::AttachAgain {
            return self.attach();
        }
        self.send_size();
        self.send_input();
        self.say(if may_type { "input on" } else { "input off" });
        (self.report)(TerminalEvent::Attached { may_type });
    }

    fn ended(&self, reason: Option<String>) {
        self.keyboard.detached();
        self.present(Vec::new());
        if reason.is_some() {
            self.channel.set(None);
        }
        (self.report)(TerminalEvent::Detached(reason));
    }

    fn output(&self, at: u64, bytes: &[u8]) {
        let new = self.flow.borrow_mut().take(at, bytes.len());
        let Some(new) = new else {
            return;
        };
        if new.is_gap {
            // The next output does not continue the one on the screen.
            self.say("reset");
        }
        if let Some(port) = &*self.port.borrow() {
            port.draw(&bytes[new.known..]);
        }
        (self.report)(TerminalEvent::Output);
        if self.flow.borrow().is_full() && !self.is_paused.replace(true) {
            self.detach();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.detach();
    }
}
