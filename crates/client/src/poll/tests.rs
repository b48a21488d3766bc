//! A poller with good and bad responses, hidden and offline, under virtual time.

mod beside_stream;
mod properties;

use super::*;
use crate::connection_error::UnexpectedBody;

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
    for cause in [
        ConnectionError::Unreachable,
        ConnectionError::Status(503),
        ConnectionError::UnexpectedBody(UnexpectedBody::Page),
        ConnectionError::UnexpectedBody(UnexpectedBody::Garbled),
    ] {
        let failure = Failure::Passing {
            cause,
            retry_after: None,
        };
        let command = poller.step(PollInput::Failed { id, failure }, now, MIDDLE);
        let reported = |poller: &Poller, now| match poller.freshness(now) {
            Freshness::Stale { cause, .. } => Some(cause),
            _ => None,
        };
        assert_eq!(reported(&poller, now), Some(cause));
        now = now + command.wake_after.expect("it is tried again");
        id = poller
            .step(PollInput::Wake, now, MIDDLE)
            .fetch
            .expect("asks");
        assert_eq!(
            reported(&poller, now),
            Some(cause),
            "while it is tried again"
        );
    }
    poller.step(answer(id, Pace::Busy), now, MIDDLE);
    assert_eq!(poller.freshness(now), Freshness::Live);

    let (mut slow, _) = asking();
    let gave_up = at(0) + Policy::default().request_timeout;
    slow.step(PollInput::Wake, gave_up, MIDDLE);
    let Freshness::Stale { cause, .. } = slow.freshness(gave_up) else {
        panic!("{slow:?}")
    };
    assert_eq!(cause, ConnectionError::Slow);

    let (mut offline, id) = asking();
    offline.step(fail(id, 503), at(1), MIDDLE);
    offline.step(PollInput::Offline, at(2), MIDDLE);
    let reported = offline.freshness(at(2));
    assert_eq!(
        reported,
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
    assert_eq!(poller.step(PollInput::Refresh, at(1_000), 0.0).fetch, None);
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
        assert_eq!(poller.step(PollInput::Changed, at(millis), 1.0).fetch, None);
    }
    let (mut poller, id) = asking();
    poller.step(fail(id, 500), at(0), 1.0);
    assert_eq!(poller.step(PollInput::Refresh, at(100), 1.0).fetch, None);
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
            .step(PollInput::Refresh, at(86_400_001), MIDDLE)
            .fetch
            .is_some()
    );
}

#[test]
fn change_during_a_request_causes_one_more() {
    let (mut poller, id) = asking();
    assert_eq!(poller.step(PollInput::Refresh, at(1), MIDDLE).fetch, None);
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
