//! Publisher of the stream's changes.

use super::changes::{StoreChanges, changes};
use super::{Result, rows, sequence};
use rusqlite::Connection;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Commits that a reader may fall behind before it gets a snapshot instead.
const BACKLOG: usize = 1_024;

/// Publisher of the changes of each commit to the subscribed event streams.
#[derive(Debug)]
pub(super) struct ChangePublisher {
    sender: broadcast::Sender<Arc<StoreChanges>>,
    /// The newest published number.
    published: u64,
}

impl ChangePublisher {
    pub(super) fn open(connection: &Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            sender: broadcast::Sender::new(BACKLOG),
            published: sequence::newest(connection)?,
        })
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Arc<StoreChanges>> {
        self.sender.subscribe()
    }

    /// Publishes the changes since the last call. The writer calls it after each commit and before
    /// the next one, so that changes are published in the order of their numbers. Changes that
    /// cannot be read back now are published with the next commit.
    pub(super) fn publish(&mut self, connection: &mut Connection) {
        match self.read(connection) {
            Ok(Some(changes)) => {
                self.published = changes.seq;
                // An error only means that there are no subscribers.
                let _ = self.sender.send(Arc::new(changes));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "failed to read back what was stored"),
        }
    }

    fn read(&self, connection: &mut Connection) -> Result<Option<StoreChanges>> {
        let seq = sequence::newest(connection)?;
        if seq <= self.published {
            return Ok(None);
        }
        if self.sender.receiver_count() == 0 {
            return Ok(Some(StoreChanges {
                seq,
                ..StoreChanges::default()
            }));
        }
        let tx = connection.transaction()?;
        Ok(Some(changes(
            &tx,
            self.published,
            rows::signed(self.published),
        )?))
    }
}
