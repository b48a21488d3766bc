//! Changes of workbenches for the stream.

use super::{Result, rows, workbench_rows};
use rusqlite::Transaction;
use vestibule_model::stream::{WorkbenchRemoved, WorkbenchUpdate};
use vestibule_model::workbench::Workbench;

/// Returns the workbenches that changed after a number, by themselves or with their current run.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<WorkbenchUpdate>> {
    let changed = workbench_rows::changed_after(tx, after)?;
    Ok(changed.into_iter().map(update).collect())
}

fn update(workbench: Workbench) -> WorkbenchUpdate {
    WorkbenchUpdate {
        seq: workbench.last_seq,
        id: workbench.id.clone(),
        workspace_id: workbench.workspace_id.clone(),
        k8s_status: workbench.k8s_status.clone(),
        phase: workbench.status.phase.clone(),
        generation: workbench.generation,
        workbench: Some(Box::new(workbench)),
    }
}

/// Returns the workbenches that were removed after a number.
pub(super) fn gone_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<WorkbenchRemoved>> {
    let mut statement =
        tx.prepare_cached("SELECT * FROM gone_workbenches WHERE seq > ?1 ORDER BY seq")?;
    let found = statement.query_map([after], |row| {
        Ok(WorkbenchRemoved {
            seq: rows::count(row, "seq")?,
            id: rows::id(row, "workbench_id")?,
            workspace_id: rows::id(row, "workspace_id")?,
            deleted_by_name: row.get("deleted_by")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
