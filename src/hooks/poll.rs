//! The thin shell around `vestibule_model::poll`: it owns the timer, the request and the page's
//! events, and feeds what happens to the machine.

use super::{Session, feed};
use crate::api::{self, Abort, Answer, ApiError, Call, clock};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use vestibule_model::feed::News;
use vestibule_model::poll::{Command, Failure, Freshness, Input, Pace, Policy, Poller, RequestId};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::trouble::Trouble;

/// Takes in an answer's body; says how closely it is to be followed, and the start's deadline.
pub type Consume = Box<dyn FnMut(&Answer) -> Result<(Pace, Option<Timestamp>), ApiError>>;

/// Says how closely it is to be followed, at each answer, also where that was the same as before:
/// for what depends on more than one answer.
pub type Measure = Box<dyn Fn() -> Pace>;

/// Where the next answer is asked for; it may depend on the one before.
pub type Address = Box<dyn Fn() -> String>;

/// What the stream's news is to what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// It is known, or about something else.
    Nothing,
    /// Whoever was asked sees to it. After an answer that was under way it is to be seen to again.
    Seen,
    /// It is to be asked for.
    Due,
}

/// Judges the stream's news.
pub type Judge = Box<dyn Fn(&News) -> Matter>;

/// How much news is kept while a request is under way; of more than that, some will be news.
const MOST_UNSEEN: usize = 64;

thread_local! {
    /// The pollers that the stream pokes.
    static POKED: RefCell<Vec<Weak<RefCell<Inner>>>> = const { RefCell::new(Vec::new()) };
    /// Whether the stream tells what happens.
    static COVERED: Cell<bool> = const { Cell::new(false) };
}

/// One poller. It stops, timer, request and all, when it is dropped.
pub struct Poll {
    /// Whether the last answer was that there is no such thing: it may not be there yet.
    pub missing: ArcRwSignal<bool>,
    inner: Rc<RefCell<Inner>>,
    listeners: Vec<WindowListenerHandle>,
}

struct Inner {
    machine: Poller,
    address: Address,
    asked: String,
    /// What the last answer was known by, and where it was asked for.
    etag: Option<(String, String)>,
    consume: Consume,
    judge: Option<Judge>,
    measure: Option<Measure>,
    /// What the stream told while a request was under way: its answer may tell it, too.
    unseen: Vec<News>,
    followed: (Pace, Option<Timestamp>),
    timer: Option<Timeout>,
    request: Option<Abort>,
    freshness: ArcRwSignal<Freshness>,
    missing: ArcRwSignal<bool>,
    session: Session,
}

impl Poll {
    /// Begins to poll.
    pub fn new(path: String, freshness: ArcRwSignal<Freshness>, consume: Consume) -> Self {
        Self::at(Box::new(move || path.clone()), freshness, consume)
    }

    /// Begins to poll what does not always have the same address.
    pub fn at(address: Address, freshness: ArcRwSignal<Freshness>, consume: Consume) -> Self {
        Self::with_policy(Session::get().policy(), address, freshness, consume)
    }

    /// Begins to poll by other numbers than the server's.
    pub fn with_policy(
        policy: Policy,
        address: Address,
        freshness: ArcRwSignal<Freshness>,
        consume: Consume,
    ) -> Self {
        let session = Session::get();
        let missing = ArcRwSignal::new(false);
        let inner = Rc::new(RefCell::new(Inner {
            machine: Poller::new(policy, clock::now()),
            address,
            asked: String::new(),
            etag: None,
            consume,
            judge: None,
            measure: None,
            unseen: Vec::new(),
            followed: (Pace::Busy, None),
            timer: None,
            request: None,
            freshness,
            missing: missing.clone(),
            session,
        }));
        let listeners = page_events(&inner, |inner, event| {
            step(
                inner,
                match event {
                    PageEvent::Hidden => Input::Hidden,
                    PageEvent::Shown => Input::Shown,
                    PageEvent::Online => Input::Online,
                    PageEvent::Offline => Input::Offline,
                },
            );
        });
        if document().hidden() {
            step(&inner, Input::Hidden);
        }
        // Not at once: whoever made it may still be setting up, and hears of the first answer only
        // after that anyway.
        step(&inner, Input::Wake);
        Self {
            missing,
            inner,
            listeners,
        }
    }

    /// Is poked by the event stream from now on, and while that is live asks but rarely.
    pub fn poked_by(self, judge: Judge) -> Self {
        self.inner.borrow_mut().judge = Some(judge);
        POKED.with_borrow_mut(|polls| {
            polls.retain(|poll| poll.strong_count() > 0);
            polls.push(Rc::downgrade(&self.inner));
        });
        step(&self.inner, Input::Covered(COVERED.get()));
        self
    }

    /// Is followed as closely as this says at each answer.
    pub fn measured_by(self, measure: Measure) -> Self {
        self.inner.borrow_mut().measure = Some(measure);
        self
    }

    /// There is news.
    pub fn poke(&self) {
        step(&self.inner, Input::Poke);
    }

    /// What is known otherwise says that there is news.
    pub fn news(&self) {
        step(&self.inner, Input::News);
    }

    /// A person wants it tried again now.
    pub fn retry(&self) {
        step(&self.inner, Input::Retry);
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        for listener in self.listeners.drain(..) {
            listener.remove();
        }
    }
}

/// What happens to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEvent {
    /// It was hidden.
    Hidden,
    /// It is seen again.
    Shown,
    /// There is a network again.
    Online,
    /// There is no network.
    Offline,
}

/// Listens to what happens to the page, until the listeners are removed.
pub fn page_events<T: 'static>(
    inner: &Rc<RefCell<T>>,
    tell: fn(&Rc<RefCell<T>>, PageEvent),
) -> Vec<WindowListenerHandle> {
    ["visibilitychange", "online", "offline"]
        .map(|name| {
            let weak = Rc::downgrade(inner);
            window_event_listener_untyped(name, move |_| {
                let event = match name {
                    "online" => PageEvent::Online,
                    "offline" => PageEvent::Offline,
                    _ if document().hidden() => PageEvent::Hidden,
                    _ => PageEvent::Shown,
                };
                if let Some(inner) = weak.upgrade() {
                    tell(&inner, event);
                }
            })
        })
        .into()
}

/// A timer. What is longer than a day is cut short, far below the 2^31 ms that fire at once
/// (FIELD 32): being woken too early does no harm.
pub fn timer(after: Millis, wake: impl FnOnce() + 'static) -> Timeout {
    let millis = u32::try_from(after.0.clamp(0, 86_400_000)).unwrap_or(0);
    Timeout::new(millis, wake)
}

/// Tells the pollers what the stream tells.
pub fn tell(news: &[News]) {
    if !news.is_empty() {
        each_poked(|inner| hear(inner, news));
    }
}

/// Tells the pollers whether the stream is live.
pub fn cover(covered: bool) {
    if COVERED.replace(covered) != covered {
        each_poked(|inner| step(inner, Input::Covered(covered)));
    }
}

/// The server is heard again: whoever waits after a failure asks soon, so that the whole page is as
/// fresh as its first part. Where one address alone is in trouble, the pause between two tries stays.
pub fn again() {
    each_poked(|inner| {
        let waits = inner.try_borrow();
        if waits.is_ok_and(|this| this.machine.is_backing_off()) {
            step(inner, Input::News);
        }
    });
}

fn each_poked(tell: impl Fn(&Rc<RefCell<Inner>>)) {
    let polls =
        POKED.with_borrow(|polls| polls.iter().filter_map(Weak::upgrade).collect::<Vec<_>>());
    polls.iter().for_each(tell);
}

fn hear(inner: &Rc<RefCell<Inner>>, news: &[News]) {
    let is_due = {
        let Ok(mut this) = inner.try_borrow_mut() else {
            return;
        };
        let now = clock::now();
        let just_asked = this.machine.has_just_asked(now);
        let is_asking = this.machine.is_asking();
        let mut is_due = false;
        for one in news {
            let matter = this.judge.as_ref().map(|judge| judge(one));
            match (one, matter) {
                (News::Everything, _) => is_due |= !just_asked,
                (_, None | Some(Matter::Nothing)) => {}
                _ if is_asking && this.unseen.len() < MOST_UNSEEN => this.unseen.push(one.clone()),
                (_, Some(matter)) => is_due |= is_asking || matter == Matter::Due,
            }
        }
        is_due
    };
    if is_due {
        step(inner, Input::News);
    }
}

/// What the stream told meanwhile is asked about once more, unless the answer told it as well.
fn look_at_unseen(inner: &Rc<RefCell<Inner>>) {
    let is_due = {
        let mut this = inner.borrow_mut();
        let unseen = std::mem::take(&mut this.unseen);
        let judge = this.judge.as_ref();
        judge.is_some_and(|judge| {
            let matters: Vec<Matter> = unseen.iter().map(judge).collect();
            matters.contains(&Matter::Due)
        })
    };
    if is_due {
        step(inner, Input::News);
    }
}

fn step(inner: &Rc<RefCell<Inner>>, input: Input) {
    let (command, freshness, signal) = {
        let Ok(mut this) = inner.try_borrow_mut() else {
            return;
        };
        let now = clock::now();
        let command = this.machine.step(input, now, js_sys::Math::random());
        (command, this.machine.freshness(now), this.freshness.clone())
    };
    obey(inner, command);
    if signal.try_with_untracked(|shown| *shown != freshness) == Some(true) {
        signal.set(freshness);
    }
    if input == Input::Wake && command.abort {
        feed::polled(Some(Trouble::Slow));
    }
}

fn obey(inner: &Rc<RefCell<Inner>>, command: Command) {
    let weak = Rc::downgrade(inner);
    let mut this = inner.borrow_mut();
    if command.abort {
        this.request = None;
    }
    this.timer = command.wake_after.map(|after| {
        let weak = weak.clone();
        timer(after, move || wake(&weak))
    });
    if let Some(id) = command.fetch {
        let abort = Abort::new();
        let signal = abort.signal();
        this.request = Some(abort);
        this.asked = (this.address)();
        let etag = this.etag.as_ref().filter(|(at, _)| *at == this.asked);
        let call = Call::get(this.asked.clone(), etag.map(|(_, etag)| etag.clone()));
        wasm_bindgen_futures::spawn_local(async move {
            let result = api::send_until(call, signal).await;
            if let Some(inner) = weak.upgrade() {
                arrived(&inner, id, result);
            }
        });
    }
}

fn wake(weak: &Weak<RefCell<Inner>>) {
    if let Some(inner) = weak.upgrade() {
        // It has fired: dropping it now would only cancel nothing.
        step(&inner, Input::Wake);
    }
}

fn arrived(inner: &Rc<RefCell<Inner>>, id: RequestId, result: Result<Answer, ApiError>) {
    if !inner.borrow().machine.is_awaited(id) {
        return;
    }
    let is_missing = matches!(result, Err(ApiError::NotFound));
    let missing = inner.borrow().missing.clone();
    if missing.get_untracked() != is_missing {
        missing.set(is_missing);
    }
    let outcome = result.and_then(|answer| take_in(inner, &answer));
    let input = match &outcome {
        Ok((pace, deadline)) => Input::Answered {
            id,
            pace: *pace,
            deadline: *deadline,
        },
        Err(error) => Input::Failed {
            id,
            failure: Failure::from(error),
        },
    };
    step(inner, input);
    look_at_unseen(inner);
    feed::polled(outcome.as_ref().err().and_then(ApiError::trouble));
    if let Err(ApiError::Unauthorized(_)) = outcome {
        let session = inner.borrow().session;
        session.expired();
    }
}

fn take_in(
    inner: &Rc<RefCell<Inner>>,
    answer: &Answer,
) -> Result<(Pace, Option<Timestamp>), ApiError> {
    let mut this = inner.borrow_mut();
    if answer.status != 304 {
        this.followed = (this.consume)(answer)?;
        let asked = this.asked.clone();
        this.etag = answer.etag.clone().map(|etag| (asked, etag));
    }
    if let Some(measure) = &this.measure {
        this.followed.0 = measure();
    }
    Ok(this.followed)
}
