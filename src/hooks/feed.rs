//! One event stream per browser for as long as somebody is signed in: when it begins and ends, and
//! how far what the page shows can be believed. The connection itself is a part of its own, fetched
//! when the page has been drawn; until it is there, and without it, polling carries on alone.

pub mod connection;
mod tabs;

use super::lasting::follow;
use super::poll;
use super::{Session, Who};
use crate::ui::effect;
use crate::{api, parts};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use vestibule_model::feed::{Event, Freshness};
use vestibule_model::ids::UserId;
use vestibule_model::stream::Snapshot;
use vestibule_model::trouble::Trouble;

/// The page that one came for has its turn first.
const PAUSE_MILLIS: u32 = 500;

/// A connection, as the rest of the page knows it. It ends when it is dropped.
pub trait Connected {
    /// What wants to know how a request fared.
    fn polled(&self) -> Box<dyn FnOnce(Option<Trouble>)>;
    /// Whether the person wants to be told of an end while the page is hidden.
    fn awaited(&self, awaited: bool);
    /// How everything stands for a person, once that is known.
    fn standing(&self, user: &UserId) -> Option<Snapshot>;
}

/// What the stream tells.
pub enum Overheard<'a> {
    /// An event.
    Event(&'a Event),
    /// The server's numbers have begun anew.
    Anew,
}

/// Hears what the stream tells.
pub type Listener = Rc<dyn Fn(Overheard<'_>)>;

/// Begins a connection for a person.
pub type Begin = fn(UserId, RwSignal<Freshness>, Session) -> Box<dyn Connected>;

thread_local! {
    static FEED: RefCell<Option<Box<dyn Connected>>> = const { RefCell::new(None) };
    static AWAITED: Cell<bool> = const { Cell::new(false) };
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// What the whole page shares of it.
#[derive(Clone, Copy)]
struct Shared(RwSignal<Freshness>);

/// Keeps the event stream from now on, while somebody is signed in.
pub fn provide_feed() {
    let freshness = RwSignal::new(Freshness::SignedOut);
    provide_context(Shared(freshness));
    api::overhear(polled);
    let session = Session::get();
    let who = Memo::new(move |_| match &*session.who.read() {
        Who::Somebody(me) => Some(me.user.id.clone()),
        Who::Asking | Who::Nobody => None,
    });
    effect(move || {
        disconnect();
        let Some(user) = who.get() else {
            freshness.set(Freshness::SignedOut);
            return;
        };
        freshness.set(Freshness::Polling);
        spawn_local(async move {
            TimeoutFuture::new(PAUSE_MILLIS).await;
            let begin = parts::FEED.get().await;
            let is_still_there = who.try_get_untracked().flatten().as_ref() == Some(&user);
            if let (Ok(begin), true) = (begin, is_still_there) {
                let connection = begin(user, freshness, session);
                connection.awaited(AWAITED.get());
                FEED.set(Some(connection));
            }
        });
    });
}

/// How far what the page shows can be believed.
pub fn use_freshness() -> Signal<Freshness> {
    use_context().map_or_else(
        || Signal::stored(Freshness::Polling),
        |Shared(freshness)| {
            Signal::derive(move || {
                follow(&freshness);
                freshness.get_untracked()
            })
        },
    )
}

/// Hears everything that the stream tells from now on; none hears nothing any more.
pub fn listen(listener: Option<Listener>) {
    LISTENER.set(listener);
}

/// How everything stands for a person, as far as the stream has told.
pub fn standing(user: &UserId) -> Option<Snapshot> {
    FEED.with_borrow(|feed| feed.as_ref().and_then(|feed| feed.standing(user)))
}

/// Whether the stream is kept while the page is hidden: the person waits for an end.
pub fn keep_feed_while_hidden(awaited: bool) {
    if AWAITED.replace(awaited) != awaited {
        FEED.with_borrow(|feed| {
            if let Some(feed) = feed {
                feed.awaited(awaited);
            }
        });
    }
}

/// The stream tells something.
fn tell(what: Overheard<'_>) {
    let listener = LISTENER.with_borrow(Clone::clone);
    if let Some(listener) = listener {
        listener(what);
    }
}

/// Closes the stream, and lets the pollers carry on alone.
pub fn disconnect() {
    drop(FEED.take());
    poll::cover(false);
}

/// A request was answered, or ran into some trouble.
pub fn polled(trouble: Option<Trouble>) {
    // What it does may lead to signing out, and so back here.
    let tell = FEED.with_borrow(|feed| feed.as_ref().map(|feed| feed.polled()));
    if let Some(tell) = tell {
        tell(trouble);
    }
}
