use super::*;
use crate::fixtures::at;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn message(name: &str) -> Message {
    Message {
        id: name.into(),
        tab_id: "tab".into(),
        text: name.to_owned(),
        state: MessageState::Queued,
        run_number: None,
        session: None,
        is_stop_wanted: false,
        ends_run: false,
        exit_code: None,
        created_by: None,
        created_at: Some(at(0)),
        started_at: None,
        ended_at: None,
    }
}

fn open(run: u64, turns: &[(&str, Turn)]) -> Receiver {
    let turns = turns.iter().map(|(id, turn)| ((*id).into(), turn.clone()));
    Receiver::Open {
        run,
        session: format!("s{run}"),
        turns: turns.collect(),
    }
}

fn ended(exit_code: i32) -> Turn {
    Turn::Ended {
        exit_code: Some(exit_code),
        is_stopped: false,
    }
}

fn states(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| m.state.as_str()).collect()
}

#[test]
fn messages_wait_for_the_session_and_run_in_order() {
    let mut all = [message("a"), message("b")];
    assert_eq!(advance(&mut all, &Receiver::Gone, at(1)), None);
    assert_eq!(states(&all), ["queued", "queued"]);
    assert_eq!(advance(&mut all, &open(1, &[]), at(2)), Some(0));
    assert_eq!(states(&all), ["handed_over", "queued"]);
    let running = open(1, &[("a", Turn::Running)]);
    assert_eq!(advance(&mut all, &running, at(3)), None);
    assert_eq!(states(&all), ["running", "queued"]);
    assert_eq!(
        advance(&mut all, &open(1, &[("a", ended(0))]), at(4)),
        Some(1)
    );
    assert_eq!(states(&all), ["succeeded", "handed_over"]);
    let turns = open(1, &[("a", ended(0)), ("b", ended(2))]);
    assert_eq!(advance(&mut all, &turns, at(5)), None);
    assert_eq!(states(&all), ["succeeded", "failed"]);
    assert_eq!(all[1].exit_code, Some(2));
}

#[test]
fn a_message_whose_session_has_gone_is_uncertain_and_the_next_one_runs() {
    let mut all = [message("a"), message("b")];
    advance(&mut all, &open(1, &[]), at(1));
    assert_eq!(advance(&mut all, &Receiver::Unknown, at(2)), None);
    assert_eq!(states(&all), ["handed_over", "queued"]);
    assert_eq!(advance(&mut all, &open(2, &[]), at(3)), Some(1));
    assert_eq!(states(&all), ["uncertain", "handed_over"]);
}

#[test]
fn only_a_waiting_message_is_taken_back() {
    let mut all = [message("a"), message("b")];
    advance(&mut all, &open(1, &[]), at(1));
    assert!(!cancel(&mut all[0], at(2)));
    assert!(cancel(&mut all[1], at(2)));
    assert!(cancel(&mut all[1], at(3)), "twice");
    assert_eq!(states(&all), ["handed_over", "cancelled"]);
}

/// The turn may have ended after the server last saw the session.
#[test]
fn later_observation_of_the_session_resolves_an_uncertain_message() {
    let mut all = [message("a")];
    advance(&mut all, &open(1, &[]), at(1));
    advance(&mut all, &Receiver::Gone, at(2));
    assert_eq!(states(&all), ["uncertain"]);
    assert_eq!(advance(&mut all, &open(1, &[("a", ended(0))]), at(3)), None);
    assert_eq!(states(&all), ["succeeded"]);
}

/// FIELD 21: stop never waits behind a turn, and never stops another one.
#[test]
fn stop_takes_back_a_queued_message_and_is_noted_for_one_that_the_session_may_have() {
    let mut all = [message("a"), message("b"), message("c")];
    advance(&mut all, &open(1, &[]), at(1));
    stop(&mut all[0], at(2));
    stop(&mut all[1], at(2));
    assert_eq!(states(&all), ["handed_over", "cancelled", "queued"]);
    assert!(all[0].is_stop_wanted && !all[1].is_stop_wanted);
    advance(&mut all, &open(1, &[("a", ended(0))]), at(3));
    all[0].is_stop_wanted = false;
    stop(&mut all[0], at(4));
    assert!(!all[0].is_stop_wanted, "it has ended");
}

/// Event in the life of a server and a session.
#[derive(Debug, Clone)]
enum Event {
    /// The server observes and hands over, as far as it gets: before the state is stored, before the
    /// message is sent, or to the end.
    Observe(u8),
    /// The agent ends with its message.
    Finish,
    /// The session ends, and the next one begins in the same run.
    NextSession,
    /// The server cannot reach the session.
    Blind,
}

/// A run is over with its task only if that ended by itself, in this session, and nothing more waits.
#[test]
fn a_task_ends_its_run_once_nothing_more_waits() {
    let mut task = message("task");
    task.ends_run = true;
    task.session = Some("s1".to_owned());
    for (state, session, is_finished) in [
        (MessageState::Succeeded, "s1", true),
        (MessageState::Failed, "s1", true),
        (MessageState::Stopped, "s1", false),
        (MessageState::Uncertain, "s1", false),
        (MessageState::Running, "s1", false),
        (MessageState::Succeeded, "s2", false),
    ] {
        task.state = state.clone();
        let messages = [task.clone()];
        let finished = finished_task(&messages, session);
        assert_eq!(finished.is_some(), is_finished, "{state:?} {session}");
        let more = [task.clone(), message("next")];
        assert_eq!(finished_task(&more, session), None);
    }
}

proptest! {
    /// Under any crashes no message runs twice, none is lost, and none is called done that
    /// did not run.
    #[test]
    fn each_message_runs_at_most_once(
        events in prop::collection::vec(
            prop_oneof![
                6 => (0_u8..3).prop_map(Event::Observe),
                3 => Just(Event::Finish),
                1 => Just(Event::NextSession),
                1 => Just(Event::Blind),
            ],
            1..80,
        ),
        count in 1_usize..6,
    ) {
        let mut stored: Vec<Message> = (0..count).map(|n| message(&format!("m{n}"))).collect();
        let mut incarnation = 1;
        let mut turns: BTreeMap<MessageId, Turn> = BTreeMap::new();
        let mut begun: BTreeMap<MessageId, u32> = BTreeMap::new();
        let calm = (0..count * 3).flat_map(|_| [Event::Observe(2), Event::Finish]);
        for event in events.into_iter().chain(calm) {
            let now = at(1);
            match event {
                Event::Observe(progress) => {
                    let mut messages = stored.clone();
                    let known = turns.clone().into_iter().collect();
                    let session = format!("s{incarnation}");
                    let receiver = Receiver::Open { run: 1, session, turns: known };
                    let next = advance(&mut messages, &receiver, now);
                    if progress > 0 {
                        stored = messages;
                    }
                    if let Some(next) = next.filter(|_| progress > 1) {
                        let id = stored[next].id.clone();
                        turns.entry(id.clone()).or_insert_with(|| {
                            *begun.entry(id).or_default() += 1;
                            Turn::Running
                        });
                    }
                }
                Event::Finish => {
                    if let Some(turn) = turns.values_mut().find(|turn| **turn == Turn::Running) {
                        *turn = ended(0);
                    }
                }
                Event::NextSession => {
                    incarnation += 1;
                    turns.clear();
                }
                Event::Blind => {
                    prop_assert_eq!(advance(&mut stored, &Receiver::Unknown, now), None);
                }
            }
            let running = turns.values().filter(|turn| **turn == Turn::Running);
            prop_assert!(running.count() <= 1);
        }
        for message in &stored {
            let times = begun.get(&message.id).copied().unwrap_or(0);
            prop_assert!(times <= 1, "{message:?} ran {times} times");
            prop_assert!(message.state.is_final(), "{message:?} was lost");
            if message.state == MessageState::Succeeded {
                prop_assert_eq!(times, 1);
            }
        }
    }
}
