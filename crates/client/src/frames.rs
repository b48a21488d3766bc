//! Pool of the apps' frames: kept alive behind the page, or evicted.
//!
//! A frame that is moved within or removed from the document is reloaded, and its content is lost.
//! So each frame has a slot that it never leaves, and the least recently shown is evicted first.

use vestibule_model::config::{FRAME_LIMIT, FRAME_SLOTS};
use vestibule_model::ids::WorkbenchId;

/// Number of evicted frames that are remembered.
const REMEMBERED: usize = 100;

/// Key of a frame: the app of one run. Another run of the same workbench has another frame.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FrameKey {
    /// The workbench.
    pub workbench: WorkbenchId,
    /// Number of the run.
    pub run: u64,
}

/// State of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameRetention {
    /// Alive.
    Kept,
    /// Evicted. It returns only when the user asks for it, never by itself: the user must know that
    /// it is reloaded.
    Resumable,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    key: FrameKey,
    slot: Option<usize>,
}

/// The frames, at most one for each workbench.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FramePool {
    limit: usize,
    /// The most recently shown first.
    entries: Vec<Entry>,
    shown: Option<FrameKey>,
}

impl Default for FramePool {
    fn default() -> Self {
        Self {
            limit: FRAME_LIMIT as usize,
            entries: Vec::new(),
            shown: None,
        }
    }
}

impl FramePool {
    /// Sets the limit: at least the shown frame, at most the number of slots.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit.clamp(1, FRAME_SLOTS);
        self.settle();
    }

    /// Returns the limit.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Shows this frame. An unknown frame gets its slot at once; an evicted one does not.
    pub fn show(&mut self, key: FrameKey) {
        let known = self.entries.iter().position(|entry| entry.key == key);
        let slot = match known.map(|at| self.entries.remove(at)) {
            Some(entry) => entry.slot,
            None => {
                self.end_workbench(&key.workbench);
                self.free_slot()
            }
        };
        let entry = Entry {
            key: key.clone(),
            slot,
        };
        self.entries.insert(0, entry);
        self.shown = Some(key);
        self.settle();
    }

    /// Restores the shown frame after its eviction, on the user's request.
    pub fn resume(&mut self) {
        let is_resumable = self
            .shown
            .as_ref()
            .is_some_and(|key| self.keeping(key) == Some(FrameRetention::Resumable));
        if is_resumable {
            // The shown frame is the most recent.
            let slot = self.free_slot();
            self.entries[0].slot = slot;
            self.settle();
        }
    }

    /// Hides the frame of this workbench.
    pub fn hide(&mut self, workbench: &WorkbenchId) {
        self.shown.take_if(|key| key.workbench == *workbench);
    }

    /// Removes the frame of a run that has ended or must not be shown any more.
    pub fn end(&mut self, key: &FrameKey) {
        self.entries.retain(|entry| entry.key != *key);
        self.shown.take_if(|shown| shown == key);
    }

    /// Removes the frames of all runs of the workbench.
    pub fn end_workbench(&mut self, workbench: &WorkbenchId) {
        self.entries
            .retain(|entry| entry.key.workbench != *workbench);
        self.hide(workbench);
    }

    /// Removes all frames after sign-out: no frame outlives its user's session.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.shown = None;
    }

    /// Returns the frame in a slot.
    pub fn in_slot(&self, slot: usize) -> Option<&FrameKey> {
        let held = self.entries.iter().find(|entry| entry.slot == Some(slot));
        held.map(|entry| &entry.key)
    }

    /// Returns the shown frame.
    pub fn shown(&self) -> Option<&FrameKey> {
        self.shown.as_ref()
    }

    /// Returns the state of a frame, or `None` if it is unknown.
    pub fn keeping(&self, key: &FrameKey) -> Option<FrameRetention> {
        let entry = self.entries.iter().find(|entry| entry.key == *key)?;
        Some(if entry.slot.is_some() {
            FrameRetention::Kept
        } else {
            FrameRetention::Resumable
        })
    }

    /// Returns the run of the workbench's known frame.
    pub fn run_of(&self, workbench: &WorkbenchId) -> Option<u64> {
        let known = |entry: &&Entry| entry.key.workbench == *workbench;
        self.entries.iter().find(known).map(|entry| entry.key.run)
    }

    /// Returns a free slot, or that of the least recently shown frame.
    fn free_slot(&mut self) -> Option<usize> {
        let kept = |entry: &&mut Entry| entry.slot.is_some();
        let is_full = self.kept() >= self.limit;
        let last = self.entries.iter_mut().rev().find(kept);
        if let Some(last) = last.filter(|_| is_full) {
            last.slot = None;
        }
        (0..FRAME_SLOTS).find(|slot| self.in_slot(*slot).is_none())
    }

    fn kept(&self) -> usize {
        self.entries.iter().filter(|e| e.slot.is_some()).count()
    }

    /// Evicts frames beyond the limit, and forgets old evictions.
    fn settle(&mut self) {
        let shown = self.shown.clone();
        for at in (0..self.entries.len()).rev() {
            if self.kept() <= self.limit {
                break;
            }
            if shown.as_ref() != Some(&self.entries[at].key) {
                self.entries[at].slot = None;
            }
        }
        let mut resumable = 0;
        self.entries.retain(|entry| {
            resumable += usize::from(entry.slot.is_none());
            entry.slot.is_some() || resumable <= REMEMBERED
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn key(workbench: u8, run: u64) -> FrameKey {
        let workbench = WorkbenchId::new(format!("wb-{workbench}"));
        FrameKey { workbench, run }
    }

    fn slots(pool: &FramePool) -> Vec<FrameKey> {
        (0..FRAME_SLOTS)
            .filter_map(|slot| pool.in_slot(slot).cloned())
            .collect()
    }

    #[test]
    fn least_recently_shown_frame_is_evicted_and_restored_on_request() {
        let mut pool = FramePool::default();
        pool.set_limit(2);
        for workbench in [1, 2, 1, 3] {
            pool.show(key(workbench, 1));
        }
        assert_eq!(pool.keeping(&key(2, 1)), Some(FrameRetention::Resumable));
        assert_eq!(pool.keeping(&key(1, 1)), Some(FrameRetention::Kept));

        pool.show(key(2, 1));
        assert_eq!(pool.keeping(&key(2, 1)), Some(FrameRetention::Resumable));
        pool.resume();
        assert_eq!(pool.keeping(&key(2, 1)), Some(FrameRetention::Kept));
        assert_eq!(pool.keeping(&key(1, 1)), Some(FrameRetention::Resumable));
    }

    #[test]
    fn another_run_has_another_frame() {
        let mut pool = FramePool::default();
        pool.set_limit(1);
        pool.show(key(1, 1));
        pool.show(key(2, 1));
        pool.show(key(1, 2));
        assert_eq!(pool.keeping(&key(1, 1)), None);
        assert_eq!(pool.keeping(&key(1, 2)), Some(FrameRetention::Kept));
        assert_eq!(pool.run_of(&key(1, 0).workbench), Some(2));
    }

    #[test]
    fn evictions_are_forgotten_eventually() {
        let mut pool = FramePool::default();
        for workbench in 0..=u8::MAX {
            pool.show(key(workbench, 1));
        }
        assert_eq!(pool.entries.len(), pool.limit + REMEMBERED);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Show(u8, u64),
        Resume,
        Hide(u8),
        End(u8, u64),
        EndWorkbench(u8),
        Limit(usize),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        let workbench = 0..9u8;
        prop_oneof![
            8 => (workbench.clone(), 1..3u64).prop_map(|(w, run)| Step::Show(w, run)),
            2 => Just(Step::Resume),
            2 => workbench.clone().prop_map(Step::Hide),
            2 => (workbench.clone(), 1..3u64).prop_map(|(w, run)| Step::End(w, run)),
            1 => workbench.prop_map(Step::EndWorkbench),
            1 => (0..20usize).prop_map(Step::Limit),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #[test]
        fn frames_never_change_their_slot(steps in prop::collection::vec(step(), 0..80)) {
            let mut pool = FramePool::default();
            for step in steps {
                let before = pool.clone();
                match step.clone() {
                    Step::Show(workbench, run) => {
                        pool.show(key(workbench, run));
                        prop_assert_eq!(pool.shown(), Some(&key(workbench, run)));
                        let was = before.keeping(&key(workbench, run));
                        let is = pool.keeping(&key(workbench, run));
                        prop_assert_eq!(is, was.or(Some(FrameRetention::Kept)), "nothing resumes by itself");
                    }
                    Step::Resume => {
                        pool.resume();
                        if let Some(shown) = pool.shown() {
                            prop_assert_eq!(pool.keeping(shown), Some(FrameRetention::Kept));
                        }
                    }
                    Step::Hide(workbench) => pool.hide(&key(workbench, 1).workbench),
                    Step::End(workbench, run) => {
                        pool.end(&key(workbench, run));
                        prop_assert_eq!(pool.keeping(&key(workbench, run)), None);
                    }
                    Step::EndWorkbench(workbench) => {
                        pool.end_workbench(&key(workbench, 1).workbench);
                        prop_assert_eq!(pool.run_of(&key(workbench, 1).workbench), None);
                    }
                    Step::Limit(limit) => pool.set_limit(limit),
                    Step::Clear => pool.clear(),
                }
                let kept = slots(&pool);
                prop_assert!(kept.len() <= pool.limit.min(FRAME_SLOTS));
                let workbenches: HashSet<_> = pool.entries.iter().map(|e| &e.key.workbench).collect();
                prop_assert_eq!(workbenches.len(), pool.entries.len(), "one frame a workbench");
                if let Some(shown) = pool.shown() {
                    prop_assert!(pool.keeping(shown).is_some(), "only what is known is shown");
                }
                for slot in 0..FRAME_SLOTS {
                    let (was, is) = (before.in_slot(slot), pool.in_slot(slot));
                    if let (Some(was), Some(is)) = (was, is) {
                        let moved = was != is && kept.contains(was);
                        prop_assert!(!moved, "a kept frame left its slot after {:?}", step);
                    }
                }
                for frame in &kept {
                    let slot_of = |pool: &FramePool| (0..FRAME_SLOTS).find(|s| pool.in_slot(*s) == Some(frame));
                    let was = slot_of(&before);
                    prop_assert!(was.is_none() || was == slot_of(&pool), "{:?} moved after {:?}", frame, step);
                }
            }
        }
    }
}
