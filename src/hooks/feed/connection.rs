//! The thin shell around `vestibule_model::feed`. It owns the connection, the timer and the ties to
//! the other tabs, feeds what happens to the machine, and pokes the pollers.

use super::tabs::{Lead, Tabs};
use super::{Connected, Overheard};
use crate::api::{self, ApiError, EventStream, Heard, clock};
use crate::hooks::{Session, list, poll, rows};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use vestibule_model::feed::{Command, Event, Feed, Freshness, Input, Seek, Standing, Word};
use vestibule_model::ids::UserId;
use vestibule_model::stream::Snapshot;
use vestibule_model::trouble::Trouble;

/// Connects for a person.
pub fn begin(user: UserId, freshness: RwSignal<Freshness>, session: Session) -> Box<dyn Connected> {
    list::read_by_parts(rows::BY_PARTS);
    Box::new(Connection::begin(&user, freshness, session))
}

struct Connection {
    user: UserId,
    inner: Rc<RefCell<Inner>>,
    listeners: Vec<WindowListenerHandle>,
}

struct Inner {
    machine: Feed,
    standing: Standing,
    stream: Option<EventStream>,
    tabs: Option<Tabs>,
    timer: Option<Timeout>,
    freshness: RwSignal<Freshness>,
    session: Session,
}

impl Connection {
    fn begin(user: &UserId, freshness: RwSignal<Freshness>, session: Session) -> Self {
        let inner = Rc::new_cyclic(|weak: &Weak<RefCell<Inner>>| {
            let weak = weak.clone();
            // Another person's tabs are none of ours.
            let tabs = Tabs::join(format!("vestibule.feed.{user}"), move |text| {
                if let Some(inner) = weak.upgrade() {
                    told(&inner, &text);
                }
            });
            RefCell::new(Inner {
                machine: Feed::new(),
                standing: Standing::default(),
                stream: None,
                tabs,
                timer: None,
                freshness,
                session,
            })
        });
        let listeners = poll::page_events(&inner, |inner, event| {
            step(
                inner,
                match event {
                    poll::PageEvent::Hidden => Input::Hidden,
                    poll::PageEvent::Shown => Input::Shown,
                    poll::PageEvent::Online => Input::Online,
                    poll::PageEvent::Offline => Input::Offline,
                },
            );
        });
        if document().hidden() {
            step(&inner, Input::Hidden);
        }
        step(&inner, Input::Wake);
        Self {
            user: user.clone(),
            inner,
            listeners,
        }
    }
}

impl Connected for Connection {
    fn polled(&self) -> Box<dyn FnOnce(Option<Trouble>)> {
        let inner = self.inner.clone();
        Box::new(move |trouble| step(&inner, Input::Polled { trouble }))
    }

    fn awaited(&self, awaited: bool) {
        step(&self.inner, Input::Awaited(awaited));
    }

    fn standing(&self, user: &UserId) -> Option<Snapshot> {
        // It may be another person's, which is about to end.
        let is_theirs = self.user == *user;
        is_theirs.then(|| self.inner.borrow().standing.snapshot())?
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for listener in self.listeners.drain(..) {
            listener.remove();
        }
    }
}

fn step(inner: &Rc<RefCell<Inner>>, input: Input) {
    let Ok(mut this) = inner.try_borrow_mut() else {
        return;
    };
    let now = clock::now();
    let command = this.machine.step(input, now, js_sys::Math::random());
    let freshness = this.machine.freshness(now);
    let is_live = this.machine.is_live();
    let signal = this.freshness;
    obey(inner, &mut this, command);
    let is_alone = command.seek.is_some() && this.tabs.is_none();
    drop(this);
    if signal.try_with_untracked(|shown| *shown != freshness) == Some(true) {
        signal.set(freshness);
    }
    poll::cover(is_live);
    if command.again {
        poll::again();
    }
    if is_alone {
        step(inner, Input::Elected);
    }
}

fn obey(inner: &Rc<RefCell<Inner>>, this: &mut Inner, command: Command) {
    if command.close {
        this.stream = None;
    }
    if command.connect {
        // Numbers that were heard before there was a snapshot say nothing of the rest.
        let after = this.standing.seq().and(this.machine.last());
        let weak = Rc::downgrade(inner);
        this.stream = EventStream::open(after, move |what| {
            if let Some(inner) = weak.upgrade() {
                heard(&inner, what);
            }
        });
    }
    if command.probe {
        probe(inner, this.session);
    }
    if let Some(tabs) = &this.tabs {
        let live = this.machine.is_live();
        if command.resign {
            tabs.resign();
        }
        if let Some(seek) = command.seek {
            seek_lead(inner, tabs, seek);
        }
        if command.ask {
            tabs.say(Word::Ask);
        }
        if command.tell {
            tabs.say(Word::State { live });
        }
    }
    let weak = Rc::downgrade(inner);
    this.timer = command.wake_after.map(|after| {
        poll::timer(after, move || {
            if let Some(inner) = weak.upgrade() {
                step(&inner, Input::Wake);
            }
        })
    });
}

fn seek_lead(inner: &Rc<RefCell<Inner>>, tabs: &Tabs, seek: Seek) {
    let weak = Rc::downgrade(inner);
    tabs.seek(seek, move |lead| {
        if let Some(inner) = weak.upgrade() {
            step(
                &inner,
                match lead {
                    Lead::Mine => Input::Elected,
                    Lead::Taken => Input::Deposed,
                },
            );
        }
    });
}

/// The browser hides why a stream was refused; a normal request tells (FIELD 30).
fn probe(inner: &Rc<RefCell<Inner>>, session: Session) {
    let weak = Rc::downgrade(inner);
    wasm_bindgen_futures::spawn_local(async move {
        let signed_out = matches!(api::me().await, Err(ApiError::Unauthorized(_)));
        if let Some(inner) = weak.upgrade() {
            step(&inner, Input::Probed { signed_out });
            if signed_out {
                session.expired();
            }
        }
    });
}

/// What the connection says: for this tab, and passed on to the others.
fn heard(inner: &Rc<RefCell<Inner>>, what: Heard) {
    match what {
        Heard::Failed { refused } => step(inner, Input::Failed { refused }),
        Heard::Event { kind, id, data } => {
            if let Some(tabs) = &inner.borrow().tabs {
                let (kind, data) = (kind.as_str(), data.as_str());
                tabs.say(Word::Event { kind, id, data });
            }
            step(inner, Input::Heard(id));
            take(inner, &kind, &data);
        }
    }
}

/// What another tab says.
fn told(inner: &Rc<RefCell<Inner>>, text: &str) {
    let leads = inner.borrow().machine.leads();
    match Word::read(text) {
        Some(Word::Ask) if leads => answer(&inner.borrow()),
        Some(Word::State { live }) if !leads => step(inner, Input::Told { id: None, live }),
        Some(Word::Event { kind, id, data }) if !leads => {
            step(inner, Input::Told { id, live: true });
            take(inner, kind, data);
        }
        Some(Word::Standing(data)) if !leads => {
            if let Some(event @ Event::Snapshot(_)) = Event::read("snapshot", data) {
                super::tell(Overheard::Event(&event));
                let Event::Snapshot(snapshot) = event else {
                    return;
                };
                let id = Some(snapshot.seq);
                step(inner, Input::Told { id, live: true });
                let news = inner.borrow_mut().standing.take_over(snapshot);
                poll::tell(&news);
            }
        }
        _ => {}
    }
}

/// How things stand, for a tab that has just come.
fn answer(this: &Inner) {
    let Some(tabs) = &this.tabs else {
        return;
    };
    let live = this.machine.is_live();
    tabs.say(Word::State { live });
    let standing = this.standing.snapshot().filter(|_| live);
    if let Some(text) = standing.and_then(|standing| serde_json::to_string(&standing).ok()) {
        tabs.say(Word::Standing(&text));
    }
}

fn take(inner: &Rc<RefCell<Inner>>, kind: &str, data: &str) {
    if let Some(event) = Event::read(kind, data) {
        let last = inner.borrow().standing.seq();
        if let Event::Snapshot(snapshot) = &event
            && last > Some(snapshot.seq)
        {
            super::tell(Overheard::Anew);
        }
        super::tell(Overheard::Event(&event));
        let news = inner.borrow_mut().standing.take(event);
        poll::tell(&news);
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
#[path = "connection_tests.rs"]
mod tests;
