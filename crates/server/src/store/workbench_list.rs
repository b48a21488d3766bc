//! List of a workspace's workbenches: whole, its changes, or that it is unchanged.

use super::rendered::Detail;
use super::{Result, Snapshot, Store, rows, sequence, workbench_rows};
use rusqlite::{Row, Transaction, params};
use std::sync::Arc;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::listing::{ListVersion, Listing};

/// Removals that are kept for each list. A client from before them gets the whole list.
const REMOVALS: u32 = 1_000;

/// List, unless the client has it.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkbenchList<T = Listing> {
    /// Version of the list.
    pub version: ListVersion,
    /// The rows, or `None` if the client has this list.
    pub listing: Option<T>,
}

/// Rows of a list, and the list without rows.
type RowsAndListing<T> = (Vec<T>, Listing);

impl Store {
    /// Returns the workbenches of a workspace, or `None` if there is no such workspace. It reads
    /// only the rows that the client does not have.
    pub fn workbench_list(
        &self,
        workspace: &WorkspaceId,
        since: Option<&ListVersion>,
        is_known: impl FnOnce(&ListVersion) -> bool,
    ) -> Result<Option<WorkbenchList>> {
        self.read(|tx| {
            let snapshot = Snapshot { store: self, tx };
            let list = snapshot.list(workspace, since, is_known, workbench_rows::read_for_list)?;
            Ok(
                list.map(|WorkbenchList { version, listing }| WorkbenchList {
                    version,
                    listing: listing.map(|(items, listing)| Listing { items, ..listing }),
                }),
            )
        })
    }
}

impl Snapshot<'_> {
    /// Returns the JSON of the list that [`Store::workbench_list`] returns.
    pub fn workbench_list_json(
        &self,
        workspace: &WorkspaceId,
        since: Option<&ListVersion>,
        is_known: impl FnOnce(&ListVersion) -> bool,
    ) -> Result<Option<WorkbenchList<String>>> {
        let rendered = |row: &Row<'_>| self.store.rendered.of(row, Detail::List);
        let Some(list) = self.list(workspace, since, is_known, rendered)? else {
            return Ok(None);
        };
        let listing = match list.listing {
            Some((items, listing)) => Some(with_items(&items, &listing)?),
            None => None,
        };
        Ok(Some(WorkbenchList {
            version: list.version,
            listing,
        }))
    }

    /// Returns the rows of a list, each as `read` makes it, and the list without rows.
    fn list<T>(
        &self,
        workspace: &WorkspaceId,
        since: Option<&ListVersion>,
        is_known: impl FnOnce(&ListVersion) -> bool,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<WorkbenchList<RowsAndListing<T>>>> {
        let (tx, opened) = (self.tx, &self.store.opened);
        let sql = "SELECT list_version FROM workspaces WHERE id = ?1";
        let Some(number) = rows::first::<i64>(tx, sql, [workspace.as_str()])? else {
            return Ok(None);
        };
        let number = u64::try_from(number).unwrap_or(0);
        let version = ListVersion::new(opened, number);
        if is_known(&version) {
            return Ok(Some(WorkbenchList {
                version,
                listing: None,
            }));
        }
        let since = since
            .and_then(|since| Some((since, since.number_in(opened)?)))
            .filter(|(_, since)| *since <= number);
        let changed = match since {
            Some((since, number)) => changed(tx, workspace, since, rows::signed(number), &read)?,
            None => None,
        };
        let (items, listing) = match changed {
            Some(changed) => changed,
            None => (
                workbench_rows::of_workspace(tx, workspace, &read)?,
                Listing::default(),
            ),
        };
        let listing = Listing {
            version: Some(version.clone()),
            seq: Some(sequence::newest(tx)?),
            ..listing
        };
        Ok(Some(WorkbenchList {
            version,
            listing: Some((items, listing)),
        }))
    }
}

/// Returns the JSON of a list with these items.
fn with_items(items: &[Arc<str>], listing: &Listing) -> Result<String> {
    const NONE: &str = "{\"items\":[";
    let empty = serde_json::to_string(listing)?;
    let length: usize = items.iter().map(|item| item.len() + 1).sum();
    let mut text = String::with_capacity(length + empty.len());
    let rest = empty.strip_prefix(NONE).unwrap_or_default();
    text.push_str(NONE);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(item);
    }
    text.push_str(rest);
    Ok(text)
}

/// Returns the changes since a version, or `None` if the version is unknown or more rows were
/// removed than are left.
fn changed<T>(
    tx: &Transaction<'_>,
    workspace: &WorkspaceId,
    since: &ListVersion,
    number: i64,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<RowsAndListing<T>>> {
    let sql = "SELECT list_floor FROM workspaces WHERE id = ?1";
    if rows::first::<i64>(tx, sql, [workspace.as_str()])?.is_none_or(|floor| number < floor) {
        return Ok(None);
    }
    // A workbench of the same name may have been created since.
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
    let items = workbench_rows::of_workspace_since(tx, workspace, number, read)?;
    let listing = Listing {
        since: Some(since.clone()),
        removed,
        ..Listing::default()
    };
    Ok(Some((items, listing)))
}

/// Deletes the oldest removals of lists that have more than the limit.
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
