//! Changes of workspaces for the stream.

use super::{Result, rows};
use rusqlite::Transaction;
use vestibule_model::stream::WorkspaceNews;

/// Returns the workspaces created or renamed after a number, and those removed after another.
pub(super) fn after(tx: &Transaction<'_>, changed: i64, gone: i64) -> Result<Vec<WorkspaceNews>> {
    let mut statement = tx.prepare_cached(
        "SELECT changed_seq AS seq, id, name FROM workspaces WHERE changed_seq > ?1
         UNION ALL
         SELECT seq, workspace_id, NULL FROM gone_workspaces WHERE seq > ?2
         ORDER BY seq",
    )?;
    let found = statement.query_map([changed, gone], |row| {
        Ok(WorkspaceNews {
            seq: rows::count(row, "seq")?,
            id: rows::id(row, "id")?,
            name: row.get("name")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
