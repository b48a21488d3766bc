//! Polling: the shell of [`vestibule_client::poll`], which owns the timer and the request.

use super::Store;
use super::listener::StoreListener;
use super::page_events::{PageEvent, timer};
use crate::api::{self, Abort, Answer, ApiError, Call, clock};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use vestibule_client::connection_error::ConnectionError;
use vestibule_client::poll::{
    Failure, Freshness, Pace, Policy, PollCommand, PollInput, Poller, RequestId,
};
use vestibule_client::store::{Refetch, Topic, Updates};
use vestibule_model::time::{Millis, Timestamp};

/// Number of updates that are kept while a request is in flight; more lead to another request.
const MOST_UNSEEN: usize = 64;

/// Pace of further polling, with the deadline of a start.
pub type PollPace = (Pace, Option<Timestamp>);

/// Returns how to poll on after updates that carry the value, or `None` if they do not.
type Reported = dyn Fn(&Updates) -> Option<PollPace>;

type Consume = Box<dyn FnMut(&Answer, u64) -> Result<PollPace, ApiError>>;

/// A resource to poll.
pub struct Query {
    store: Store,
    address: Box<dyn Fn() -> String>,
    policy: Policy,
    topic: Option<Topic>,
    is_affected: Box<dyn Fn(&Updates) -> bool>,
    reported: Box<Reported>,
    pace: Option<Box<dyn Fn() -> Pace>>,
}

impl Query {
    /// Returns a query of one address.
    pub fn new(path: impl Into<String>) -> Self {
        let path = path.into();
        Self::at(move || path.clone())
    }

    /// Returns a query whose address may differ from request to request.
    pub fn at(address: impl Fn() -> String + 'static) -> Self {
        Self::of(Store::expect(), address)
    }

    /// Returns a query outside of a component.
    pub fn of(store: Store, address: impl Fn() -> String + 'static) -> Self {
        let policy = Policy {
            // Only what this tab has just created may be missing (FIELD 10).
            create_grace: Millis(0),
            ..store.session.policy()
        };
        Self {
            store,
            address: Box::new(address),
            policy,
            topic: None,
            is_affected: Box::new(|_| false),
            reported: Box::new(|_| None),
            pace: None,
        }
    }

    /// Changes the polling policy.
    pub fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// Names the topic that the values belong to: its age counts on after the last view is gone.
    pub fn topic(mut self, topic: Topic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// Follows updates of the store that carry the value: they count as answers.
    pub fn reported_by(
        mut self,
        reported: impl Fn(&Updates) -> Option<PollPace> + 'static,
    ) -> Self {
        self.reported = Box::new(reported);
        self
    }

    /// Requests the resource again after updates of the store that affect it and do not carry it.
    pub fn refresh_on(mut self, is_affected: impl Fn(&Updates) -> bool + 'static) -> Self {
        self.is_affected = Box::new(is_affected);
        self
    }

    /// Determines the pace after each answer, also after "not modified".
    pub fn paced_by(mut self, pace: impl Fn() -> Pace + 'static) -> Self {
        self.pace = Some(Box::new(pace));
        self
    }

    /// Starts to poll. `apply` receives each new value with the number of its request.
    pub fn start<T: DeserializeOwned>(
        self,
        mut apply: impl FnMut(T, u64) -> Result<PollPace, ApiError> + 'static,
    ) -> Rc<PollHandle> {
        PollHandle::start(
            self,
            Box::new(move |answer, requested| apply(api::read(answer)?, requested)),
        )
    }

    /// Polls for as long as the calling component lives.
    pub fn poll<T: DeserializeOwned>(
        self,
        apply: impl FnMut(T, u64) -> Result<PollPace, ApiError> + 'static,
    ) -> Poll {
        self.start(apply).into()
    }
}

/// A poll as a view holds it.
#[derive(Clone, Copy)]
pub struct Poll {
    /// Freshness of the polled value.
    pub freshness: RwSignal<Freshness>,
    handle: StoredValue<Rc<PollHandle>, LocalStorage>,
}

impl From<Rc<PollHandle>> for Poll {
    fn from(handle: Rc<PollHandle>) -> Self {
        Self {
            freshness: handle.freshness.clone().into(),
            handle: StoredValue::new_local(handle),
        }
    }
}

impl Poll {
    /// Requests the value now: the user changed it.
    pub fn refresh(self) {
        self.handle
            .try_with_value(|handle| handle.input(PollInput::Refresh));
    }

    /// Requests the value now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.handle
            .try_with_value(|handle| handle.input(PollInput::Retry));
    }
}

/// A polled value.
pub struct Polled<T: Send + Sync + 'static> {
    /// The newest value, or `None` before the first answer.
    pub data: RwSignal<Option<T>>,
    /// Freshness of the value.
    pub freshness: RwSignal<Freshness>,
    poll: Poll,
}

impl<T: Send + Sync + 'static> Clone for Polled<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Polled<T> {}

impl<T: Send + Sync + 'static> Polled<T> {
    /// Requests the value now: the user changed it.
    pub fn refresh(self) {
        self.poll.refresh();
    }

    /// Requests the value now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.poll.retry();
    }
}

/// Polls a value at an address for as long as the calling component lives. Equal values notify
/// nothing.
pub fn use_polled<T>(path: impl Into<String>) -> Polled<T>
where
    T: DeserializeOwned + PartialEq + Send + Sync + 'static,
{
    let data = RwSignal::new(None);
    let poll = Query::new(path).poll(move |value: T, _| {
        let value = Some(value);
        if data.try_with_untracked(|known| *known != value) == Some(true) {
            data.try_set(value);
        }
        Ok((Pace::Steady, None))
    });
    Polled {
        data,
        freshness: poll.freshness,
        poll,
    }
}

/// Poll of one address. It stops, with its timer and its request, when it is dropped.
pub struct PollHandle {
    /// Freshness of the polled value.
    pub freshness: ArcRwSignal<Freshness>,
    store: Store,
    inner: RefCell<Inner>,
    itself: Weak<Self>,
}

struct Inner {
    machine: Poller,
    query: Query,
    consume: Consume,
    /// Address and store number of the request in flight.
    asked: (String, u64),
    /// Address and `ETag` of the newest answer.
    etag: Option<(String, String)>,
    followed: PollPace,
    timer: Option<Timeout>,
    request: Option<Abort>,
    /// Updates that came while a request was in flight.
    unseen: Vec<Updates>,
}

impl Inner {
    /// Returns `true` if updates of the store make the value worth a request. After a resync all values
    /// are: changes may have been missed since the last answer.
    fn is_affected(&self, updates: &Updates) -> bool {
        updates.refetch == Refetch::Everything || (self.query.is_affected)(updates)
    }
}

impl PollHandle {
    fn start(query: Query, consume: Consume) -> Rc<Self> {
        let store = query.store;
        let last_good = query.topic.as_ref().and_then(|topic| store.read_at(topic));
        let poll = Rc::new_cyclic(|itself| Self {
            freshness: ArcRwSignal::new(Freshness::Loading),
            store,
            inner: RefCell::new(Inner {
                machine: Poller::new(query.policy, clock::now()).resuming(last_good),
                query,
                consume,
                asked: (String::new(), 0),
                etag: None,
                followed: (Pace::Busy, None),
                timer: None,
                request: None,
                unseen: Vec::new(),
            }),
            itself: itself.clone(),
        });
        let listener: Rc<dyn StoreListener> = poll.clone();
        store.add_poll(Rc::downgrade(&listener));
        // First: a hidden tab sends nothing.
        if document().hidden() {
            poll.input(PollInput::Hidden);
        }
        poll.input(PollInput::Covered(store.is_live()));
        poll.input(PollInput::Wake);
        poll
    }

    /// Feeds the state machine and does what it says.
    pub fn input(&self, input: PollInput) {
        let now = clock::now();
        let (command, freshness) = {
            // A request that fails at once may lead here from inside.
            let Ok(mut inner) = self.inner.try_borrow_mut() else {
                return;
            };
            let command = inner.machine.step(input, now, js_sys::Math::random());
            (command, inner.machine.freshness(now))
        };
        self.execute(command);
        if command.recovered {
            self.store.recovered();
        }
        if self.freshness.with_untracked(|shown| *shown != freshness) {
            self.freshness.set(freshness);
        }
        if input == PollInput::Wake && command.abort {
            self.store.request_ended(Some(ConnectionError::Slow));
        }
    }

    /// Requests the value once more if the answer does not carry the updates that came meanwhile.
    fn judge_unseen(&self) {
        let is_due = {
            let mut inner = self.inner.borrow_mut();
            let unseen = std::mem::take(&mut inner.unseen);
            unseen.iter().any(|updates| inner.is_affected(updates))
        };
        if is_due {
            self.input(PollInput::Changed);
        }
    }

    fn execute(&self, command: PollCommand) {
        let mut inner = self.inner.borrow_mut();
        if command.abort {
            inner.request = None;
        }
        let itself = self.itself.clone();
        inner.timer = command.wake_after.map(|after| {
            timer(after, move || {
                if let Some(poll) = itself.upgrade() {
                    poll.input(PollInput::Wake);
                }
            })
        });
        let Some(id) = command.fetch else {
            return;
        };
        let abort = Abort::new();
        let signal = abort.signal();
        inner.request = Some(abort);
        let address = (inner.query.address)();
        let etag = inner.etag.as_ref().filter(|(at, _)| *at == address);
        let call = Call::get(address.clone(), etag.map(|(_, etag)| etag.clone()));
        inner.asked = (address, self.store.ask());
        let itself = self.itself.clone();
        leptos::task::spawn_local(async move {
            let result = api::send_until(call, signal).await;
            if let Some(poll) = itself.upgrade() {
                poll.answered(id, result);
            }
        });
    }

    fn answered(&self, id: RequestId, result: Result<Answer, ApiError>) {
        if !self.inner.borrow().machine.is_awaited(id) {
            return;
        }
        let outcome = result.and_then(|answer| self.consume(&answer));
        self.input(match &outcome {
            Ok((pace, deadline)) => PollInput::Answered {
                id,
                pace: *pace,
                deadline: *deadline,
            },
            Err(error) => PollInput::Failed {
                id,
                failure: Failure::from(error),
            },
        });
        if outcome.is_ok() {
            self.store
                .mark_read(self.inner.borrow().query.topic.as_ref());
        }
        self.judge_unseen();
        let cause = outcome.as_ref().err().and_then(ApiError::connection_error);
        self.store.request_ended(cause);
        if let Err(ApiError::Unauthorized(_)) = outcome {
            self.store.session.expired();
        }
    }

    fn consume(&self, answer: &Answer) -> Result<PollPace, ApiError> {
        let mut inner = self.inner.borrow_mut();
        if answer.status != 304 {
            let (address, requested) = inner.asked.clone();
            inner.followed = (inner.consume)(answer, requested)?;
            inner.etag = answer.etag.clone().map(|etag| (address, etag));
        }
        if let Some(pace) = &inner.query.pace {
            inner.followed.0 = pace();
        }
        Ok(inner.followed)
    }
}

impl StoreListener for PollHandle {
    fn updated(&self, updates: &Updates) {
        let reported = {
            // The answer to this poll is applied right now.
            let Ok(inner) = self.inner.try_borrow() else {
                return;
            };
            (inner.query.reported)(updates)
        };
        if let Some((pace, deadline)) = reported {
            // A 304 to a request in flight is older, and doesn't take it back.
            self.inner.borrow_mut().followed = (pace, deadline);
            self.input(PollInput::Reported { pace, deadline });
        }
        let is_due = {
            let mut inner = self.inner.borrow_mut();
            let is_affected = inner.is_affected(updates);
            let is_full = inner.unseen.len() == MOST_UNSEEN;
            if is_affected && inner.machine.is_asking() && !is_full {
                // The answer in flight may carry it.
                inner.unseen.push(updates.clone());
                return;
            }
            is_affected
        };
        if is_due {
            self.input(PollInput::Changed);
        }
    }

    fn recovered(&self) {
        self.input(PollInput::Recovered);
    }

    fn stream_changed(&self, is_live: bool) {
        self.input(PollInput::Covered(is_live));
    }

    fn page_changed(&self, event: PageEvent) {
        self.input(match event {
            PageEvent::Hidden => PollInput::Hidden,
            PageEvent::Shown => PollInput::Shown,
            PageEvent::Online => PollInput::Online,
            PageEvent::Offline => PollInput::Offline,
        });
    }
}
