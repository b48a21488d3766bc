//! Rows of resources: what was adopted last of the desired state of a workbench.

use super::audit::Actor;
use super::command::{Command, Refusal};
use super::stored_command::apply_in_transaction;
use super::{Result, Store, journal, rows, run_rows, workbench_rows};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;
use vestibule_model::workbench::Desired;

/// Reason of the journal's entry about a resource that can't be read.
const UNREADABLE: &str = "Unreadable";

/// Resource of a workbench, as it was adopted last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRow {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Generation.
    pub generation: u64,
    /// Desired state.
    pub desired: Desired,
    /// Request for a run.
    pub run_request: Option<String>,
    /// `true` if the resource is gone from the cluster.
    pub is_gone: bool,
}

impl Store {
    /// Returns the resource of a workbench, or `None` if it has none.
    pub fn resource_row(&self, id: &WorkbenchId) -> Result<Option<ResourceRow>> {
        self.read(|tx| find(tx, id))
    }

    /// Returns the workbenches of a workspace whose resources are not gone.
    pub fn workbenches_with_resources(&self, workspace: &WorkspaceId) -> Result<Vec<WorkbenchId>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT b.id FROM workbenches b JOIN resources s ON s.workbench_id = b.id
                 WHERE b.workspace_id = ?1 AND NOT s.is_gone ORDER BY b.id",
            )?;
            let found = statement.query_map([workspace.as_str()], |row| rows::id(row, "id"))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Stops a workbench whose resource is gone from the cluster, which is shown until it is deleted.
    /// Returns `true` if that was not known.
    pub fn note_gone(&self, id: &WorkbenchId, by: &Actor) -> Result<bool> {
        self.write_essential(|tx| {
            if find(tx, id)?.is_none_or(|found| found.is_gone) {
                return Ok(false);
            }
            let Some(workbench) = workbench_rows::find(tx, id)? else {
                return Ok(false);
            };
            let number = workbench.run.as_ref().map_or(0, |run| run.number);
            let run = run_rows::current(tx, id, number)?;
            if let Some(run) = run.filter(|run| !run.is_over && !workbench.deleting) {
                let message = "The resource is gone from the cluster.".to_owned();
                let message = journal::command("ResourceGone", message, workbench.generation);
                journal::append(tx, &run.id, &[message], by.now)?;
            }
            // A workbench that is being deleted is stopped already.
            if let Err(Refusal::Store(error)) = apply_in_transaction(tx, id, &Command::Stop, by) {
                return Err(error);
            }
            tx.execute(
                "UPDATE resources SET is_gone = 1 WHERE workbench_id = ?1",
                [id.as_str()],
            )?;
            Ok(true)
        })
    }

    /// Writes into the journal of a workbench's run, once for each generation, that its resource can't
    /// be read.
    pub fn note_unreadable(
        &self,
        id: &WorkbenchId,
        generation: u64,
        message: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.write_essential(|tx| {
            let Some(workbench) = workbench_rows::find(tx, id)? else {
                return Ok(());
            };
            let number = workbench.run.as_ref().map_or(0, |run| run.number);
            let run = run_rows::current(tx, id, number)?;
            let Some(run) = run.filter(|run| !run.is_over) else {
                return Ok(());
            };
            let reported = rows::first::<i64>(
                tx,
                "SELECT 1 FROM transitions WHERE run_id = ?1 AND reason = ?2 AND generation = ?3",
                params![run.id.as_str(), UNREADABLE, rows::signed(generation)],
            )?;
            match reported {
                Some(_) => Ok(()),
                None => {
                    let message = journal::command(UNREADABLE, message.to_owned(), generation);
                    journal::append(tx, &run.id, &[message], now)
                }
            }
        })
    }
}

pub(super) fn find(tx: &Transaction<'_>, id: &WorkbenchId) -> Result<Option<ResourceRow>> {
    Ok(tx
        .prepare_cached("SELECT * FROM resources WHERE workbench_id = ?1")?
        .query_row([id.as_str()], read)
        .optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ResourceRow> {
    Ok(ResourceRow {
        namespace: row.get("namespace")?,
        name: row.get("name")?,
        generation: rows::count(row, "generation")?,
        desired: rows::open_enum(row, "desired")?,
        run_request: row.get("run_request")?,
        is_gone: row.get("is_gone")?,
    })
}
