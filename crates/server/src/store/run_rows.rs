//! Rows of runs, within a transaction.

use super::{Result, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::reason;
use vestibule_model::run::{Run, RunStatus};
use vestibule_model::time::{Millis, Timestamp};

/// Query of runs.
pub(super) const SELECT: &str = "
    SELECT r.*, b.workspace_id, b.name AS workbench_name,
        coalesce(nullif(u.display_name, ''), u.username) AS started_by_name,
        iif(r.finished_at IS NULL, NULL, (
            SELECT t.message FROM transitions t
            WHERE t.run_id = r.id AND t.reason = r.cause ORDER BY t.seq DESC LIMIT 1
        )) AS message
    FROM runs r JOIN workbenches b ON b.id = r.workbench_id
    LEFT JOIN users u ON u.id = r.started_by";

/// Newest run of a workbench.
pub(super) struct Current {
    pub(super) id: RunId,
    pub(super) start_deadline: Timestamp,
    pub(super) is_over: bool,
}

/// Adds the next run of a workbench with a copy of the current spec. The name is that of the user
/// who requested it.
pub(super) fn insert(
    tx: &Transaction<'_>,
    workbench: &WorkbenchId,
    number: u64,
    generation: u64,
    timeout_seconds: u32,
    by: &str,
    now: Timestamp,
) -> Result<RunId> {
    let id = RunId::new(crate::tokens::id("run-"));
    let deadline = now + Millis::from_secs(i64::from(timeout_seconds));
    tx.execute(
        "INSERT INTO runs
         (id, workbench_id, number, generation, status, started_at, start_deadline, spec_json, app,
          started_by)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, spec_json, app,
             (SELECT id FROM users WHERE username = ?8)
         FROM workbenches WHERE id = ?2",
        params![
            id.as_str(),
            workbench.as_str(),
            rows::signed(number),
            rows::signed(generation),
            RunStatus::Pending.as_str(),
            now.as_millis(),
            deadline.as_millis(),
            by,
        ],
    )?;
    Ok(id)
}

pub(super) fn current(
    tx: &Transaction<'_>,
    workbench: &WorkbenchId,
    number: u64,
) -> Result<Option<Current>> {
    Ok(tx
        .prepare_cached(
            "SELECT id, start_deadline, finished_at IS NOT NULL AS is_over
             FROM runs WHERE workbench_id = ?1 AND number = ?2",
        )?
        .query_row(params![workbench.as_str(), rows::signed(number)], |row| {
            Ok(Current {
                id: rows::id(row, "id")?,
                start_deadline: rows::time(row, "start_deadline")?,
                is_over: row.get("is_over")?,
            })
        })
        .optional()?)
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    let workspace: String = row.get("workspace_id")?;
    Ok(Run {
        id: rows::id(row, "id")?,
        workbench_id: rows::id(row, "workbench_id")?,
        workspace_id: workspace.as_str().into(),
        project_id: workspace.as_str().into(),
        number: rows::count(row, "number")?,
        status: rows::open_enum(row, "status")?,
        cause: row
            .get::<_, Option<String>>("cause")?
            .map(|word| reason::current(&word).to_owned()),
        message: row.get::<_, Option<String>>("message")?.unwrap_or_default(),
        started_at: rows::time(row, "started_at")?,
        ready_at: rows::optional_time(row, "ready_at")?,
        finished_at: rows::optional_time(row, "finished_at")?,
        exit_code: row.get("exit_code")?,
        last_seq: rows::count(row, "last_seq")?,
        name: row.get("workbench_name")?,
        app: row.get("app")?,
        started_by: rows::optional_open_enum(row, "started_by")?,
        started_by_name: row.get("started_by_name")?,
        build_id: rows::optional_open_enum(row, "build_id")?,
        acknowledged: false,
    })
}
