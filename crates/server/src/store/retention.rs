//! Retention of runs and logs.

use super::{Result, Store, removals, rows, run_tokens, sequence, workbench_list};
use rusqlite::{Transaction, params};
use vestibule_model::stream::RECENT;
use vestibule_model::time::{Millis, Timestamp};

/// Most runs or logs removed in one transaction, so that others do not wait.
const BATCH: u32 = 50;

/// Retention policy. The current run of a workbench and runs that are not over are always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Runs of each workbench that are kept with their journals.
    pub runs: u32,
    /// Time after its end for which a run is kept.
    pub age: Millis,
    /// Runs of each workbench whose output is kept.
    pub logs: u32,
    /// Time for which entries of the audit log are kept.
    pub audit: Millis,
    /// Time for which entries of the audit log keep the address of the client.
    pub addresses: Millis,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            runs: 100,
            age: Millis::from_secs(90 * 24 * 3600),
            logs: 20,
            audit: Millis::from_secs(365 * 24 * 3600),
            addresses: Millis::from_secs(90 * 24 * 3600),
        }
    }
}

impl Store {
    /// Removes a batch of old runs and logs. Returns whether there may be more.
    pub fn sweep(&self, keep: &Retention, now: Timestamp) -> Result<bool> {
        self.write_essential(|tx| {
            run_tokens::clear(tx, now)?;
            workbench_list::forget_removals(tx)?;
            let runs = remove_runs(tx, keep, now)?;
            let logs = empty_logs(tx, keep)?;
            Ok(runs == BATCH as usize || logs == BATCH as usize)
        })
    }
}

fn remove_runs(tx: &Transaction<'_>, keep: &Retention, now: Timestamp) -> Result<usize> {
    // A run whose end is in the future, since a clock was wrong, is not old.
    let mut statement = tx.prepare_cached(
        "SELECT r.id, r.last_seq, r.finished_at > ?4 AS is_recent
         FROM runs r JOIN workbenches b ON b.id = r.workbench_id
         WHERE r.finished_at IS NOT NULL AND r.number <> b.run_number
           AND (r.number <= b.run_number - ?1 OR r.finished_at < ?2)
         ORDER BY r.finished_at LIMIT ?3",
    )?;
    let found = statement.query_map(
        params![
            keep.runs,
            (now - keep.age).as_millis(),
            BATCH,
            (now - RECENT).as_millis()
        ],
        |row| {
            Ok((
                row.get::<_, String>("id")?,
                rows::count(row, "last_seq")?,
                row.get::<_, bool>("is_recent")?,
            ))
        },
    )?;
    let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    for (id, last_seq, is_recent) in &found {
        if *is_recent {
            // Readers of the stream still show it.
            removals::note_removed_run(tx, id)?;
        }
        tx.execute("DELETE FROM runs WHERE id = ?1", [id])?;
        sequence::set_cut(tx, *last_seq)?;
    }
    Ok(found.len())
}

/// Empties old logs. Their lengths are kept.
fn empty_logs(tx: &Transaction<'_>, keep: &Retention) -> Result<usize> {
    Ok(tx.execute(
        "UPDATE run_logs
         SET skipped_bytes = skipped_bytes + length(CAST(text AS BLOB)), text = ''
         WHERE run_id IN (
             SELECT r.id FROM run_logs l JOIN runs r ON r.id = l.run_id
             JOIN workbenches b ON b.id = r.workbench_id
             WHERE l.text <> '' AND r.number <> b.run_number
               AND r.number <= b.run_number - ?1 LIMIT ?2)",
        params![keep.logs, BATCH],
    )?)
}
