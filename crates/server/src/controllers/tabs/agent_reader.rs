//! Reader of an agent tab for a channel of a socket.

use super::event::{Event, Payload};
use crate::state::AppState;
use std::time::Duration;
use tokio::sync::mpsc;
use vestibule_model::tab::Tab;

/// Largest number of events in one message.
const AT_ONCE: usize = 500;
/// Pause after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Reads the transcript and the messages of a tab.
pub(super) struct AgentReader {
    pub(super) state: AppState,
    /// Number of the channel.
    pub(super) number: u32,
    pub(super) attachment: u64,
    pub(super) events: mpsc::Sender<(u32, Event)>,
}

impl AgentReader {
    /// Sends the events after a number and the messages, and all that come, until the tab is closed.
    pub(super) async fn read(self, tab: Tab, mut after: u64) {
        let live = self.state.agents.live(&tab);
        let (mut events, mut messages) = live.changes();
        messages.mark_changed();
        let mut sent = None;
        loop {
            events.mark_unchanged();
            match live.after(after, AT_ONCE).await {
                Ok(page) => {
                    if let Some(last) = page.items.last() {
                        after = last.seq;
                        if !self.send(Payload::Events(page.items)).await {
                            return;
                        }
                        // There may be more.
                        events.mark_changed();
                    } else if page.last < after {
                        // The reader knows another transcript: numbers begin anew.
                        after = 0;
                        continue;
                    }
                }
                Err(error) => {
                    tracing::warn!(tab = %tab.id, %error, "failed to read a transcript");
                    tokio::time::sleep(RETRY_AFTER).await;
                    continue;
                }
            }
            if messages.has_changed().is_ok_and(|changed| changed) {
                messages.mark_unchanged();
                let id = tab.id.clone();
                let found = self.state.db(move |store| {
                    let is_open = store.tab(&id)?.is_some_and(|tab| tab.is_open());
                    crate::store::Result::Ok((is_open, store.messages(&id)?))
                });
                match found.await {
                    Ok((false, _)) => {
                        self.send(Payload::End).await;
                        return;
                    }
                    Ok((true, queue)) if sent.as_ref() != Some(&queue) => {
                        sent = Some(queue.clone());
                        if !self.send(Payload::Queue(queue)).await {
                            return;
                        }
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(tab = %tab.id, %error, "failed to read messages");
                        messages.mark_changed();
                        tokio::time::sleep(RETRY_AFTER).await;
                        continue;
                    }
                }
            }
            tokio::select! {
                changed = events.changed() => if changed.is_err() { return },
                changed = messages.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    messages.mark_changed();
                }
            }
        }
    }

    async fn send(&self, payload: Payload) -> bool {
        let of = self.attachment;
        let event = Event { of, payload };
        self.events.send((self.number, event)).await.is_ok()
    }
}
