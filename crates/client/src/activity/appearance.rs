//! Display timing of the indicator: short activity isn't shown, and a label stays long enough to be
//! read.

use vestibule_model::time::{Millis, Timestamp};

/// Delay before activity is shown; what ends earlier never appears.
pub const PATIENCE: Millis = Millis(200);

/// Minimum duration of a shown value.
pub const LEAST: Millis = Millis(300);

/// Shown value with its time. `None` is idle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance<T> {
    shown: Option<T>,
    /// Time since which `shown` has this value.
    changed: Timestamp,
    /// Time since which there is activity that isn't shown yet.
    wanted: Option<Timestamp>,
}

impl<T: Clone + PartialEq> Appearance<T> {
    /// Creates the idle appearance.
    pub fn new(now: Timestamp) -> Self {
        Self {
            shown: None,
            // Idle since the beginning.
            changed: now + Millis(-LEAST.0),
            wanted: None,
        }
    }

    /// Returns what is shown.
    pub fn shown(&self) -> Option<&T> {
        self.shown.as_ref()
    }

    /// Applies the current activity; returns the pause until the next call if the shown value must
    /// still change. A count is held like a label: one that changes back quickly is not shown.
    pub fn step(&mut self, target: Option<&T>, now: Timestamp) -> Option<Millis> {
        // A clock that was set back must not hold a value.
        self.changed = self.changed.min(now);
        self.wanted = self.wanted.map(|wanted| wanted.min(now));
        if self.shown.is_none() && target.is_some() {
            let wanted = *self.wanted.get_or_insert(now);
            return self.show_after(wanted + PATIENCE, target, now);
        }
        self.wanted = None;
        if self.shown.as_ref() == target {
            return None;
        }
        self.show_after(self.changed + LEAST, target, now)
    }

    fn show_after(&mut self, at: Timestamp, target: Option<&T>, now: Timestamp) -> Option<Millis> {
        if now < at {
            return Some(at.since(now));
        }
        self.shown = target.cloned();
        self.changed = now;
        self.wanted = None;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + millis)
    }

    #[test]
    fn short_activity_is_never_shown() {
        let mut shown = Appearance::new(at(0));
        assert_eq!(shown.step(Some(&(1, 0)), at(0)), Some(Millis(200)));
        assert_eq!(shown.step(None, at(150)), None);
        assert_eq!(shown.step(Some(&(2, 0)), at(300)), Some(Millis(200)));
        assert_eq!(shown.shown(), None);
        assert_eq!(shown.step(Some(&(2, 0)), at(500)), None);
        assert_eq!(shown.shown(), Some(&(2, 0)));
    }

    #[test]
    fn shown_label_stays_long_enough() {
        let mut shown = Appearance::new(at(0));
        shown.step(Some(&(1, 0)), at(0));
        shown.step(Some(&(1, 0)), at(200));
        assert_eq!(shown.step(None, at(210)), Some(Millis(290)));
        assert_eq!(shown.step(Some(&(2, 0)), at(300)), Some(Millis(200)));
        assert_eq!(shown.shown(), Some(&(1, 0)));
        assert_eq!(shown.step(Some(&(2, 0)), at(500)), None);
        assert_eq!(shown.shown(), Some(&(2, 0)));
        // A count is held like a label, and a short change of it is not shown.
        assert_eq!(shown.step(Some(&(2, 7)), at(510)), Some(Millis(290)));
        assert_eq!(shown.step(Some(&(2, 0)), at(550)), None);
        assert_eq!(shown.step(Some(&(2, 7)), at(590)), Some(Millis(210)));
        assert_eq!(shown.shown(), Some(&(2, 0)));
        assert_eq!(shown.step(Some(&(2, 7)), at(800)), None);
        assert_eq!(shown.shown(), Some(&(2, 7)));
        assert_eq!(shown.step(None, at(1_099)), Some(Millis(1)));
        assert_eq!(shown.step(None, at(1_100)), None);
        assert_eq!(shown.shown(), None);
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nothing() {
        let mut shown = Appearance::new(at(0));
        shown.step(Some(&(1, 0)), at(0));
        shown.step(Some(&(1, 0)), at(200));
        let after = shown.step(None, at(-3_600_000));
        assert_eq!(after, Some(LEAST));
    }

    proptest! {
        /// A caller that follows the returned pauses shows every lasting value, and none for less
        /// than the minimum.
        #[test]
        fn display_settles_without_flicker(
            targets in prop::collection::vec((0_i64..700, prop::option::of((0_u8..3, 0_u8..3))), 1..40),
        ) {
            let mut now = at(0);
            let mut shown = Appearance::new(now);
            let mut seen = vec![(now, None)];
            let update = |shown: &Appearance<(u8, u8)>, now, seen: &mut Vec<(Timestamp, Option<(u8, u8)>)>| {
                let what = shown.shown().copied();
                if seen.last().is_some_and(|(_, last)| *last != what) {
                    seen.push((now, what));
                }
            };
            for (pause, target) in &targets {
                let until = now + Millis(*pause);
                let mut wake = shown.step(target.as_ref(), now);
                update(&shown, now, &mut seen);
                while let Some(after) = wake.filter(|after| now + *after <= until) {
                    prop_assert!(after.0 > 0);
                    now = now + after;
                    wake = shown.step(target.as_ref(), now);
                    update(&shown, now, &mut seen);
                }
                now = until;
            }
            let last = targets.last().and_then(|(_, target)| *target);
            for _ in 0..2 {
                if let Some(after) = shown.step(last.as_ref(), now) {
                    now = now + after;
                }
            }
            prop_assert_eq!(shown.step(last.as_ref(), now), None);
            prop_assert_eq!(shown.shown(), last.as_ref());
            for pair in seen.windows(2) {
                let least = if pair[0].1.is_some() { LEAST } else { Millis(0) };
                prop_assert!(pair[1].0.since(pair[0].0) >= least, "{:?}", seen);
            }
        }
    }
}
