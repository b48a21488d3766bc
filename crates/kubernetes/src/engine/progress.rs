//! Progress messages of apps: connections on which the runs' gates carry them, and the newest one as an
//! annotation of the resource.

use super::credentials::CredentialCache;
use crate::cluster::{Cluster, PodRoute};
use crate::mutex::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use vestibule_engine::connection::Connection;
use vestibule_engine::local::runner::client;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::Runner;

/// Number of messages that may wait for the server; further ones wait in their Pods.
const WAITING: usize = 16;
/// Pause after a connection that could not be opened; it doubles up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_secs(1);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

type Run = (WorkbenchId, u64);

/// Progress messages of all runs.
pub(super) struct Progress {
    reports: mpsc::Sender<Connection>,
    taken: Mutex<Option<mpsc::Receiver<Connection>>>,
    /// The tasks that wait for messages, by run.
    waits: Mutex<HashMap<Run, AbortOnDropHandle<()>>>,
    shown: mpsc::UnboundedSender<(Run, Option<String>)>,
    /// Ends with this value.
    _showing: AbortOnDropHandle<()>,
}

impl Progress {
    /// Has to be called within a tokio runtime.
    pub(super) fn new(cluster: Arc<Cluster>) -> Self {
        let (reports, taken) = mpsc::channel(WAITING);
        let (shown, newest) = mpsc::unbounded_channel();
        Self {
            reports,
            taken: Mutex::new(Some(taken)),
            waits: Mutex::default(),
            shown,
            _showing: AbortOnDropHandle::new(tokio::spawn(show(cluster, newest))),
        }
    }

    /// Returns the connections with messages, once.
    pub(super) fn take(&self) -> Option<mpsc::Receiver<Connection>> {
        lock(&self.taken).take()
    }

    /// Shows a message on the workbench's resource; `None` shows none any more, as for a run that begins.
    pub(super) fn show(&self, id: &WorkbenchId, run: u64, message: Option<&str>) {
        let message = message.map(str::to_owned);
        // Nothing is shown any more once the engine ends.
        let _ = self.shown.send(((id.clone(), run), message));
    }

    /// Waits for messages of a run while its app runs, if they are wanted.
    pub(super) fn follow(
        &self,
        (cluster, credentials, pod_route): (&Arc<Cluster>, &Arc<CredentialCache>, PodRoute),
        run: Run,
        seen: &Runner,
    ) {
        let is_wanted = lock(&self.taken).is_none();
        match seen {
            Runner::Running { .. } if is_wanted => {
                let mut waits = lock(&self.waits);
                waits.retain(|other, _| other.0 != run.0 || other.1 == run.1);
                waits.entry(run).or_insert_with_key(|run| {
                    let waiting = wait(
                        Arc::clone(cluster),
                        Arc::clone(credentials),
                        pod_route,
                        run.clone(),
                        self.reports.clone(),
                    );
                    AbortOnDropHandle::new(tokio::spawn(waiting))
                });
            }
            Runner::Absent | Runner::Exited { .. } => self.forget(&run.0),
            _ => {}
        }
    }

    /// Waits for messages of a workbench no longer.
    pub(super) fn forget(&self, id: &WorkbenchId) {
        lock(&self.waits).retain(|run, _| run.0 != *id);
    }
}

/// Waits for the messages of a run, one connection after another.
async fn wait(
    cluster: Arc<Cluster>,
    credentials: Arc<CredentialCache>,
    pod_route: PodRoute,
    (id, run): Run,
    reports: mpsc::Sender<Connection>,
) {
    let mut pause = PAUSE;
    loop {
        let gate = credentials.connect(&cluster, pod_route, &id, run);
        match client::progress(gate).await {
            Ok(Some(report)) => {
                pause = PAUSE;
                if reports.send(report).await.is_err() {
                    return;
                }
            }
            // A runner of an earlier version.
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(workbench = %id, run, %error, "failed to wait for progress messages");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Shows messages on their resources. Of those of a run that wait only the newest is shown.
async fn show(cluster: Arc<Cluster>, mut shown: mpsc::UnboundedReceiver<(Run, Option<String>)>) {
    let mut waiting = Vec::new();
    while shown.recv_many(&mut waiting, 1024).await > 0 {
        let newest: HashMap<Run, Option<String>> = waiting.drain(..).collect();
        for ((id, run), message) in newest {
            let set = cluster.note_progress(&id, run, message.as_deref());
            if let Err(error) = set.await {
                tracing::warn!(workbench = %id, run, %error, "failed to show a progress message on its resource");
            }
        }
    }
}
