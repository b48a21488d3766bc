//! `use_workbench_status`: one poller per workbench, however many views look at it.

use super::Session;
use super::lasting::lasting;
use super::poll::{Matter, Poll};
use crate::api::{self, Answer, ApiError};
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use vestibule_model::feed::News;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::time::Millis;
use vestibule_model::trouble::{Strange, Trouble};
use vestibule_model::workbench::Workbench;

thread_local! {
    static WATCHES: RefCell<HashMap<WorkbenchId, Weak<Shared>>> = RefCell::default();
    /// What is already known of a workbench when its page opens: the list's row, or the answer to
    /// its creation. It is on the screen at once, and the poller corrects it.
    static SEED: RefCell<Option<Workbench>> = const { RefCell::new(None) };
}

/// What all views of one workbench share.
struct Shared {
    id: WorkbenchId,
    workbench: ArcRwSignal<Option<Workbench>>,
    freshness: ArcRwSignal<Freshness>,
    poll: Poll,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Still there while the page itself goes away, or the map is already gone: both are fine.
        let _ = WATCHES.try_with(|watches| {
            if let Ok(mut watches) = watches.try_borrow_mut() {
                watches.remove(&self.id);
            }
        });
    }
}

/// A workbench as one view sees it.
#[derive(Clone, Copy)]
pub struct WorkbenchWatch {
    /// The last good data; none until there is some.
    pub workbench: Memo<Option<Workbench>>,
    /// How far that can be believed.
    pub freshness: Memo<Freshness>,
    /// Whether the last answer was that there is no such workbench.
    pub missing: Memo<bool>,
    shared: StoredValue<Rc<Shared>, LocalStorage>,
}

impl WorkbenchWatch {
    /// A wish was sent; the answer to it is news already.
    pub fn heard(self, answer: Option<Workbench>) {
        if let Some(news) = answer {
            self.shared
                .try_with_value(|shared| take(&shared.workbench, news));
        }
        self.shared.try_with_value(|shared| shared.poll.poke());
    }

    /// A person wants it tried again now.
    pub fn retry(self) {
        self.shared.try_with_value(|shared| shared.poll.retry());
    }
}

/// Hands over what is already known of a workbench whose page is about to open.
pub fn seed_workbench(workbench: Workbench) {
    SEED.set(Some(workbench));
}

/// Follows a workbench for as long as the calling component lives.
pub fn use_workbench_status(id: &WorkbenchId) -> WorkbenchWatch {
    let shared = WATCHES
        .with_borrow(|watches| watches.get(id).and_then(Weak::upgrade))
        .unwrap_or_else(|| begin(id));
    WorkbenchWatch {
        workbench: lasting(shared.workbench.clone()),
        freshness: lasting(shared.freshness.clone()),
        missing: lasting(shared.poll.missing.clone()),
        shared: StoredValue::new_local(shared),
    }
}

fn begin(id: &WorkbenchId) -> Rc<Shared> {
    let seed = SEED.take().filter(|seed| seed.id == *id);
    let mut policy = Session::get().policy();
    // One small answer: each change is worth it, so that a start is seen step by step.
    policy.news_gap = Millis(100);
    if seed.is_none() {
        // Nobody has just made it here, so that it is missing needs no grace (FIELD 10).
        policy.create_grace = Millis(0);
    }
    let workbench = ArcRwSignal::new(seed);
    let freshness = ArcRwSignal::new(Freshness::Loading);
    let expected = id.clone();
    let sink = workbench.clone();
    let consume = Box::new(move |answer: &Answer| {
        let news: Workbench = api::read(answer)?;
        if news.id != expected {
            // Whatever this is, it is not about the workbench that was asked for (FIELD 3).
            return Err(ApiError::Lost(Trouble::Strange(Strange::Other)));
        }
        let deadline = news.start_deadline();
        let pace = Pace::of(&news);
        take(&sink, news);
        Ok((pace, deadline))
    });
    let path = api::workbench_path(id);
    let address = Box::new(move || path.clone());
    let poll = Poll::with_policy(policy, address, freshness.clone(), consume);
    let (shown, of) = (workbench.clone(), id.clone());
    let poll = poll.poked_by(Box::new(move |news| {
        let is_news = shown.with_untracked(|shown| match shown {
            Some(shown) => is_news(news, shown),
            None => matches!(news, News::Workbench { id, .. } if *id == of),
        });
        if is_news {
            Matter::Due
        } else {
            Matter::Nothing
        }
    }));
    let shared = Rc::new(Shared {
        id: id.clone(),
        workbench,
        freshness,
        poll,
    });
    WATCHES.with_borrow_mut(|watches| watches.insert(id.clone(), Rc::downgrade(&shared)));
    shared
}

/// Whether the stream tells more of a workbench than is shown.
pub fn is_news(news: &News, shown: &Workbench) -> bool {
    match news {
        News::Workbench {
            id,
            generation,
            seq,
            ..
        } => *id == shown.id && (*generation > shown.generation || *seq > shown.version().0),
        News::Removed(id) => shown.run.as_ref().is_some_and(|run| run.id == *id),
        News::Gone { id, .. } => *id == shown.id,
        // How its run is was just told.
        News::Beginning => shown.run.is_none(),
        News::Everything => true,
        News::Builds | News::Workspace { .. } => false,
    }
}

/// Shows news, unless it is no news, or older than what is shown.
fn take(shown: &ArcRwSignal<Option<Workbench>>, news: Workbench) {
    let is_newer = shown.with_untracked(|shown| match shown {
        Some(shown) => !news.is_older_than(shown) && news != *shown,
        None => true,
    });
    if is_newer {
        shown.set(Some(news));
    }
}
