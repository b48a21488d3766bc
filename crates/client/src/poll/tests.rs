//! A poller with good and bad responses, hidden and offline, under virtual time.

use super::*;
use crate::trouble::Strange;
use proptest::prelude::*;

const MIDDLE: f64 = 0.5;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

/// Returns a poller whose first request has been sent at 0.
fn asking() -> (Poller, RequestId) {
    let mut poller = Poller::new(Policy::default(), at(0));
    let first = poller
        .step(PollInput::Wake, at(0), MIDDLE)
        .fetch
        .expect("asks at once");
    (poller, first)
}

fn answer(id: RequestId, pace: Pace) -> PollInput {
    PollInput::Answered {
        id,
        pace,
        deadline: None,
    }
}

fn fail(id: RequestId, status: u16) -> PollInput {
    PollInput::Failed {
        id,
        failure: Failure::of_status(status, None),
    }
}

#[test]
fn polls_every_two_to_three_seconds_while_busy() {
    for random in [0.0, 0.3, 0.999] {
        let (mut poller, id) = asking();
        let wait = poller
            .step(answer(id, Pace::Busy), at(100), random)
            .wake_after
            .expect("a timer");
        assert!((2_000..=3_000).contains(&wait.0), "{wait:?}");
        assert_eq!(
            poller
                .step(PollInput::Wake, at(100) + Millis(wait.0 - 1), random)
                .fetch,
            None
        );
        assert!(
            poller
                .step(PollInput::Wake, at(100) + wait, random)
                .fetch
                .is_some()
        );
    }
}

#[test]
fn field_1_a_network_error_does_not_end_polling_and_the_limit_is_not_silent() {
    let (mut poller, id) = asking();
    let command = poller.step(fail(id, 503), at(10), MIDDLE);
    assert!(command.wake_after.is_some());
    assert!(matches!(
        poller.freshness(at(10)),
        Freshness::Stale {
            last_good: None,
            ..
        }
    ));

    let (mut poller, id) = asking();
    let late = poller.limit();
    let command = poller.step(answer(id, Pace::Busy), late, MIDDLE);
    assert_eq!(poller.freshness(late), Freshness::Late);
    assert_eq!(
        command.wake_after,
        Some(Policy::default().watch_interval),
        "goes on, slowly"
    );
}

/// FIELD 5: "Stuck; a manual refresh fixed it": the freshness carries the kind of the error.
#[test]
fn field_5_kind_of_the_error_is_shown_until_recovery() {
    let (mut poller, mut id) = asking();
    let mut now = at(0);
    for trouble in [
        Trouble::Unreachable,
        Trouble::Status(503),
        Trouble::Strange(Strange::Page),
        Trouble::Strange(Strange::Garbled),
    ] {
        let failure = Failure::Passing {
            trouble,
            retry_after: None,
        };
        let command = poller.step(PollInput::Failed { id, failure }, now, MIDDLE);
        let told = |poller: &Poller, now| match poller.freshness(now) {
            Freshness::Stale { trouble, .. } => Some(trouble),
            _ => None,
        };
        assert_eq!(told(&poller, now), Some(trouble));
        now = now + command.wake_after.expect("it is tried again");
        id = poller
            .step(PollInput::Wake, now, MIDDLE)
            .fetch
            .expect("asks");
        assert_eq!(told(&poller, now), Some(trouble), "while it is tried again");
    }
    poller.step(answer(id, Pace::Busy), now, MIDDLE);
    assert_eq!(poller.freshness(now), Freshness::Live);

    let (mut slow, _) = asking();
    let gave_up = at(0) + Policy::default().request_timeout;
    slow.step(PollInput::Wake, gave_up, MIDDLE);
    let Freshness::Stale { trouble, .. } = slow.freshness(gave_up) else {
        panic!("{slow:?}")
    };
    assert_eq!(trouble, Trouble::Slow);

    let (mut offline, id) = asking();
    offline.step(fail(id, 503), at(1), MIDDLE);
    offline.step(PollInput::Offline, at(2), MIDDLE);
    let told = offline.freshness(at(2));
    assert_eq!(
        told,
        Freshness::Offline { last_good: None },
        "a word of its own"
    );
}

#[test]
fn field_2_the_limit_is_the_servers_and_survives_a_new_poller() {
    let deadline = at(90_000);
    for begun in [0, 60_000] {
        let mut poller = Poller::new(Policy::default(), at(begun));
        let id = poller
            .step(PollInput::Wake, at(begun), MIDDLE)
            .fetch
            .expect("asks");
        poller.step(
            PollInput::Answered {
                id,
                pace: Pace::Busy,
                deadline: Some(deadline),
            },
            at(begun),
            MIDDLE,
        );
        assert_eq!(poller.limit(), deadline);
    }
}

#[test]
fn field_3_an_answer_to_an_older_request_is_dropped() {
    let (mut poller, old) = asking();
    let timeout = Policy::default().request_timeout;
    let gave_up = poller.step(PollInput::Wake, at(0) + timeout, MIDDLE);
    assert!(gave_up.abort);
    assert!(!poller.is_awaited(old));
    let before = format!("{poller:?}");
    poller.step(answer(old, Pace::Ended), at(0) + timeout, MIDDLE);
    assert_eq!(format!("{poller:?}"), before);
}

#[test]
fn field_4_hidden_page_sends_nothing_and_catches_up_exactly_once() {
    let (mut poller, id) = asking();
    assert_eq!(poller.step(PollInput::Hidden, at(1), MIDDLE).fetch, None);
    let command = poller.step(answer(id, Pace::Busy), at(2), MIDDLE);
    assert_eq!((command.fetch, command.wake_after), (None, None));
    for hour in 1..=8 {
        assert_eq!(
            poller
                .step(PollInput::Wake, at(hour * 3_600_000), MIDDLE)
                .fetch,
            None
        );
    }
    let shown = at(9 * 3_600_000);
    assert!(poller.step(PollInput::Shown, shown, MIDDLE).fetch.is_some());
    assert_eq!(poller.step(PollInput::Shown, shown, MIDDLE).fetch, None);
}

#[test]
fn field_9_only_a_401_signs_out() {
    for status in [
        0, 400, 403, 404, 408, 410, 418, 425, 429, 500, 502, 503, 504,
    ] {
        let (mut poller, id) = asking();
        poller.step(fail(id, status), at(1), MIDDLE);
        assert_ne!(poller.freshness(at(1)), Freshness::SignedOut, "{status}");
    }
    let (mut poller, id) = asking();
    let command = poller.step(fail(id, 401), at(1), MIDDLE);
    assert_eq!(command, PollCommand::default());
    assert_eq!(poller.freshness(at(1)), Freshness::SignedOut);
}

#[test]
fn field_10_a_404_just_after_create_is_graced_and_a_later_one_is_final() {
    let (mut poller, mut id) = asking();
    let mut now = at(0);
    let mut tries = 0;
    loop {
        let command = poller.step(fail(id, 404), now, MIDDLE);
        tries += 1;
        let Some(wait) = command.wake_after else {
            break;
        };
        now = now + wait;
        id = poller
            .step(PollInput::Wake, now, MIDDLE)
            .fetch
            .expect("asks again");
    }
    assert_eq!(poller.freshness(now), Freshness::Gone);
    let told_after = now.since(at(0));
    let grace = Policy::default().create_grace;
    assert!(told_after >= grace && tries > 3);
    assert!(told_after.0 <= grace.0 + 2_000, "{told_after:?}");

    let (mut poller, id) = asking();
    poller.step(answer(id, Pace::Steady), at(0), MIDDLE);
    let later = at(20_000);
    let id = poller
        .step(PollInput::Wake, later, MIDDLE)
        .fetch
        .expect("asks");
    poller.step(fail(id, 404), later, MIDDLE);
    assert_eq!(poller.freshness(later), Freshness::Gone, "it was there");
}

#[test]
fn a_404_is_final_at_once_where_nothing_was_just_created() {
    let policy = Policy {
        create_grace: Millis(0),
        ..Policy::default()
    };
    let mut poller = Poller::new(policy, at(0));
    let id = poller
        .step(PollInput::Wake, at(0), MIDDLE)
        .fetch
        .expect("asks");
    let command = poller.step(fail(id, 404), at(0), MIDDLE);
    assert_eq!(command, PollCommand::default());
    assert_eq!(poller.freshness(at(0)), Freshness::Gone);
}

#[test]
fn retry_after_is_a_minimum_also_for_pokes() {
    let (mut poller, id) = asking();
    let failure = Failure::of_status(429, Some(Millis::from_secs(40)));
    let command = poller.step(PollInput::Failed { id, failure }, at(0), 0.0);
    assert_eq!(command.wake_after, Some(Millis::from_secs(40)));
    assert_eq!(poller.step(PollInput::Poke, at(1_000), 0.0).fetch, None);
    assert!(
        poller
            .step(PollInput::Wake, at(40_000), 0.0)
            .fetch
            .is_some()
    );
}

#[test]
fn field_4_events_do_not_shorten_a_pause_and_commands_shorten_it_to_a_minimum() {
    let (mut poller, id) = asking();
    let pause = poller.step(fail(id, 500), at(0), 1.0).wake_after;
    assert_eq!(pause, Some(Millis(1_000)));
    for millis in 1..900 {
        assert_eq!(poller.step(PollInput::News, at(millis), 1.0).fetch, None);
    }
    let (mut poller, id) = asking();
    poller.step(fail(id, 500), at(0), 1.0);
    assert_eq!(poller.step(PollInput::Poke, at(100), 1.0).fetch, None);
    assert!(poller.step(PollInput::Wake, at(250), 1.0).fetch.is_some());
}

#[test]
fn field_4_a_recovery_elsewhere_shortens_a_pause_once() {
    let (mut poller, id) = asking();
    poller.step(fail(id, 500), at(0), 1.0);
    let hurried = poller.step(PollInput::Recovered, at(0), 0.5).wake_after;
    assert_eq!(hurried, Some(Millis(500)));
    let again = poller
        .step(PollInput::Wake, at(500), 1.0)
        .fetch
        .expect("asks");
    let pause = poller.step(fail(again, 500), at(500), 1.0).wake_after;
    assert_eq!(pause, Some(Millis(2_000)));
    let pause = poller.step(PollInput::Recovered, at(500), 0.5).wake_after;
    assert_eq!(pause, Some(Millis(2_000)), "not again");
    let last = poller
        .step(PollInput::Wake, at(2_500), 1.0)
        .fetch
        .expect("asks");
    assert!(
        poller
            .step(answer(last, Pace::Busy), at(2_500), 1.0)
            .recovered
    );
}

#[test]
fn ended_resource_is_not_polled_until_it_changes() {
    let (mut poller, id) = asking();
    assert_eq!(
        poller.step(answer(id, Pace::Ended), at(1), MIDDLE),
        PollCommand::default()
    );
    assert_eq!(
        poller.step(PollInput::Wake, at(86_400_000), MIDDLE),
        PollCommand::default()
    );
    assert!(
        poller
            .step(PollInput::Poke, at(86_400_001), MIDDLE)
            .fetch
            .is_some()
    );
}

#[test]
fn change_during_a_request_causes_one_more() {
    let (mut poller, id) = asking();
    assert_eq!(poller.step(PollInput::Poke, at(1), MIDDLE).fetch, None);
    let again = poller
        .step(answer(id, Pace::Ended), at(2), MIDDLE)
        .fetch
        .expect("asks again");
    assert_eq!(
        poller.step(answer(again, Pace::Ended), at(3), MIDDLE),
        PollCommand::default()
    );
}

#[test]
fn offline_is_shown_and_polling_resumes_when_online() {
    let (mut poller, id) = asking();
    poller.step(answer(id, Pace::Busy), at(5), MIDDLE);
    let command = poller.step(PollInput::Offline, at(10), MIDDLE);
    assert_eq!(command.fetch, None);
    assert_eq!(
        poller.freshness(at(10)),
        Freshness::Offline {
            last_good: Some(at(5))
        }
    );
    assert!(
        poller
            .step(PollInput::Online, at(60), MIDDLE)
            .fetch
            .is_some()
    );
}

#[test]
fn a_new_run_after_a_steady_one_gets_a_limit_of_its_own() {
    let (mut poller, id) = asking();
    poller.step(answer(id, Pace::Steady), at(0), MIDDLE);
    let later = at(3_600_000);
    let id = poller
        .step(PollInput::Wake, later, MIDDLE)
        .fetch
        .expect("watches");
    poller.step(answer(id, Pace::Busy), later, MIDDLE);
    assert_eq!(poller.freshness(later), Freshness::Live);
}

#[test]
fn field_19_polling_beside_the_stream_is_slow_and_never_stops() {
    for (pace, least, most) in [(Pace::Busy, 12, 18), (Pace::Steady, 48, 72)] {
        let (mut poller, id) = asking();
        poller.step(PollInput::Covered(true), at(1), MIDDLE);
        let wait = poller.step(answer(id, pace), at(2), MIDDLE).wake_after;
        let wait = wait.expect("never stops for what has not ended");
        assert!(
            (least..=most).contains(&wait.as_secs()),
            "{pace:?}: {wait:?}"
        );
    }
}

#[test]
fn a_workbench_that_starts_is_polled_every_two_to_three_seconds_beside_a_live_stream() {
    let policy = Policy {
        covered_interval: Policy::default().interval,
        ..Policy::default()
    };
    let mut poller = Poller::new(policy, at(0));
    let id = poller
        .step(PollInput::Wake, at(0), MIDDLE)
        .fetch
        .expect("asks");
    poller.step(PollInput::Covered(true), at(1), MIDDLE);
    for (pace, expected) in [
        (Pace::Busy, Some(Millis(2_500))),
        (Pace::Steady, Some(Millis(60_000))),
        (Pace::Ended, None),
    ] {
        let mut poller = poller.clone();
        let command = poller.step(answer(id, pace), at(2), MIDDLE);
        assert_eq!(command.wake_after, expected, "{pace:?}");
    }
}

#[test]
fn field_31_polling_takes_over_from_a_lost_stream_at_a_random_time() {
    for random in [0.1, 0.25, 0.5, 0.999] {
        let (mut poller, id) = asking();
        poller.step(PollInput::Covered(true), at(1), MIDDLE);
        poller.step(answer(id, Pace::Busy), at(2), MIDDLE);
        let command = poller.step(PollInput::Covered(false), at(10), random);
        let wait = command.wake_after.map_or(0, |wait| wait.0);
        #[expect(clippy::cast_possible_truncation, reason = "far below")]
        let fair = (2_000.0 * random) as i64;
        assert_eq!(wait, fair);
    }
    let (mut poller, id) = asking();
    poller.step(answer(id, Pace::Ended), at(2), MIDDLE);
    poller.step(PollInput::Covered(true), at(3), MIDDLE);
    let command = poller.step(PollInput::Covered(false), at(10), MIDDLE);
    assert_eq!(
        command,
        PollCommand::default(),
        "what has ended is left alone"
    );
}

#[test]
fn many_changes_cause_few_requests() {
    let policy = Policy {
        news_gap: Millis(1_000),
        ..Policy::default()
    };
    let mut poller = Poller::new(policy, at(0));
    let mut sent = Vec::new();
    let mut open = poller.step(PollInput::Wake, at(0), MIDDLE).fetch;
    for millis in 1..=10_000 {
        let now = at(millis);
        let mut inputs = vec![PollInput::Wake, PollInput::News];
        if millis % 7 == 0 {
            inputs.extend(open.take().map(|id| answer(id, Pace::Steady)));
        }
        for input in inputs {
            if let Some(id) = poller.step(input, now, MIDDLE).fetch {
                open = Some(id);
                sent.push(millis);
            }
        }
    }
    assert!((9..=11).contains(&sent.len()), "{sent:?}");
}

#[derive(Debug, Clone)]
enum Happening {
    Pass(i64),
    Answer(u8),
    Fail(u16),
    Signal(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (0i64..40_000).prop_map(Happening::Pass),
        (0u8..3).prop_map(Happening::Answer),
        prop_oneof![
            Just(401u16),
            Just(403),
            Just(404),
            Just(410),
            Just(429),
            Just(500),
            Just(418)
        ]
        .prop_map(Happening::Fail),
        (0u8..9).prop_map(Happening::Signal),
    ]
}

proptest! {
    /// One request at a time, none while hidden, never faster than the pace allows without a
    /// reason, and never stuck.
    #[test]
    fn never_overlaps_and_never_sticks(happenings in prop::collection::vec((happening(), 0.0f64..1.0), 1..200)) {
        let mut poller = Poller::new(Policy::default(), at(0));
        let mut now = at(0);
        let mut hidden = false;
        let mut open = poller.step(PollInput::Wake, now, MIDDLE).fetch;
        for (what, random) in happenings {
            let input = match what {
                Happening::Pass(millis) => { now = now + Millis(millis); PollInput::Wake }
                Happening::Answer(n) => {
                    let Some(id) = open.take() else { continue };
                    answer(id, [Pace::Busy, Pace::Steady, Pace::Ended][n as usize])
                }
                Happening::Fail(status) => {
                    let Some(id) = open.take() else { continue };
                    fail(id, status)
                }
                Happening::Signal(n) => [PollInput::Poke, PollInput::Retry, PollInput::Hidden, PollInput::Shown, PollInput::Offline, PollInput::Online,
                    PollInput::News, PollInput::Covered(true), PollInput::Covered(false)][n as usize],
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

fn reported(pace: Pace) -> PollInput {
    PollInput::Reported {
        pace,
        deadline: None,
    }
}

/// An event that reports a start begins its heartbeat without an immediate request; further events
/// don't delay it, and the event of its end ends it.
#[test]
fn event_counts_as_a_response() {
    let (mut poller, id) = asking();
    poller.step(PollInput::Covered(true), at(0), MIDDLE);
    let ended = poller.step(answer(id, Pace::Ended), at(100), MIDDLE);
    assert_eq!(ended.wake_after, None);

    let begun = poller.step(reported(Pace::Busy), at(60_000), MIDDLE);
    assert_eq!(begun.fetch, None, "what is reported is not requested");
    let pause = begun.wake_after.expect("a heartbeat");
    assert_eq!(poller.limit(), at(60_000) + Policy::default().limit);
    for millis in (60_100..60_000 + pause.0).step_by(500) {
        let command = poller.step(reported(Pace::Busy), at(millis), MIDDLE);
        let next = at(millis) + command.wake_after.expect("it goes on");
        assert_eq!(next, at(60_000) + pause, "it is not put off");
    }
    assert_eq!(poller.freshness(at(60_200)), Freshness::Live);
    let over = poller.step(reported(Pace::Ended), at(61_000), MIDDLE);
    assert_eq!((over.fetch, over.wake_after), (None, None));

    // A start first reported by an event needs no request; a pause after a failure stays.
    let (mut poller, id) = asking();
    let pause = poller.step(fail(id, 503), at(10), MIDDLE).wake_after;
    let after = poller.step(reported(Pace::Busy), at(10), MIDDLE);
    assert_eq!((after.fetch, after.wake_after), (None, pause));
}

#[test]
fn continued_poller_knows_the_age_of_its_value() {
    let mut poller = Poller::new(Policy::default(), at(0)).resuming(Some(at(-5_000)));
    poller.step(PollInput::Offline, at(0), MIDDLE);
    let last_good = Some(at(-5_000));
    assert_eq!(poller.freshness(at(0)), Freshness::Offline { last_good });
}
