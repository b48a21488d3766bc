//! Changes of lists since a version.

use super::*;
use rusqlite::Connection;

const ROWS: &str = "
    INSERT INTO users (id, username, display_name, password_hash, created_at) VALUES ('u-1', 'ann', 'Ann', '', 0);
    INSERT INTO workspaces (id, name, created_by, created_at, updated_at)
    VALUES ('ws-1', 'Lab', 'u-1', 0, 0), ('ws-2', 'Other', 'u-1', 0, 0);
    INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
        spec_generation, created_by, created_at, updated_at)
    VALUES ('wb-1', 'ws-1', 'one', 'welcome', '{}', 'Stopped', 1, 1, 'u-1', 0, 0);";

const ONE_MORE: &str = "
    INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
        spec_generation, created_by, created_at, updated_at)
    VALUES ('wb-2', 'ws-1', 'two', 'welcome', '{}', 'Stopped', 1, 1, 'u-1', 0, 0)";

fn tag(store: &Store, workspace: &str) -> ListVersion {
    let list = store.workbench_list(&WorkspaceId::new(workspace), None, |_| true);
    let list = list.expect("the store works").expect("a workspace");
    assert_eq!(list.listing, None, "nothing is read for whoever has it");
    list.version
}

fn listing(store: &Store, workspace: &str, since: Option<&ListVersion>) -> Listing {
    let list = store.workbench_list(&WorkspaceId::new(workspace), since, |_| false);
    let list = list.expect("the store works").expect("a workspace");
    let listing = list.listing.expect("nobody knows it");
    assert_eq!(listing.version, Some(list.version));
    // The answer is made of kept texts and must equal one made of the rows now.
    let fresh = serde_json::to_string(&listing).expect("JSON");
    assert_eq!(sent(store, workspace, since), fresh);
    listing
}

/// Returns JSON of a list as the API sends it.
fn sent(store: &Store, workspace: &str, since: Option<&ListVersion>) -> String {
    let workspace = WorkspaceId::new(workspace);
    let sent =
        store.read(|tx| Snapshot { store, tx }.workbench_list_json(&workspace, since, |_| false));
    let list = sent.expect("the store works").expect("a workspace");
    list.listing.expect("nobody knows it")
}

/// A workbench that is created again with the same identifier, and one that moves, are other rows.
#[test]
fn kept_texts_are_never_older_than_their_rows() {
    let (_dir, store, raw) = rows();
    for change in [
        ONE_MORE,
        "UPDATE workbenches SET status_json = '{}', phase = 'Failed' WHERE id = 'wb-1'",
        "UPDATE users SET display_name = 'Anna' WHERE id = 'u-1'",
        "UPDATE users SET username = 'anna', display_name = '' WHERE id = 'u-1'",
        "INSERT INTO runs (id, workbench_id, number, generation, status, started_at, start_deadline)
         VALUES ('run-1', 'wb-1', 1, 1, 'pending', 0, 0)",
        "UPDATE workbenches SET run_number = 1 WHERE id = 'wb-1'",
        "UPDATE runs SET status = 'running', last_seq = 7 WHERE id = 'run-1'",
        "DELETE FROM runs WHERE id = 'run-1'",
        "DELETE FROM workbenches WHERE id = 'wb-2'",
        ONE_MORE,
        "UPDATE workbenches SET workspace_id = 'ws-2' WHERE id = 'wb-2'",
        "UPDATE workbenches SET name = 'deux' WHERE id = 'wb-2'",
        "UPDATE workbenches SET workspace_id = 'ws-1' WHERE id = 'wb-2'",
    ] {
        raw.execute(change, []).expect(change);
        for workspace in ["ws-1", "ws-2"] {
            listing(&store, workspace, None);
        }
        let id = WorkbenchId::new("wb-1");
        let kept = store.read(|tx| Snapshot { store: &store, tx }.workbench_json(&id));
        let fresh = serde_json::to_string(&store.workbench(&id).expect("read")).expect("JSON");
        assert_eq!(kept.expect("read").as_deref(), Some(&*fresh), "{change}");
    }
}

/// Returns changed rows and removed ids since a version, or `None` for the whole list.
fn list_changes(
    store: &Store,
    workspace: &str,
    since: &ListVersion,
) -> Option<(Vec<String>, Vec<String>)> {
    let listing = listing(store, workspace, Some(since));
    assert!(listing.since.is_none() || listing.since.as_ref() == Some(since));
    listing.since.map(|_| {
        let rows = listing.items.iter().map(|row| row.id.to_string());
        let removed = listing.removed.iter().map(ToString::to_string);
        (rows.collect(), removed.collect())
    })
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[test]
fn only_visible_changes_change_the_tag_of_a_list() {
    let (_dir, store, raw) = rows();
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
    let (dir, store, _raw) = rows();
    let before = tag(&store, "ws-1");
    drop(store);
    let store = Store::open(dir.path()).expect("a store");
    assert_ne!(tag(&store, "ws-1"), before);
}

#[test]
fn rows_older_than_the_counter_are_listed_and_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut raw = Connection::open(Store::path_in(dir.path())).expect("a database");
    rusqlite_migration::Migrations::from_slice(super::super::migrations::MIGRATIONS)
        .to_version(&mut raw, 4)
        .expect("the form before");
    raw.execute_batch(ROWS).expect("rows");
    let store = Store::open(dir.path()).expect("brought up to this form");
    let list = listing(&store, "ws-1", None);
    assert_eq!(list.items.len(), 1);
    raw.execute(ONE_MORE, []).expect("a row");
    let before = list.version.expect("a version");
    assert_ne!(tag(&store, "ws-1"), before);
    let list_changes = list_changes(&store, "ws-1", &before);
    assert_eq!(list_changes, Some((ids(&["wb-2"]), Vec::new())));
}

/// Returns a store with two workspaces, one workbench in the first, and what brings changes about.
fn scene() -> (tempfile::TempDir, Store, Connection) {
    let (dir, store, raw) = rows();
    raw.execute(ONE_MORE, []).expect("a row");
    (dir, store, raw)
}

fn rows() -> (tempfile::TempDir, Store, Connection) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path()).expect("a store");
    let raw = Connection::open(Store::path_in(dir.path())).expect("the database");
    raw.execute_batch(ROWS).expect("rows");
    (dir, store, raw)
}

#[test]
fn each_change_is_listed_once_for_each_older_version() {
    let (_dir, store, raw) = scene();
    let begin = tag(&store, "ws-1");
    let mut before = begin.clone();
    let other = tag(&store, "ws-2");
    for (change, rows) in [
        ("UPDATE workbenches SET name = 'uno' WHERE id = 'wb-1'", &["wb-1"][..]),
        ("UPDATE workbenches SET status_json = '{}', phase = 'Failed' WHERE id = 'wb-2'", &["wb-2"]),
        ("UPDATE workbenches SET updated_at = 1 WHERE id = 'wb-1'", &["wb-1"]),
        (
            "INSERT INTO runs (id, workbench_id, number, generation, status, started_at, start_deadline)
             VALUES ('run-1', 'wb-1', 1, 1, 'pending', 0, 0)",
            &["wb-1"],
        ),
        ("UPDATE runs SET last_seq = 7 WHERE id = 'run-1'", &["wb-1"]),
        ("DELETE FROM runs WHERE id = 'run-1'", &["wb-1"]),
        ("UPDATE users SET display_name = 'Anna'", &["wb-1", "wb-2"]),
        ("UPDATE workbenches SET desired = 'Running'", &["wb-1", "wb-2"]),
    ] {
        raw.execute(change, []).expect(change);
        let expected = Some((ids(rows), Vec::new()));
        assert_eq!(list_changes(&store, "ws-1", &before), expected, "{change}");
        before = tag(&store, "ws-1");
        let nothing = Some((Vec::new(), Vec::new()));
        assert_eq!(list_changes(&store, "ws-1", &before), nothing, "{change}");
    }
    assert_eq!(
        list_changes(&store, "ws-1", &begin),
        Some((ids(&["wb-1", "wb-2"]), Vec::new()))
    );
    assert_eq!(tag(&store, "ws-2"), other, "nothing of it has changed");
    for change in [
        "UPDATE users SET password_hash = 'x'",
        "UPDATE workspaces SET name = 'Laboratory'",
        "INSERT INTO users (id, username, display_name, password_hash, created_at)
         VALUES ('u-2', 'bob', 'Bob', '', 0)",
        "UPDATE users SET display_name = 'Bobby' WHERE id = 'u-2'",
    ] {
        raw.execute(change, []).expect(change);
        assert_eq!(tag(&store, "ws-1"), before, "{change}: no row shows it");
    }
}

#[test]
fn a_removal_is_listed_once_and_not_for_a_recreated_row() {
    let (_dir, store, raw) = scene();
    let begin = tag(&store, "ws-1");
    raw.execute("DELETE FROM workbenches WHERE id = 'wb-2'", [])
        .expect("gone");
    assert_eq!(
        list_changes(&store, "ws-1", &begin),
        Some((Vec::new(), ids(&["wb-2"])))
    );
    let gone = tag(&store, "ws-1");
    assert_eq!(
        list_changes(&store, "ws-1", &gone),
        Some((Vec::new(), Vec::new()))
    );
    raw.execute(ONE_MORE, []).expect("a row");
    let anew = Some((ids(&["wb-2"]), Vec::new()));
    assert_eq!(list_changes(&store, "ws-1", &gone), anew);
    assert_eq!(
        list_changes(&store, "ws-1", &begin),
        anew,
        "its row says it all"
    );
}

#[test]
fn a_moved_row_leaves_one_list_and_joins_the_other() {
    let (_dir, store, raw) = scene();
    let (from, to) = (tag(&store, "ws-1"), tag(&store, "ws-2"));
    let moves = |to: &str| {
        let sql = "UPDATE workbenches SET workspace_id = ?1 WHERE id = 'wb-1'";
        assert_eq!(raw.execute(sql, [to]), Ok(1));
    };
    moves("ws-2");
    assert_eq!(
        list_changes(&store, "ws-1", &from),
        Some((Vec::new(), ids(&["wb-1"])))
    );
    assert_eq!(
        list_changes(&store, "ws-2", &to),
        Some((ids(&["wb-1"]), Vec::new()))
    );
    let between = tag(&store, "ws-1");
    moves("ws-1");
    assert_eq!(
        list_changes(&store, "ws-1", &between),
        Some((ids(&["wb-1"]), Vec::new()))
    );
    // More went than is left: the list itself is shorter.
    assert_eq!(list_changes(&store, "ws-2", &to), None);
}

#[test]
fn an_unknown_version_gets_the_whole_list() {
    let (_dir, store, raw) = scene();
    let before = tag(&store, "ws-1");
    let number = before.number_in(&store.opened).expect("ours");
    raw.execute("UPDATE workbenches SET name = 'x'", [])
        .expect("rows");
    for since in [
        ListVersion::new("another", number),
        ListVersion::new(&store.opened, number + 100),
        ListVersion::from("garbled"),
        ListVersion::from(""),
    ] {
        let whole = listing(&store, "ws-1", Some(&since));
        assert_eq!((whole.since, whole.items.len()), (None, 2), "{since:?}");
        assert!(whole.removed.is_empty());
    }
    assert!(list_changes(&store, "ws-1", &before).is_some());
}

#[test]
fn a_version_before_the_oldest_removal_gets_the_whole_list() {
    let (_dir, store, raw) = scene();
    let sweep = || {
        let now = vestibule_model::time::Timestamp::from_millis(0);
        store
            .sweep(&super::super::Retention::default(), now)
            .expect("swept");
    };
    let begin = tag(&store, "ws-1");
    let many = REMOVALS;
    let created = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
            spec_generation, created_by, created_at, updated_at)
        SELECT 'wb-many-' || i, 'ws-1', 'n', 'welcome', '{}', 'Stopped', 1, 1, 'u-1', 0, 0 FROM n";
    raw.execute(created, [many * 2]).expect("rows");
    let first = tag(&store, "ws-1");
    let goes = "DELETE FROM workbenches WHERE id IN
        (SELECT id FROM workbenches WHERE id LIKE 'wb-many-%' LIMIT ?1)";
    raw.execute(goes, [many]).expect("rows");
    sweep();
    assert_eq!(
        list_changes(&store, "ws-1", &first).map(|list_changes| list_changes.1.len()),
        usize::try_from(many).ok()
    );
    let second = tag(&store, "ws-1");
    raw.execute(goes, [1]).expect("a row");
    sweep();
    assert_eq!(
        list_changes(&store, "ws-1", &first),
        None,
        "one is forgotten"
    );
    assert_eq!(list_changes(&store, "ws-1", &begin), None);
    assert_eq!(
        list_changes(&store, "ws-1", &second).map(|list_changes| list_changes.1.len()),
        Some(1)
    );
    let kept: u32 = raw
        .query_row("SELECT count(*) FROM list_removals", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(kept, many);
}

/// Returns the plan of a query, a step a line.
fn plan(store: &Store, sql: &str, params: impl rusqlite::Params) -> String {
    let lines = store.read(|tx| {
        let mut statement = tx.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let lines = statement.query_map(params, |row| row.get::<_, String>("detail"))?;
        Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?)
    });
    lines.expect("a plan").join("\n")
}

#[test]
fn the_changes_are_found_without_reading_the_rest() {
    let (_dir, store, _) = scene();
    let list = plan(&store, &workbench_rows::since_sql(), params!["ws-1", 0]);
    assert!(
        list.contains("workbenches_by_list_version (workspace_id=? AND list_version>?)"),
        "{list}"
    );
    let stream = plan(&store, &workbench_rows::changed_sql(), [0]);
    assert!(
        stream.contains("workbenches_by_change (changed_seq>?)"),
        "{stream}"
    );
    assert!(!stream.contains("SCAN"), "{stream}");
}
