//! The server's time: the browser's clock, corrected by the times in the server's answers.

use std::cell::{Cell, RefCell};
use vestibule_model::time::{Millis, Timestamp};

/// Difference between the server's clock and the browser's.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Offset {
    millis: i64,
    /// Half of the round trip: the true difference is within this of `millis`.
    uncertainty: i64,
}

thread_local! {
    // A browser has one clock.
    static OFFSET: Cell<Option<Offset>> = const { Cell::new(None) };
    static ON_CORRECTION: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

/// Returns the estimated time of the server.
pub fn now() -> Timestamp {
    let offset = OFFSET.get().map_or(0, |offset| offset.millis);
    browser_now() + Millis(offset)
}

/// Returns the time of the browser.
pub fn browser_now() -> Timestamp {
    // A double holds today's milliseconds exactly; the cast drops the fraction.
    #[expect(clippy::cast_possible_truncation, reason = "far below 2^53")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// Calls `corrected` whenever the clock is set by more than a second: until the first answer it is the
/// browser's, which may be wrong by hours.
pub fn on_correction(corrected: impl Fn() + 'static) {
    ON_CORRECTION.with(|known| known.replace(Some(Box::new(corrected))));
}

/// Corrects the clock with a server time received for a request sent at `sent`.
pub fn learn(sent: Timestamp, server: Timestamp) {
    let before = now();
    OFFSET.set(Some(more_certain(
        OFFSET.get(),
        sent,
        browser_now(),
        server,
    )));
    if now().since(before).0.abs() > 1_000 {
        ON_CORRECTION.with_borrow(|corrected| corrected.iter().for_each(|corrected| corrected()));
    }
}

/// Returns the estimate with less uncertainty, or the new one if they contradict each other: then a
/// clock was set.
fn more_certain(
    known: Option<Offset>,
    sent: Timestamp,
    received: Timestamp,
    server: Timestamp,
) -> Offset {
    let round_trip = received.since(sent).0.max(0);
    let fresh = Offset {
        millis: server.since(sent).0 - round_trip / 2,
        uncertainty: round_trip / 2,
    };
    match known {
        Some(known) => {
            let contradicts =
                (known.millis - fresh.millis).abs() > known.uncertainty + fresh.uncertainty + 1_000;
            if contradicts || fresh.uncertainty < known.uncertainty {
                fresh
            } else {
                known
            }
        }
        None => fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn quickest_answer_wins() {
        let slow = more_certain(None, at(1_000), at(3_000), at(7_000));
        assert_eq!(slow.millis, 5_000);
        let quick = more_certain(Some(slow), at(10_000), at(10_020), at(15_300));
        assert_eq!(quick.millis, 5_290);
        let slow_again = more_certain(Some(quick), at(20_000), at(22_000), at(26_000));
        assert_eq!(slow_again, quick);
    }

    #[test]
    fn clock_that_was_set_is_noticed() {
        let known = more_certain(None, at(0), at(10), at(0));
        let after = more_certain(Some(known), at(3_600_000), at(3_600_500), at(0));
        assert_eq!(after.millis, -3_600_250);
    }
}
