//! State of each agent tab in memory.

use super::transcript::{Record, Transcript};
use crate::problem::{self, ApiError};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};
use vestibule_model::ids::{TabId, WorkbenchId};
use vestibule_model::tab::transcript::{TranscriptEvent, TranscriptPage};
use vestibule_model::tab::{Tab, TabKind};

/// Agent tabs that are in use, and the folder of their transcripts.
pub struct Agents {
    root: PathBuf,
    live: Mutex<HashMap<TabId, Arc<LiveTranscript>>>,
}

/// Transcript of a tab, and those who wait for its changes.
pub struct LiveTranscript {
    workbench: WorkbenchId,
    dir: PathBuf,
    transcript: Mutex<Option<Transcript>>,
    /// Changed with every event.
    events: watch::Sender<()>,
    /// Changed with every message.
    messages: watch::Sender<()>,
    /// Wakes the task that serves the tab.
    woken: Notify,
}

impl Agents {
    /// Keeps transcripts in a folder, which need not exist.
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            live: Mutex::default(),
        }
    }

    /// Returns what is in memory of a tab. Of tabs that are closed or of another kind, nothing stays.
    pub fn live(&self, tab: &Tab) -> Arc<LiveTranscript> {
        if !tab.is_open() || tab.kind != TabKind::Agent {
            return Arc::new(self.load(tab));
        }
        let mut live = self.all();
        let live = live
            .entry(tab.id.clone())
            .or_insert_with(|| Arc::new(self.load(tab)));
        Arc::clone(live)
    }

    fn load(&self, tab: &Tab) -> LiveTranscript {
        let dir = self.root.join(tab.workbench_id.as_str());
        LiveTranscript {
            workbench: tab.workbench_id.clone(),
            dir: dir.join(tab.id.as_str()),
            transcript: Mutex::default(),
            events: watch::Sender::new(()),
            messages: watch::Sender::new(()),
            woken: Notify::new(),
        }
    }

    /// Returns the workbenches that have transcripts.
    pub(super) async fn workbenches(&self) -> Vec<WorkbenchId> {
        let names = names_in(self.root.clone()).await;
        let parsed = names.iter().filter_map(|name| WorkbenchId::parse(name));
        parsed.collect()
    }

    /// Returns the tabs of a workbench that have transcripts.
    pub(super) async fn tabs_of(&self, workbench: &WorkbenchId) -> Vec<TabId> {
        let names = names_in(self.root.join(workbench.as_str())).await;
        names.iter().filter_map(|name| TabId::parse(name)).collect()
    }

    /// Removes the transcript of a closed tab.
    pub(super) async fn remove_tab(&self, workbench: &WorkbenchId, tab: &TabId) {
        self.close(tab);
        remove_folder(&self.root.join(workbench.as_str()).join(tab.as_str())).await;
    }

    /// Wakes those who read a closed tab, and forgets it.
    pub(super) fn close(&self, tab: &TabId) {
        if let Some(live) = self.all().remove(tab) {
            live.wake();
        }
    }

    /// Removes the transcripts of a workbench that is gone.
    pub(super) async fn remove(&self, workbench: &WorkbenchId) {
        let gone: Vec<Arc<LiveTranscript>> = {
            let mut live = self.all();
            let gone = live.values().filter(|one| one.workbench == *workbench);
            let gone = gone.cloned().collect();
            live.retain(|_, one| one.workbench != *workbench);
            gone
        };
        gone.iter().for_each(|live| live.wake());
        remove_folder(&self.root.join(workbench.as_str())).await;
    }

    fn all(&self) -> MutexGuard<'_, HashMap<TabId, Arc<LiveTranscript>>> {
        // Every change of it is complete by itself.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn names_in(folder: PathBuf) -> Vec<String> {
    let listing = tokio::task::spawn_blocking(move || {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    });
    listing.await.unwrap_or_default()
}

async fn remove_folder(folder: &Path) {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(folder = %folder.display(), %error, "failed to remove transcripts");
        }
        _ => {}
    }
}

impl LiveTranscript {
    /// Wakes the task that serves the tab, and those who show its messages.
    pub fn wake(&self) {
        self.woken.notify_one();
        self.messages.send_replace(());
    }

    /// Returns a receiver of changes of the transcript, and one of changes of the messages.
    pub fn changes(&self) -> (watch::Receiver<()>, watch::Receiver<()>) {
        (self.events.subscribe(), self.messages.subscribe())
    }

    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// Publishes that the messages have changed.
    pub(super) fn messages_have_changed(&self) {
        self.messages.send_replace(());
    }

    /// Returns the events after a number.
    pub async fn after(self: &Arc<Self>, number: u64, limit: usize) -> io::Result<TranscriptPage> {
        self.page(move |transcript| transcript.after(number, limit))
            .await
    }

    /// Returns the last events before a number.
    pub async fn before(self: &Arc<Self>, number: u64, limit: usize) -> io::Result<TranscriptPage> {
        self.page(move |transcript| transcript.before(number, limit))
            .await
    }

    async fn page(
        self: &Arc<Self>,
        read: impl FnOnce(&Transcript) -> io::Result<Vec<TranscriptEvent>> + Send + 'static,
    ) -> io::Result<TranscriptPage> {
        self.with(|transcript| {
            Ok(TranscriptPage {
                items: read(transcript)?,
                first: transcript.first(),
                last: transcript.last(),
            })
        })
        .await
    }

    /// Returns the numbers of the newest event, and of a session's newest recorded one.
    pub(super) async fn last_of(self: &Arc<Self>, session: String) -> io::Result<(u64, u64)> {
        self.with(move |transcript| Ok((transcript.last(), transcript.last_of(&session))))
            .await
    }

    /// Adds events, and publishes them. Returns the number of the newest event.
    pub(super) async fn append(self: &Arc<Self>, records: Vec<Record>) -> io::Result<u64> {
        let last = self
            .with(move |transcript| {
                transcript.append(records)?;
                Ok(transcript.last())
            })
            .await?;
        self.events.send_replace(());
        Ok(last)
    }

    async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Transcript) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let live = Arc::clone(self);
        let working = tokio::task::spawn_blocking(move || {
            let mut transcript = live
                .transcript
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let transcript = match &mut *transcript {
                Some(transcript) => transcript,
                None => transcript.insert(Transcript::open(&live.dir)?),
            };
            work(transcript)
        });
        working.await.map_err(io::Error::other)?
    }
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Agents")
    }
}

impl fmt::Debug for LiveTranscript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LiveTranscript")
    }
}

/// Returns the answer to a request for a transcript that cannot be read.
pub(crate) fn unreadable(error: &io::Error) -> ApiError {
    tracing::error!(%error, "failed to read a transcript");
    problem::internal()
}
