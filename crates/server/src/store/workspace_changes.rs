//! Rows of workspaces, and their changes for the stream.

use super::{Result, rows};
use rusqlite::{Row, Transaction};
use vestibule_model::stream::{WorkspaceRemoved, WorkspaceUpdate};
use vestibule_model::workspace::{WorkbenchCounts, Workspace};

/// Reads workspaces with the counts of their workbenches; [`read`] takes its rows.
pub(super) const SELECT: &str = "
    SELECT w.*, count(b.id) AS total,
        count(*) FILTER (WHERE b.k8s_status = 'Running' AND b.status_run = b.run_number) AS running,
        count(*) FILTER (WHERE b.k8s_status = 'Progressing' OR b.status_run < b.run_number)
            AS progressing,
        count(*) FILTER (WHERE b.k8s_status IN ('Failed', 'Killed')
            AND b.status_run = b.run_number) AS failed
    FROM workspaces w LEFT JOIN workbenches b ON b.workspace_id = w.id";

/// Reads a row of [`SELECT`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Workspace> {
    Ok(Workspace {
        id: rows::id(row, "id")?,
        name: row.get("name")?,
        created_by: rows::user(row, "created_by")?,
        created_at: Some(rows::time(row, "created_at")?),
        updated_at: Some(rows::time(row, "updated_at")?),
        namespace: row.get("namespace")?,
        workbenches: WorkbenchCounts {
            total: rows::count(row, "total")?,
            running: rows::count(row, "running")?,
            progressing: rows::count(row, "progressing")?,
            failed: rows::count(row, "failed")?,
        },
    })
}

/// Returns the workspaces changed after a number, with the numbers of their changes.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<WorkspaceUpdate>> {
    let sql = format!("{SELECT} WHERE w.changed_seq > ?1 GROUP BY w.id ORDER BY w.changed_seq");
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([after], |row| {
        Ok(WorkspaceUpdate {
            seq: rows::count(row, "changed_seq")?,
            workspace: read(row)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the workspaces deleted after a number.
pub(super) fn removed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<WorkspaceRemoved>> {
    let mut statement =
        tx.prepare_cached("SELECT * FROM gone_workspaces WHERE seq > ?1 ORDER BY seq")?;
    let found = statement.query_map([after], |row| {
        Ok(WorkspaceRemoved {
            seq: rows::count(row, "seq")?,
            id: rows::id(row, "workspace_id")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
