//! What the stream tells of workbenches: how they are now, and that they are gone.

use super::{Result, rows};
use rusqlite::{Row, Transaction};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::stream::{WorkbenchRemoved, WorkbenchUpdate};

/// The workbenches that have changed after a number, by themselves or with their current run.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<WorkbenchUpdate>> {
    let mut statement = tx.prepare_cached(
        "SELECT b.*, max(b.changed_seq, coalesce(r.last_seq, 0)) AS newest
         FROM workbenches b
         LEFT JOIN runs r ON r.workbench_id = b.id AND r.number = b.run_number
         WHERE b.id IN (SELECT id FROM workbenches WHERE changed_seq > ?1
                        UNION SELECT workbench_id FROM runs WHERE last_seq > ?1)
           AND newest > ?1
         ORDER BY newest",
    )?;
    let found = statement.query_map([after], |row| {
        let (k8s_status, phase) = words(row)?;
        Ok(WorkbenchUpdate {
            seq: rows::count(row, "newest")?,
            id: rows::id(row, "id")?,
            workspace_id: rows::id(row, "workspace_id")?,
            k8s_status,
            phase,
            generation: rows::count(row, "generation")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The workbenches that went after a number.
pub(super) fn gone_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<WorkbenchRemoved>> {
    let mut statement =
        tx.prepare_cached("SELECT * FROM gone_workbenches WHERE seq > ?1 ORDER BY seq")?;
    let found = statement.query_map([after], |row| {
        Ok(WorkbenchRemoved {
            seq: rows::count(row, "seq")?,
            id: rows::id(row, "workbench_id")?,
            workspace_id: rows::id(row, "workspace_id")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The words that sum a workbench up. Before anything of its current run was observed, those that
/// are stored speak of the run before: it is on its way, and no more is known. What was never
/// started is stopped, before anybody has looked at it.
fn words(row: &Row<'_>) -> rusqlite::Result<(K8sStatus, Phase)> {
    let run = rows::count(row, "run_number")?;
    let phase: String = row.get("phase")?;
    if rows::count(row, "status_run")? != run {
        return Ok((K8sStatus::Progressing, Phase::Pending));
    }
    if run == 0 && phase.is_empty() {
        return Ok((K8sStatus::Stopped, Phase::Stopped));
    }
    Ok((rows::word(row, "k8s_status")?, phase.as_str().into()))
}
