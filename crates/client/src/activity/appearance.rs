//! Display timing of the indicator: nothing that is over in a moment, and never so briefly that
//! nobody can read it.

use vestibule_model::time::{Millis, Timestamp};

/// Delay before something is shown; what ends earlier never appears.
pub const PATIENCE: Millis = Millis(200);

/// Shortest time for which something is shown.
pub const LEAST: Millis = Millis(300);

/// Shown value, and since when. `T` is what there is to show; none is idle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance<T> {
    shown: Option<T>,
    /// When `shown` began to be what it is.
    changed: Timestamp,
    /// Since when there is something to show while nothing is shown.
    wanted: Option<Timestamp>,
}

impl<T: Clone + PartialEq> Appearance<T> {
    /// Idle.
    pub fn new(now: Timestamp) -> Self {
        Self {
            shown: None,
            // It has been idle for ever, as far as anybody knows.
            changed: now + Millis(-LEAST.0),
            wanted: None,
        }
    }

    /// Returns what is shown.
    pub fn shown(&self) -> Option<&T> {
        self.shown.as_ref()
    }

    /// Takes in what there is to show, or that there is nothing; says after how long to ask again,
    /// where what is shown is not yet that. A count is held as a label is: one that wavers for less
    /// than anybody can read is not seen to.
    pub fn step(&mut self, wish: Option<&T>, now: Timestamp) -> Option<Millis> {
        // A clock that was set back must not keep anything on the screen.
        self.changed = self.changed.min(now);
        self.wanted = self.wanted.map(|wanted| wanted.min(now));
        if self.shown.is_none() && wish.is_some() {
            let wanted = *self.wanted.get_or_insert(now);
            return self.show_after(wanted + PATIENCE, wish, now);
        }
        self.wanted = None;
        if self.shown.as_ref() == wish {
            return None;
        }
        self.show_after(self.changed + LEAST, wish, now)
    }

    fn show_after(&mut self, at: Timestamp, wish: Option<&T>, now: Timestamp) -> Option<Millis> {
        if now < at {
            return Some(at.since(now));
        }
        self.shown = wish.cloned();
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
    fn what_is_over_at_once_is_never_seen() {
        let mut shown = Appearance::new(at(0));
        assert_eq!(shown.step(Some(&(1, 0)), at(0)), Some(Millis(200)));
        assert_eq!(shown.step(None, at(150)), None);
        assert_eq!(shown.step(Some(&(2, 0)), at(300)), Some(Millis(200)));
        assert_eq!(shown.shown(), None);
        assert_eq!(shown.step(Some(&(2, 0)), at(500)), None);
        assert_eq!(shown.shown(), Some(&(2, 0)));
    }

    #[test]
    fn what_is_seen_can_be_read() {
        let mut shown = Appearance::new(at(0));
        shown.step(Some(&(1, 0)), at(0));
        shown.step(Some(&(1, 0)), at(200));
        assert_eq!(shown.step(None, at(210)), Some(Millis(290)));
        assert_eq!(shown.step(Some(&(2, 0)), at(300)), Some(Millis(200)));
        assert_eq!(shown.shown(), Some(&(1, 0)));
        assert_eq!(shown.step(Some(&(2, 0)), at(500)), None);
        assert_eq!(shown.shown(), Some(&(2, 0)));
        // A count is held like a label, and one that wavers is never seen to.
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
        /// Whoever does as told sees every wish that lasts, and nothing for less than the least.
        #[test]
        fn it_settles_on_the_wish_and_does_not_flicker(
            wishes in prop::collection::vec((0_i64..700, prop::option::of((0_u8..3, 0_u8..3))), 1..40),
        ) {
            let mut now = at(0);
            let mut shown = Appearance::new(now);
            let mut seen = vec![(now, None)];
            let look = |shown: &Appearance<(u8, u8)>, now, seen: &mut Vec<(Timestamp, Option<(u8, u8)>)>| {
                let what = shown.shown().copied();
                if seen.last().is_some_and(|(_, last)| *last != what) {
                    seen.push((now, what));
                }
            };
            for (pause, wish) in &wishes {
                let until = now + Millis(*pause);
                let mut wake = shown.step(wish.as_ref(), now);
                look(&shown, now, &mut seen);
                while let Some(after) = wake.filter(|after| now + *after <= until) {
                    prop_assert!(after.0 > 0);
                    now = now + after;
                    wake = shown.step(wish.as_ref(), now);
                    look(&shown, now, &mut seen);
                }
                now = until;
            }
            let last = wishes.last().and_then(|(_, wish)| *wish);
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
