//! `GET /api/tabs/socket`: one WebSocket for each window carries all terminals that it shows.
//!
//! A text is a message of JSON, a binary message carries the bytes of one terminal behind the number
//! of its channel, which the client chooses. The permissions are checked for each channel, and again
//! whenever sessions or grants change.

use super::channel::{self, Attach, Channel};
use super::event::{Event, Payload};
use crate::auth::SignedIn;
use crate::clock;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use vestibule_engine::sessions::Size;
use vestibule_model::access::Grant;
use vestibule_model::auth::User;
use vestibule_model::ids::TabId;
use vestibule_model::tab::PresentUser;
use vestibule_model::tab::queue::Message as Prompt;
use vestibule_model::tab::transcript::TranscriptEvent;
use vestibule_model::tab::typed::InputStream;

/// Longest message of a client, in bytes.
const MAX_MESSAGE: usize = 1 << 20;
/// Largest number of channels of a socket.
const MAX_CHANNELS: usize = 50;
/// Longest pause between two checks of the session, which may reach its last day without any change,
/// and between two signs of life, without which proxies close the connection.
const RECHECK_EVERY: Duration = Duration::from_secs(15);
/// Events that wait for a slow client before the terminals are read no further.
const QUEUE: usize = 16;

/// Message of a client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Request {
    /// Carry a tab's terminal on this channel.
    Attach {
        channel: u32,
        tab: TabId,
        /// Number of bytes of its output that the client has.
        #[serde(default)]
        after: u64,
        /// Stream of input, if the client numbers it.
        #[serde(default)]
        input: Option<InputStream>,
    },
    /// The terminal is shown in another size.
    Resize { channel: u32, cols: u16, rows: u16 },
    /// Carry it no longer.
    Detach { channel: u32 },
}

/// Message of the server.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Answer {
    /// The terminal is carried. Only a client that may type gets its input through.
    Attached {
        channel: u32,
        #[serde(rename = "mayType")]
        may_type: bool,
        /// The client's stream of input, if it has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        input: Option<Taken>,
    },
    /// The terminal has taken this many bytes of the client's stream of input.
    Taken { channel: u32, taken: u64 },
    /// Events of an agent's transcript.
    Events {
        channel: u32,
        items: Vec<TranscriptEvent>,
    },
    /// The messages to an agent that have not ended, and the newest ended ones.
    Queue { channel: u32, items: Vec<Prompt> },
    /// The other users in the tab.
    Present {
        channel: u32,
        users: Vec<PresentUser>,
    },
    /// The session is carried no longer.
    Ended { channel: u32, reason: String },
}

/// How far a terminal has taken a stream of input.
#[derive(Debug, Serialize)]
struct Taken {
    /// Number of bytes; `None` if it doesn't know the stream.
    taken: Option<u64>,
}

/// Opens the socket.
pub async fn socket(
    State(state): State<AppState>,
    signed_in: SignedIn,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    if state.notices.judge_upgrade(&headers, clock::now()) {
        tracing::warn!(
            "the WebSocket of the tabs arrived without its Upgrade header: a proxy in front drops it"
        );
    }
    let upgrade = upgrade.map_err(|_| problem::web_socket_needed())?;
    // Browsers let pages of other sites open sockets, and send the cookies along.
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str());
    if origin.is_some_and(|origin| origin.ok() != Some(&state.public_url.origin())) {
        return Err(problem::cross_site());
    }
    let held = state.connections.admit(&signed_in.user.id);
    let held = held.ok_or_else(|| problem::too_many_open("connections"))?;
    Ok(upgrade
        .max_message_size(MAX_MESSAGE)
        .on_upgrade(move |socket| async move {
            let _held = held;
            let (events, receiver) = mpsc::channel(QUEUE);
            let window = Window {
                state,
                session: signed_in.session.clone(),
                user: signed_in.user.clone(),
                grants: signed_in.grants.clone(),
                channels: HashMap::new(),
                events,
            };
            window.run(socket, receiver).await;
        }))
}

/// An open socket.
struct Window {
    state: AppState,
    session: String,
    user: User,
    grants: Vec<Grant>,
    channels: HashMap<u32, Channel>,
    events: mpsc::Sender<(u32, Event)>,
}

impl Window {
    async fn run(mut self, mut socket: WebSocket, mut events: mpsc::Receiver<(u32, Event)>) {
        let mut access = self.state.store.access_changes();
        // The grants were read before this.
        access.mark_changed();
        let mut presence = self.state.presence.changes();
        let shutdown = self.state.shutdown.clone();
        let mut tick = tokio::time::interval(RECHECK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let sent = tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    return close(socket, close_code::AWAY, "The server restarts.").await;
                }
                changed = access.changed() => match changed {
                    Ok(()) => self.recheck(&mut socket).await,
                    Err(_) => return,
                },
                _ = tick.tick() => match socket.send(Message::Ping(Bytes::new())).await {
                    Ok(()) => self.recheck(&mut socket).await,
                    Err(_) => return,
                },
                message = socket.recv() => match message {
                    Some(Ok(message)) => self.take(&mut socket, message).await,
                    _ => return,
                },
                Ok(()) = presence.changed() => self.show_present(&mut socket).await,
                Some((channel, event)) = events.recv() => self.pass_on(&mut socket, channel, event).await,
            };
            if sent.is_none() {
                return close(socket, close_code::POLICY, "The session has ended.").await;
            }
        }
    }

    /// Checks the session and its permissions again. `None` closes the socket; a failed check does not.
    async fn recheck(&mut self, socket: &mut WebSocket) -> Option<()> {
        let session = self.session.clone();
        let tabs: Vec<_> = self
            .channels
            .values()
            .map(|open| open.tab().clone())
            .collect();
        let found = self
            .state
            .db(move |store| {
                let identity = store.identity(&session, clock::now())?;
                let tabs = tabs.iter().filter_map(|tab| store.tab(tab).transpose());
                crate::store::Result::Ok((
                    identity,
                    tabs.collect::<crate::store::Result<Vec<_>>>()?,
                ))
            })
            .await;
        let tabs = match found {
            Ok((identity, tabs)) => {
                self.grants = identity?.grants;
                tabs
            }
            Err(error) => {
                tracing::warn!(%error, "failed to check a session again");
                return Some(());
            }
        };
        let (grants, user) = (&self.grants, &self.user);
        let changed = |(number, channel): (&u32, &mut Channel)| {
            let could_type = channel.may_type();
            let tab = tabs.iter().find(|tab| tab.id == *channel.tab());
            if let Some(private) = tab.filter(|tab| !tab.admits(&user.id)) {
                return Some((*number, channel::not_shared(private)));
            }
            let reason = match channel.admit(grants) {
                false => "You may not see this terminal any more.",
                // Input of a client that believes it may type would be lost without a word.
                true if could_type != channel.may_type() => "Your access has changed.",
                true => return None,
            };
            Some((*number, reason.to_owned()))
        };
        let ended: Vec<_> = self.channels.iter_mut().filter_map(changed).collect();
        for (number, reason) in ended {
            self.end(socket, number, &reason).await?;
        }
        Some(())
    }

    async fn take(&mut self, socket: &mut WebSocket, message: Message) -> Option<()> {
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(Request::Attach {
                    channel,
                    tab,
                    after,
                    input,
                }) => {
                    let attach = Attach {
                        number: channel,
                        tab,
                        after,
                        input,
                    };
                    self.attach(socket, attach).await
                }
                Ok(Request::Resize {
                    channel,
                    cols,
                    rows,
                }) => {
                    if let Some(open) = self.channels.get(&channel) {
                        open.resize(Size { cols, rows });
                    }
                    Some(())
                }
                Ok(Request::Detach { channel }) => {
                    self.channels.remove(&channel);
                    Some(())
                }
                // A client of a later version may say more.
                Err(_) => Some(()),
            },
            Message::Binary(bytes) => {
                let (number, bytes) = bytes.split_first_chunk::<4>()?;
                let number = u32::from_be_bytes(*number);
                let is_taken = match self.channels.get(&number) {
                    Some(open) => open.send(bytes),
                    None => true,
                };
                match is_taken {
                    true => Some(()),
                    false => {
                        let reason = "The program in the terminal doesn't read its input.";
                        self.end(socket, number, reason).await
                    }
                }
            }
            _ => Some(()),
        }
    }

    async fn attach(&mut self, socket: &mut WebSocket, attach: Attach) -> Option<()> {
        let number = attach.number;
        self.channels.remove(&number);
        if self.channels.len() >= MAX_CHANNELS {
            let reason = "The window shows as many terminals as it can.";
            return self.end(socket, number, reason).await;
        }
        let events = self.events.clone();
        match channel::open(&self.state, (&self.user, &self.grants), attach, events).await {
            Ok(open) => {
                let answer = Answer::Attached {
                    channel: number,
                    may_type: open.may_type(),
                    input: open.taken().map(|taken| Taken { taken }),
                };
                self.channels.insert(number, open);
                send(socket, &answer).await?;
                self.show_present(socket).await
            }
            Err(reason) => self.end(socket, number, &reason).await,
        }
    }

    /// Sends the other users in each tab, where they have changed.
    async fn show_present(&mut self, socket: &mut WebSocket) -> Option<()> {
        for (channel, open) in &mut self.channels {
            let mut users = self.state.presence.of(open.tab());
            users.retain(|user| user.id != self.user.id);
            if users != open.present {
                open.present.clone_from(&users);
                let channel = *channel;
                send(socket, &Answer::Present { channel, users }).await?;
            }
        }
        Some(())
    }

    async fn pass_on(&mut self, socket: &mut WebSocket, number: u32, event: Event) -> Option<()> {
        // Output from before the channel was detached or attached anew is not sent any more.
        if !self
            .channels
            .get(&number)
            .is_some_and(|open| open.is(event.of))
        {
            return Some(());
        }
        match event.payload {
            Payload::Output(output) => {
                let mut message = number.to_be_bytes().to_vec();
                message.extend(output.at.to_be_bytes());
                message.extend(output.bytes);
                socket.send(Message::Binary(message.into())).await.ok()
            }
            Payload::Taken(taken) => {
                let channel = number;
                send(socket, &Answer::Taken { channel, taken }).await
            }
            Payload::Events(items) => {
                let channel = number;
                send(socket, &Answer::Events { channel, items }).await
            }
            Payload::Queue(items) => {
                let channel = number;
                send(socket, &Answer::Queue { channel, items }).await
            }
            Payload::End => self.end(socket, number, "The session has ended.").await,
        }
    }

    async fn end(&mut self, socket: &mut WebSocket, channel: u32, reason: &str) -> Option<()> {
        self.channels.remove(&channel);
        let reason = reason.to_owned();
        send(socket, &Answer::Ended { channel, reason }).await
    }
}

async fn send(socket: &mut WebSocket, answer: &Answer) -> Option<()> {
    let text = serde_json::to_string(answer).ok()?;
    socket.send(Message::Text(text.into())).await.ok()
}

async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let reason = reason.into();
    // The client may be gone already.
    let _ = socket
        .send(Message::Close(Some(CloseFrame { code, reason })))
        .await;
}
