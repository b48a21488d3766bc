//! `use_workbench_status`: one workbench, with one poll however many views show it.

use super::{Poll, PollHandle, PollPace, Query, Store};
use crate::api::{self, ApiError};
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use vestibule_client::connection_error::{ConnectionError, UnexpectedBody};
use vestibule_client::poll::{Freshness, Pace};
use vestibule_client::store::{Refetch, Topic};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Millis;
use vestibule_model::workbench::Workbench;

/// Shortest time between two requests that updates of the store cause.
const MIN_GAP: Millis = Millis(100);

/// Time after its creation in this tab within which a workbench may be missing (FIELD 10).
const CREATE_GRACE: Millis = Millis::from_secs(10);

/// A workbench as one view shows it.
#[derive(Clone, Copy)]
pub struct WorkbenchWatch {
    /// The newest version, or `None` before the first answer. A deleted workbench stays as it was.
    pub workbench: Memo<Option<Workbench>>,
    /// Freshness of the workbench; `Gone` as soon as it is deleted.
    pub freshness: Memo<Freshness>,
    /// The person who deleted it; `None` where that is not known.
    pub deleted_by: Memo<Option<String>>,
    poll: Poll,
}

impl WorkbenchWatch {
    /// Requests the workbench now, on the user's request, even during a pause.
    pub fn retry(self) {
        self.poll.retry();
    }

    /// Requests the workbench now: a command may have changed it.
    pub fn refresh(self) {
        self.poll.refresh();
    }
}

/// Polls of the workbenches on the screen; the views of a workbench share one.
#[derive(Clone, Copy)]
pub struct WorkbenchPolls(
    StoredValue<RefCell<HashMap<WorkbenchId, Weak<PollHandle>>>, LocalStorage>,
);

impl WorkbenchPolls {
    /// Provides an empty set to everything below.
    pub fn provide() {
        provide_context(Self(StoredValue::new_local(RefCell::default())));
    }

    /// Returns the poll of a workbench, and begins it unless another view has it.
    fn get_or_begin(
        self,
        id: &WorkbenchId,
        begin: impl FnOnce() -> Rc<PollHandle>,
    ) -> Rc<PollHandle> {
        let known = self
            .0
            .with_value(|polls| polls.borrow().get(id).and_then(Weak::upgrade));
        known.unwrap_or_else(|| {
            let poll = begin();
            self.0.with_value(|polls| {
                let mut polls = polls.borrow_mut();
                polls.retain(|_, poll| poll.strong_count() > 0);
                polls.insert(id.clone(), Rc::downgrade(&poll));
            });
            poll
        })
    }
}

/// Follows a workbench for as long as the calling component lives. It is polled every 2 to 3 seconds
/// while it starts, whether the stream is live or not.
pub fn use_workbench_status(id: &WorkbenchId) -> WorkbenchWatch {
    let store = Store::expect();
    let polls = expect_context::<WorkbenchPolls>();
    let poll: Poll = polls.get_or_begin(id, || begin(store, id)).into();
    let (own, deleted, gone) = (id.clone(), id.clone(), id.clone());
    let topic = Topic::Workbench(id.clone());
    let changed = store.follow(topic.clone());
    let workbench = Memo::new(move |before: Option<&Option<Workbench>>| {
        changed.track();
        let known = store.read(|state| state.workbenches().get(&own).cloned());
        known.flatten().or_else(|| before.cloned().flatten())
    });
    let is_deleted = store.select(topic.clone(), move |state| {
        state.workbenches().is_deleted(&deleted)
    });
    let deleted_by = store.select(topic, move |state| {
        state.workbenches().deleted_by(&gone).map(str::to_owned)
    });
    let polled = poll.freshness;
    WorkbenchWatch {
        workbench,
        freshness: Memo::new(move |_| match is_deleted.get() {
            true => Freshness::Gone,
            false => polled.get(),
        }),
        // Without the stream, the last answer may have named the person.
        deleted_by: Memo::new(move |_| {
            let workbench = workbench.read();
            deleted_by
                .get()
                .or_else(|| workbench.as_ref()?.deleted_by_name.clone())
        }),
        poll,
    }
}

fn begin(store: Store, id: &WorkbenchId) -> Rc<PollHandle> {
    let is_created_here = store.has_created(id);
    let (expected, own, of) = (id.clone(), id.clone(), id.clone());
    Query::new(api::workbench_path(id))
        .policy(|policy| {
            policy.news_gap = MIN_GAP;
            policy.covered_interval = policy.interval;
            if is_created_here {
                policy.create_grace = CREATE_GRACE;
            }
        })
        .topic(Topic::Workbench(id.clone()))
        .refresh_on(move |updates| {
            // A change or deletion between the answer and the stream's start is reported by neither;
            // while a start is polled at short intervals, the next poll finds it.
            let is_settled = || {
                let pace = store.read(|state| state.workbenches().get(&own).map(Pace::of));
                pace.flatten() != Some(Pace::Busy)
            };
            updates.outdated.contains(&own)
                || (matches!(updates.refetch, Refetch::Started { .. }) && is_settled())
        })
        .reported_by(move |updates| {
            let changed = &updates.workbenches.changed;
            let known = store.read(|state| state.workbenches().get(&of).map(followed));
            known.flatten().filter(|_| changed.contains(&of))
        })
        .start(move |workbench: Workbench, _| {
            if workbench.id != expected {
                // The answer is about something else (FIELD 3).
                return Err(ApiError::Lost(ConnectionError::UnexpectedBody(
                    UnexpectedBody::Other,
                )));
            }
            let answered = followed(&workbench);
            store.put_workbench(workbench);
            // An event may have overtaken the answer.
            let known = store.read(|state| state.workbenches().get(&expected).map(followed));
            Ok(known.flatten().unwrap_or(answered))
        })
}

fn followed(workbench: &Workbench) -> PollPace {
    (Pace::of(workbench), workbench.start_deadline())
}
