//! The stream's state machine step by step, and properties of many clients together.

use super::*;
use crate::connection_error::{ConnectionError, UnexpectedBody};
use proptest::prelude::*;
use std::collections::BTreeMap;

const MIDDLE: f64 = 0.5;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

fn secs(seconds: i64) -> Timestamp {
    at(seconds * 1_000)
}

/// Returns a leader that has begun to connect at 0.
fn connecting() -> StreamMachine {
    let mut machine = StreamMachine::new();
    let command = machine.step(StreamInput::Wake, at(0), MIDDLE);
    assert_eq!(
        (command.seek, command.ask),
        (Some(LeadershipRequest::Queue), true)
    );
    assert!(machine.step(StreamInput::Elected, at(0), MIDDLE).connect);
    machine
}

/// Returns a tab whose stream is live at 0, with newest number 7.
fn live() -> StreamMachine {
    let mut machine = connecting();
    assert!(
        machine
            .step(StreamInput::Received(Some(7)), at(0), MIDDLE)
            .tell
    );
    assert_eq!(machine.freshness(at(0)), StreamFreshness::Live);
    machine
}

fn fail(machine: &mut StreamMachine, now: Timestamp) -> StreamCommand {
    machine.step(StreamInput::Failed { refused: false }, now, MIDDLE)
}

/// Advances time until the machine connects; returns when.
fn until_connect(machine: &mut StreamMachine, mut now: Timestamp, random: f64) -> Timestamp {
    for _ in 0..100 {
        let command = machine.step(StreamInput::Wake, now, random);
        if command.connect {
            return now;
        }
        now = now + command.wake_after.expect("it goes on by itself");
    }
    panic!("never connects: {machine:?}");
}

#[test]
fn field_29_a_burst_of_errors_starts_one_reconnect() {
    let mut machine = live();
    let first = fail(&mut machine, secs(20));
    assert!(first.close && !first.connect);
    for _ in 0..5 {
        let more = fail(&mut machine, secs(20));
        assert_eq!((more.close, more.connect), (false, false));
    }
    let when = until_connect(&mut machine, secs(20), MIDDLE);
    assert!(when.since(secs(20)) <= FIRST_SPREAD);
    assert_eq!(machine.last(), Some(7), "and resumes after what was heard");
    assert!(
        !machine.step(StreamInput::Wake, when, MIDDLE).connect,
        "once"
    );
}

#[test]
fn field_30_refused_stream_is_probed_and_retried_and_only_a_401_ends_it() {
    let mut machine = live();
    let command = machine.step(StreamInput::Failed { refused: true }, secs(1), MIDDLE);
    assert!(command.close && command.probe && !command.connect);
    let mut refused = machine.clone();
    refused.step(StreamInput::Probed { signed_out: false }, secs(2), MIDDLE);
    until_connect(&mut refused, secs(2), MIDDLE);
    let end = machine.step(StreamInput::Probed { signed_out: true }, secs(2), MIDDLE);
    assert_eq!((end.resign, end.wake_after), (true, None));
    assert_eq!(machine.freshness(secs(2)), StreamFreshness::SignedOut);
    for input in [
        StreamInput::Wake,
        StreamInput::Elected,
        StreamInput::Online,
        StreamInput::Shown,
    ] {
        let command = machine.step(input, secs(3_600), MIDDLE);
        assert!(!command.connect && command.seek.is_none(), "{input:?}");
    }
}

#[test]
fn field_30_silence_is_noticed_without_the_browsers_help() {
    let mut machine = live();
    for beat in 1..=4 {
        let now = secs(15 * beat);
        assert!(!machine.step(StreamInput::Received(None), now, MIDDLE).close);
    }
    let wait = machine.step(StreamInput::Wake, secs(60), MIDDLE).wake_after;
    assert_eq!(wait, Some(DEAD_AFTER));
    assert!(!machine.step(StreamInput::Wake, secs(99), MIDDLE).close);
    let command = machine.step(StreamInput::Wake, secs(100), MIDDLE);
    assert!(command.close);
    assert_eq!(machine.freshness(secs(100)), StreamFreshness::Reconnecting);
}

#[test]
fn connection_without_events_is_not_live() {
    let mut machine = connecting();
    assert_eq!(machine.freshness(at(10)), StreamFreshness::Polling);
    let command = machine.step(StreamInput::Wake, at(0) + PATIENCE, MIDDLE);
    assert!(command.close && !command.connect);
}

#[test]
fn field_32_stream_ends_at_the_first_wake_up_after_a_night() {
    let mut machine = live();
    assert!(
        machine
            .step(StreamInput::Wake, secs(8 * 3_600), MIDDLE)
            .close
    );
    let mut set_back = live();
    set_back.step(StreamInput::Wake, secs(-3_600), MIDDLE);
    assert!(
        set_back.step(StreamInput::Wake, secs(-3_560), MIDDLE).close,
        "a clock that is set back keeps nothing alive"
    );
}

#[test]
fn long_hidden_page_releases_leadership_and_resumes_when_shown() {
    let mut machine = live();
    let wait = machine
        .step(StreamInput::Hidden, secs(1), MIDDLE)
        .wake_after;
    assert_eq!(wait, Some(Millis::from_secs(39)), "the watchdog goes on");
    machine.step(StreamInput::Received(None), secs(30), MIDDLE);
    let command = machine.step(StreamInput::Wake, secs(61), MIDDLE);
    assert!(command.close && command.resign);
    assert_eq!(command.wake_after, None, "FIELD 32: no timers while hidden");
    let late = machine.step(StreamInput::Elected, secs(62), MIDDLE);
    assert!(late.resign && !late.connect);
    let shown = machine.step(StreamInput::Shown, secs(9_000), MIDDLE);
    assert_eq!(
        (shown.seek, shown.ask),
        (Some(LeadershipRequest::Queue), true)
    );
    assert!(
        machine
            .step(StreamInput::Elected, secs(9_000), MIDDLE)
            .connect
    );
    assert_eq!(machine.last(), Some(7));
}

#[test]
fn briefly_hidden_page_stays_connected() {
    let mut machine = live();
    machine.step(StreamInput::Hidden, secs(1), MIDDLE);
    let shown = machine.step(StreamInput::Shown, secs(20), MIDDLE);
    assert!(!shown.close && !shown.connect && shown.seek.is_none());
    assert_eq!(machine.freshness(secs(20)), StreamFreshness::Live);
}

#[test]
fn follower_trusts_the_leader_and_replaces_a_silent_one() {
    let mut machine = StreamMachine::new();
    machine.step(StreamInput::Wake, at(0), MIDDLE);
    let reported = StreamInput::Relayed {
        id: Some(12),
        live: true,
    };
    machine.step(reported, secs(1), MIDDLE);
    assert_eq!(machine.freshness(secs(1)), StreamFreshness::Live);
    assert_eq!(machine.last(), Some(12));
    let wait = machine
        .step(StreamInput::Wake, secs(1), MIDDLE)
        .wake_after
        .expect("a watchdog");
    assert!(wait >= DEAD_AFTER);
    let command = machine.step(StreamInput::Wake, secs(1) + wait, MIDDLE);
    assert_eq!(command.seek, Some(LeadershipRequest::Steal));
    assert_ne!(machine.freshness(secs(1) + wait), StreamFreshness::Live);
    assert!(machine.step(StreamInput::Elected, secs(60), MIDDLE).connect);
}

#[test]
fn leader_without_a_stream_repeats_its_state() {
    let mut machine = live();
    let mut now = secs(20);
    let mut reported = now;
    fail(&mut machine, now);
    for _ in 0..200 {
        let command = machine.step(StreamInput::Wake, now, 0.999);
        if command.tell {
            reported = now;
        }
        assert!(now.since(reported) < DEAD_AFTER);
        if command.connect {
            machine.step(StreamInput::Failed { refused: true }, now, 0.999);
            machine.step(StreamInput::Probed { signed_out: false }, now, 0.999);
        }
        now = now + command.wake_after.unwrap_or(Millis(1)).max(Millis(1));
    }
}

#[test]
fn replaced_leader_closes_and_queues() {
    let mut machine = live();
    let command = machine.step(StreamInput::Deposed, secs(1), MIDDLE);
    assert!(command.close && !command.connect);
    assert_eq!(command.seek, Some(LeadershipRequest::Queue));
    assert!(!machine.leads());
}

#[test]
fn stream_resumes_at_once_when_back_online() {
    let mut machine = live();
    machine.step(StreamInput::Offline, secs(5), MIDDLE);
    assert_eq!(machine.freshness(secs(5)), StreamFreshness::Offline);
    let command = machine.step(StreamInput::Online, secs(9), MIDDLE);
    assert!(command.close && command.connect);
    machine.step(StreamInput::Offline, secs(10), MIDDLE);
    fail(&mut machine, secs(10));
    machine.step(StreamInput::Online, secs(11), MIDDLE);
    let when = until_connect(&mut machine, secs(11), MIDDLE);
    assert!(when.since(secs(11)) <= Millis::from_secs(1));
}

#[test]
fn field_26_lost_stream_is_reconnecting_then_polling_or_stale() {
    let lost = || {
        let mut machine = live();
        machine.step(StreamInput::Polled { cause: None }, secs(3), MIDDLE);
        fail(&mut machine, secs(20));
        machine
    };
    let later = secs(27);
    let mut polling = lost();
    assert_eq!(polling.freshness(secs(21)), StreamFreshness::Reconnecting);
    polling.step(StreamInput::Polled { cause: None }, secs(22), MIDDLE);
    assert_eq!(polling.freshness(secs(30)), StreamFreshness::Polling);
    let stale = |cause| StreamFreshness::Stale {
        since: Some(secs(3)),
        cause,
    };
    for cause in [
        ConnectionError::Unreachable,
        ConnectionError::Status(502),
        ConnectionError::UnexpectedBody(UnexpectedBody::Page),
    ] {
        let mut unheard = lost();
        let input = StreamInput::Polled { cause: Some(cause) };
        unheard.step(input, secs(21), MIDDLE);
        assert_eq!(unheard.freshness(secs(21)), stale(cause), "at once");
    }
    assert_eq!(
        lost().freshness(later),
        stale(ConnectionError::Silent),
        "where nothing asks, nothing is known"
    );
}

/// FIELD 26: a failed request counts for the whole page, even beside a stream that seems open.
#[test]
fn field_26_later_failed_request_outweighs_an_open_stream() {
    let after = |cause| {
        let mut machine = live();
        machine.step(StreamInput::Received(None), secs(20), MIDDLE);
        let cause = Some(cause);
        machine.step(StreamInput::Polled { cause }, secs(30), MIDDLE);
        machine
    };
    for cause in [ConnectionError::Unreachable, ConnectionError::BrokenOff] {
        let mut machine = after(cause);
        let since = Some(secs(20));
        let stale = StreamFreshness::Stale { since, cause };
        assert_eq!(machine.freshness(secs(30)), stale);
        machine.step(StreamInput::Received(None), secs(31), MIDDLE);
        assert_eq!(machine.freshness(secs(31)), StreamFreshness::Live);
    }
    // A bad or late response does not affect the rest.
    for cause in [ConnectionError::Status(500), ConnectionError::Slow] {
        let machine = after(cause);
        assert_eq!(
            machine.freshness(secs(30)),
            StreamFreshness::Live,
            "{cause:?}"
        );
    }
    let mut frozen = after(ConnectionError::Slow);
    let input = StreamInput::Polled {
        cause: Some(ConnectionError::Slow),
    };
    frozen.step(input, secs(36), MIDDLE);
    assert!(matches!(
        frozen.freshness(secs(36)),
        StreamFreshness::Stale { .. }
    ));
}

#[test]
fn recovery_elsewhere_shortens_a_pause_once_and_a_restored_stream_notifies() {
    let mut machine = live();
    let mut now = secs(20);
    for _ in 0..6 {
        machine.step(StreamInput::Failed { refused: false }, now, 1.0);
        now = until_connect(&mut machine, now, 1.0);
    }
    machine.step(StreamInput::Failed { refused: false }, now, 1.0);
    // A response at a healthy address is no recovery.
    machine.step(StreamInput::Polled { cause: None }, now, 1.0);
    let alone = until_connect(&mut machine.clone(), now, 1.0);
    assert_eq!(alone.since(now), MAX_BACKOFF);
    machine.step(StreamInput::Recovered, now, 1.0);
    let hurried = until_connect(&mut machine, now, 1.0);
    assert_eq!(hurried.since(now), SOON);
    let mut back = machine.clone();
    let received = back.step(StreamInput::Received(Some(8)), hurried, MIDDLE);
    assert!(received.recovered);
    assert!(
        !back
            .step(StreamInput::Received(Some(9)), hurried, MIDDLE)
            .recovered
    );
    machine.step(StreamInput::Failed { refused: false }, hurried, 1.0);
    machine.step(StreamInput::Recovered, hurried, 1.0);
    let next = until_connect(&mut machine, hurried, 1.0);
    assert_eq!(next.since(hurried), MAX_BACKOFF, "not again");
}

#[test]
fn server_that_drops_connections_at_once_is_tried_with_backoff() {
    let mut machine = live();
    let mut now = at(0);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        machine.step(StreamInput::Failed { refused: false }, now, 1.0);
        let next = until_connect(&mut machine, now, 1.0);
        pauses.push(next.since(now).as_secs());
        now = next;
        machine.step(StreamInput::Received(Some(8)), now, MIDDLE);
    }
    assert_eq!(pauses, [4, 8, 16, 30, 30, 30]);
    let mut settled = machine;
    settled.step(StreamInput::Received(None), now + HEARTBEAT_EVERY, MIDDLE);
    now = now + HEARTBEAT_EVERY;
    settled.step(StreamInput::Failed { refused: false }, now, 1.0);
    let next = until_connect(&mut settled, now, 1.0);
    assert_eq!(next.since(now), FIRST_SPREAD);
}

/// FIELD 31: 1,000 clients lose their stream at once. However long the server is away, no second
/// sees more than twice the attempts of evenly spread first ones.
#[test]
fn field_31_thousand_clients_are_spread() {
    const CLIENTS: u64 = 1_000;
    let uniform = CLIENTS / u64::try_from(FIRST_SPREAD.as_secs()).expect("positive");
    for away in [0, 1, 3, 10, 60] {
        let back = secs(100 + away);
        let mut tries = BTreeMap::<i64, u64>::new();
        for client in 0..CLIENTS {
            let mut random = Random(client.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
            let mut machine = live();
            for beat in 1..=6 {
                machine.step(StreamInput::Received(None), secs(15 * beat), random.next());
            }
            let mut now = secs(100);
            let mut command =
                machine.step(StreamInput::Failed { refused: false }, now, random.next());
            loop {
                now = now + command.wake_after.expect("it goes on");
                command = machine.step(StreamInput::Wake, now, random.next());
                if !command.connect {
                    continue;
                }
                *tries.entry(now.since(secs(100)).as_secs()).or_default() += 1;
                if now >= back {
                    machine.step(StreamInput::Received(Some(8)), now, random.next());
                    break;
                }
                command = machine.step(StreamInput::Failed { refused: false }, now, random.next());
            }
            assert_eq!(machine.freshness(now), StreamFreshness::Live);
            assert!(now.since(back) <= MAX_BACKOFF);
        }
        let peak = tries.values().max().copied().unwrap_or_default();
        assert!(
            peak <= 2 * uniform,
            "away for {away} s: {peak} in a second, {tries:?}"
        );
    }
}

/// Deterministic pseudo-random numbers (xorshift).
struct Random(u64);

impl Random {
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn input() -> impl Strategy<Value = StreamInput> {
    prop_oneof![
        4 => Just(StreamInput::Wake),
        3 => any::<Option<u64>>().prop_map(StreamInput::Received),
        3 => any::<bool>().prop_map(|refused| StreamInput::Failed { refused }),
        1 => prop::bool::weighted(0.05).prop_map(|signed_out| StreamInput::Probed { signed_out }),
        2 => Just(StreamInput::Elected),
        1 => Just(StreamInput::Deposed),
        2 => any::<(Option<u64>, bool)>().prop_map(|(id, live)| StreamInput::Relayed { id, live }),
        2 => any::<bool>().prop_map(|fails| StreamInput::Polled { cause: fails.then_some(ConnectionError::Slow) }),
        1 => Just(StreamInput::Hidden),
        1 => Just(StreamInput::Shown),
        1 => Just(StreamInput::Offline),
        1 => Just(StreamInput::Online),
    ]
}

proptest! {
    /// At most one connection, opened only by the leader; live only with a connection or a leader's
    /// message; never stuck unless hidden for long or signed out.
    #[test]
    fn one_connection_and_never_stuck(
        happenings in prop::collection::vec((input(), 0i64..50_000, 0.0f64..1.0), 1..200),
    ) {
        let mut machine = StreamMachine::new();
        let mut now = at(0);
        machine.step(StreamInput::Wake, now, MIDDLE);
        let (mut open, mut hidden) = (false, false);
        for (input, passed, random) in happenings {
            now = now + Millis(passed);
            match input { StreamInput::Hidden => hidden = true, StreamInput::Shown => hidden = false, _ => {} }
            let command = machine.step(input, now, random);
            if command.close { open = false; }
            if command.connect {
                prop_assert!(!open, "two connections");
                prop_assert!(machine.leads(), "only the leader connects");
                open = true;
            }
            prop_assert!(!open || machine.leads(), "a connection is left over: {machine:?}");
            let signed_out = machine.freshness(now) == StreamFreshness::SignedOut;
            prop_assert!(signed_out || hidden || command.wake_after.is_some(), "stuck: {machine:?}");
            if let Some(wait) = command.wake_after { prop_assert!(wait.0 >= 0 && wait.0 < 1 << 31); }
            if machine.freshness(now) == StreamFreshness::Live { prop_assert!(open || !machine.leads()); }
        }
    }
}
