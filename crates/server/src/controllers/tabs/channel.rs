//! Channel of a socket: one attached terminal, or the transcript and messages of an agent.

use super::agent_reader::AgentReader;
use super::event::{Event, Payload};
use crate::state::AppState;

use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use vestibule_engine::sessions::{Receiver, Sender, Size};
use vestibule_model::access::{Grant, Permission, Resource, allows};
use vestibule_model::ids::TabId;
use vestibule_model::tab::{Tab, TabKind};

/// Inputs that wait for a program that doesn't read.
const QUEUE: usize = 256;

static NEXT: AtomicU64 = AtomicU64::new(0);

enum Input {
    Bytes(Vec<u8>),
    Size(Size),
}

/// Attached terminal. It is detached when this is dropped.
pub(super) struct Channel {
    attachment: u64,
    resource: Resource,
    may_type: bool,
    input: mpsc::Sender<Input>,
    reading: AbortHandle,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Attaches a tab's terminal. The error is a sentence for the user; it is the same for a tab that does
/// not exist and for one that the user may not see.
pub(super) async fn open(
    state: &AppState,
    grants: &[Grant],
    (number, id): (u32, TabId),
    after: u64,
    events: mpsc::Sender<(u32, Event)>,
) -> Result<Channel, String> {
    let found = state.db(move |store| store.tab(&id)).await;
    let found = found.map_err(|error| {
        tracing::error!(%error, "failed to look up a tab");
        "The server failed. Its log has the reason.".to_owned()
    })?;
    let unknown = || "There's no such tab.".to_owned();
    let tab = found.filter(Tab::is_open).ok_or_else(unknown)?;
    let resource = Resource::Workbench(tab.workspace_id.clone(), tab.workbench_id.clone());
    if !allows(grants, Permission::WorkbenchOpen, &resource) {
        return Err(unknown());
    }
    if tab.kind == TabKind::Agent {
        let attachment = NEXT.fetch_add(1, Ordering::Relaxed);
        let sender = AgentReader {
            state: state.clone(),
            number,
            attachment,
            events,
        };
        // Input of such a channel is dropped.
        let (input, _) = mpsc::channel(1);
        let mut channel = Channel {
            attachment,
            resource,
            may_type: false,
            input,
            reading: tokio::spawn(sender.read(tab, after)).abort_handle(),
        };
        channel.admit(grants);
        return Ok(channel);
    }
    if tab.kind != TabKind::Terminal {
        return Err(
            "Only terminals and agents can be attached. Read the run's log instead.".to_owned(),
        );
    }
    let run = tab.run_number.ok_or("The terminal isn't ready yet.")?;
    let attached = state
        .engine
        .attach_session(&tab.workbench_id, run, &tab.id, after)
        .await
        .map_err(|error| format!("The terminal can't be reached: {error}."))?;
    let (receiver, sender) = attached.split();
    let attachment = NEXT.fetch_add(1, Ordering::Relaxed);
    let (input, inputs) = mpsc::channel(QUEUE);
    let uses = state.host.uses.of(&tab.workbench_id);
    tokio::spawn(async move {
        // The receiving side reports the end of the connection.
        let _ = type_in(sender, inputs, || uses.note()).await;
    });
    let reading = tokio::spawn(read(receiver, number, attachment, events));
    let mut channel = Channel {
        attachment,
        resource,
        may_type: false,
        input,
        reading: reading.abort_handle(),
    };
    channel.admit(grants);
    Ok(channel)
}

impl Channel {
    /// Applies the user's grants. Returns `false` if they don't admit to it any more.
    pub(super) fn admit(&mut self, grants: &[Grant]) -> bool {
        let may = |permission| allows(grants, permission, &self.resource);
        let may_see = may(Permission::WorkbenchOpen);
        self.may_type = may_see && may(Permission::WorkbenchUpdate);
        may_see
    }

    pub(super) const fn may_type(&self) -> bool {
        self.may_type
    }

    /// Returns whether an event is about this attachment.
    pub(super) const fn is(&self, attachment: u64) -> bool {
        self.attachment == attachment
    }

    /// Types bytes, if the user may. Returns `false` if too many wait already.
    pub(super) fn send(&self, bytes: Vec<u8>) -> bool {
        !self.may_type || self.queue(Input::Bytes(bytes))
    }

    /// Sets the size of the terminal, if the user may type: those who only watch do not change it.
    pub(super) fn resize(&self, size: Size) {
        if self.may_type {
            self.queue(Input::Size(size));
        }
    }

    fn queue(&self, input: Input) -> bool {
        !matches!(
            self.input.try_send(input),
            Err(mpsc::error::TrySendError::Full(_))
        )
    }
}

async fn type_in(
    mut sender: Sender,
    mut inputs: mpsc::Receiver<Input>,
    note: impl Fn(),
) -> std::io::Result<()> {
    while let Some(input) = inputs.recv().await {
        match input {
            Input::Bytes(bytes) => {
                note();
                sender.send(&bytes).await?;
            }
            Input::Size(size) => sender.resize(size).await?,
        }
    }
    Ok(())
}

async fn read(mut receiver: Receiver, number: u32, of: u64, events: mpsc::Sender<(u32, Event)>) {
    loop {
        let payload = match receiver.receive().await {
            Ok(Some(output)) => Payload::Output(output),
            Ok(None) => Payload::End,
            Err(error) => {
                tracing::debug!(%error, "the connection to a terminal failed");
                Payload::End
            }
        };
        let is_last = matches!(payload, Payload::End);
        if events.send((number, Event { of, payload })).await.is_err() || is_last {
            return;
        }
    }
}
