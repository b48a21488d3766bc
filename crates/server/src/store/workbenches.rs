//! Workbenches in the database and as the API shows them.

use super::{Result, Store, journal, rows, runs};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use vestibule_model::deadline;
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::{Desired, RunSummary, Workbench, WorkbenchSpec, WorkbenchStatus};

const SELECT: &str = "
    SELECT b.*, max(b.changed_seq, coalesce(r.last_seq, 0)) AS newest, r.id AS run_id, r.status AS run_status, r.started_at AS run_started_at,
        r.start_deadline, r.last_seq, r.build_id,
        coalesce(nullif(u.display_name, ''), u.username) AS created_by_name
    FROM workbenches b
    LEFT JOIN users u ON u.id = b.created_by
    LEFT JOIN runs r ON r.workbench_id = b.id AND r.number = b.run_number";

/// New workbench.
#[derive(Debug, Clone)]
pub struct NewRow {
    /// Chosen by the client or generated.
    pub id: WorkbenchId,
    /// The workspace.
    pub workspace_id: WorkspaceId,
    /// The name.
    pub name: String,
    /// The app.
    pub app: String,
    /// The spec.
    pub spec: WorkbenchSpec,
    /// Whether it starts at once.
    pub start: bool,
    /// The user who asks.
    pub by: UserId,
    /// The username, for the journal.
    pub username: String,
}

/// Outcome of creating a workbench.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// The workbench was created.
    New(Box<Workbench>),
    /// The same workbench was created before.
    Before(Box<Workbench>),
    /// The id belongs to another one.
    Taken,
    /// The workspace does not exist.
    NoWorkspace,
}

impl Store {
    /// Creates a workbench, and its first run if it starts at once. The same request twice creates
    /// one.
    pub fn create_workbench(&self, new: &NewRow, now: Timestamp) -> Result<Created> {
        self.write(|tx| {
            if let Some(old) = find(tx, &new.id)? {
                return Ok(if is_same(&old, new) {
                    Created::Before(Box::new(old))
                } else {
                    Created::Taken
                });
            }
            let workspace = rows::first::<i64>(
                tx,
                "SELECT 1 FROM workspaces WHERE id = ?1",
                [new.workspace_id.as_str()],
            )?;
            if workspace.is_none() {
                return Ok(Created::NoWorkspace);
            }
            insert(tx, new, now)?;
            if new.start {
                insert_first_run(tx, new, now)?;
            }
            Ok(find(tx, &new.id)?.map_or(Created::Taken, |made| Created::New(Box::new(made))))
        })
    }

    /// Returns the workbenches of a workspace, oldest first.
    pub fn workbenches(&self, workspace: &WorkspaceId) -> Result<Vec<Workbench>> {
        self.read(|tx| of_workspace(tx, workspace))
    }

    /// Returns the names of a workspace's workbenches, or `None` if there is no such workspace.
    pub fn workbench_names(&self, workspace: &WorkspaceId) -> Result<Option<Vec<String>>> {
        self.read(|tx| {
            let sql = "SELECT 1 FROM workspaces WHERE id = ?1";
            if rows::first::<i64>(tx, sql, [workspace.as_str()])?.is_none() {
                return Ok(None);
            }
            let mut statement = tx.prepare_cached(
                "SELECT name FROM workbenches WHERE workspace_id = ?1 ORDER BY created_at, id",
            )?;
            let found = statement.query_map([workspace.as_str()], |row| row.get(0))?;
            Ok(Some(found.collect::<rusqlite::Result<_>>()?))
        })
    }

    /// Returns one workbench.
    pub fn workbench(&self, id: &WorkbenchId) -> Result<Option<Workbench>> {
        self.read(|tx| find(tx, id))
    }
}

pub(super) fn of_workspace(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
) -> Result<Vec<Workbench>> {
    let sql = format!("{SELECT} WHERE b.workspace_id = ?1 ORDER BY b.created_at, b.id");
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map([workspace.as_str()], read)?;
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

fn insert(tx: &Transaction<'_>, new: &NewRow, now: Timestamp) -> Result<()> {
    let desired = if new.start {
        Desired::Running
    } else {
        Desired::Stopped
    };
    tx.execute(
        "INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
             spec_generation, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 1, ?7, ?8, ?8)",
        params![
            new.id.as_str(),
            new.workspace_id.as_str(),
            new.name,
            new.app,
            serde_json::to_string(&new.spec)?,
            desired.as_str(),
            new.by.as_str(),
            now.as_millis(),
        ],
    )?;
    Ok(())
}

/// Inserts the first run of a workbench that starts when it is created.
fn insert_first_run(tx: &Transaction<'_>, new: &NewRow, now: Timestamp) -> Result<()> {
    let timeout = new.spec.start_timeout_seconds;
    let run = runs::insert(tx, &new.id, 1, 1, timeout, &new.username, now)?;
    tx.execute(
        "UPDATE workbenches SET run_number = 1 WHERE id = ?1",
        [new.id.as_str()],
    )?;
    let said = format!("{} asked to start it.", new.username);
    journal::append(tx, &run, &[journal::command("Start", said, 1)], now)
}

/// Returns whether a request repeats the one that created this workbench.
fn is_same(old: &Workbench, new: &NewRow) -> bool {
    old.workspace_id == new.workspace_id
        && old.name == new.name
        && old.app == new.app
        && old.spec == new.spec
        && !old.deleting
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
        Some(status) => (rows::word(row, "k8s_status")?, status),
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
