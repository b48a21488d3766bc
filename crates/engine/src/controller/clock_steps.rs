//! Steps of the machine's clock, found by comparison with a clock that nothing sets.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;
use vestibule_model::observed::ClockStep;
use vestibule_model::time::{Millis, Timestamp};

/// Shortest difference that is a step: clocks also drift apart, and are corrected, slowly.
const SHORTEST: i64 = 5_000;
/// Number of steps that are kept.
const KEPT: usize = 32;

/// Steps of the clock since the first observation.
#[derive(Debug, Default)]
pub(super) struct ClockSteps(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    last: Option<(Timestamp, Instant)>,
    steps: VecDeque<ClockStep>,
}

impl ClockSteps {
    /// Returns the steps until a moment, which both clocks show now.
    pub(super) fn until(&self, now: Timestamp, steady: Instant) -> Vec<ClockStep> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((then, begin)) = seen.last {
            let passed = steady.saturating_duration_since(begin).as_millis();
            let expected = then + Millis(i64::try_from(passed).unwrap_or(i64::MAX));
            let by = now.since(expected);
            if by.0.abs() >= SHORTEST {
                tracing::warn!(
                    seconds = by.0 / 1000,
                    "the machine's clock was set, or the machine was suspended: limits of time do not count it"
                );
                if seen.steps.len() == KEPT {
                    seen.steps.pop_front();
                }
                seen.steps.push_back(ClockStep { from: expected, by });
            }
        }
        seen.last = Some((now, steady));
        seen.steps.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Reliability review, finding 16.
    #[test]
    fn only_what_the_steady_clock_does_not_show_is_a_step() {
        let steps = ClockSteps::default();
        let (begin, steady) = (Timestamp::from_millis(1_000_000), Instant::now());
        let steps_at = |wall: i64, passed: u64| {
            let steady = steady + Duration::from_millis(passed);
            steps.until(begin + Millis(wall), steady)
        };
        assert_eq!(steps_at(0, 0), []);
        assert_eq!(steps_at(60_000, 60_000), []);
        assert_eq!(steps_at(61_500, 60_000), [], "a correction");
        let ahead = ClockStep {
            from: begin + Millis(71_500),
            by: Millis(3_600_000),
        };
        assert_eq!(steps_at(3_671_500, 70_000), [ahead]);
        assert_eq!(steps_at(3_681_500, 80_000), [ahead], "told once");
        let back = ClockStep {
            from: begin + Millis(3_691_500),
            by: Millis(-3_600_000),
        };
        assert_eq!(steps_at(91_500, 90_000), [ahead, back]);
    }
}
