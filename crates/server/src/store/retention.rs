//! What of the past is kept, and how the rest goes.

use super::{Result, Store, feed, rows, run_tokens, workbench_list};
use rusqlite::{Connection, Transaction, params};
use vestibule_model::stream::RECENT;
use vestibule_model::time::{Millis, Timestamp};

/// How many runs or logs go in one transaction: readers and writers in between are not kept
/// waiting, however many there are.
const BATCH: u32 = 50;

/// Up to where the journal has been cut.
const CUT: &str = "journal_cut";

/// How much is kept. The current run of a workbench, and one that is not over, always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// How many runs of each workbench, with their journals.
    pub runs: u32,
    /// For how long after their end.
    pub age: Millis,
    /// Of how many runs of each workbench the output.
    pub logs: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            runs: 100,
            age: Millis::from_secs(90 * 24 * 3600),
            logs: 20,
        }
    }
}

impl Store {
    /// Removes some of what is not to be kept; whether there may be more.
    pub fn sweep(&self, keep: &Keep, now: Timestamp) -> Result<bool> {
        self.write(|tx| {
            run_tokens::clear(tx, now)?;
            workbench_list::forget_removals(tx)?;
            let runs = remove_runs(tx, keep, now)?;
            let logs = empty_logs(tx, keep)?;
            Ok(runs == BATCH as usize || logs == BATCH as usize)
        })
    }
}

fn remove_runs(tx: &Transaction<'_>, keep: &Keep, now: Timestamp) -> Result<usize> {
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
            feed::note_removed_run(tx, id)?;
        }
        tx.execute("DELETE FROM runs WHERE id = ?1", [id])?;
        tx.execute(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE
             SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
            params![CUT, last_seq.to_string()],
        )?;
    }
    Ok(found.len())
}

/// What is left of a log is how long it was.
fn empty_logs(tx: &Transaction<'_>, keep: &Keep) -> Result<usize> {
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

/// Whoever heard of less than this cannot be told what they missed: parts of it are gone.
pub(super) fn cut(connection: &Connection) -> rusqlite::Result<u64> {
    use rusqlite::OptionalExtension as _;
    let cut = connection
        .prepare_cached("SELECT CAST(value AS INTEGER) AS cut FROM meta WHERE key = ?1")?
        .query_row([CUT], |row| rows::count(row, "cut"))
        .optional()?;
    Ok(cut.unwrap_or(0))
}
