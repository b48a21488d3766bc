//! Runs, their journals and the kept ends of their output.

use super::run_rows::{SELECT, read};
use super::{Result, Store, journal, rows};
use rusqlite::{OptionalExtension as _, params};
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::run::{Run, RunLog};
use vestibule_model::transition::Transition;

/// Journal entries of one page; `?after=` returns the next ones.
const JOURNAL_PAGE: u32 = 1_000;

impl Store {
    /// Returns one run.
    pub fn run(&self, id: &RunId) -> Result<Option<Run>> {
        self.read(|tx| {
            Ok(tx
                .prepare_cached(&format!("{SELECT} WHERE r.id = ?1"))?
                .query_row([id.as_str()], read)
                .optional()?)
        })
    }

    /// Returns one run of a workbench, by its number.
    pub fn run_by_number(&self, workbench: &WorkbenchId, number: u64) -> Result<Option<Run>> {
        self.read(|tx| {
            Ok(tx
                .prepare_cached(&format!(
                    "{SELECT} WHERE r.workbench_id = ?1 AND r.number = ?2"
                ))?
                .query_row(params![workbench.as_str(), rows::signed(number)], read)
                .optional()?)
        })
    }

    /// Returns the kept end of a run's output, or `None` while the run is not over.
    pub fn run_log(&self, id: &RunId) -> Result<Option<RunLog>> {
        self.read(|tx| {
            Ok(tx
                .prepare_cached(
                    "SELECT text, skipped_bytes,
                         coalesce(ends_at, skipped_bytes + length(CAST(text AS BLOB))) AS ends_at
                     FROM run_logs WHERE run_id = ?1",
                )?
                .query_row([id.as_str()], |row| {
                    Ok(RunLog {
                        text: row.get(0)?,
                        skipped_bytes: rows::count(row, "skipped_bytes")?,
                        ends_at: rows::count(row, "ends_at")?,
                    })
                })
                .optional()?)
        })
    }

    /// Stores the end of a run's output, unless the run is deleted.
    pub fn keep_log(&self, id: &RunId, log: &RunLog) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO run_logs (run_id, text, skipped_bytes, ends_at)
                 SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1)
                 ON CONFLICT (run_id) DO NOTHING",
                params![
                    id.as_str(),
                    log.text,
                    rows::signed(log.skipped_bytes),
                    rows::signed(log.ends_at)
                ],
            )?;
            Ok(())
        })
    }

    /// Returns runs that are over and whose output was not kept yet.
    pub fn runs_without_log(&self) -> Result<Vec<Run>> {
        self.read(|tx| {
            let sql = format!(
                "{SELECT} WHERE r.finished_at IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM run_logs l WHERE l.run_id = r.id)"
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let found = statement.query_map([], read)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Returns a run's entries after a sequence number, oldest first, and whether more follow.
    pub fn journal(&self, run: &RunId, after: u64) -> Result<(Vec<Transition>, bool)> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT * FROM transitions WHERE run_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?;
            let found = statement.query_map(
                params![run.as_str(), rows::signed(after), JOURNAL_PAGE + 1],
                journal::read,
            )?;
            let mut entries = found.collect::<rusqlite::Result<Vec<_>>>()?;
            let more = entries.len() > JOURNAL_PAGE as usize;
            entries.truncate(JOURNAL_PAGE as usize);
            Ok((entries, more))
        })
    }
}
