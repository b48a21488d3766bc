//! An agent on the window's socket.

use crate::pages::workbench::tabs::socket::{Socket, SocketSession};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use vestibule_model::ids::TabId;
use vestibule_model::tab::PresentUser;
use vestibule_model::tab::queue::Message;
use vestibule_model::tab::transcript::TranscriptEvent;

/// Report of an agent to its view.
pub enum AgentEvent {
    /// The socket carries the agent.
    Attached,
    /// The socket does not carry the agent now: with the server's reason, or because it has closed.
    Detached(Option<String>),
    /// The other users in the tab.
    Present(Vec<PresentUser>),
    /// New events, the oldest first.
    Events(Vec<TranscriptEvent>),
    /// Messages.
    Queue(Vec<Message>),
}

/// Connection of an agent. It is detached when it is dropped.
pub struct AgentConnection {
    tab: TabId,
    socket: Rc<Socket>,
    end: Cell<u64>,
    channel: RefCell<Option<u32>>,
    report: Box<dyn Fn(AgentEvent)>,
    itself: Weak<Self>,
}

impl AgentConnection {
    /// Returns a connection that is not attached yet.
    pub fn new(tab: TabId, report: impl Fn(AgentEvent) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|itself| Self {
            tab,
            socket: Socket::get(),
            end: Cell::new(0),
            channel: RefCell::new(None),
            report: Box::new(report),
            itself: itself.clone(),
        })
    }

    /// Receives the events after this one.
    pub fn attach(&self, after: u64) {
        self.end.set(self.end.get().max(after));
        self.attach_again();
    }

    /// Receives the events after the last received one.
    pub fn attach_again(&self) {
        self.detach();
        if let Some(connection) = self.itself.upgrade() {
            let connection: Rc<dyn SocketSession> = connection;
            self.channel.replace(Some(self.socket.attach(&connection)));
        }
    }

    /// Opens the socket again at once, if it is closed.
    pub fn reconnect(&self) {
        self.socket.reconnect();
    }

    fn detach(&self) {
        if let Some(channel) = self.channel.take() {
            self.socket.detach(channel);
        }
    }
}

impl SocketSession for AgentConnection {
    fn tab(&self) -> TabId {
        self.tab.clone()
    }

    fn end(&self) -> u64 {
        self.end.get()
    }

    fn attached(&self, _may_type: bool, _taken: Option<u64>) {
        (self.report)(AgentEvent::Attached);
    }

    fn ended(&self, reason: Option<String>) {
        self.present(Vec::new());
        if reason.is_some() {
            self.channel.take();
        }
        (self.report)(AgentEvent::Detached(reason));
    }

    fn present(&self, users: Vec<PresentUser>) {
        (self.report)(AgentEvent::Present(users));
    }

    fn events(&self, events: Vec<TranscriptEvent>) {
        if let Some(last) = events.last() {
            self.end.set(self.end.get().max(last.seq));
        }
        (self.report)(AgentEvent::Events(events));
    }

    fn queue(&self, messages: Vec<Message>) {
        (self.report)(AgentEvent::Queue(messages));
    }
}

impl Drop for AgentConnection {
    fn drop(&mut self) {
        self.detach();
    }
}
