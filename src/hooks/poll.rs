//! The thin shell around `vestibule_model::poll`: it owns the timer, the request and the page's
//! events, and feeds what happens to the machine.

use super::Session;
use crate::api::{self, Abort, Answer, ApiError, Call, clock};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use vestibule_model::poll::{Command, Failure, Freshness, Input, Pace, Policy, Poller, RequestId};
use vestibule_model::time::Timestamp;

/// Takes in an answer's body; says how closely it is to be followed, and the start's deadline.
pub type Consume = Box<dyn FnMut(&Answer) -> Result<(Pace, Option<Timestamp>), ApiError>>;

/// One poller. It stops, timer, request and all, when it is dropped.
pub struct Poll {
    /// Whether the last answer was that there is no such thing: it may not be there yet.
    pub missing: ArcRwSignal<bool>,
    inner: Rc<RefCell<Inner>>,
    listeners: Vec<WindowListenerHandle>,
}

struct Inner {
    machine: Poller,
    path: String,
    etag: Option<String>,
    consume: Consume,
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
        Self::with_policy(Session::get().policy(), path, freshness, consume)
    }

    /// Begins to poll by other numbers than the server's.
    pub fn with_policy(
        policy: Policy,
        path: String,
        freshness: ArcRwSignal<Freshness>,
        consume: Consume,
    ) -> Self {
        let session = Session::get();
        let missing = ArcRwSignal::new(false);
        let inner = Rc::new(RefCell::new(Inner {
            machine: Poller::new(policy, clock::now()),
            path,
            etag: None,
            consume,
            followed: (Pace::Busy, None),
            timer: None,
            request: None,
            freshness,
            missing: missing.clone(),
            session,
        }));
        let listeners = listen(&inner);
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

    /// There is news.
    pub fn poke(&self) {
        step(&self.inner, Input::Poke);
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

fn listen(inner: &Rc<RefCell<Inner>>) -> Vec<WindowListenerHandle> {
    let on = |event: &'static str, input: fn() -> Input| {
        let weak = Rc::downgrade(inner);
        window_event_listener_untyped(event, move |_| {
            if let Some(inner) = weak.upgrade() {
                step(&inner, input());
            }
        })
    };
    vec![
        on("visibilitychange", || {
            if document().hidden() {
                Input::Hidden
            } else {
                Input::Shown
            }
        }),
        on("online", || Input::Online),
        on("offline", || Input::Offline),
    ]
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
}

fn obey(inner: &Rc<RefCell<Inner>>, command: Command) {
    let weak = Rc::downgrade(inner);
    let mut this = inner.borrow_mut();
    if command.abort {
        this.request = None;
    }
    this.timer = command.wake_after.map(|after| {
        // Shorter than a request's limit or a day; far below the 2^31 ms that fire at once
        // (FIELD 32).
        let millis = u32::try_from(after.0.clamp(0, 86_400_000)).unwrap_or(0);
        let weak = weak.clone();
        Timeout::new(millis, move || wake(&weak))
    });
    if let Some(id) = command.fetch {
        let abort = Abort::new();
        let signal = abort.signal();
        this.request = Some(abort);
        let call = Call::get(this.path.clone(), this.etag.clone());
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
        this.etag.clone_from(&answer.etag);
    }
    Ok(this.followed)
}
