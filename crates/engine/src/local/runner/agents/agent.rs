//! Agent: the turns of its session, and their events.

use super::super::wire::{AgentReply, TurnOrder};
use super::context::AgentContext;
use super::splitter::Piece;
use super::turn::{self, Process, StartError, Turns};
use crate::agents::{AgentEvent, AgentEventKind, AgentState};
use crate::clock::{Clock as _, SystemClock};
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use vestibule_model::ids::{MessageId, TabId};
use vestibule_model::tab::queue::Turn;

/// Largest size of the events that are kept for a server that is away: those of one turn and more.
const MAX_KEPT: usize = 24 * 1024 * 1024;
/// Largest size of a turn's output; the rest is left out.
const MAX_OUTPUT: usize = 16 * 1024 * 1024;
/// Largest size of a block of events.
const MAX_BLOCK: usize = 256 * 1024;
/// Size of an event beside its text.
const EVENT_SIZE: usize = 128;
/// Number of lines that a failed task leaves in the run's log.
const LAST_LINES: usize = 20;
/// Number of messages that are remembered.
const REMEMBERED: usize = 200;

/// Agent of a tab.
pub(super) struct Agent {
    tab: TabId,
    /// Name of the session.
    name: String,
    context: Arc<AgentContext>,
    state: Mutex<State>,
    /// Changed with every event, and at the end.
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct State {
    events: VecDeque<AgentEvent>,
    /// Size of the events.
    size: usize,
    /// Number of the newest event.
    last: u64,
    turns: VecDeque<(MessageId, Turn)>,
    running: Option<Running>,
    /// What a task that failed leaves in the run's log: the newest lines of the last turn and its end.
    last_lines: VecDeque<String>,
    is_over: bool,
}

struct Running {
    message: MessageId,
    process: Process,
    /// Size of its output.
    output: usize,
    writes_json: bool,
    is_stopped: bool,
}

impl Agent {
    pub(super) fn new(tab: &TabId, context: Arc<AgentContext>) -> Arc<Self> {
        let now = SystemClock.now().as_millis();
        let random = RandomState::new().build_hasher().finish();
        Arc::new(Self {
            tab: tab.clone(),
            name: format!("{now:x}-{random:x}"),
            context,
            state: Mutex::default(),
            changed: watch::Sender::new(()),
        })
    }

    pub(super) fn reply(&self) -> AgentReply {
        let state = self.state();
        AgentReply::Open(AgentState {
            session: self.name.clone(),
            turns: state.turns.iter().cloned().collect(),
            last: state.last,
        })
    }

    /// Begins a turn, unless it was begun. Has to be called within a tokio runtime.
    pub(super) fn send(self: &Arc<Self>, order: &TurnOrder) -> AgentReply {
        if order.session != self.name {
            return AgentReply::Absent;
        }
        let mut state = self.state();
        if state.turns.iter().all(|(id, _)| *id != order.message) {
            if state.running.is_some() {
                return AgentReply::Refused("The agent works on another message.".to_owned());
            }
            state.push(&order.message, AgentEventKind::Begun);
            state.last_lines.clear();
            match turn::start(self.clone(), &self.context, &self.tab, order) {
                Ok(process) => {
                    state.remember(&order.message, Turn::Running);
                    state.running = Some(Running {
                        message: order.message.clone(),
                        process,
                        output: 0,
                        writes_json: order.max_line.is_some(),
                        is_stopped: false,
                    });
                }
                Err(StartError { exit_code, how }) => {
                    state.end(&order.message, exit_code, false, how);
                }
            }
            self.changed.send_replace(());
        }
        drop(state);
        self.reply()
    }

    /// Ends a turn: its processes are asked to, and forced to after a while. One that is not known
    /// yet will not begin.
    pub(super) fn stop(self: &Arc<Self>, message: &MessageId) -> AgentReply {
        let mut state = self.state();
        let is_known = state.turns.iter().any(|(id, _)| id == message);
        match &mut state.running {
            Some(running) if running.message == *message => {
                running.is_stopped = true;
                let process = running.process.clone();
                process.ask_to_stop();
                let (agent, message) = (Arc::clone(self), message.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(turn::GRACE).await;
                    if agent.works_on(&message) {
                        process.kill().await;
                    }
                });
            }
            _ if is_known => {}
            _ => {
                let how = "Stopped before it began.".to_owned();
                state.end(message, None, true, how);
                self.changed.send_replace(());
            }
        }
        drop(state);
        self.reply()
    }

    /// Ends the run with the exit code of a turn that has ended; any other has no effect.
    pub(super) fn finish(&self, message: &MessageId) -> AgentReply {
        let state = self.state();
        let turn = state.turns.iter().find(|(id, _)| id == message);
        if let Some((_, Turn::Ended { exit_code, .. })) = turn {
            let exit_code = exit_code.unwrap_or(1);
            let is_first = self.context.ending.end_with(exit_code);
            if is_first && exit_code != 0 {
                // The log of the run says why it failed; the app knows nothing of its task.
                let mut log = io::stderr();
                for line in &state.last_lines {
                    let _ = writeln!(log, "{line}");
                }
                let _ = writeln!(log, "The task has failed.");
            }
        }
        drop(state);
        self.reply()
    }

    /// Ends the session with its turn.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        if let Some(running) = state.running.take() {
            tokio::spawn(async move { running.process.kill().await });
        }
        self.changed.send_replace(());
    }

    /// Records the end of a process, if it is the turn's. The turn ends once its output has come out.
    pub(super) fn has_ended(&self, pid: Pid, status: WaitStatus) {
        if let Some(running) = &self.state().running {
            running.process.has_ended(pid, status);
        }
    }

    /// Returns `true` until the turn of a message has ended.
    pub(super) fn works_on(&self, message: &MessageId) -> bool {
        let state = self.state();
        state
            .running
            .as_ref()
            .is_some_and(|running| running.message == *message)
    }

    /// Returns the events after a number, as soon as there are some; `None` after the last one.
    pub(super) async fn events(&self, after: u64) -> Option<Vec<AgentEvent>> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            {
                let state = self.state();
                let found = state.after(after);
                if !found.is_empty() {
                    return Some(found);
                }
                if state.is_over {
                    return None;
                }
            }
            // The sender lives as long as this agent.
            changed.changed().await.ok()?;
        }
    }

    /// Drops the events up to a number.
    pub(super) fn forget(&self, until: u64) {
        let mut state = self.state();
        while state
            .events
            .front()
            .is_some_and(|event| event.number <= until)
        {
            state.drop_first();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of it is complete by itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turns for Agent {
    fn turn_has_ended(&self, message: &MessageId, status: WaitStatus) {
        let mut state = self.state();
        let Some(running) = state.running.take_if(|running| running.message == *message) else {
            return;
        };
        let (code, how) = match status {
            _ if running.is_stopped => (None, "Stopped.".to_owned()),
            WaitStatus::Exited(_, 0) => (Some(0), "Done.".to_owned()),
            WaitStatus::Exited(_, code) => (Some(code), format!("Ended with exit code {code}.")),
            WaitStatus::Signaled(_, signal, _) => (None, format!("Ended by {signal}.")),
            _ => (None, "Ended.".to_owned()),
        };
        state.end(message, code, running.is_stopped, how);
        self.changed.send_replace(());
        drop(state);
        if running.is_stopped {
            tokio::spawn(async move { running.process.kill().await });
        }
    }

    fn output(&self, message: &MessageId, is_error: bool, pieces: Vec<Piece>) -> bool {
        let mut state = self.state();
        let Some(running) = &mut state.running else {
            return false;
        };
        if running.message != *message {
            return false;
        }
        let is_json = running.writes_json && !is_error;
        let before = running.output;
        let size = pieces
            .iter()
            .map(|piece| piece.text.len() + 1)
            .sum::<usize>();
        running.output = before.saturating_add(size);
        let (was_full, is_full) = (before > MAX_OUTPUT, running.output > MAX_OUTPUT);
        if is_full {
            if !was_full {
                state.push(message, AgentEventKind::LeftOut);
            }
        } else {
            for Piece { text, continues } in pieces {
                state.last_lines.push_back(text.clone());
                if state.last_lines.len() > LAST_LINES {
                    state.last_lines.pop_front();
                }
                let line = AgentEventKind::Line {
                    is_error,
                    is_json,
                    text,
                    continues,
                };
                state.push(message, line);
            }
        }
        self.changed.send_replace(());
        !is_full
    }
}

impl State {
    fn push(&mut self, message: &MessageId, what: AgentEventKind) {
        self.last += 1;
        let event = AgentEvent {
            number: self.last,
            at: SystemClock.now(),
            message: message.clone(),
            what,
        };
        self.size += size(&event);
        self.events.push_back(event);
        while self.size > MAX_KEPT {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some(event) = self.events.pop_front() {
            self.size -= size(&event);
        }
    }

    fn after(&self, number: u64) -> Vec<AgentEvent> {
        let skipped = self.events.partition_point(|event| event.number <= number);
        let mut total = 0;
        let rest = self.events.iter().skip(skipped);
        rest.take_while(|event| {
            let is_first = total == 0;
            total += size(event);
            is_first || total <= MAX_BLOCK
        })
        .cloned()
        .collect()
    }

    fn remember(&mut self, message: &MessageId, turn: Turn) {
        self.turns.retain(|(id, _)| id != message);
        self.turns.push_back((message.clone(), turn));
        if self.turns.len() > REMEMBERED {
            self.turns.pop_front();
        }
    }

    fn end(&mut self, message: &MessageId, exit_code: Option<i32>, is_stopped: bool, how: String) {
        self.last_lines.push_back(how.clone());
        self.push(message, AgentEventKind::Ended { exit_code, how });
        let turn = Turn::Ended {
            exit_code,
            is_stopped,
        };
        self.remember(message, turn);
    }
}

fn size(event: &AgentEvent) -> usize {
    EVENT_SIZE
        + match &event.what {
            AgentEventKind::Line { text, .. } => text.len(),
            _ => 0,
        }
}
