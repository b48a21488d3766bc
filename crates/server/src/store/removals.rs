//! Records of removals, replayed to stream readers that reconnect.

use super::{Result, sequence};
use rusqlite::{Transaction, params};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::stream::RECENT;
use vestibule_model::time::Timestamp;

/// Removals that are kept of each kind.
pub(super) const KEPT: i64 = 10_000;

/// Records the removal of a workbench's runs. Call it before they are deleted.
pub(super) fn note_removal(
    tx: &Transaction<'_>,
    workbench: &WorkbenchId,
    now: Timestamp,
) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM runs WHERE workbench_id = ?1 AND (finished_at IS NULL OR finished_at > ?2) ORDER BY number",
    )?;
    let ids = statement.query_map(
        params![workbench.as_str(), (now - RECENT).as_millis()],
        |row| row.get(0),
    )?;
    for id in ids.collect::<rusqlite::Result<Vec<String>>>()? {
        note_removed_run(tx, &id)?;
    }
    forget_removals(tx)
}

/// Deletes the oldest records of removals.
pub(super) fn forget_removals(tx: &Transaction<'_>) -> Result<()> {
    for table in ["removals", "gone_workbenches", "gone_workspaces"] {
        tx.execute(
            &format!(
                "DELETE FROM {table}
                 WHERE seq <= (SELECT seq FROM sqlite_sequence WHERE name = 'transitions') - ?1"
            ),
            [KEPT],
        )?;
    }
    Ok(())
}

/// Records the removal of a run. Call it before it is deleted.
pub(super) fn note_removed_run(tx: &Transaction<'_>, id: &str) -> Result<()> {
    let seq = sequence::next(tx)?;
    tx.execute(
        "INSERT INTO removals (seq, run_id, workbench_id, workspace_id)
         SELECT ?2, r.id, b.id, b.workspace_id
         FROM runs r JOIN workbenches b ON b.id = r.workbench_id
         WHERE r.id = ?1",
        params![id, seq],
    )?;
    Ok(())
}
