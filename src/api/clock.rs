//! The server's time: the browser's clock, corrected by what the server's answers say.

use std::cell::Cell;
use vestibule_model::time::{Millis, Timestamp};

/// How far the browser's clock is off, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Offset {
    millis: i64,
    /// Half of the round trip: the true offset is within this of `millis`.
    uncertainty: i64,
}

thread_local! {
    static OFFSET: Cell<Option<Offset>> = const { Cell::new(None) };
}

/// The server's time now, as well as it is known.
pub fn now() -> Timestamp {
    let offset = OFFSET.get().map_or(0, |offset| offset.millis);
    browser_now() + Millis(offset)
}

/// The browser's own time.
pub fn browser_now() -> Timestamp {
    // A double holds today's milliseconds exactly; the cast drops the fraction.
    #[expect(clippy::cast_possible_truncation, reason = "far below 2^53")]
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

/// Learns from an answer that was asked for at `sent` and said that it was `server`.
pub fn learn(sent: Timestamp, server: Timestamp) {
    OFFSET.set(Some(better(OFFSET.get(), sent, browser_now(), server)));
}

/// Keeps the surer of two estimates, unless they contradict each other: then a clock was set.
fn better(held: Option<Offset>, sent: Timestamp, received: Timestamp, server: Timestamp) -> Offset {
    let round_trip = received.since(sent).0.max(0);
    let fresh = Offset {
        millis: server.since(sent).0 - round_trip / 2,
        uncertainty: round_trip / 2,
    };
    match held {
        Some(held) => {
            let contradicts =
                (held.millis - fresh.millis).abs() > held.uncertainty + fresh.uncertainty + 1_000;
            if contradicts || fresh.uncertainty < held.uncertainty {
                fresh
            } else {
                held
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
    fn the_quickest_answer_is_believed() {
        let slow = better(None, at(1_000), at(3_000), at(7_000));
        assert_eq!(slow.millis, 5_000);
        let quick = better(Some(slow), at(10_000), at(10_020), at(15_300));
        assert_eq!(quick.millis, 5_290);
        let slow_again = better(Some(quick), at(20_000), at(22_000), at(26_000));
        assert_eq!(slow_again, quick);
    }

    #[test]
    fn a_clock_that_was_set_is_noticed() {
        let held = better(None, at(0), at(10), at(0));
        let after = better(Some(held), at(3_600_000), at(3_600_500), at(0));
        assert_eq!(after.millis, -3_600_250);
    }
}
