//! Output of Pods: read from the API server, and kept while it is asked for.

use crate::cluster::Cluster;
use futures_util::io::AsyncReadExt as _;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::run::RunLog;

/// Most bytes of a run's output that are kept; a kubelet keeps as many of a container by default.
const KEPT_BYTES: usize = 10 * 1024 * 1024;
/// Time after the last request in which an output is followed.
const FOLLOWED_FOR: Duration = Duration::from_secs(60);
/// Longest time for the first bytes to arrive.
const FIRST_BYTES_WITHIN: Duration = Duration::from_secs(5);
/// Pause after which an output that arrives counts as complete so far.
const QUIET: Duration = Duration::from_millis(100);

/// Pause before an output is read again whose connection was cut.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Outputs that are asked for.
#[derive(Default)]
pub(super) struct Logs {
    tails: Mutex<HashMap<(WorkbenchId, u64), Tail>>,
}

/// Output of one run.
struct Tail {
    output: Arc<Mutex<Output>>,
    /// Changes with each part that arrives, and at the end.
    arrived: watch::Receiver<()>,
    asked: Instant,
    closing: CancellationToken,
    /// Number of containers whose output is part of it.
    containers: u64,
}

/// The newest bytes of an output.
#[derive(Debug, Default)]
struct Output {
    bytes: Vec<u8>,
    /// Number of bytes before them.
    skipped: u64,
    /// `true` if the container has ended.
    has_ended: bool,
}

impl Output {
    fn append(&mut self, part: &[u8]) {
        self.bytes.extend_from_slice(part);
        // Not with each part: the rest is moved.
        if self.bytes.len() > 2 * KEPT_BYTES {
            let surplus = self.bytes.len() - KEPT_BYTES;
            self.bytes.drain(..surplus);
            self.skipped += surplus as u64;
        }
    }

    /// Returns the output after the first `after` bytes, at most its last `max_bytes`.
    fn tail(&self, after: u64, max_bytes: usize) -> RunLog {
        let end = self.skipped + self.bytes.len() as u64;
        // A reader who knows more than there is reads anew.
        let after = if after > end { 0 } else { after };
        let requested = usize::try_from(after.saturating_sub(self.skipped)).unwrap_or(usize::MAX);
        let first = requested.max(self.bytes.len().saturating_sub(max_bytes));
        let bytes = self.bytes.get(first..).unwrap_or_default();
        RunLog {
            text: String::from_utf8_lossy(bytes).into_owned(),
            skipped_bytes: self.skipped + first as u64,
            ends_at: end,
        }
    }
}

impl Logs {
    /// Returns the output of a run after the first `after` bytes, at most its last `max_bytes`.
    pub(super) async fn read(
        &self,
        cluster: &Arc<Cluster>,
        id: &WorkbenchId,
        run: u64,
        after: u64,
        max_bytes: usize,
    ) -> RunLog {
        let (output, mut arrived) = self.follow(cluster, id, run);
        if arrived.has_changed().is_ok_and(|changed| !changed) && lock(&output).bytes.is_empty() {
            // The first request: what is there arrives in parts.
            let first = tokio::time::timeout(FIRST_BYTES_WITHIN, arrived.changed()).await;
            if matches!(first, Ok(Ok(()))) {
                while matches!(
                    tokio::time::timeout(QUIET, arrived.changed()).await,
                    Ok(Ok(()))
                ) {}
            }
        }
        lock(&output).tail(after, max_bytes)
    }

    /// Ends what nobody asks for, and forgets it.
    pub(super) fn forget_old(&self) {
        lock(&self.tails).retain(|_, tail| {
            let is_asked = tail.asked.elapsed() < FOLLOWED_FOR;
            if !is_asked {
                tail.closing.cancel();
            }
            is_asked
        });
    }

    fn follow(
        &self,
        cluster: &Arc<Cluster>,
        id: &WorkbenchId,
        run: u64,
    ) -> (Arc<Mutex<Output>>, watch::Receiver<()>) {
        let mut tails = lock(&self.tails);
        let containers = cluster.containers(id, run);
        let key = (id.clone(), run);
        if let Some(tail) = tails.get_mut(&key) {
            tail.asked = Instant::now();
            let is_behind = tail.containers < containers;
            if !is_behind || !lock(&tail.output).has_ended {
                return (Arc::clone(&tail.output), tail.arrived.clone());
            }
            // The app was started again: its output follows that of the process before.
            let (sender, receiver) = watch::channel(());
            tail.containers = containers;
            tail.arrived = receiver;
            lock(&tail.output).has_ended = false;
            spawn(cluster, id, run, false, &tail.output, sender, &tail.closing);
            return (Arc::clone(&tail.output), tail.arrived.clone());
        }
        let (sender, receiver) = watch::channel(());
        let tail = Tail {
            output: Arc::default(),
            arrived: receiver.clone(),
            asked: Instant::now(),
            closing: CancellationToken::new(),
            containers,
        };
        let output = Arc::clone(&tail.output);
        let had_others = containers > 1;
        spawn(cluster, id, run, had_others, &output, sender, &tail.closing);
        tails.insert(key, tail);
        (output, receiver)
    }
}

/// Follows the output of a run's container until it ends, after that of the container before it.
fn spawn(
    cluster: &Arc<Cluster>,
    id: &WorkbenchId,
    run: u64,
    with_previous: bool,
    output: &Arc<Mutex<Output>>,
    arrived: watch::Sender<()>,
    closing: &CancellationToken,
) {
    let (cluster, id, output) = (Arc::clone(cluster), id.clone(), Arc::clone(output));
    let following = async move {
        let take = |part: &[u8]| {
            lock(&output).append(part);
            arrived.send_replace(());
        };
        if with_previous {
            read(&cluster, &id, run, true, 0, take).await;
        }
        let mut count = 0;
        loop {
            count += read(&cluster, &id, run, false, count, take).await;
            // A connection that was cut is opened again.
            if !cluster.runs_container(&id, run) {
                break;
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        lock(&output).has_ended = true;
    };
    tokio::spawn(closing.clone().run_until_cancelled_owned(following));
}

/// Reads the output of a container after its first `known` bytes until it ends; returns the number of
/// bytes.
async fn read(
    cluster: &Cluster,
    id: &WorkbenchId,
    run: u64,
    is_previous: bool,
    known: usize,
    take: impl Fn(&[u8]),
) -> usize {
    let stream = match cluster.log_stream(id, run, is_previous).await {
        Ok(Some(stream)) => stream,
        Ok(None) => return 0,
        Err(error) => {
            tracing::debug!(workbench = %id, run, %error, "failed to read the output of a Pod");
            return 0;
        }
    };
    let mut stream = pin!(stream);
    let mut part = vec![0; 64 * 1024];
    let (mut skipped, mut taken) = (0, 0);
    while let Ok(count @ 1..) = stream.read(&mut part).await {
        let first = count.min(known - skipped);
        skipped += first;
        if first < count {
            take(&part[first..count]);
            taken += count - first;
        }
    }
    taken
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change behind these locks is complete by itself.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_is_what_a_reader_has_not_read() {
        let mut output = Output::default();
        output.append(b"one\ntwo\n");
        let read = |after, max| {
            let log = output.tail(after, max);
            (log.text, log.skipped_bytes, log.ends_at)
        };
        assert_eq!(read(0, 100), ("one\ntwo\n".to_owned(), 0, 8));
        assert_eq!(read(4, 100), ("two\n".to_owned(), 4, 8));
        assert_eq!(read(8, 100), (String::new(), 8, 8));
        assert_eq!(read(0, 4), ("two\n".to_owned(), 4, 8));
        assert_eq!(read(99, 100), ("one\ntwo\n".to_owned(), 0, 8));
    }

    #[test]
    fn a_flood_is_bounded_and_its_bytes_are_counted() {
        let mut output = Output::default();
        let part = vec![b'x'; 1024 * 1024];
        for _ in 0..30 {
            output.append(&part);
        }
        let log = output.tail(0, 10);
        assert_eq!(log.ends_at, 30 * 1024 * 1024);
        assert_eq!(log.skipped_bytes, log.ends_at - 10);
        assert!(output.bytes.len() <= 2 * KEPT_BYTES);
    }
}
