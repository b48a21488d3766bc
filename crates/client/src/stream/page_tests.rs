//! The pollers and the stream of one page together, under virtual time: the number of requests
//! during an outage, and the time of recovery.

use super::*;
use crate::connection_error::ConnectionError;
use crate::poll::{self, Failure, Pace, Policy, Poller};
use proptest::prelude::*;

const MINUTE: i64 = 60_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + millis)
}

/// Responses of the server at a moment.
#[derive(Clone, Copy)]
struct Server {
    /// Returns the status of each address.
    addresses: fn(usize, i64) -> u16,
    /// Returns `true` if the stream opens; otherwise it is refused.
    stream: fn(i64) -> bool,
}

/// A page with three pollers.
struct Page<'a> {
    server: Server,
    random: &'a mut dyn FnMut() -> f64,
    pollers: Vec<(Poller, Option<i64>)>,
    machine: (StreamMachine, Option<i64>),
    /// Times of the requests to each address.
    asked: [Vec<i64>; 3],
    /// Times of the attempts to open the stream, and of the probes.
    tried: Vec<i64>,
    now: i64,
    /// The freshness of the page after each step, with its time.
    seen: Vec<(i64, StreamFreshness)>,
}

impl<'a> Page<'a> {
    fn new(server: Server, random: &'a mut dyn FnMut() -> f64) -> Self {
        let pollers = (0..3).map(|_| (Poller::new(Policy::default(), at(0)), Some(0)));
        Self {
            server,
            random,
            pollers: pollers.collect(),
            machine: (StreamMachine::new(), Some(0)),
            asked: Default::default(),
            tried: Vec::new(),
            now: 0,
            seen: Vec::new(),
        }
    }

    fn poll(&mut self, which: usize, input: poll::PollInput) {
        let random = (self.random)();
        let (poller, wake) = &mut self.pollers[which];
        let command = poller.step(input, at(self.now), random);
        *wake = command.wake_after.map(|after| self.now + after.0);
        if command.recovered {
            for other in 0..3 {
                self.poll(other, poll::PollInput::Recovered);
            }
            self.stream(StreamInput::Recovered);
        }
        if let Some(id) = command.fetch {
            self.asked[which].push(self.now);
            let status = (self.server.addresses)(which, self.now);
            let failure = Failure::of_status(status, None);
            let (input, cause) = if status == 200 {
                let pace = Pace::Busy;
                let deadline = None;
                (poll::PollInput::Answered { id, pace, deadline }, None)
            } else {
                let cause = Some(ConnectionError::Status(status));
                (poll::PollInput::Failed { id, failure }, cause)
            };
            self.poll(which, input);
            self.stream(StreamInput::Polled { cause });
        }
    }

    fn stream(&mut self, input: StreamInput) {
        let random = (self.random)();
        let command = self.machine.0.step(input, at(self.now), random);
        self.machine.1 = command.wake_after.map(|after| self.now + after.0);
        if command.recovered {
            for which in 0..3 {
                self.poll(which, poll::PollInput::Recovered);
            }
        }
        if command.seek.is_some() {
            self.stream(StreamInput::Elected);
        }
        if command.connect {
            self.tried.push(self.now);
            if (self.server.stream)(self.now) {
                self.stream(StreamInput::Received(Some(1)));
            } else {
                self.stream(StreamInput::Failed { refused: true });
            }
        }
        if command.probe {
            self.tried.push(self.now);
            self.stream(StreamInput::Probed { signed_out: false });
        }
    }

    /// Advances time from one timer to the next.
    fn run(&mut self, until: i64) {
        loop {
            let timers = self.pollers.iter().map(|(_, wake)| *wake);
            let next = timers.chain([self.machine.1]).flatten().min();
            let Some(next) = next.filter(|next| *next < until) else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            for which in 0..3 {
                if self.pollers[which].1.is_some_and(|wake| wake <= self.now) {
                    self.poll(which, poll::PollInput::Wake);
                }
            }
            if self.machine.1.is_some_and(|wake| wake <= self.now) {
                self.stream(StreamInput::Wake);
            }
            let freshness = self.machine.0.freshness(at(self.now));
            self.seen.push((self.now, freshness));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn successes_elsewhere_do_not_shorten_pauses_of_failing_addresses(
        randoms in prop::collection::vec(prop_oneof![Just(0.0), 0.0f64..1.0], 50),
    ) {
        let mut randoms = randoms.into_iter().cycle();
        let mut random = || randoms.next().unwrap_or(0.5);
        let server = Server {
            addresses: |which, _| if which == 0 { 503 } else { 200 },
            stream: |_| false,
        };
        let mut page = Page::new(server, &mut random);
        page.run(MINUTE);
        let [failing, well, _] = &page.asked;
        prop_assert!((4..=10).contains(&failing.len()), "{failing:?}");
        prop_assert!((4..=10).contains(&page.tried.len()), "{:?}", page.tried);
        prop_assert!((20..=31).contains(&well.len()), "{well:?}");
    }

    /// In use, M10: the header said "Offline since …" five times a minute while the stream was refused
    /// and one address failed.
    #[test]
    fn one_failing_address_is_no_lost_contact_while_others_answer(
        randoms in prop::collection::vec(0.0f64..1.0, 50),
    ) {
        let mut randoms = randoms.into_iter().cycle();
        let mut random = || randoms.next().unwrap_or(0.5);
        let server = Server {
            addresses: |which, now| if which == 0 || now > MINUTE { 503 } else { 200 },
            stream: |_| false,
        };
        let mut page = Page::new(server, &mut random);
        page.run(MINUTE);
        let is_lost = |(_, freshness): &&(i64, StreamFreshness)| {
            matches!(freshness, StreamFreshness::Stale { .. })
        };
        let settled = |seen: &Vec<(i64, StreamFreshness)>| {
            seen.iter().filter(|(now, _)| *now > 0).find(is_lost).copied()
        };
        prop_assert_eq!(settled(&page.seen), None);
        page.run(2 * MINUTE);
        let lost = settled(&page.seen).map(|(now, _)| now - MINUTE);
        prop_assert!(lost.is_some_and(|lost| (1..=7_000).contains(&lost)), "{lost:?}");
    }

    #[test]
    fn repeated_recovery_shortens_other_pauses_once(
        randoms in prop::collection::vec(0.0f64..1.0, 50),
    ) {
        let mut randoms = randoms.into_iter().cycle();
        let mut random = || randoms.next().unwrap_or(0.5);
        let server = Server {
            addresses: |which, now| match which {
                0 => 503,
                _ if now / 2_000 % 2 == 0 => 502,
                _ => 200,
            },
            stream: |_| false,
        };
        let mut page = Page::new(server, &mut random);
        page.run(MINUTE);
        prop_assert!(page.asked[0].len() <= 10, "{:?}", page.asked[0]);
        prop_assert!(page.tried.len() <= 12, "{:?}", page.tried);
    }

    #[test]
    fn page_recovers_soon_after_its_first_address(
        randoms in prop::collection::vec(0.0f64..1.0, 50),
    ) {
        let mut randoms = randoms.into_iter().cycle();
        let mut random = || randoms.next().unwrap_or(0.5);
        let server = Server {
            addresses: |_, now| if now < MINUTE { 502 } else { 200 },
            stream: |now| now >= MINUTE,
        };
        let mut page = Page::new(server, &mut random);
        page.run(MINUTE + 35_000);
        let first = |all: &[i64]| all.iter().copied().find(|asked| *asked >= MINUTE).unwrap_or(i64::MAX);
        let mut back: Vec<i64> = page.asked.iter().map(|asked| first(asked)).collect();
        back.push(first(&page.tried));
        let (soonest, latest) = (back.iter().min().copied(), back.iter().max().copied());
        prop_assert!(latest.zip(soonest).is_some_and(|(l, s)| l - s <= 1_000), "{back:?}");
        prop_assert!(page.machine.0.is_live());
    }
}
