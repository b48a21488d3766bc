//! Position in the stream, and the changes since an earlier one.

use super::changes::{StoreChanges, changes};
use super::{Result, Store, rows, run_rows, sequence};
use std::sync::{Arc, PoisonError};
use tokio::sync::broadcast;
use vestibule_model::run::Run;
use vestibule_model::stream::RECENT;
use vestibule_model::time::Timestamp;

/// Sequence numbers that a reader may have missed before it gets a snapshot instead.
const REPLAYED: u64 = 10_000;

impl Store {
    /// Subscribes to changes from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<StoreChanges>> {
        self.change_publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .subscribe()
    }

    /// Returns the newest number and every run that is active or ended recently.
    pub fn standing(&self, now: Timestamp) -> Result<(u64, Vec<Run>)> {
        self.read(|tx| {
            let sql = format!(
                "{} WHERE r.finished_at IS NULL OR r.finished_at > ?1 ORDER BY r.last_seq",
                run_rows::SELECT
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map([(now - RECENT).as_millis()], run_rows::read)?;
            Ok((
                sequence::newest(tx)?,
                found.collect::<rusqlite::Result<_>>()?,
            ))
        })
    }

    /// Returns the changes after `after`, or `None` if that is too long ago or was never given.
    /// Changes of that very number are repeated, since the reader may have got only some of them.
    pub fn changes_after(&self, after: u64) -> Result<Option<StoreChanges>> {
        self.read(|tx| {
            let seq = sequence::newest(tx)?;
            if after > seq || seq - after > REPLAYED || after < sequence::cut(tx)? {
                return Ok(None);
            }
            Ok(Some(changes(tx, after, rows::signed(after) - 1)?))
        })
    }
}
