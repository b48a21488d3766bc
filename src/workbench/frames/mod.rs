//! The frames of all workbenches that were opened, above the pages: coming back is instant, and
//! what was typed inside is still there.

mod host;
mod kept;

use super::frame::{Entry, Finding};
use crate::hooks::{Session, Who};
use crate::ui::effect;
pub use host::FrameHost;
use leptos::prelude::*;
use std::collections::HashMap;
use vestibule_model::frames::{FrameKey, FramePool, Keeping};
use vestibule_model::ids::WorkbenchId;

/// What a page and the frame of its workbench share, as long as either is there.
#[derive(Clone)]
struct Way {
    entry: ArcRwSignal<Entry>,
    attempt: ArcRwSignal<u32>,
    doubt: ArcRwSignal<Option<Finding>>,
}

/// The way into an app, as a page or a frame holds it.
#[derive(Clone, Copy)]
pub struct WayIn {
    /// How far it has come.
    pub entry: RwSignal<Entry>,
    /// Raised to try it again.
    pub attempt: RwSignal<u32>,
    /// What may not work inside.
    pub doubt: RwSignal<Option<Finding>>,
}

/// The frames, as the whole console shares them.
#[derive(Clone, Copy)]
pub struct Frames {
    pool: RwSignal<FramePool>,
    ways: StoredValue<HashMap<WorkbenchId, Way>>,
    used: RwSignal<bool>,
}

impl Frames {
    /// Makes the console's frames and hands them to everything below.
    pub fn provide() -> Self {
        let frames = Self::none();
        provide_context(frames);
        follow_session(frames.pool);
        frames
    }

    /// The console's frames.
    pub fn get() -> Self {
        use_context().unwrap_or_else(Self::none)
    }

    fn none() -> Self {
        Self {
            pool: RwSignal::new(FramePool::default()),
            ways: StoredValue::new(HashMap::new()),
            used: RwSignal::new(false),
        }
    }

    /// Whether a frame was ever shown: from then on they have their place above the pages.
    pub fn are_used(self) -> bool {
        self.used.get()
    }

    /// The way into the workbench's app.
    pub fn way(self, id: &WorkbenchId) -> WayIn {
        let way = self.ways.try_update_value(|ways| {
            let pool = self.pool.read_untracked();
            ways.retain(|other, _| other == id || pool.run_of(other).is_some());
            ways.entry(id.clone()).or_insert_with(Way::new).clone()
        });
        let way = way.unwrap_or_else(Way::new);
        WayIn {
            entry: way.entry.into(),
            attempt: way.attempt.into(),
            doubt: way.doubt.into(),
        }
    }

    /// The page shows this frame now; it is made if there is none yet.
    pub fn show(self, key: FrameKey) {
        if self.used.try_get_untracked() == Some(false) {
            self.used.set(true);
        }
        self.change(|pool| pool.show(key));
    }

    /// The page of this workbench was left.
    pub fn hide(self, workbench: &WorkbenchId) {
        self.change(|pool| pool.hide(workbench));
    }

    /// The workbench runs no more.
    pub fn end_workbench(self, workbench: &WorkbenchId) {
        self.change(|pool| pool.end_workbench(workbench));
    }

    /// A person wants the frame back that was let go.
    pub fn resume(self) {
        self.change(FramePool::resume);
    }

    /// The run of the workbench whose frame is known.
    pub fn run_of(self, workbench: &WorkbenchId) -> Option<u64> {
        self.pool.read_untracked().run_of(workbench)
    }

    /// Whether the workbench's frame was let go, to make room for others.
    pub fn is_resumable(self, key: &FrameKey) -> bool {
        self.pool.read().keeping(key) == Some(Keeping::Resumable)
    }

    /// How many are kept.
    pub fn limit(self) -> usize {
        self.pool.read().limit()
    }

    /// Changes the pool; nobody is told where nothing has changed.
    fn change(self, change: impl FnOnce(&mut FramePool)) {
        self.pool.try_maybe_update(|pool| {
            let before = pool.clone();
            change(pool);
            (*pool != before, ())
        });
    }
}

impl Way {
    fn new() -> Self {
        Self {
            entry: ArcRwSignal::new(Entry::Opening),
            attempt: ArcRwSignal::new(0),
            doubt: ArcRwSignal::new(None),
        }
    }
}

/// The server sets the limit; and with the person, their frames go.
fn follow_session(pool: RwSignal<FramePool>) {
    let session = Session::get();
    let limit = Memo::new(move |_| Some(session.config.read().as_ref()?.frame_limit));
    effect(move || {
        if let Some(limit) = limit.get() {
            pool.update(|pool| pool.set_limit(limit as usize));
        }
    });
    let person = Memo::new(move |_| match &*session.who.read() {
        Who::Somebody(me) => Some(me.user.id.clone()),
        Who::Asking | Who::Nobody => None,
    });
    let mut before = None;
    effect(move || {
        let now = person.get();
        let left = before.replace(now.clone()).flatten();
        if left.is_some_and(|left| now.as_ref() != Some(&left)) {
            pool.update(FramePool::clear);
        }
    });
}
