//! Connections of a gate on which the server waits for progress messages of the app.

use super::wire::{Answer, STILL_WAITING};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Time for which a message waits for the server.
const SERVER_WITHIN: Duration = Duration::from_secs(5);
/// Pause between two signs that a waiting connection is alive.
const BEAT: Duration = Duration::from_secs(20);

/// Connections on which the server waits for messages.
pub(super) struct Lines {
    ask: mpsc::Sender<oneshot::Sender<UnixStream>>,
    asked: Mutex<mpsc::Receiver<oneshot::Sender<UnixStream>>>,
    closed: CancellationToken,
}

impl Lines {
    pub(super) fn new() -> Arc<Self> {
        let (ask, requests) = mpsc::channel(1);
        Arc::new(Self {
            ask,
            asked: Mutex::new(requests),
            closed: CancellationToken::new(),
        })
    }

    /// Keeps a connection of the server until a message needs it, with signs that it is alive.
    pub(super) async fn wait(&self, mut gate: UnixStream) -> io::Result<()> {
        let mut beat = tokio::time::interval(BEAT);
        loop {
            let request = async { self.asked.lock().await.recv().await };
            tokio::select! {
                Some(request) = request => {
                    if request.is_closed() {
                        continue;
                    }
                    gate.write_u8(Answer::Connected.byte()).await?;
                    // A message that waits no longer: the server sees a connection without a request.
                    let _ = request.send(gate);
                    return Ok(());
                }
                _ = beat.tick() => gate.write_u8(STILL_WAITING).await?,
                // The server is gone: it has nothing to say before a message.
                _ = gate.read_u8() => return Ok(()),
                () = self.closed.cancelled() => return Ok(()),
            }
        }
    }

    /// Returns a connection to the server, or `None` if it was not there in time.
    pub(super) async fn take(&self) -> Option<UnixStream> {
        let taking = async {
            loop {
                let (give, got) = oneshot::channel();
                self.ask.send(give).await.ok()?;
                // A connection may have broken just then.
                if let Ok(gate) = got.await {
                    return Some(gate);
                }
            }
        };
        tokio::time::timeout(SERVER_WITHIN, taking).await.ok()?
    }

    /// Ends all waiting: the app has ended.
    pub(super) fn close(&self) {
        self.closed.cancel();
    }
}
