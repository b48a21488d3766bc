//! Rows of workbenches, within a transaction.

use super::{Result, rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use vestibule_model::access::Reach;
use vestibule_model::deadline;
use vestibule_model::ended_conditions;
use vestibule_model::fold::fold;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::workbench::{RunSummary, Workbench, WorkbenchSpec, WorkbenchStatus};

/// Query of workbenches with their current runs. Its columns are those of [`column`].
const SELECT: &str = "
    SELECT b.id, b.workspace_id, b.name, b.app, b.spec_json, b.desired, b.deleting, b.deleted_by,
        b.stopped_by, b.restart_by, b.generation, b.created_by, b.created_at, b.updated_at,
        b.run_number, b.status_json, b.status_run, b.status_generation, b.k8s_status,
        max(b.changed_seq, coalesce(r.last_seq, 0)) AS newest, r.id, r.status, r.started_at,
        r.start_deadline, r.last_seq, r.build_id,
        coalesce(nullif(u.display_name, ''), u.username), b.list_version
    FROM workbenches b
    LEFT JOIN users u ON u.id = b.created_by
    LEFT JOIN runs r ON r.workbench_id = b.id AND r.number = b.run_number";

/// Places of the columns. A name would be compared with the name of every column, for every value
/// of every row.
mod column {
    pub(super) const ID: usize = 0;
    pub(super) const WORKSPACE_ID: usize = 1;
    pub(super) const NAME: usize = 2;
    pub(super) const APP: usize = 3;
    pub(super) const SPEC: usize = 4;
    pub(super) const DESIRED: usize = 5;
    pub(super) const DELETING: usize = 6;
    pub(super) const DELETED_BY: usize = 7;
    pub(super) const STOPPED_BY: usize = 8;
    pub(super) const RESTART_BY: usize = 9;
    pub(super) const GENERATION: usize = 10;
    pub(super) const CREATED_BY: usize = 11;
    pub(super) const CREATED_AT: usize = 12;
    pub(super) const UPDATED_AT: usize = 13;
    pub(super) const RUN_NUMBER: usize = 14;
    pub(super) const STATUS: usize = 15;
    pub(super) const STATUS_RUN: usize = 16;
    pub(super) const STATUS_GENERATION: usize = 17;
    pub(super) const K8S_STATUS: usize = 18;
    pub(super) const NEWEST: usize = 19;
    pub(super) const RUN_ID: usize = 20;
    pub(super) const RUN_STATUS: usize = 21;
    pub(super) const RUN_STARTED_AT: usize = 22;
    pub(super) const START_DEADLINE: usize = 23;
    pub(super) const RUN_LAST_SEQ: usize = 24;
    pub(super) const BUILD_ID: usize = 25;
    pub(super) const CREATED_BY_NAME: usize = 26;
    pub(super) const LIST_VERSION: usize = 27;
}

/// Returns the workbenches of a workspace, each as `read` makes it of its row.
pub(super) fn of_workspace<T>(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let sql = format!("{SELECT} WHERE b.workspace_id = ?1 ORDER BY b.created_at, b.id");
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([workspace.as_str()], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the workbenches in reach after an identifier, by identifier, without those in workspaces
/// of the other reach, and without those whose name lacks one of the words.
pub(super) fn in_reach(
    tx: &Transaction<'_>,
    (seen, hidden): (&Reach, Option<&Reach>),
    search: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Workbench>> {
    let sql = format!(
        "{SELECT}
         WHERE b.id > ?1
           AND (?2 OR b.workspace_id IN (SELECT value FROM json_each(?3))
                OR b.id IN (SELECT value FROM json_each(?4)))
           AND NOT (?5 OR b.workspace_id IN (SELECT value FROM json_each(?6)))
         ORDER BY b.id"
    );
    let none = Reach::default();
    let hidden = hidden.unwrap_or(&none);
    let search = fold(search);
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(params![
        after,
        seen.everything,
        serde_json::to_string(&seen.workspaces)?,
        serde_json::to_string(&seen.workbenches)?,
        hidden.everything,
        serde_json::to_string(&hidden.workspaces)?,
    ])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let name = fold(row.get_ref(column::NAME)?.as_str().unwrap_or_default());
        if search.split_whitespace().all(|word| name.contains(word)) {
            found.push(read_for_list(row)?);
        }
    }
    Ok(found)
}

/// Returns the workbenches that changed after a version of the list, oldest first.
pub(super) fn of_workspace_since<T>(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    version: i64,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = tx.prepare_cached(&since_sql())?;
    let found = statement.query_map(params![workspace.as_str(), version], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the workbenches that changed after a number of the stream, by themselves or with their
/// current run, in the order of their changes.
pub(super) fn changed_after(tx: &Transaction<'_>, after: i64) -> Result<Vec<Workbench>> {
    let mut statement = tx.prepare_cached(&changed_sql())?;
    let found = statement.query_map([after], read_for_list)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Returns the query of [`changed_after`].
pub(super) fn changed_sql() -> String {
    format!(
        "{SELECT}
         WHERE b.id IN (SELECT id FROM workbenches WHERE changed_seq > ?1
                        UNION ALL SELECT workbench_id FROM runs WHERE last_seq > ?1)
           AND newest > ?1
         ORDER BY newest"
    )
}

/// Returns the query. The plus keeps SQLite from the index of the order, by which it would read
/// every row.
pub(super) fn since_sql() -> String {
    format!(
        "{SELECT} WHERE b.workspace_id = ?1 AND b.list_version > ?2 ORDER BY +b.created_at, b.id"
    )
}

pub(super) fn find(tx: &Transaction<'_>, id: &WorkbenchId) -> Result<Option<Workbench>> {
    find_as(tx, id, read)
}

/// Returns a workbench as `read` makes it of its row.
pub(super) fn find_as<T>(
    tx: &Transaction<'_>,
    id: &WorkbenchId,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    Ok(tx
        .prepare_cached(&format!("{SELECT} WHERE b.id = ?1"))?
        .query_row([id.as_str()], read)
        .optional()?)
}

/// Returns what identifies the content of a row: any change of what a row is read from raises its
/// version, by triggers of the database.
pub(super) fn version(row: &Row<'_>) -> rusqlite::Result<(WorkbenchId, WorkspaceId, i64)> {
    let id = rows::id(row, column::ID)?;
    let workspace = rows::id(row, column::WORKSPACE_ID)?;
    Ok((id, workspace, row.get(column::LIST_VERSION)?))
}

/// Reads a row for a list or an event, which do not include what may be large.
pub(super) fn read_for_list(row: &Row<'_>) -> rusqlite::Result<Workbench> {
    let mut workbench = read(row)?;
    workbench.spec.env = None;
    workbench.spec.parameters = None;
    Ok(workbench)
}

/// Reads a row. Values that cannot be read are shown as unknown.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Workbench> {
    let id: String = row.get(column::ID)?;
    let spec: String = row.get(column::SPEC)?;
    let run_number = rows::count(row, column::RUN_NUMBER)?;
    let (k8s_status, status) = shown_status(row, &id, run_number)?;
    let mut spec: WorkbenchSpec = rows::json(&spec, "spec", &id).unwrap_or_default();
    spec.env.get_or_insert_default();
    spec.parameters.get_or_insert_default();
    Ok(Workbench {
        workspace_id: rows::id(row, column::WORKSPACE_ID)?,
        name: row.get(column::NAME)?,
        app: row.get(column::APP)?,
        generation: rows::count(row, column::GENERATION)?,
        last_seq: rows::count(row, column::NEWEST)?,
        spec,
        desired: rows::open_enum(row, column::DESIRED)?,
        deleting: row.get(column::DELETING)?,
        restarting: row.get::<_, Option<String>>(column::RESTART_BY)?.is_some(),
        deleted_by_name: row.get(column::DELETED_BY)?,
        stopped_by_name: row.get(column::STOPPED_BY)?,
        created_by: rows::user(row, column::CREATED_BY)?,
        created_by_name: row.get(column::CREATED_BY_NAME)?,
        created_at: Some(rows::time(row, column::CREATED_AT)?),
        updated_at: Some(rows::time(row, column::UPDATED_AT)?),
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
    let text: String = row.get(column::STATUS)?;
    let status_run = rows::count(row, column::STATUS_RUN)?;
    if run_number > 0 && status_run != run_number {
        let status = WorkbenchStatus {
            run_number,
            observed_generation: rows::count(row, column::STATUS_GENERATION)?,
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
            ended_conditions::update(&mut status.conditions);
            if status.phase.is_terminal() {
                ended_conditions::settle(&mut status.conditions);
            }
            (rows::open_enum(row, column::K8S_STATUS)?, status)
        }
        None => (K8sStatus::default(), WorkbenchStatus::default()),
    })
}

fn run_summary(
    row: &Row<'_>,
    number: u64,
    status: &WorkbenchStatus,
) -> rusqlite::Result<Option<RunSummary>> {
    let Some(id) = rows::optional_open_enum(row, column::RUN_ID)? else {
        return Ok(None);
    };
    let started_at = rows::optional_time(row, column::RUN_STARTED_AT)?;
    let deadline = rows::optional_time(row, column::START_DEADLINE)?.zip(started_at);
    let start_deadline =
        deadline.and_then(|(at, requested)| deadline::of_start(at, requested, &status.conditions));
    Ok(Some(RunSummary {
        id,
        number,
        status: rows::open_enum(row, column::RUN_STATUS)?,
        started_at,
        start_deadline,
        last_seq: rows::count(row, column::RUN_LAST_SEQ)?,
        build_id: rows::optional_open_enum(row, column::BUILD_ID)?,
    }))
}
