//! Changes for the stream, in the order in which they were stored.
//!
//! The changes of a commit are read back from the tables, so that no writer can forget to publish
//! one, and a reader that reconnects gets them by the same queries.

use super::build_changes::{self, Acknowledgement, RemovedBuild};
use super::{
    Result, journal, rows, run_rows, sequence, tab_rows, workbench_changes, workspace_changes,
};
use rusqlite::Transaction;
use vestibule_model::build::Build;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::run::Run;
use vestibule_model::stream::{
    WorkbenchRemoved, WorkbenchUpdate, WorkspaceRemoved, WorkspaceUpdate,
};
use vestibule_model::tab::Tab;
use vestibule_model::transition::Transition;

/// Changes of one commit, or of the time a reader was away.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StoreChanges {
    /// The newest number in it.
    pub seq: u64,
    /// The journal's new entries.
    pub entries: Vec<StoredTransition>,
    /// The runs they are about, as they are now.
    pub runs: Vec<Run>,
    /// The workbenches that have changed, by themselves or with their current run.
    pub workbenches: Vec<WorkbenchUpdate>,
    /// Removed runs.
    pub removed: Vec<RemovedRun>,
    /// Removed workbenches.
    pub gone: Vec<WorkbenchRemoved>,
    /// Workspaces that were created or changed.
    pub workspaces: Vec<WorkspaceUpdate>,
    /// Removed workspaces.
    pub removed_workspaces: Vec<WorkspaceRemoved>,
    /// Changed builds with the numbers of their changes.
    pub builds: Vec<(u64, Build)>,
    /// Changed tabs, also closed ones.
    pub tabs: Vec<Tab>,
    /// Removed builds.
    pub removed_builds: Vec<RemovedBuild>,
    /// Acknowledgements.
    pub noted: Vec<Acknowledgement>,
}

/// Journal entry of a workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTransition {
    /// The workbench.
    pub workbench_id: WorkbenchId,
    /// The workspace of the workbench.
    pub workspace_id: WorkspaceId,
    /// The entry.
    pub transition: Transition,
}

/// Removed run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedRun {
    /// Number in the stream.
    pub seq: u64,
    /// The run.
    pub run_id: RunId,
    /// Workbench.
    pub workbench_id: WorkbenchId,
    /// Workspace.
    pub workspace_id: WorkspaceId,
}

/// Returns the events after a number and the changes after another.
pub(super) fn changes(tx: &Transaction<'_>, happened: u64, changed: i64) -> Result<StoreChanges> {
    let sql = format!(
        "{} WHERE r.last_seq > ?1 ORDER BY r.last_seq",
        run_rows::SELECT
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let runs = statement.query_map([changed], run_rows::read)?;
    Ok(StoreChanges {
        seq: sequence::newest(tx)?,
        entries: entries_after(tx, happened)?,
        runs: runs.collect::<rusqlite::Result<_>>()?,
        workbenches: workbench_changes::changed_after(tx, changed)?,
        removed: removed_after(tx, happened)?,
        gone: workbench_changes::gone_after(tx, rows::signed(happened))?,
        workspaces: workspace_changes::changed_after(tx, changed)?,
        removed_workspaces: workspace_changes::removed_after(tx, rows::signed(happened))?,
        builds: build_changes::changed_after(tx, changed)?,
        tabs: tab_rows::changed_after(tx, changed)?,
        removed_builds: build_changes::removed_after(tx, happened)?,
        noted: build_changes::noted_after(tx, happened)?,
    })
}

fn entries_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<StoredTransition>> {
    let mut statement = tx.prepare_cached(
        "SELECT t.*, r.workbench_id, b.workspace_id FROM transitions t
         JOIN runs r ON r.id = t.run_id JOIN workbenches b ON b.id = r.workbench_id
         WHERE t.seq > ?1 ORDER BY t.seq",
    )?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(StoredTransition {
            workbench_id: rows::id(row, "workbench_id")?,
            workspace_id: rows::id(row, "workspace_id")?,
            transition: journal::read(row)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

fn removed_after(tx: &Transaction<'_>, after: u64) -> Result<Vec<RemovedRun>> {
    let mut statement = tx.prepare_cached("SELECT * FROM removals WHERE seq > ?1 ORDER BY seq")?;
    let found = statement.query_map([rows::signed(after)], |row| {
        Ok(RemovedRun {
            seq: rows::count(row, "seq")?,
            run_id: rows::id(row, "run_id")?,
            workbench_id: rows::id(row, "workbench_id")?,
            workspace_id: rows::id(row, "workspace_id")?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}
