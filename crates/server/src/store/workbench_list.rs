//! The list of a workspace's workbenches: whole, what of it has changed since somebody read it, or that
//! it is the one that they have already.

use super::{Result, Store, feed, rows, workbenches};
use rusqlite::{Transaction, params};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::roll::{ListVersion, Listing};

/// How many of a list's removals are remembered. Whoever comes from before them is sent the whole list.
const REMOVALS: u32 = 1_000;

/// A list, or that it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkbenchList {
    /// Which list it is.
    pub version: ListVersion,
    /// Its rows; none where the asker has this very list.
    pub listing: Option<Listing>,
}

impl Store {
    /// The workbenches of a workspace; none if there is no such workspace. Only the rows are read that
    /// the asker does not have: with thousands of them that is what takes the time.
    pub fn workbench_list(
        &self,
        workspace: &WorkspaceId,
        since: Option<&ListVersion>,
        is_known: impl FnOnce(&ListVersion) -> bool,
    ) -> Result<Option<WorkbenchList>> {
        self.read(|tx| {
            let sql = "SELECT list_version FROM workspaces WHERE id = ?1";
            let Some(number) = rows::first::<i64>(tx, sql, [workspace.as_str()])? else {
                return Ok(None);
            };
            let number = u64::try_from(number).unwrap_or(0);
            let version = ListVersion::new(&self.opened, number);
            let listing = if is_known(&version) {
                None
            } else {
                let since = since
                    .and_then(|since| Some((since, since.number_in(&self.opened)?)))
                    .filter(|(_, since)| *since <= number);
                let changed = match since {
                    Some((since, number)) => changed(tx, workspace, since, rows::signed(number))?,
                    None => None,
                };
                let listing = match changed {
                    Some(changed) => changed,
                    None => Listing {
                        items: workbenches::of_workspace(tx, workspace)?,
                        ..Listing::default()
                    },
                };
                Some(Listing {
                    version: Some(version.clone()),
                    seq: Some(feed::newest(tx)?),
                    ..listing
                })
            };
            Ok(Some(WorkbenchList { version, listing }))
        })
    }
}

/// What has changed since a version; none if that is not known any more, or more went than is left.
fn changed(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    since: &ListVersion,
    number: i64,
) -> Result<Option<Listing>> {
    let sql = "SELECT list_floor FROM workspaces WHERE id = ?1";
    if rows::first::<i64>(tx, sql, [workspace.as_str()])?.is_none_or(|floor| number < floor) {
        return Ok(None);
    }
    // Under the name of one that went another may have been made.
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT workbench_id FROM list_removals r
         WHERE workspace_id = ?1 AND version > ?2
           AND NOT EXISTS (SELECT 1 FROM workbenches b
                           WHERE b.id = r.workbench_id AND b.workspace_id = r.workspace_id)
         ORDER BY workbench_id",
    )?;
    let found = statement.query_map(params![workspace.as_str(), number], |row| {
        rows::id(row, "workbench_id")
    })?;
    let removed = found.collect::<rusqlite::Result<Vec<WorkbenchId>>>()?;
    if !removed.is_empty() {
        let sql = "SELECT count(*) FROM workbenches WHERE workspace_id = ?1";
        let left = rows::first::<i64>(tx, sql, [workspace.as_str()])?;
        let left = left.and_then(|left| usize::try_from(left).ok());
        if left.is_none_or(|left| left < removed.len()) {
            return Ok(None);
        }
    }
    Ok(Some(Listing {
        items: workbenches::of_workspace_since(tx, workspace, number)?,
        since: Some(since.clone()),
        removed,
        ..Listing::default()
    }))
}

/// Forgets the oldest removals of lists that have more than are remembered.
pub(super) fn forget_removals(tx: &Transaction<'_>) -> Result<()> {
    const FLOOR: &str = "SELECT r.version FROM list_removals r WHERE r.workspace_id = workspaces.id
                         ORDER BY r.version DESC LIMIT 1 OFFSET ?1";
    let sql = format!("UPDATE workspaces SET list_floor = ({FLOOR}) WHERE EXISTS ({FLOOR})");
    tx.execute(&sql, [REMOVALS])?;
    tx.execute(
        "DELETE FROM list_removals WHERE version <=
             (SELECT w.list_floor FROM workspaces w WHERE w.id = workspace_id)",
        [],
    )?;
    Ok(())
}

#[cfg(test)]
#[path = "workbench_list_tests.rs"]
mod tests;
