//! Tests of typed input, against a runner that follows the same rule as the real one.

use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use vestibule_model::tab::typed::known_bytes;

/// Runner with one terminal, whose shell may be replaced.
#[derive(Default)]
struct Runner {
    /// What each shell has read.
    shells: Vec<Vec<u8>>,
    /// Number of taken bytes and newest connection of each stream of the newest shell.
    streams: HashMap<String, (u64, usize)>,
}

/// Connection with blocks on their way to a shell.
struct Connection {
    stream: String,
    shell: usize,
    blocks: VecDeque<(u64, Vec<u8>)>,
    answers: VecDeque<u64>,
}

struct World {
    input: TypedInput,
    runner: Runner,
    connections: Vec<Connection>,
    is_attached: bool,
    typed: Vec<u8>,
}

impl World {
    fn new() -> Self {
        Self {
            input: TypedInput::new("window".to_owned()),
            runner: Runner {
                shells: vec![Vec::new()],
                ..Runner::default()
            },
            connections: Vec::new(),
            is_attached: false,
            typed: Vec::new(),
        }
    }

    fn type_in(&mut self, count: usize) {
        let begin = self.typed.len();
        // Each byte is a character, and neighbours differ.
        let bytes: Vec<u8> = (begin..begin + count)
            .map(|at| b' ' + u8::try_from(at % 89).unwrap())
            .collect();
        self.input.type_in(&bytes);
        self.typed.extend(bytes);
        self.send();
    }

    fn send(&mut self) {
        while self.is_attached
            && let Some(block) = self.input.next_block()
        {
            self.connections.last_mut().unwrap().blocks.push_back(block);
        }
    }

    fn attach(&mut self) {
        loop {
            let request = self.input.stream();
            let number = self.connections.len();
            let known = self.runner.streams.get_mut(&request.stream);
            let taken = match (known, request.resumes) {
                (Some((taken, newest)), _) => {
                    *newest = number;
                    Some(*taken)
                }
                (None, false) => {
                    self.runner
                        .streams
                        .insert(request.stream.clone(), (0, number));
                    Some(0)
                }
                (None, true) => None,
            };
            self.connections.push(Connection {
                stream: request.stream,
                shell: self.runner.shells.len() - 1,
                blocks: VecDeque::new(),
                answers: VecDeque::new(),
            });
            if self.input.attached(taken, true) == Next::GoOn {
                break;
            }
        }
        self.is_attached = true;
        self.send();
    }

    fn detach(&mut self) {
        self.input.detached();
        self.is_attached = false;
    }

    /// A block reaches the runner, which takes a part of it, as a terminal does.
    fn deliver(&mut self, connection: usize, most: usize) {
        let newest_shell = self.runner.shells.len() - 1;
        let Some(of) = self.connections.get_mut(connection) else {
            return;
        };
        let Some((at, mut bytes)) = of.blocks.pop_front() else {
            return;
        };
        if of.shell != newest_shell {
            return;
        }
        let (taken, newest) = self.runner.streams.get_mut(&of.stream).unwrap();
        if *newest != connection {
            return;
        }
        let known = known_bytes(*taken, at, bytes.len()).expect("blocks come in order");
        let rest = bytes.split_off((known + most).min(bytes.len()));
        let new = &bytes[known..];
        self.runner.shells[newest_shell].extend(new);
        *taken += new.len() as u64;
        of.answers.push_back(*taken);
        if !rest.is_empty() {
            of.blocks.push_front((at + bytes.len() as u64, rest));
        }
    }

    fn acknowledge(&mut self) {
        let of = self.connections.last_mut().filter(|_| self.is_attached);
        if let Some(taken) = of.and_then(|of| of.answers.pop_front()) {
            self.input.acknowledge(taken);
            self.send();
        }
    }

    fn settle(&mut self) {
        if !self.is_attached {
            self.attach();
        }
        loop {
            let last = self.connections.len() - 1;
            let is_done = self.connections[last].blocks.is_empty()
                && self.connections[last].answers.is_empty();
            if is_done {
                break;
            }
            self.deliver(last, usize::MAX);
            self.acknowledge();
        }
    }
}

#[derive(Debug, Clone)]
enum Event {
    Type(usize),
    Deliver(usize, usize),
    Acknowledge,
    Break,
    Attach,
    /// Another shell: the runner restarted, or the session did.
    NewShell,
    GoOn,
}

fn events(with_new_shells: bool) -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        5 => (1..40_usize).prop_map(Event::Type),
        1 => (1..40_000_usize).prop_map(Event::Type),
        6 => (0..3_usize, 1..60_usize).prop_map(|(back, most)| Event::Deliver(back, most)),
        2 => Just(Event::Deliver(0, usize::MAX)),
        6 => Just(Event::Acknowledge),
        2 => Just(Event::Break),
        3 => Just(Event::Attach),
        u32::from(with_new_shells) => Just(Event::NewShell),
        1 => Just(Event::GoOn),
    ];
    prop::collection::vec(event, 0..80)
}

fn play(events: Vec<Event>, mut check: impl FnMut(&World)) -> World {
    let mut world = World::new();
    for event in events {
        match event {
            Event::Type(count) => world.type_in(count),
            Event::Deliver(back, most) => {
                let last = world.connections.len().saturating_sub(1);
                // Also what an earlier connection still had on its way.
                world.deliver(last.saturating_sub(back), most);
            }
            Event::Acknowledge => world.acknowledge(),
            Event::Break => world.detach(),
            Event::Attach => {
                world.detach();
                world.attach();
            }
            Event::NewShell => {
                world.detach();
                world.runner.shells.push(Vec::new());
                world.runner.streams.clear();
            }
            Event::GoOn => world.input.go_on(),
        }
        check(&world);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// In use, C2; Faults, RH1.
    #[test]
    fn a_shell_reads_each_typed_byte_once_whatever_breaks(events in events(false)) {
        let mut world = play(events, |world| {
            assert!(world.typed.starts_with(&world.runner.shells[0]));
            assert_eq!(world.input.loss(), None);
        });
        world.settle();
        prop_assert_eq!(&world.runner.shells[0], &world.typed);
        prop_assert_eq!(world.input.waiting(), 0);
    }

    /// What does not arrive is reported, and nothing after it arrives before the user goes on.
    #[test]
    fn a_lost_byte_is_reported_and_the_rest_does_not_run(mut events in events(true)) {
        events.retain(|event| !matches!(event, Event::GoOn));
        let mut world = play(events, |_| {});
        world.settle();
        let read: Vec<u8> = world.runner.shells.concat();
        prop_assert!(world.typed.starts_with(&read));
        let missing = world.typed.len() - read.len();
        match world.input.loss() {
            None => prop_assert_eq!(missing, 0),
            Some(loss) => {
                prop_assert_eq!(loss.cause, LossCause::Break);
                prop_assert!(loss.unsent <= missing, "{loss:?}, {missing} are missing");
                prop_assert!(loss.unsent + loss.uncertain >= missing, "{loss:?}, {missing} are missing");
            }
        }
    }

    /// After every loss that the user has seen, typing works.
    #[test]
    fn typing_goes_on_after_a_loss(events in events(true)) {
        let mut world = play(events, |_| {});
        world.settle();
        world.input.go_on();
        let before = world.runner.shells.last().unwrap().len();
        world.type_in(100);
        world.settle();
        let after = &world.runner.shells.last().unwrap()[before..];
        prop_assert_eq!(after, &world.typed[world.typed.len() - 100..]);
    }
}

#[test]
fn keys_typed_before_the_first_connection_are_sent_in_order() {
    let mut input = TypedInput::new("w".to_owned());
    input.type_in(b"echo ");
    input.type_in(b"one\r");
    assert_eq!(input.next_block(), None);
    assert_eq!(input.waiting(), 9);
    assert!(!input.stream().resumes);
    assert_eq!(input.attached(Some(0), true), Next::GoOn);
    assert_eq!(input.next_block(), Some((0, b"echo one\r".to_vec())));
    assert_eq!(input.next_block(), None);
    assert!(input.stream().resumes);
}

#[test]
fn what_was_meant_for_an_ended_session_does_not_reach_the_next_one() {
    let mut input = TypedInput::new("w".to_owned());
    input.attached(Some(0), true);
    input.type_in(b"exit\r");
    input.next_block();
    input.acknowledge(5);
    input.type_in(b"ls");
    input.next_block();
    input.detached();
    input.type_in(b" -l\xc3\xa4\r");
    let before = input.stream().stream;
    input.session_ended();
    let loss = Loss {
        cause: LossCause::Ended,
        unsent: 5,
        uncertain: 2,
    };
    assert_eq!(input.loss(), Some(loss));
    assert_ne!(input.stream().stream, before);
    assert_eq!(input.attached(Some(0), true), Next::GoOn);
    input.type_in(b"pwd\r");
    assert_eq!(input.next_block(), None, "until the user goes on");
    assert_eq!(input.loss().map(|loss| loss.unsent), Some(9));
    input.go_on();
    input.type_in(b"id\r");
    assert_eq!(input.next_block(), Some((0, b"id\r".to_vec())));
}

#[test]
fn a_paste_that_does_not_fit_is_refused_whole() {
    let mut input = TypedInput::new("w".to_owned());
    input.attached(Some(0), true);
    input.type_in(b"cat > f\r");
    input.type_in(&vec![b'x'; MAX_WAITING]);
    let cause = input.loss().map(|loss| (loss.cause, loss.unsent));
    assert_eq!(cause, Some((LossCause::Full, MAX_WAITING)));
    assert_eq!(input.next_block(), Some((0, b"cat > f\r".to_vec())));
    assert_eq!(input.next_block(), None);
}

#[test]
fn input_without_the_right_to_type_is_reported() {
    let mut input = TypedInput::new("w".to_owned());
    input.type_in(b"ls\r");
    input.attached(Some(0), false);
    let loss = Loss {
        cause: LossCause::NotAllowed,
        unsent: 3,
        uncertain: 0,
    };
    assert_eq!(input.loss(), Some(loss));
    input.go_on();
    // The document takes no input, and says why.
    input.type_in(b"ls\r");
    assert_eq!((input.next_block(), input.loss()), (None, None));
}

#[test]
fn discarded_input_is_not_sent_and_only_a_doubt_is_reported() {
    let mut input = TypedInput::new("w".to_owned());
    input.attached(Some(0), true);
    input.type_in(b"ab");
    input.next_block();
    input.detached();
    input.type_in(b"cd");
    input.discard();
    let loss = input.loss().map(|loss| (loss.unsent, loss.uncertain));
    assert_eq!(loss, Some((0, 2)));
    input.go_on();
    input.type_in(b"ef");
    input.discard();
    assert_eq!((input.loss(), input.waiting()), (None, 0));
    input.attached(Some(0), true);
    assert_eq!(input.next_block(), None);
}

#[test]
fn a_program_that_does_not_read_gets_a_bounded_number_of_blocks() {
    let mut input = TypedInput::new("w".to_owned());
    input.attached(Some(0), true);
    let mut blocks = 0;
    for _ in 0..MAX_BLOCKS * 3 {
        input.type_in(b"x");
        while input.next_block().is_some() {
            blocks += 1;
        }
    }
    assert_eq!(blocks, MAX_BLOCKS);
    input.acknowledge(50);
    assert_eq!(input.next_block(), Some((100, vec![b'x'; 200])));
}

#[test]
fn a_server_that_accepts_no_stream_is_asked_once() {
    let mut input = TypedInput::new("w".to_owned());
    input.type_in(b"x");
    assert_eq!(input.attached(None, true), Next::GoOn);
    assert_eq!(input.loss().map(|loss| loss.unsent), Some(1));
    assert_eq!(input.next_block(), None);
}
