//! Frames of all opened workbenches, above the pages: coming back is instant, and what was typed
//! inside is still there.

mod host;
mod kept_frame;

use super::frame::{Entry, FrameFinding};
use crate::effect::Effect;
use crate::store::Session;
pub use host::FrameHost;
use leptos::prelude::*;
use std::collections::HashMap;
use vestibule_client::frames::{FrameKey, FramePool, FrameRetention};
use vestibule_model::ids::WorkbenchId;

/// Signals that a page and the frame of its workbench share, while either exists.
#[derive(Clone)]
struct SharedEntry {
    entry: ArcRwSignal<Entry>,
    attempt: ArcRwSignal<u32>,
    doubt: ArcRwSignal<Option<FrameFinding>>,
}

/// The same signals as a component holds them.
#[derive(Clone, Copy)]
pub struct FrameEntry {
    /// Progress of entering the app.
    pub entry: RwSignal<Entry>,
    /// Counter; raised to try again.
    pub attempt: RwSignal<u32>,
    /// Parts of the app that may not work.
    pub doubt: RwSignal<Option<FrameFinding>>,
}

/// The frames of the whole console.
#[derive(Clone, Copy)]
pub struct Frames {
    pool: RwSignal<FramePool>,
    entries: StoredValue<HashMap<WorkbenchId, SharedEntry>>,
    used: RwSignal<bool>,
}

impl Frames {
    /// Creates the console's frames and provides them to everything below.
    pub fn provide() {
        let frames = Self::empty();
        provide_context(frames);
        follow_session(frames);
    }

    /// Returns the console's frames.
    pub fn expect() -> Self {
        expect_context()
    }

    fn empty() -> Self {
        Self {
            pool: RwSignal::new(FramePool::default()),
            entries: StoredValue::new(HashMap::new()),
            used: RwSignal::new(false),
        }
    }

    /// Returns `true` if a frame was ever shown: from then on they have a place above the pages.
    pub fn are_used(self) -> bool {
        self.used.get()
    }

    /// Returns the signals about entering a workbench's app.
    pub fn entry(self, id: &WorkbenchId) -> FrameEntry {
        let shared = self.entries.try_update_value(|entries| {
            let pool = self.pool.read_untracked();
            entries.retain(|other, _| other == id || pool.run_of(other).is_some());
            entries
                .entry(id.clone())
                .or_insert_with(SharedEntry::new)
                .clone()
        });
        let shared = shared.unwrap_or_else(SharedEntry::new);
        FrameEntry {
            entry: shared.entry.into(),
            attempt: shared.attempt.into(),
            doubt: shared.doubt.into(),
        }
    }

    /// Resets the progress of entering an app whose frame is gone.
    fn reset_entry(self, id: &WorkbenchId) {
        let entry = self
            .entries
            .try_with_value(|entries| Some(entries.get(id)?.entry.clone()))
            .flatten();
        if let Some(entry) = entry {
            entry.set(Entry::Opening);
        }
    }

    /// Shows a frame; creates it if it does not exist yet.
    pub fn show(self, key: FrameKey) {
        if self.used.try_get_untracked() == Some(false) {
            self.used.set(true);
        }
        self.change(|pool| pool.show(key));
    }

    /// Hides the frame of a workbench whose page was left.
    pub fn hide(self, workbench: &WorkbenchId) {
        self.change(|pool| pool.hide(workbench));
    }

    /// Removes the frame of a workbench that is no longer running.
    pub fn end_workbench(self, workbench: &WorkbenchId) {
        self.change(|pool| pool.end_workbench(workbench));
    }

    /// Brings back the frame that was dropped.
    pub fn resume(self) {
        self.change(FramePool::resume);
    }

    /// Returns the run whose frame is known.
    pub fn run_of(self, workbench: &WorkbenchId) -> Option<u64> {
        self.pool.read_untracked().run_of(workbench)
    }

    /// Returns `true` if a frame was evicted.
    pub fn is_resumable(self, key: &FrameKey) -> bool {
        self.pool.read().keeping(key) == Some(FrameRetention::Resumable)
    }

    /// Returns the number of kept frames.
    pub fn limit(self) -> usize {
        self.pool.read().limit()
    }

    /// Changes the pool; notifies only if something has changed.
    fn change(self, change: impl FnOnce(&mut FramePool)) {
        self.pool.try_maybe_update(|pool| {
            let before = pool.clone();
            change(pool);
            (*pool != before, ())
        });
    }
}

impl SharedEntry {
    fn new() -> Self {
        Self {
            entry: ArcRwSignal::new(Entry::Opening),
            attempt: ArcRwSignal::new(0),
            doubt: ArcRwSignal::new(None),
        }
    }
}

/// Applies the server's limit, and clears the frames when the user changes.
fn follow_session(frames: Frames) {
    let pool = frames.pool;
    let session = Session::expect();
    let limit = Memo::new(move |_| Some(session.config.read().as_ref()?.frame_limit));
    Effect::new(move |_| {
        if let Some(limit) = limit.get() {
            pool.update(|pool| pool.set_limit(limit as usize));
        }
    });
    let user = Memo::new(move |_| session.user_id());
    Effect::new(move |before: Option<Option<_>>| {
        let now = user.get();
        let left = before.flatten();
        if left.is_some_and(|left| now.as_ref() != Some(&left)) {
            // The page that shows a frame goes in the same moment, and must not be changed by it.
            frames.entries.update_value(HashMap::clear);
            pool.update(FramePool::clear);
        }
        now
    });
}
