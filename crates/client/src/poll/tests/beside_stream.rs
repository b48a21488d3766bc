//! A poller beside the event stream.

use super::*;

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

/// In use, M20: a build in progress was requested every 13 seconds beside a live stream.
#[test]
fn a_build_in_progress_is_polled_every_five_seconds_beside_a_live_stream() {
    for (pace, expected) in [
        (Pace::Busy, Some(5)),
        (Pace::Steady, Some(60)),
        (Pace::Ended, None),
    ] {
        let mut poller = Poller::new(Policy::default().of_jobs(12), at(0));
        let id = poller
            .step(PollInput::Wake, at(0), MIDDLE)
            .fetch
            .expect("asks");
        poller.step(PollInput::Covered(true), at(1), MIDDLE);
        let command = poller.step(answer(id, pace), at(2), MIDDLE);
        assert_eq!(
            command.wake_after.map(Millis::as_secs),
            expected,
            "{pace:?}"
        );
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
        let mut inputs = vec![PollInput::Wake, PollInput::Changed];
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
    let Freshness::Stale { last_good, .. } = poller.freshness(at(10)) else {
        panic!("{poller:?}")
    };
    assert_eq!(last_good, Some(at(10)), "the value is as old as the event");
}

/// FIELD 10: an event that tells of a new resource doesn't make another server know it.
#[test]
fn a_404_just_after_creation_is_retried_beside_a_live_stream() {
    let (mut poller, id) = asking();
    poller.step(PollInput::Covered(true), at(0), MIDDLE);
    poller.step(reported(Pace::Busy), at(10), MIDDLE);
    let again = poller.step(fail(id, 404), at(20), MIDDLE);
    assert!(again.wake_after.is_some(), "{poller:?}");
    let wake = at(20) + again.wake_after.expect("a pause");
    let id = poller.step(PollInput::Wake, wake, MIDDLE).fetch;
    let answered = poller.step(answer(id.expect("asks"), Pace::Busy), wake, MIDDLE);
    let next = wake + answered.wake_after.expect("a pause");
    let id = poller.step(PollInput::Wake, next, MIDDLE).fetch;
    poller.step(fail(id.expect("asks"), 404), next, MIDDLE);
    assert_eq!(poller.freshness(next), Freshness::Gone);
}

#[test]
fn continued_poller_knows_the_age_of_its_value() {
    let mut poller = Poller::new(Policy::default(), at(0)).resuming(Some(at(-5_000)));
    poller.step(PollInput::Offline, at(0), MIDDLE);
    let last_good = Some(at(-5_000));
    assert_eq!(poller.freshness(at(0)), Freshness::Offline { last_good });
}
