//! The event stream of one user: the shell of [`vestibule_client::stream`]. One tab of the browser leads;
//! it holds the connection and passes the events on.

mod browser_tabs;

use super::Store;
use super::listener::StoreListener;
use super::page_events::{PageEvent, timer};
use crate::api::{self, ApiError, EventStream, StreamMessage, clock};
use crate::effect::Effect;
use browser_tabs::{BrowserTabs, ElectionResult};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use vestibule_client::connection_error::ConnectionError;
use vestibule_client::event::Event;
use vestibule_client::stream::{
    LeadershipRequest, StreamCommand, StreamInput, StreamMachine, TabMessage,
};
use vestibule_model::ids::UserId;
use vestibule_model::lenient;
use vestibule_model::stream::Heartbeat;

/// The stream. It closes when it is dropped.
struct Stream {
    store: Store,
    inner: RefCell<Inner>,
    itself: Weak<Self>,
}

struct Inner {
    machine: StreamMachine,
    connection: Option<EventStream>,
    tabs: Option<BrowserTabs>,
    timer: Option<Timeout>,
    /// The last heartbeat, for tabs that join.
    heartbeat: Option<String>,
}

/// Opens the event stream of each user who signs in. It closes when the user changes.
pub fn open_streams(store: Store) {
    // Changed permissions of the same user leave the stream as it is.
    let user = Memo::new(move |_| store.session.user_id());
    Effect::new(move |_| {
        if let Some(user) = user.get() {
            store.start_over_for(Some(user.clone()));
            store.set_stream(Stream::open(store, &user));
        }
    });
}

impl Stream {
    /// Opens the stream of a user.
    fn open(store: Store, user: &UserId) -> Rc<Self> {
        let stream = Rc::new_cyclic(|itself: &Weak<Self>| {
            let receiver = itself.clone();
            // Tabs of other users have channels of their own.
            let tabs = BrowserTabs::join(format!("vestibule.stream.{user}"), move |text| {
                if let Some(stream) = receiver.upgrade() {
                    stream.receive(&text);
                }
            });
            Self {
                store,
                inner: RefCell::new(Inner {
                    machine: StreamMachine::new(),
                    connection: None,
                    tabs,
                    timer: None,
                    heartbeat: None,
                }),
                itself: itself.clone(),
            }
        });
        if document().hidden() {
            stream.input(StreamInput::Hidden);
        }
        stream.input(StreamInput::Wake);
        stream
    }

    fn input(&self, input: StreamInput) {
        let Ok(mut inner) = self.inner.try_borrow_mut() else {
            return;
        };
        let now = clock::now();
        let command = inner.machine.step(input, now, js_sys::Math::random());
        let freshness = inner.machine.freshness(now);
        let is_live = inner.machine.is_live();
        self.execute(&mut inner, command);
        let is_alone = command.seek.is_some() && inner.tabs.is_none();
        drop(inner);
        let shown = self.store.freshness;
        if shown.try_with_untracked(|shown| *shown != freshness) == Some(true) {
            shown.set(freshness);
        }
        self.store.set_live(is_live);
        if command.recovered {
            self.store.recovered();
        }
        if is_alone {
            self.input(StreamInput::Elected);
        }
    }

    fn execute(&self, inner: &mut Inner, command: StreamCommand) {
        if command.close {
            inner.connection = None;
        }
        if command.connect {
            // Numbers from before the first snapshot do not cover the rest.
            let is_complete = self.store.read(|state| state.seq().is_some());
            let after = inner.machine.last().filter(|_| is_complete == Some(true));
            let itself = self.itself.clone();
            inner.connection = EventStream::open(after, move |message| {
                if let Some(stream) = itself.upgrade() {
                    stream.message(message);
                }
            });
        }
        if command.probe {
            self.probe();
        }
        if let Some(tabs) = &inner.tabs {
            let live = inner.machine.is_live();
            if command.resign {
                tabs.resign();
            }
            if let Some(seek) = command.seek {
                self.request_leadership(tabs, seek);
            }
            if command.ask {
                tabs.send(TabMessage::RequestState);
            }
            if command.tell {
                tabs.send(TabMessage::State { live });
            }
        }
        let itself = self.itself.clone();
        inner.timer = command.wake_after.map(|after| {
            timer(after, move || {
                if let Some(stream) = itself.upgrade() {
                    stream.input(StreamInput::Wake);
                }
            })
        });
    }

    fn request_leadership(&self, tabs: &BrowserTabs, seek: LeadershipRequest) {
        let itself = self.itself.clone();
        tabs.seek(seek, move |lead| {
            if let Some(stream) = itself.upgrade() {
                stream.input(match lead {
                    ElectionResult::Mine => StreamInput::Elected,
                    ElectionResult::Taken => StreamInput::Deposed,
                });
            }
        });
    }

    /// Requests the reason of a refused stream, which the browser hides (FIELD 30).
    fn probe(&self) {
        let itself = self.itself.clone();
        leptos::task::spawn_local(async move {
            let signed_out = matches!(api::me().await, Err(ApiError::Unauthorized(_)));
            if let Some(stream) = itself.upgrade() {
                stream.input(StreamInput::Probed { signed_out });
                if signed_out {
                    stream.store.session.expired();
                }
            }
        });
    }

    /// Applies a message of the connection, and passes it on to the other tabs.
    fn message(&self, message: StreamMessage) {
        match message {
            StreamMessage::Failed { refused } => self.input(StreamInput::Failed { refused }),
            StreamMessage::Event { name, id, data } => {
                if let Some(tabs) = &self.inner.borrow().tabs {
                    let (kind, data) = (name.as_str(), data.as_str());
                    tabs.send(TabMessage::Event { kind, id, data });
                }
                self.input(StreamInput::Received(id));
                self.apply(&name, &data);
            }
        }
    }

    /// Applies a message of another tab.
    fn receive(&self, text: &str) {
        let leads = self.inner.borrow().machine.leads();
        match TabMessage::read(text) {
            Some(TabMessage::RequestState) if leads => self.answer(),
            Some(TabMessage::State { live }) if !leads => {
                self.input(StreamInput::Relayed { id: None, live });
            }
            Some(TabMessage::Event { kind, id, data }) if !leads => {
                self.input(StreamInput::Relayed { id, live: true });
                self.apply(kind, data);
            }
            Some(TabMessage::Snapshot(data)) if !leads => {
                if let Some(Event::Snapshot(snapshot)) = Event::parse("snapshot", data) {
                    let id = Some(snapshot.seq);
                    self.store.join(snapshot);
                    self.input(StreamInput::Relayed { id, live: true });
                }
            }
            _ => {}
        }
    }

    /// Sends the state to a tab that has just joined.
    fn answer(&self) {
        let inner = self.inner.borrow();
        let Some(tabs) = &inner.tabs else {
            return;
        };
        let live = inner.machine.is_live();
        tabs.send(TabMessage::State { live });
        let snapshot = self.store.read(|state| state.snapshot()).flatten();
        let snapshot = snapshot.filter(|_| live);
        if let Some(text) = snapshot.and_then(|snapshot| serde_json::to_string(&snapshot).ok()) {
            tabs.send(TabMessage::Snapshot(&text));
        }
        if let Some(data) = inner.heartbeat.as_deref().filter(|_| live) {
            let (kind, id) = ("heartbeat", None);
            tabs.send(TabMessage::Event { kind, id, data });
        }
    }

    fn apply(&self, name: &str, data: &str) {
        if name == "heartbeat" {
            if let Some(heartbeat) = lenient::parse::<Heartbeat>(data) {
                let session = self.store.session;
                session.access_reported(&heartbeat.access_version);
                self.store.put_notices(heartbeat.notices);
                if let Ok(mut inner) = self.inner.try_borrow_mut() {
                    inner.heartbeat = Some(data.to_owned());
                }
            }
            return;
        }
        if let Some(event) = Event::parse(name, data) {
            self.store.apply(event);
        }
    }
}

impl StoreListener for Stream {
    fn request_ended(&self, cause: Option<ConnectionError>) {
        self.input(StreamInput::Polled { cause });
    }

    fn recovered(&self) {
        self.input(StreamInput::Recovered);
    }

    fn page_changed(&self, event: PageEvent) {
        self.input(match event {
            PageEvent::Hidden => StreamInput::Hidden,
            PageEvent::Shown => StreamInput::Shown,
            PageEvent::Online => StreamInput::Online,
            PageEvent::Offline => StreamInput::Offline,
        });
    }

    fn job_awaited(&self, is_awaited: bool) {
        self.input(StreamInput::Awaited(is_awaited));
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
