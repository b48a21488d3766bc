//! Exponential backoff with jitter.

use crate::time::{Millis, Timestamp};

/// Exponential backoff of one resource: each pause is about twice as long as the one before, up to
/// a cap.
///
/// The first pause is drawn from nearly its whole range, so that clients that failed together do
/// not retry together (FIELD 31). Later pauses are drawn from the upper half of theirs, so that no
/// run of small random numbers turns a backoff into a busy loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    first: Millis,
    longest: Millis,
    failures: u32,
}

impl Backoff {
    /// Returns a backoff whose first pause is at most `first` and whose later ones are at most
    /// `longest`.
    pub const fn new(first: Millis, longest: Millis) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// Changes the cap; the number of failures stays.
    pub const fn limit(&mut self, longest: Millis) {
        self.longest = longest;
    }

    /// Counts a failure and returns the pause before the next attempt. `random` is uniform in 0..1;
    /// 1 gives the longest pause, for callers that are alone and need no jitter. `retry_after` is a
    /// minimum.
    pub fn pause(&mut self, random: f64, retry_after: Option<Millis>) -> Millis {
        let cap = self.first.0.saturating_mul(1 << self.failures.min(20));
        let cap = cap.min(self.longest.0);
        let least = if self.failures == 0 { cap / 4 } else { cap / 2 };
        self.failures = self.failures.saturating_add(1);
        let pause = Millis(least + Millis(cap - least).scaled(random.clamp(0.0, 1.0)).0);
        pause.max(retry_after.unwrap_or_default())
    }

    /// Counts a failure and returns the time of the next attempt; see [`Self::pause`].
    pub fn retry_at(
        &mut self,
        now: Timestamp,
        random: f64,
        retry_after: Option<Millis>,
    ) -> Timestamp {
        now + self.pause(random, retry_after)
    }

    /// Resets the backoff after a success.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// Returns the number of failures in a row.
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Millis = Millis::from_secs(1);
    const HALF_A_MINUTE: Millis = Millis::from_secs(30);

    #[test]
    fn pauses_double_up_to_the_cap_and_stay_there() {
        let mut backoff = Backoff::new(SECOND, HALF_A_MINUTE);
        let pauses: Vec<_> = (0..40)
            .map(|_| backoff.pause(1.0, None).as_secs())
            .collect();
        assert_eq!(pauses[..6], [1, 2, 4, 8, 16, 30]);
        assert!(pauses[6..].iter().all(|pause| *pause == 30));
        assert_eq!(backoff.failures(), 40);
        backoff.reset();
        assert_eq!(backoff.pause(1.0, None), SECOND);
    }

    #[test]
    fn retry_after_is_a_minimum() {
        let mut backoff = Backoff::new(SECOND, HALF_A_MINUTE);
        let minute = Millis::from_secs(60);
        assert_eq!(backoff.pause(0.5, Some(minute)), minute);
        assert!(backoff.pause(1.0, Some(Millis(1))) > SECOND);
    }

    #[test]
    fn the_cap_can_change_between_attempts() {
        let mut backoff = Backoff::new(SECOND, HALF_A_MINUTE);
        for _ in 0..9 {
            backoff.pause(1.0, None);
        }
        backoff.limit(Millis::from_secs(300));
        assert_eq!(backoff.pause(1.0, None), Millis::from_secs(300));
    }

    proptest! {
        #[test]
        fn small_random_numbers_do_not_make_a_busy_loop(
            randoms in proptest::collection::vec(prop_oneof![Just(0.0), 0.0f64..1.0], 100),
        ) {
            let mut backoff = Backoff::new(SECOND, HALF_A_MINUTE);
            let mut now = Timestamp::from_millis(0);
            let mut attempts = 0;
            for random in randoms {
                attempts += i32::from(now < Timestamp::from_millis(60_000));
                now = backoff.retry_at(now, random, None);
            }
            prop_assert!((5..=8).contains(&attempts), "{attempts} attempts in the first minute");
        }
    }
}
