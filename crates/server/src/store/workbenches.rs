//! Workbenches in the database and as the API shows them.

use super::audit::{Actor, AuditedChange, note};
use super::messages::{NewMessageRow, insert_task};
use super::workbench_rows::{find, in_reach, of_workspace, read_for_list};
use super::{Result, Store, journal, rows, run_rows};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use std::collections::HashSet;
use vestibule_model::access::Reach;
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::{Desired, Workbench, WorkbenchSpec};

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
    /// `true` if it starts at once.
    pub start: bool,
    /// Task and the tab of that, or `None` if its app has none.
    pub task: Option<NewMessageRow>,
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
    pub fn create_workbench(&self, new: &NewRow, by: &Actor) -> Result<Created> {
        let now = by.now;
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
            let change = AuditedChange {
                action: "workbench.create",
                target_id: new.id.as_str(),
                target_name: &new.name,
                before: Value::Null,
                after: json!({"workspace": new.workspace_id, "app": new.app}),
            };
            note(tx, by, &change)?;
            if let Some(task) = &new.task {
                insert_task(tx, (&new.workspace_id, &new.id), task, now)?;
            }
            if new.start {
                insert_first_run(tx, new, now)?;
            }
            Ok(
                find(tx, &new.id)?
                    .map_or(Created::Taken, |created| Created::New(Box::new(created))),
            )
        })
    }

    /// Returns a page of the workbenches in reach after an identifier, and whether more follow.
    /// Workspaces of the reach `hidden` are left out, and names that lack a word of `search`.
    pub fn workbenches_in(
        &self,
        (seen, hidden): (&Reach, Option<&Reach>),
        search: &str,
        after: &str,
        limit: u32,
    ) -> Result<(Vec<Workbench>, bool)> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = self.read(|tx| in_reach(tx, (seen, hidden), search, after, limit + 1))?;
        let more = found.len() > limit;
        found.truncate(limit);
        Ok((found, more))
    }

    /// Returns the workbenches of a workspace, oldest first.
    pub fn workbenches(&self, workspace: &WorkspaceId) -> Result<Vec<Workbench>> {
        self.read(|tx| of_workspace(tx, workspace, read_for_list))
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

    /// Returns the ids of all workbenches.
    pub fn workbench_ids(&self) -> Result<HashSet<WorkbenchId>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT id FROM workbenches")?;
            let found = statement.query_map([], |row| rows::id(row, "id"))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Returns one workbench.
    pub fn workbench(&self, id: &WorkbenchId) -> Result<Option<Workbench>> {
        self.read(|tx| find(tx, id))
    }
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
    let run = run_rows::insert(tx, &new.id, 1, 1, timeout, &new.username, now)?;
    tx.execute(
        "UPDATE workbenches SET run_number = 1 WHERE id = ?1",
        [new.id.as_str()],
    )?;
    let message = format!("{} asked to start it.", new.username);
    journal::append(tx, &run, &[journal::command("Start", message, 1)], now)
}

/// Returns `true` if a request repeats the one that created this workbench.
fn is_same(old: &Workbench, new: &NewRow) -> bool {
    old.workspace_id == new.workspace_id
        && old.name == new.name
        && old.app == new.app
        && old.spec == new.spec
        && !old.deleting
}
