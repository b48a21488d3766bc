//! Rows of workbenches, within a transaction.

use super::{Result, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use vestibule_model::access::Reach;
use vestibule_model::deadline;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::tense;
use vestibule_model::workbench::{RunSummary, Workbench, WorkbenchStatus};

/// Query of workbenches with their current runs.
const SELECT: &str = "
    SELECT b.*, max(b.changed_seq, coalesce(r.last_seq, 0)) AS newest, r.id AS run_id, r.status AS run_status, r.started_at AS run_started_at,
        r.start_deadline, r.last_seq, r.build_id,
        coalesce(nullif(u.display_name, ''), u.username) AS created_by_name
    FROM workbenches b
    LEFT JOIN users u ON u.id = b.created_by
    LEFT JOIN runs r ON r.workbench_id = b.id AND r.number = b.run_number";

pub(super) fn of_workspace(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
) -> Result<Vec<Workbench>> {
    let sql = format!("{SELECT} WHERE b.workspace_id = ?1 ORDER BY b.created_at, b.id");
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([workspace.as_str()], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the workbenches in reach after an identifier, by identifier, without those in workspaces
/// of the other reach.
pub(super) fn in_reach(
    tx: &Transaction<'_>,
    seen: &Reach,
    hidden: Option<&Reach>,
    after: &str,
    limit: u32,
) -> Result<Vec<Workbench>> {
    let sql = format!(
        "{SELECT}
         WHERE b.id > ?1
           AND (?2 OR b.workspace_id IN (SELECT value FROM json_each(?3))
                OR b.id IN (SELECT value FROM json_each(?4)))
           AND NOT (?5 OR b.workspace_id IN (SELECT value FROM json_each(?6)))
         ORDER BY b.id LIMIT ?7"
    );
    let none = Reach::default();
    let hidden = hidden.unwrap_or(&none);
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(
        params![
            after,
            seen.everything,
            serde_json::to_string(&seen.workspaces)?,
            serde_json::to_string(&seen.workbenches)?,
            hidden.everything,
            serde_json::to_string(&hidden.workspaces)?,
            limit,
        ],
        read,
    )?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the workbenches that changed after a version of the list, oldest first.
pub(super) fn of_workspace_since(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    version: i64,
) -> Result<Vec<Workbench>> {
    let mut statement = tx.prepare_cached(&since_sql())?;
    let found = statement.query_map(params![workspace.as_str(), version], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the workbenches that changed after a number of the stream, by themselves or with their
/// current run, in the order of their changes.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<Workbench>> {
    let sql = format!(
        "{SELECT}
         WHERE b.id IN (SELECT id FROM workbenches WHERE changed_seq > ?1
                        UNION SELECT workbench_id FROM runs WHERE last_seq > ?1)
           AND newest > ?1
         ORDER BY newest"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([after], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the query. The plus keeps SQLite from the index of the order, by which it would read
/// every row.
pub(super) fn since_sql() -> String {
    format!(
        "{SELECT} WHERE b.workspace_id = ?1 AND b.list_version > ?2 ORDER BY +b.created_at, b.id"
    )
}

pub(super) fn find(tx: &Transaction<'_>, id: &WorkbenchId) -> Result<Option<Workbench>> {
    Ok(tx
        .prepare_cached(&format!("{SELECT} WHERE b.id = ?1"))?
        .query_row([id.as_str()], read)
        .optional()?)
}

/// Reads a row. Values that cannot be read are shown as unknown.
fn read(row: &Row<'_>) -> rusqlite::Result<Workbench> {
    let id: String = row.get("id")?;
    let spec: String = row.get("spec_json")?;
    let run_number = rows::count(row, "run_number")?;
    let (k8s_status, status) = shown_status(row, &id, run_number)?;
    Ok(Workbench {
        workspace_id: rows::id(row, "workspace_id")?,
        name: row.get("name")?,
        app: row.get("app")?,
        generation: rows::count(row, "generation")?,
        last_seq: rows::count(row, "newest")?,
        spec: rows::json(&spec, "spec", &id).unwrap_or_default(),
        desired: rows::word(row, "desired")?,
        deleting: row.get("deleting")?,
        restarting: row.get::<_, Option<String>>("restart_by")?.is_some(),
        deleted_by_name: row.get("deleted_by")?,
        stopped_by_name: row.get("stopped_by")?,
        created_by: Some(rows::id(row, "created_by")?),
        created_by_name: row.get("created_by_name")?,
        created_at: Some(rows::time(row, "created_at")?),
        updated_at: Some(rows::time(row, "updated_at")?),
        k8s_status,
        run: run_summary(row, run_number, &status)?,
        status,
        id: WorkbenchId::new(id),
    })
}

/// Returns the stored status, or an empty one if it describes an earlier run: nothing has been
/// observed of the current run yet.
fn shown_status(
    row: &Row<'_>,
    id: &str,
    run_number: u64,
) -> rusqlite::Result<(K8sStatus, WorkbenchStatus)> {
    let text: String = row.get("status_json")?;
    let status_run = rows::count(row, "status_run")?;
    if run_number > 0 && status_run != run_number {
        let status = WorkbenchStatus {
            run_number,
            observed_generation: rows::count(row, "status_generation")?,
            phase: Phase::Pending,
            ..WorkbenchStatus::default()
        };
        return Ok((K8sStatus::Progressing, status));
    }
    if run_number == 0 && text.is_empty() {
        let status = WorkbenchStatus {
            phase: Phase::Stopped,
            stopped_reason: Some(reason::NEVER_STARTED.to_owned()),
            ..WorkbenchStatus::default()
        };
        return Ok((K8sStatus::Stopped, status));
    }
    Ok(match rows::json(&text, "status", id) {
        Some(status) => {
            let mut status: WorkbenchStatus = status;
            if status.phase.is_terminal() {
                tense::settle(&mut status.conditions);
            }
            (rows::word(row, "k8s_status")?, status)
        }
        None => (K8sStatus::default(), WorkbenchStatus::default()),
    })
}

fn run_summary(
    row: &Row<'_>,
    number: u64,
    status: &WorkbenchStatus,
) -> rusqlite::Result<Option<RunSummary>> {
    let Some(id) = rows::optional_word(row, "run_id")? else {
        return Ok(None);
    };
    let started_at = rows::optional_time(row, "run_started_at")?;
    let deadline = rows::optional_time(row, "start_deadline")?.zip(started_at);
    let start_deadline =
        deadline.and_then(|(at, asked)| deadline::of_start(at, asked, &status.conditions));
    Ok(Some(RunSummary {
        id,
        number,
        status: rows::word(row, "run_status")?,
        started_at,
        start_deadline,
        last_seq: rows::count(row, "last_seq")?,
        build_id: rows::optional_word(row, "build_id")?,
    }))
}
