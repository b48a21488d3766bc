//! Channel of a socket: one attached terminal, or the transcript and messages of an agent.

use super::agent_reader::AgentReader;
use super::event::{Event, Payload};
use crate::presence::Seat;
use crate::state::AppState;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use vestibule_engine::sessions::{Numbering, Received, Receiver, Sender, Size};
use vestibule_model::access::{Grant, Permission, Resource, allows};
use vestibule_model::auth::User;
use vestibule_model::ids::TabId;
use vestibule_model::tab::typed::{InputStream, known_bytes};
use vestibule_model::tab::{PresentUser, Tab, TabKind};

/// Inputs that wait for a program that doesn't read.
const QUEUE: usize = 256;

static NEXT: AtomicU64 = AtomicU64::new(0);

enum Input {
    Bytes(Vec<u8>),
    /// Bytes of the stream, with the number of those before them.
    Numbered(u64, Vec<u8>),
    Size(Size),
}

/// Request to attach a tab.
pub(super) struct Attach {
    /// Number of the channel.
    pub(super) number: u32,
    /// The tab.
    pub(super) tab: TabId,
    /// Number of bytes of output, or of the event, that the client has.
    pub(super) after: u64,
    /// Stream of input, if the client numbers it.
    pub(super) input: Option<InputStream>,
}

/// Attached terminal. It is detached when this is dropped.
pub(super) struct Channel {
    attachment: u64,
    tab: TabId,
    resource: Resource,
    may_type: bool,
    /// Number of bytes of its stream of input that the terminal had taken, or `None` if it doesn't know the
    /// stream; `None` outside if the input has no numbers.
    taken: Option<Option<u64>>,
    input: mpsc::Sender<Input>,
    reading: AbortHandle,
    _seat: Seat,
    /// The other users in the tab, as the client knows them.
    pub(super) present: Vec<PresentUser>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Attaches a tab for a user. The error is a sentence; it is the same for a tab that does not exist and for
/// one that the user may not see.
pub(super) async fn open(
    state: &AppState,
    (user, grants): (&User, &[Grant]),
    Attach {
        number,
        tab: id,
        after,
        input: stream,
    }: Attach,
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
    if !tab.admits(&user.id) {
        return Err(not_shared(&tab));
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
            tab: tab.id.clone(),
            resource,
            may_type: false,
            taken: None,
            input,
            _seat: state.presence.enter(&tab.id, &user.id, &user.display_name),
            present: Vec::new(),
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
    if stream.as_ref().is_some_and(|stream| !stream.is_valid()) {
        return Err("The stream's name is empty or too long.".to_owned());
    }
    let run = tab.run_number.ok_or("The terminal isn't ready yet.")?;
    let resumes = stream.as_ref().map(|stream| stream.resumes);
    let attached = state
        .engine
        .attach_session(&tab.workbench_id, run, &tab.id, after, stream)
        .await
        .map_err(|error| format!("The terminal can't be reached: {error}."))?;
    let numbering = attached.numbering();
    let taken = resumes.map(|resumes| match numbering {
        Numbering::Taken(taken) => Some(taken),
        Numbering::Unknown => None,
        // A runner of an earlier version remembers nothing beyond the connection.
        Numbering::Absent => (!resumes).then_some(0),
    });
    let (receiver, sender) = attached.split();
    let attachment = NEXT.fetch_add(1, Ordering::Relaxed);
    let (input, inputs) = mpsc::channel(QUEUE);
    let uses = state.host.uses.of(&tab.workbench_id);
    let typing = Typing {
        sender,
        counted: (numbering == Numbering::Absent).then_some(0),
        number,
        attachment,
        events: events.clone(),
    };
    let ends = events.clone();
    tokio::spawn(async move {
        if let Err(error) = typing.run(inputs, || uses.note()).await {
            tracing::debug!(%error, "input of a terminal failed");
            let (of, payload) = (attachment, Payload::End);
            // The window may be gone.
            let _ = ends.send((number, Event { of, payload })).await;
        }
    });
    let reading = tokio::spawn(read(receiver, number, attachment, events));
    let mut channel = Channel {
        attachment,
        _seat: state.presence.enter(&tab.id, &user.id, &user.display_name),
        present: Vec::new(),
        tab: tab.id,
        resource,
        may_type: false,
        taken,
        input,
        reading: reading.abort_handle(),
    };
    channel.admit(grants);
    Ok(channel)
}

/// Returns the sentence for a user to whom a terminal is closed.
pub(super) fn not_shared(tab: &Tab) -> String {
    match &tab.owner_name {
        Some(owner) => format!("This is {owner}'s terminal. Ask {owner} to share it."),
        None => "This terminal belongs to a user who is gone. Open a new one.".to_owned(),
    }
}

impl Channel {
    /// Returns the tab.
    pub(super) const fn tab(&self) -> &TabId {
        &self.tab
    }

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

    /// Returns the number of bytes of its stream of input that the terminal had taken, or `None` if it
    /// doesn't know the stream; `None` outside if the input has no numbers.
    pub(super) const fn taken(&self) -> Option<Option<u64>> {
        self.taken
    }

    /// Returns whether an event is about this attachment.
    pub(super) const fn is(&self, attachment: u64) -> bool {
        self.attachment == attachment
    }

    /// Types the content of a message, if the user may. Returns `false` if too many wait already.
    pub(super) fn send(&self, message: &[u8]) -> bool {
        if !self.may_type {
            return true;
        }
        match (self.taken, message.split_first_chunk()) {
            (None, _) => self.queue(Input::Bytes(message.to_vec())),
            (Some(Some(_)), Some((at, bytes))) => {
                self.queue(Input::Numbered(u64::from_be_bytes(*at), bytes.to_vec()))
            }
            // Nothing goes on a stream that is not known.
            (Some(_), _) => true,
        }
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

/// Sending side of a terminal.
struct Typing {
    sender: Sender,
    /// Number of bytes that were sent to a runner of an earlier version, which counts none itself.
    counted: Option<u64>,
    number: u32,
    attachment: u64,
    events: mpsc::Sender<(u32, Event)>,
}

impl Typing {
    async fn run(mut self, mut inputs: mpsc::Receiver<Input>, note: impl Fn()) -> io::Result<()> {
        while let Some(input) = inputs.recv().await {
            match input {
                Input::Bytes(bytes) => {
                    note();
                    self.sender.send(&bytes).await?;
                }
                Input::Numbered(at, bytes) => {
                    note();
                    self.send_numbered(at, &bytes).await?;
                }
                Input::Size(size) => self.sender.resize(size).await?,
            }
        }
        Ok(())
    }

    async fn send_numbered(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let Some(counted) = self.counted else {
            return self.sender.send_numbered(at, bytes).await;
        };
        let known = known_bytes(counted, at, bytes.len());
        let known = known.ok_or(io::ErrorKind::InvalidData)?;
        let new = bytes.get(known..).unwrap_or_default();
        self.sender.send(new).await?;
        let taken = counted + new.len() as u64;
        self.counted = Some(taken);
        let (of, payload) = (self.attachment, Payload::Taken(taken));
        // The window may be gone.
        let _ = self.events.send((self.number, Event { of, payload })).await;
        Ok(())
    }
}

async fn read(mut receiver: Receiver, number: u32, of: u64, events: mpsc::Sender<(u32, Event)>) {
    loop {
        let payload = match receiver.receive().await {
            Ok(Some(Received::Output(output))) => Payload::Output(output),
            Ok(Some(Received::Taken(taken))) => Payload::Taken(taken),
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
