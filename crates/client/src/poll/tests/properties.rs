//! A poller under random events.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Event {
    Pass(i64),
    Answer(u8),
    Fail(u16),
    Signal(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0i64..40_000).prop_map(Event::Pass),
        (0u8..3).prop_map(Event::Answer),
        prop_oneof![
            Just(401u16),
            Just(403),
            Just(404),
            Just(410),
            Just(429),
            Just(500),
            Just(418)
        ]
        .prop_map(Event::Fail),
        (0u8..9).prop_map(Event::Signal),
    ]
}

proptest! {
    /// A single request at a time, none while hidden, never faster than the pace allows without a
    /// reason, and never stuck.
    #[test]
    fn never_overlaps_and_never_sticks(happenings in prop::collection::vec((event(), 0.0f64..1.0), 1..200)) {
        let mut poller = Poller::new(Policy::default(), at(0));
        let mut now = at(0);
        let mut hidden = false;
        let mut open = poller.step(PollInput::Wake, now, MIDDLE).fetch;
        for (what, random) in happenings {
            let input = match what {
                Event::Pass(millis) => { now = now + Millis(millis); PollInput::Wake }
                Event::Answer(n) => {
                    let Some(id) = open.take() else { continue };
                    answer(id, [Pace::Busy, Pace::Steady, Pace::Ended][n as usize])
                }
                Event::Fail(status) => {
                    let Some(id) = open.take() else { continue };
                    fail(id, status)
                }
                Event::Signal(n) => [PollInput::Refresh, PollInput::Retry, PollInput::Hidden, PollInput::Shown, PollInput::Offline, PollInput::Online,
                    PollInput::Changed, PollInput::Covered(true), PollInput::Covered(false)][n as usize],
            };
            match input { PollInput::Hidden => hidden = true, PollInput::Shown => hidden = false, _ => {} }
            let command = poller.step(input, now, random);
            if command.abort { open = None; }
            if let Some(id) = command.fetch {
                prop_assert!(open.is_none(), "two requests at a time");
                prop_assert!(!hidden, "asked while hidden");
                open = Some(id);
            }
            let settled = matches!(poller.freshness(now),
                Freshness::Ended | Freshness::SignedOut | Freshness::Forbidden | Freshness::Gone | Freshness::Refused(_));
            prop_assert!(settled || hidden || command.wake_after.is_some(), "stuck: {poller:?}");
            if let Some(wait) = command.wake_after { prop_assert!(wait.0 >= 0 && wait.0 < 1 << 31); }
        }
    }
}
