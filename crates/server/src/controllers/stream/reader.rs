//! Reader of the stream.

use super::events::{Entries, View, heartbeat};
use crate::auth::SignedIn;
use crate::clock;
use crate::notices::visible;
use crate::per_user::UserPermit;
use crate::state::AppState;
use crate::store::{self, StoreChanges};
use axum::response::sse::Event;
use futures_util::{Stream, stream};
use std::collections::{HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::stream::{HEARTBEAT_EVERY, ServerNotice};

/// Client of the event stream. A slow one gets a snapshot, so that it neither loses events silently nor
/// holds memory without bound.
pub(super) struct Reader {
    state: AppState,
    view: View,
    session: String,
    access: watch::Receiver<i64>,
    changes: Receiver<Arc<StoreChanges>>,
    position: u64,
    notices: watch::Receiver<Vec<ServerNotice>>,
    heartbeat: Interval,
    waiting: VecDeque<Event>,
    _held: UserPermit,
}

impl Reader {
    /// Returns a reader that got everything up to `after`, or nothing yet.
    pub(super) async fn begin(
        state: AppState,
        signed_in: &SignedIn,
        (entries, workspace): (Entries, Option<WorkspaceId>),
        after: Option<u64>,
        held: UserPermit,
    ) -> store::Result<Self> {
        let every = HEARTBEAT_EVERY.to_std();
        let mut heartbeat = interval_at(Instant::now() + every, every);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut access = state.store.access_changes();
        // The grants were read before this: the first round reads them again.
        access.mark_changed();
        let mut notices = state.notices.subscribe();
        if !notices.borrow().is_empty() {
            notices.mark_changed();
        }
        let mut reader = Self {
            // Subscribe, then read: changes in between come twice, and the second one is dropped
            // (FIELD 29).
            changes: state.store.subscribe(),
            view: View {
                grants: signed_in.grants.clone(),
                entries,
                workspace,
                user: signed_in.user.id.clone(),
                noted: HashSet::new(),
            },
            session: signed_in.session.clone(),
            access,
            notices,
            position: 0,
            heartbeat,
            waiting: VecDeque::new(),
            _held: held,
            state,
        };
        match after {
            Some(after) => reader.catch_up(after).await?,
            None => reader.load_snapshot().await?,
        }
        Ok(reader)
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, async |mut reader| {
            reader.next().await.map(|event| (Ok(event), reader))
        })
    }

    /// Waits for the next event. Rare cases have a future of their own, since every reader holds
    /// this one for as long as its stream lasts.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            let shutdown = self.state.shutdown.clone();
            tokio::select! {
                // Before the changes: nothing more is sent once the session has ended.
                biased;
                () = shutdown.cancelled() => return None,
                changed = self.access.changed() => {
                    changed.ok()?;
                    Box::pin(self.check_session()).await?;
                }
                changes = self.changes.recv() => match changes {
                    Ok(changes) => self.apply(&changes),
                    Err(RecvError::Lagged(_)) => Box::pin(self.load_snapshot()).await.ok()?,
                    Err(RecvError::Closed) => return None,
                },
                changed = self.notices.changed() => {
                    changed.ok()?;
                    self.send_heartbeat();
                }
                _ = self.heartbeat.tick() => {
                    Box::pin(self.check_session()).await?;
                    self.send_heartbeat();
                }
            }
        }
    }

    /// Sends a sign of life, with the version of the permissions and the server's faults.
    fn send_heartbeat(&mut self) {
        let notices = visible(&self.notices.borrow(), &self.view.grants);
        self.waiting.extend(heartbeat(&self.view.grants, notices));
    }

    fn apply(&mut self, changes: &StoreChanges) {
        if changes.seq > self.position {
            self.position = changes.seq;
            self.view.note(changes);
            self.waiting.extend(self.view.events(changes));
        }
    }

    /// Loads a snapshot.
    async fn load_snapshot(&mut self) -> store::Result<()> {
        self.load_acknowledgements().await?;
        let (seq, runs) = self.state.db(|store| store.standing(clock::now())).await?;
        self.position = seq;
        self.waiting.extend(self.view.snapshot(seq, runs));
        // With the version of the permissions that the snapshot was made with (FIELD 29).
        self.send_heartbeat();
        Ok(())
    }

    /// Loads the user's acknowledgements.
    async fn load_acknowledgements(&mut self) -> store::Result<()> {
        let user = self.view.user.clone();
        self.view.noted = self
            .state
            .db(move |store| store.acknowledged(&user))
            .await?;
        Ok(())
    }

    /// Loads the changes since a number, or a snapshot if there are too many.
    async fn catch_up(&mut self, after: u64) -> store::Result<()> {
        self.load_acknowledgements().await?;
        match self
            .state
            .db(move |store| store.changes_after(after))
            .await?
        {
            Some(changes) if !self.view.is_flooded_by(&changes) => {
                self.position = changes.seq;
                self.waiting.extend(self.view.events(&changes));
                // Something is sent at once, so that the reader knows that it is connected.
                self.send_heartbeat();
                Ok(())
            }
            _ => self.load_snapshot().await,
        }
    }

    /// Checks the session and its permissions. `None` ends the stream; a failed check does not.
    async fn check_session(&mut self) -> Option<()> {
        let session = self.session.clone();
        match self
            .state
            .db(move |store| store.identity(&session, clock::now()))
            .await
        {
            Ok(Some(identity)) => {
                if self.view.grants != identity.grants {
                    // A change that was committed with it, such as the removal of a workspace with its
                    // grants, is judged by the permissions before and after it.
                    self.view.grants.extend(identity.grants.iter().cloned());
                    while let Ok(changes) = self.changes.try_recv() {
                        self.apply(&changes);
                    }
                    self.view.grants = identity.grants;
                    // No other event reports changed permissions.
                    self.load_snapshot().await.ok()?;
                }
                Some(())
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "failed to check whether a session is still valid");
                Some(())
            }
        }
    }
}
