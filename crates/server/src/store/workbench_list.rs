//! The list of a workspace's workbenches, and whether it is the one that somebody has already.

use super::{Result, Store, rows, workbenches};
use vestibule_model::ids::WorkspaceId;
use vestibule_model::workbench::Workbench;

/// A list, or that it is known.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkbenchList {
    /// Another one whenever the list is another one. It holds only while the program runs: another
    /// version of it may show the same rows in other words, and a copy that is put back counts
    /// from where it was.
    pub tag: String,
    /// The workbenches, oldest first; none where the asker has this very list.
    pub rows: Option<Vec<Workbench>>,
}

impl Store {
    /// The workbenches of a workspace; none if there is no such workspace. The rows of a list that
    /// is known are not read: with thousands of them that is what takes the time.
    pub fn workbench_list(
        &self,
        workspace: &WorkspaceId,
        is_known: impl FnOnce(&str) -> bool,
    ) -> Result<Option<WorkbenchList>> {
        self.read(|tx| {
            let sql = "SELECT list_version FROM workspaces WHERE id = ?1";
            let Some(version) = rows::first::<i64>(tx, sql, [workspace.as_str()])? else {
                return Ok(None);
            };
            let tag = format!("\"{}.{version}\"", self.opened);
            let rows = if is_known(&tag) {
                None
            } else {
                Some(workbenches::of_workspace(tx, workspace)?)
            };
            Ok(Some(WorkbenchList { tag, rows }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    const ROWS: &str = "
        INSERT INTO users VALUES ('u-1', 'ann', 'Ann', '', 0);
        INSERT INTO workspaces (id, name, created_by, created_at, updated_at)
        VALUES ('ws-1', 'Lab', 'u-1', 0, 0), ('ws-2', 'Other', 'u-1', 0, 0);
        INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
            spec_generation, created_by, created_at, updated_at)
        VALUES ('wb-1', 'ws-1', 'one', 'welcome', '{}', 'Stopped', 1, 1, 'u-1', 0, 0);";

    const ONE_MORE: &str = "
        INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
            spec_generation, created_by, created_at, updated_at)
        VALUES ('wb-2', 'ws-1', 'two', 'welcome', '{}', 'Stopped', 1, 1, 'u-1', 0, 0)";

    fn tag(store: &Store, workspace: &str) -> String {
        let list = store.workbench_list(&WorkspaceId::new(workspace), |_| true);
        let list = list.expect("the store works").expect("a workspace");
        assert_eq!(list.rows, None, "nothing is read for whoever has it");
        list.tag
    }

    #[test]
    fn every_change_of_what_the_list_shows_changes_its_tag_and_nothing_else_does() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let raw = Connection::open(Store::path_in(dir.path())).expect("the database");
        raw.execute_batch(ROWS).expect("rows");
        let other = tag(&store, "ws-2");
        let mut seen = vec![tag(&store, "ws-1")];
        for change in [
            ONE_MORE,
            "UPDATE workbenches SET name = 'uno' WHERE id = 'wb-1'",
            "UPDATE workbenches SET status_json = '{}', phase = 'Failed' WHERE id = 'wb-1'",
            "INSERT INTO runs (id, workbench_id, number, generation, status, started_at, start_deadline)
             VALUES ('run-1', 'wb-1', 1, 1, 'pending', 0, 0)",
            "UPDATE runs SET last_seq = 7 WHERE id = 'run-1'",
            "DELETE FROM runs WHERE id = 'run-1'",
            "DELETE FROM workbenches WHERE id = 'wb-2'",
        ] {
            assert_eq!(raw.execute(change, []).expect(change), 1, "{change}");
            let tag = tag(&store, "ws-1");
            assert!(!seen.contains(&tag), "{change}");
            seen.push(tag);
        }
        assert_eq!(tag(&store, "ws-2"), other, "nothing of it has changed");

        for change in [
            "UPDATE workspaces SET name = 'Laboratory'",
            "UPDATE users SET password_hash = 'x'",
        ] {
            raw.execute(change, []).expect(change);
            assert_eq!(Some(&tag(&store, "ws-1")), seen.last(), "{change}");
        }
        raw.execute("UPDATE users SET display_name = 'Anna'", [])
            .expect("a row");
        assert!(!seen.contains(&tag(&store, "ws-1")), "who made them");
        raw.execute("UPDATE workbenches SET workspace_id = 'ws-2'", [])
            .expect("a row");
        assert_ne!(tag(&store, "ws-2"), other, "moved in");
    }

    #[test]
    fn a_tag_from_before_a_restart_is_not_known() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let raw = Connection::open(Store::path_in(dir.path())).expect("the database");
        raw.execute_batch(ROWS).expect("rows");
        let before = tag(&store, "ws-1");
        drop(store);
        let store = Store::open(dir.path()).expect("a store");
        assert_ne!(tag(&store, "ws-1"), before);
    }

    #[test]
    fn what_was_stored_before_changes_were_counted_is_listed_and_counted_from_now_on() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut raw = Connection::open(Store::path_in(dir.path())).expect("a database");
        super::super::Migrations::from_slice(super::super::MIGRATIONS)
            .to_version(&mut raw, 4)
            .expect("the form before");
        raw.execute_batch(ROWS).expect("rows");
        let store = Store::open(dir.path()).expect("brought up to this form");
        let list = store.workbench_list(&WorkspaceId::new("ws-1"), |_| false);
        let list = list.expect("the store works").expect("a workspace");
        assert_eq!(list.rows.map(|rows| rows.len()), Some(1));
        raw.execute(ONE_MORE, []).expect("a row");
        assert_ne!(tag(&store, "ws-1"), list.tag);
    }
}
