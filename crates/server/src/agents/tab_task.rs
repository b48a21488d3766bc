//! Serves one agent tab: hands its messages over, and records its agent's events.

use super::live::LiveTranscript;
use super::transcript::Record;
use crate::clock;
use crate::state::AppState;
use crate::store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use vestibule_engine::agents::{
    AgentAcks, AgentAnswer, AgentEvent, AgentEventKind, AgentEvents, AgentRequest, AgentState,
    Prompt,
};
use vestibule_model::ids::MessageId;
use vestibule_model::tab::queue::{Message, MessageState, Receiver, Turn, advance, finished_task};
use vestibule_model::tab::transcript::{EventKind, TranscriptEvent, clean, understand};
use vestibule_model::tab::{Tab, TabState};

/// Pause between two polls of an agent of which nothing is reported.
const POLL_EVERY: Duration = Duration::from_secs(5);
/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_millis(500);
/// Blocks of events that wait to be recorded.
const QUEUE: usize = 4;

/// Serves a tab until it is closed or the server shuts down.
pub(super) async fn run(state: AppState, tab: Tab) {
    let served = AgentTab {
        live: state.agents.live(&tab),
        state,
        tab,
    };
    let shutdown = served.state.shutdown.clone();
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = served.serve() => {}
    }
}

struct AgentTab {
    state: AppState,
    live: Arc<LiveTranscript>,
    tab: Tab,
}

/// Work that is due after the messages were moved.
struct Advanced {
    /// The message to hand over.
    next: Option<Message>,
    /// Messages whose turn is to end.
    stops: Vec<MessageId>,
    /// The task with which the run is over.
    finished: Option<MessageId>,
}

impl AgentTab {
    async fn serve(mut self) {
        loop {
            let wait = match self.poll().await {
                Ok(Some(wait)) => wait,
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(tab = %self.tab.id, %error, "failed to serve an agent tab");
                    Some(RETRY_AFTER)
                }
            };
            match wait {
                Some(pause) => {
                    let _ = tokio::time::timeout(pause, self.live.woken()).await;
                }
                None => self.live.woken().await,
            }
        }
    }

    /// Reads the tab, and serves it while it is ready. Returns `None` once it is closed, or the
    /// longest wait until the next call.
    async fn poll(&mut self) -> store::Result<Option<Option<Duration>>> {
        if !self.read_tab().await? {
            return Ok(None);
        }
        let run = self.tab.run_number;
        let Some(run) = run.filter(|_| self.tab.state == TabState::Ready) else {
            // Its session has gone with what it had not reported.
            self.advance(&Receiver::Gone).await?;
            return Ok(Some(None));
        };
        match self.ask(run, AgentRequest::Inspect).await {
            AgentAnswer::Open(agent) => self.session(run, agent).await?,
            AgentAnswer::Unknown => {}
            AgentAnswer::Absent | AgentAnswer::Refused(_) | AgentAnswer::NotSupported => {
                self.advance(&Receiver::Gone).await?;
            }
        }
        Ok(Some(Some(RETRY_AFTER)))
    }

    /// Returns `false` if the tab is closed or gone.
    async fn read_tab(&mut self) -> store::Result<bool> {
        let id = self.tab.id.clone();
        match self.state.db(move |store| store.tab(&id)).await? {
            Some(tab) if tab.is_open() => {
                self.tab = tab;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn ask(&self, run: u64, request: AgentRequest) -> AgentAnswer {
        let (workbench, tab) = (&self.tab.workbench_id, &self.tab.id);
        self.state.engine.agent(workbench, run, tab, request).await
    }

    /// Serves a session until it ends, or the tab is not ready any more.
    async fn session(&mut self, run: u64, mut agent: AgentState) -> store::Result<()> {
        let session = agent.session.clone();
        let Ok((_, recorded)) = self.live.last_of(session.clone()).await else {
            return Ok(());
        };
        let (workbench, tab) = (&self.tab.workbench_id, &self.tab.id);
        let followed = self
            .state
            .engine
            .follow_agent(workbench, run, tab, recorded);
        let Ok((events_of_agent, mut acks)) = followed.await else {
            return Ok(());
        };
        // Dropped with this call.
        let mut receiving = JoinSet::new();
        let (sender, mut events) = mpsc::channel(QUEUE);
        receiving.spawn(receive(events_of_agent, sender));
        let mut recorded = recorded;
        loop {
            self.hand_over(run, &mut agent, recorded).await?;
            let is_due = loop {
                tokio::select! {
                    block = events.recv() => match block {
                        Some(block) => {
                            let moves = self.record(&session, block, &mut recorded, &mut acks).await?;
                            if moves {
                                break true;
                            }
                        }
                        None => break false,
                    },
                    () = self.live.woken() => break true,
                    () = tokio::time::sleep(POLL_EVERY) => break true,
                }
            };
            if !is_due || !self.read_tab().await? || self.tab.run_number != Some(run) {
                return Ok(());
            }
            match self.ask(run, AgentRequest::Inspect).await {
                AgentAnswer::Open(found) if found.session == session => agent = found,
                _ => return Ok(()),
            }
        }
    }

    /// Moves the messages to the states that the session reports, and gives it the next one.
    async fn hand_over(
        &self,
        run: u64,
        agent: &mut AgentState,
        recorded: u64,
    ) -> store::Result<()> {
        loop {
            let receiver = Receiver::Open {
                run,
                session: agent.session.clone(),
                turns: recorded_turns(agent, recorded),
            };
            let Advanced {
                next,
                stops,
                finished,
            } = self.advance(&receiver).await?;
            for message in stops {
                if let AgentAnswer::Open(found) = self.ask(run, AgentRequest::Stop(message)).await {
                    *agent = found;
                }
            }
            if let Some(task) = finished {
                // Repeated until the run is over.
                self.ask(run, AgentRequest::Finish(task)).await;
                return Ok(());
            }
            let Some(message) = next else { return Ok(()) };
            let tab = self.tab.id.clone();
            let continues = self
                .state
                .db(move |store| store.has_begun_messages(&tab))
                .await?;
            let prompt = Prompt {
                session: agent.session.clone(),
                message: message.id.clone(),
                text: message.text,
                continues,
            };
            match self.ask(run, AgentRequest::Send(prompt)).await {
                AgentAnswer::Open(found) if found.session == agent.session => *agent = found,
                AgentAnswer::Refused(why) => self.refused(&message.id, why).await?,
                // The session is observed again.
                _ => return Ok(()),
            }
        }
    }

    /// Ends a message that was refused, and so has not begun.
    async fn refused(&self, id: &MessageId, why: String) -> store::Result<()> {
        let status = self.status(Some(id.clone()), why);
        if let Err(error) = self.live.append(vec![status]).await {
            tracing::warn!(tab = %self.tab.id, %error, "failed to record a refusal");
        }
        let (tab, message) = (self.tab.id.clone(), id.clone());
        self.state
            .db(move |store| {
                store.change_message(&tab, &message, |message| {
                    message.state = MessageState::Failed;
                    message.ended_at = Some(clock::now());
                })
            })
            .await?;
        self.live.messages_have_changed();
        Ok(())
    }

    /// Moves the messages.
    async fn advance(&self, receiver: &Receiver) -> store::Result<Advanced> {
        let last = self.live.last_of(String::new()).await;
        let last = last.map_or(0, |(last, _)| last);
        let (tab, receiver) = (self.tab.id.clone(), receiver.clone());
        let ((next, stops, lost, finished), has_changed) = self
            .state
            .db(move |store| {
                store.move_messages(&tab, last, |messages| {
                    let before = messages.clone();
                    let next = advance(messages, &receiver, clock::now());
                    let is_lost = |(old, new): &(&Message, &Message)| {
                        new.state == MessageState::Uncertain && old.state != new.state
                    };
                    let lost = before.iter().zip(messages.iter()).filter(is_lost);
                    let lost: Vec<MessageId> = lost.map(|(_, new)| new.id.clone()).collect();
                    let stops = messages
                        .iter()
                        .filter(|message| message.is_stop_wanted && !message.state.is_final())
                        .map(|message| message.id.clone())
                        .collect();
                    let next = next.and_then(|next| messages.get(next).cloned());
                    let finished = match &receiver {
                        Receiver::Open { session, .. } => finished_task(messages, session),
                        Receiver::Unknown | Receiver::Gone => None,
                    };
                    (next, stops, lost, finished.map(|task| task.id.clone()))
                })
            })
            .await?;
        if !lost.is_empty() {
            let text = "The session ended before it reported what became of the message.";
            let statuses = lost
                .into_iter()
                .map(|id| self.status(Some(id), text.to_owned()));
            if let Err(error) = self.live.append(statuses.collect()).await {
                tracing::warn!(tab = %self.tab.id, %error, "failed to record a lost session");
            }
        }
        if has_changed {
            self.live.messages_have_changed();
        }
        Ok(Advanced {
            next,
            stops,
            finished,
        })
    }

    /// Records a block of events, and confirms them. Returns `true` if a turn has begun or ended.
    async fn record(
        &self,
        session: &str,
        block: Vec<AgentEvent>,
        recorded: &mut u64,
        acks: &mut AgentAcks,
    ) -> store::Result<bool> {
        let mut records = Vec::with_capacity(block.len());
        let mut moves = false;
        for event in block {
            if event.number <= *recorded {
                continue;
            }
            if event.number > *recorded + 1 {
                let text = "Output is missing that was not kept while the server was away.";
                records.push(self.status(Some(event.message.clone()), text.to_owned()));
            }
            *recorded = event.number;
            moves |= matches!(
                event.what,
                AgentEventKind::Begun | AgentEventKind::Ended { .. }
            );
            records.push(self.record_of(session, event).await?);
        }
        while let Err(error) = self.live.append(records.clone()).await {
            // The agent keeps what was not confirmed, and more, until there is room.
            tracing::warn!(tab = %self.tab.id, %error, "failed to record an agent's output");
            if !self.is_open().await? {
                return Ok(true);
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
        // A connection that has ended is noticed by its receiver.
        let _ = acks.confirm(*recorded).await;
        Ok(moves)
    }

    async fn is_open(&self) -> store::Result<bool> {
        let id = self.tab.id.clone();
        let tab = self.state.db(move |store| store.tab(&id)).await?;
        Ok(tab.is_some_and(|tab| tab.is_open()))
    }

    async fn record_of(&self, session: &str, event: AgentEvent) -> store::Result<Record> {
        let mut created = TranscriptEvent {
            at: Some(event.at),
            message_id: Some(event.message.clone()),
            ..TranscriptEvent::default()
        };
        match event.what {
            AgentEventKind::Begun => {
                let (tab, id) = (self.tab.id.clone(), event.message);
                let message = self.state.db(move |store| store.message(&tab, &id)).await?;
                created.kind = EventKind::User;
                if let Some(message) = message {
                    created.text = clean(&message.text);
                    created.by = message.created_by;
                }
            }
            AgentEventKind::Line {
                is_error,
                is_json,
                text,
                continues,
            } => {
                (created.kind, created.text) =
                    understand(&text, is_json && !is_error && !continues);
                if is_error {
                    created.kind = EventKind::Stderr;
                }
                created.continues = continues;
            }
            AgentEventKind::LeftOut => {
                created.kind = EventKind::Status;
                created.text =
                    "The turn's output is longer than 16 MiB. The rest is left out.".to_owned();
            }
            AgentEventKind::Ended { exit_code, how } => {
                created.kind = EventKind::Exit;
                created.exit_code = exit_code;
                created.text = how;
            }
        }
        Ok(Record {
            event: created,
            source: Some((session.to_owned(), event.number)),
        })
    }

    fn status(&self, message: Option<MessageId>, text: String) -> Record {
        Record {
            event: TranscriptEvent {
                at: Some(clock::now()),
                kind: EventKind::Status,
                text,
                message_id: message,
                ..TranscriptEvent::default()
            },
            source: None,
        }
    }
}

/// Returns the turns of an agent as the transcript shows them: one has ended once its last output is
/// recorded.
fn recorded_turns(agent: &AgentState, recorded: u64) -> Vec<(MessageId, Turn)> {
    let mut turns = agent.turns.clone();
    if let Some((_, newest)) = turns.last_mut().filter(|_| recorded < agent.last) {
        *newest = Turn::Running;
    }
    turns
}

/// Receives blocks until the end of the session. It has a task of its own, since a receipt must not
/// be cancelled for another event.
async fn receive(mut events: AgentEvents, sender: mpsc::Sender<Vec<AgentEvent>>) {
    loop {
        match events.receive().await {
            Ok(Some(block)) => {
                if sender.send(block).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(%error, "the connection to an agent failed");
                return;
            }
        }
    }
}
