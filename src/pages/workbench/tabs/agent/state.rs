//! State of an agent's panel: its transcript, its messages and the user's draft.

use super::connection::{AgentConnection, AgentEvent};
use super::draft::DraftState;
use super::window::TranscriptWindow;
use crate::api;
use crate::effect::Effect;
use crate::pages::workbench::tabs::id::new_message_id;
use crate::pages::workbench::tabs::state::TabsState;
use crate::pages::workbench::tabs::texts;
use crate::store::{Store, Task, use_task};
use crate::ui::Announcer;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::rc::Rc;
use vestibule_client::stream::StreamFreshness;
use vestibule_client::transcript::{History, Transcript, running};
use vestibule_model::ids::{MessageId, TabId};
use vestibule_model::tab::queue::{Message, MessageState};
use vestibule_model::tab::transcript::{EventKind, TranscriptEvent};
use vestibule_model::tab::{Tab, TabState};

/// Pause before an agent that the server does not carry is attached again.
const AGAIN_MILLIS: u32 = 2_000;
/// Time for which events are on the screen before they count as seen.
const SEEN_MILLIS: u32 = 1_000;

/// State of the panel. It belongs to one tab, and so do its draft and its requests.
#[derive(Clone, Copy)]
pub struct AgentState {
    /// The tab.
    pub tab: Memo<Option<Tab>>,
    /// Held part of the transcript.
    pub window: TranscriptWindow,
    /// Messages, in the order of sending.
    pub messages: RwSignal<Vec<Message>>,
    /// Text of the composer, which is the draft's.
    pub text: RwSignal<String>,
    /// The user's draft.
    pub draft: DraftState,
    /// `true` while the connection is lost.
    pub is_lost: RwSignal<bool>,
    /// Number of the last event that the user had seen before; `None`: unknown.
    pub seen: RwSignal<Option<u64>>,
    /// Commands to its messages.
    pub command: Task,
    /// Error of the last message that could not be sent.
    pub send_error: RwSignal<Option<String>>,
    tabs: TabsState,
    id: StoredValue<TabId>,
    history: StoredValue<History>,
    /// The message that could not be sent: the same text is sent again under its identifier.
    unsent: StoredValue<Option<(MessageId, String)>>,
    seen_timer: StoredValue<Option<Timeout>, LocalStorage>,
    again_timer: StoredValue<Option<Timeout>, LocalStorage>,
    connection: StoredValue<Option<Rc<AgentConnection>>, LocalStorage>,
    announcer: Announcer,
}

impl AgentState {
    /// Follows an agent for as long as the calling component lives.
    pub fn new(tabs: TabsState, id: TabId) -> Self {
        let kept_id = StoredValue::new(id.clone());
        let draft = DraftState::new(kept_id);
        let state = Self {
            tab: tabs.tab(id.clone()),
            window: TranscriptWindow::new(kept_id),
            messages: RwSignal::default(),
            text: draft.text,
            draft,
            is_lost: RwSignal::new(false),
            seen: RwSignal::new(None),
            command: use_task(),
            send_error: RwSignal::new(None),
            tabs,
            id: kept_id,
            history: StoredValue::default(),
            unsent: StoredValue::new(None),
            seen_timer: StoredValue::new_local(None),
            again_timer: StoredValue::new_local(None),
            connection: StoredValue::new_local(None),
            announcer: Announcer::expect(),
        };
        let connection = AgentConnection::new(id, move |event| state.take(event));
        state.connection.set_value(Some(connection));
        state.begin();
        state.follow_stream();
        on_cleanup(move || drop(state.connection.try_update_value(Option::take)));
        state
    }

    /// Returns `true` if the session is ready for messages.
    pub fn is_ready(self) -> bool {
        let tab = self.tab.read();
        tab.as_ref().is_some_and(|tab| tab.state == TabState::Ready)
    }

    /// Returns the identifier of the tab.
    pub fn id(self) -> TabId {
        self.id.get_value()
    }

    /// Reads the draft and the end of the transcript, and subscribes to its events.
    fn begin(self) {
        spawn_local(async move {
            let Some(id) = self.id.try_get_value() else {
                return;
            };
            if let Ok(draft) = api::tab_draft(id.clone()).await {
                self.seen.try_set(Some(draft.seen));
                self.draft.begin(draft);
            }
            // Without it everything that is kept comes through the socket.
            self.window.show_newest().await;
            let after = self.window.transcript.try_with_untracked(Transcript::last);
            self.with_connection(|connection| connection.attach(after.unwrap_or(0)));
        });
    }

    fn with_connection(self, act: impl FnOnce(&AgentConnection)) {
        let connection = self.connection.try_with_value(Clone::clone).flatten();
        if let Some(connection) = connection {
            act(&connection);
        }
    }

    fn take(self, event: AgentEvent) {
        match event {
            AgentEvent::Attached => {
                self.is_lost.try_set(false);
                self.window.is_known.try_set(true);
            }
            AgentEvent::Detached(None) => drop(self.is_lost.try_set(true)),
            AgentEvent::Detached(Some(_)) => {
                self.is_lost.try_set(true);
                let again = Timeout::new(AGAIN_MILLIS, move || {
                    self.with_connection(AgentConnection::attach_again);
                });
                self.again_timer.try_set_value(Some(again));
            }
            AgentEvent::Present(users) => {
                self.id
                    .try_with_value(|id| self.tabs.note_present(id, users));
            }
            AgentEvent::Events(events) => self.show(events),
            AgentEvent::Queue(messages) => drop(self.messages.try_set(messages)),
        }
    }

    fn show(self, events: Vec<TranscriptEvent>) {
        let ended = events
            .iter()
            .rev()
            .find(|event| event.kind == EventKind::Exit);
        let ended = ended.map(|event| event.text.clone());
        if self.window.take(events) {
            let id = self.id.get_value();
            self.tabs.note_output(&id);
            if let Some(ended) = ended {
                self.announcer.say(texts::turn_ended(&ended));
            }
        }
    }

    /// Notes that everything up to the end is on the screen.
    pub fn note_seen(self) {
        let timer = Timeout::new(SEEN_MILLIS, move || {
            let last = self.window.transcript.try_with_untracked(Transcript::last);
            let (Some(last), Some(id)) = (last, self.id.try_get_value()) else {
                return;
            };
            self.tabs.note_seen(&id, last);
            // Tried again with the next event.
            spawn_local(async move { drop(api::note_seen(id, last).await) });
        });
        self.seen_timer.try_set_value(Some(timer));
    }

    /// Sets the typed text.
    pub fn type_text(self, text: String) {
        self.history.update_value(History::leave);
        self.draft.put(text);
    }

    /// Shows an earlier or later text of the user's messages. Returns `true` if there is one.
    pub fn recall(self, is_back: bool) -> bool {
        let sent: Vec<String> = self
            .messages
            .with_untracked(|all| all.iter().map(|one| one.text.clone()).collect());
        let shown = self.text.get_untracked();
        let found = self.history.try_update_value(|history| match is_back {
            true => history.back(&sent, &shown),
            false => history.forward(&sent, &shown),
        });
        let found = found.flatten();
        let is_found = found.is_some();
        if let Some(text) = found {
            self.draft.put(text);
        }
        is_found
    }

    /// Sends the text. It is shown among the waiting messages at once, and comes back if it could not be
    /// sent.
    pub fn send(self) {
        let text = self.text.get_untracked().trim_end().to_owned();
        if text.trim().is_empty() {
            return;
        }
        let unsent = self.unsent.try_update_value(Option::take).flatten();
        let id = match unsent {
            Some((id, before)) if before == text => id,
            _ => new_message_id(),
        };
        self.send_error.set(None);
        self.history.update_value(History::leave);
        self.text.set(String::new());
        self.window.is_following.set(true);
        self.draft.keep_own();
        self.draft.store_now();
        let tab = self.id();
        let shown = serde_json::json!({ "id": id, "tabId": tab, "text": text });
        if let Ok(shown) = serde_json::from_value::<Message>(shown) {
            self.messages.update(|all| {
                if !all.iter().any(|one| one.id == shown.id) {
                    all.push(shown);
                }
            });
        }
        spawn_local(async move {
            let answer = api::send_message(tab, id.clone(), text.clone()).await;
            match self.tabs.ended(answer) {
                Ok(message) => self.put(message),
                Err(error) => self.give_back(id, text, error.sentence()),
            }
        });
    }

    fn put(self, message: Message) {
        self.messages.try_update(|all| {
            match all.iter_mut().find(|one| one.id == message.id) {
                // The socket may know more already.
                Some(one) if one.state == MessageState::Queued => *one = message,
                Some(_) => {}
                None => all.push(message),
            }
        });
    }

    /// Restores a text that was not sent, before what was typed meanwhile.
    fn give_back(self, id: MessageId, text: String, reason: String) {
        self.messages
            .try_update(|all| all.retain(|one| one.id != id));
        self.send_error.try_set(Some(texts::not_sent(&reason)));
        self.text.try_update(|typed| {
            *typed = match typed.is_empty() {
                true => text.clone(),
                false => format!("{text}\n{typed}"),
            };
        });
        self.unsent.try_set_value(Some((id, text)));
    }

    /// Cancels a waiting message.
    pub fn cancel(self, message: MessageId) {
        let call = api::cancel_message(self.id(), message);
        self.command.run(call, move |message| self.replace(message));
    }

    /// Stops the turn that runs.
    pub fn stop(self) {
        let running = self
            .messages
            .with_untracked(|all| running(all).map(|one| one.id.clone()));
        if let Some(message) = running {
            let call = api::stop_turn(self.id(), message);
            self.command.run(call, move |message| self.replace(message));
        }
    }

    fn replace(self, message: Message) {
        self.messages.try_update(|all| {
            if let Some(one) = all.iter_mut().find(|one| one.id == message.id) {
                *one = message;
            }
        });
    }

    /// Opens the socket again as soon as the stream is back.
    fn follow_stream(self) {
        let freshness = Store::expect().freshness;
        Effect::new(move |_| {
            if freshness.get() == StreamFreshness::Live {
                self.with_connection(AgentConnection::reconnect);
            }
        });
    }
}
