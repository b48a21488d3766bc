//! Steps of agents.

use super::step::{Agent, message, tab};
use super::{RUN, RunTab};
use crate::suite::bench::PATIENCE;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use vestibule_engine::agents::{
    AgentAnswer, AgentEvent, AgentEventKind, AgentRequest, AgentState, Prompt,
};
use vestibule_model::ids::MessageId;
use vestibule_model::tab::queue::Turn;

/// Names of the sessions of each tab's agent.
#[derive(Default)]
pub struct Agents {
    sessions: HashMap<u8, String>,
}

impl Agents {
    pub async fn take(&mut self, run_tab: &RunTab<'_>, step: &Agent) {
        let of = |number: &u8| message(run_tab.number, *number);
        match step {
            Agent::Open => {
                let state = is_open(run_tab.ask(AgentRequest::Open).await);
                let known = self.sessions.entry(run_tab.number);
                let known = known.or_insert_with(|| state.session.clone());
                assert_eq!(*known, state.session, "the session is another one");
            }
            Agent::IsRefused => {
                let answer = run_tab.ask(AgentRequest::Open).await;
                assert!(matches!(answer, AgentAnswer::Refused(_)), "{answer:?}");
            }
            Agent::Send(number, text) => {
                let prompt = self.prompt(run_tab, *number, text);
                is_open(run_tab.ask(AgentRequest::Send(prompt)).await);
            }
            Agent::SendToAnother(number) => {
                let prompt = Prompt {
                    session: "of-another-run".to_owned(),
                    ..self.prompt(run_tab, *number, "echo ran >> ran.txt")
                };
                let answer = run_tab.ask(AgentRequest::Send(prompt)).await;
                let accepted = |state: &AgentState| turn(state, &of(number)).is_some();
                let is_accepted = matches!(&answer, AgentAnswer::Open(state) if accepted(state));
                assert!(!is_accepted, "{answer:?}");
            }
            Agent::Stop(number) => {
                run_tab.ask(AgentRequest::Stop(of(number))).await;
            }
            Agent::UntilRunning(number) => until_turn(run_tab, *number, &Turn::Running).await,
            Agent::UntilExit(number, code) => {
                let ended = Turn::Ended {
                    exit_code: Some(*code),
                    is_stopped: false,
                };
                until_turn(run_tab, *number, &ended).await;
            }
            Agent::UntilStopped(number) => until_stopped(run_tab, *number).await,
            Agent::Said(last, expected) => {
                let events = events_until_end_of(run_tab, *last).await;
                let said: Vec<(MessageId, String)> = events.iter().filter_map(output).collect();
                let expected: Vec<(MessageId, String)> = expected
                    .iter()
                    .map(|(number, text)| (of(number), (*text).to_owned()))
                    .collect();
                assert_eq!(said, expected);
            }
            Agent::Finish(number) => {
                run_tab.ask(AgentRequest::Finish(of(number))).await;
            }
            Agent::Close => {
                let answer = run_tab.ask(AgentRequest::End).await;
                assert_eq!(answer, AgentAnswer::Absent);
                self.sessions.remove(&run_tab.number);
            }
            Agent::IsAbsent => {
                let answer = run_tab.ask(AgentRequest::Inspect).await;
                assert_eq!(answer, AgentAnswer::Absent);
            }
        }
    }

    fn prompt(&self, run_tab: &RunTab<'_>, number: u8, text: &str) -> Prompt {
        Prompt {
            session: self.sessions[&run_tab.number].clone(),
            message: message(run_tab.number, number),
            text: text.to_owned(),
            continues: number > 1,
        }
    }
}

fn is_open(answer: AgentAnswer) -> AgentState {
    match answer {
        AgentAnswer::Open(state) => state,
        other => panic!("the session is not open: {other:?}"),
    }
}

fn turn<'a>(state: &'a AgentState, message: &MessageId) -> Option<&'a Turn> {
    let turns = state.turns.iter();
    turns
        .rev()
        .find(|(id, _)| id == message)
        .map(|(_, turn)| turn)
}

async fn until_turn(run_tab: &RunTab<'_>, number: u8, wanted: &Turn) {
    until(run_tab, number, |turn| turn == wanted).await;
}

async fn until_stopped(run_tab: &RunTab<'_>, number: u8) {
    let is_stopped = |turn: &Turn| {
        matches!(
            turn,
            Turn::Ended {
                is_stopped: true,
                ..
            }
        )
    };
    until(run_tab, number, is_stopped).await;
}

/// Waits until the turn of a message is as wanted; panics with the state if it times out.
async fn until(run_tab: &RunTab<'_>, number: u8, wanted: impl Fn(&Turn) -> bool) {
    let begin = Instant::now();
    let id = message(run_tab.number, number);
    loop {
        let state = is_open(run_tab.ask(AgentRequest::Inspect).await);
        if turn(&state, &id).is_some_and(&wanted) {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "message {number}: {state:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns the events of the session from its first one on. They are numbered without a gap.
async fn events_until_end_of(run_tab: &RunTab<'_>, last: u8) -> Vec<AgentEvent> {
    let last = message(run_tab.number, last);
    let tab = tab(run_tab.number);
    let followed = run_tab.engine.follow_agent(run_tab.id, RUN, &tab, 0).await;
    let (mut events, _acks) = followed.expect("followed");
    let mut all: Vec<AgentEvent> = Vec::new();
    let is_end = |event: &AgentEvent| {
        event.message == last && matches!(event.what, AgentEventKind::Ended { .. })
    };
    while !all.iter().any(is_end) {
        let next = tokio::time::timeout(PATIENCE, events.receive()).await;
        let next = next.unwrap_or_else(|_| panic!("nothing comes after {all:?}"));
        all.extend(next.expect("connected").expect("not over"));
    }
    let numbers: Vec<u64> = all.iter().map(|event| event.number).collect();
    let expected: Vec<u64> = (1..=all.len() as u64).collect();
    assert_eq!(numbers, expected);
    all
}

/// Returns the output in an event, or `None` if it has none.
fn output(event: &AgentEvent) -> Option<(MessageId, String)> {
    match &event.what {
        AgentEventKind::Line { is_error, text, .. } => {
            let mark = if *is_error { "!" } else { "" };
            Some((event.message.clone(), format!("{mark}{text}")))
        }
        _ => None,
    }
}
