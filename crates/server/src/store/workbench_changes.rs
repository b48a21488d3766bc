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

#[cfg(test)]
mod tests {
    use super::super::Store;
    use rusqlite::Connection;

    /// Columns whose change alone is not published.
    const SILENT: [&str; 15] = [
        // They never change.
        "id",
        "app",
        "created_by",
        "created_at",
        // The journal of the run has what is observed.
        "run_number",
        "status_json",
        "status_run",
        "phase",
        "k8s_status",
        // They change with `generation`, `desired` or `deleting`.
        "spec_generation",
        "restart_by",
        "stopped_by",
        "deleted_by",
        // They change with anything else.
        "updated_at",
        "list_version",
    ];

    /// A column that a later version adds is published, or stands in the list above: otherwise the
    /// stream's readers would not see its changes until they fetch the list again (FIELD 29).
    #[test]
    fn each_changed_column_is_published() {
        let dir = tempfile::tempdir().expect("a folder");
        drop(Store::open(dir.path()).expect("a store"));
        let raw = Connection::open(Store::path_in(dir.path())).expect("the database");
        raw.execute_batch(
            "
            PRAGMA foreign_keys = OFF;
            INSERT INTO workspaces (id, name, created_by, created_at, updated_at)
            VALUES ('ws-1', 'Lab', 'u-1', 0, 0);
            INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
                spec_generation, run_number, created_by, created_at, updated_at)
            VALUES ('wb-1', 'ws-1', 'one', 'welcome', '{}', 'Stopped', 1, 1, 1, 'u-1', 0, 0);",
        )
        .expect("a row");
        let seq = || -> i64 {
            let sql = "SELECT changed_seq FROM workbenches";
            raw.query_row(sql, [], |row| row.get(0)).expect("a number")
        };
        let mut columns = raw
            .prepare("SELECT name, type FROM pragma_table_info('workbenches')")
            .expect("the columns");
        let columns: Vec<(String, String)> = columns
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .expect("the columns");
        let mut silent = Vec::new();
        for (column, kind) in &columns {
            let value = match kind.as_str() {
                "TEXT" => format!("coalesce({column}, '') || ' '"),
                _ => format!("coalesce({column}, 0) + 1"),
            };
            let before = seq();
            let sql = format!("UPDATE workbenches SET {column} = {value}");
            match raw.execute(&sql, []) {
                Ok(_) if seq() == before => silent.push(column.as_str()),
                // A reference to another table, such as the workspace, never changes.
                Ok(_) | Err(_) => {}
            }
        }
        let mut known = SILENT.to_vec();
        known.sort_unstable();
        silent.sort_unstable();
        assert_eq!(silent, known);
    }
}
