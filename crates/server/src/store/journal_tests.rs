//! Words of version 0.1.0 in a database.

use crate::store::Store;
use rusqlite::Connection;
use vestibule_engine::controller::StatusStore as _;
use vestibule_model::condition::Condition;
use vestibule_model::ids::{RunId, WorkbenchId};

/// A run that waits for a secret, and one that runs, as 0.1.0 left them.
const ROWS: &str = r#"
    INSERT INTO users (id, username, display_name, password_hash, created_at) VALUES ('u-1', 'ann', 'Ann', '', 0);
    INSERT INTO workspaces (id, name, created_by, created_at, updated_at) VALUES ('ws-1', 'Lab', 'u-1', 0, 0);
    INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
        spec_generation, created_by, created_at, updated_at, run_number, status_run, phase, k8s_status, status_json)
    VALUES ('wb-1', 'ws-1', 'one', 'welcome', '{}', 'Running', 1, 1, 'u-1', 0, 0, 1, 1, 'Pending', 'Progressing',
        '{"runNumber":1,"phase":"Pending","conditions":[
            {"type":"SecretsReady","status":"False","reason":"SecretMissing","message":"Missing in this workspace: A."},
            {"type":"RunnerStarted","status":"True","reason":"Started","message":""},
            {"type":"Ready","status":"False","reason":"SecretMissing","message":"Missing in this workspace: A."}]}');
    INSERT INTO runs (id, workbench_id, number, generation, status, started_at, start_deadline, cause)
    VALUES ('run-1', 'wb-1', 1, 1, 'pending', 0, 0, 'SecretMissing');
    INSERT INTO transitions (run_id, at, kind, condition, from_status, to_status, reason, message, source, generation)
    VALUES ('run-1', 0, 'wish', NULL, NULL, NULL, 'Started', 'Ann started it.', 'wish', 1),
        ('run-1', 1, 'status', 'SecretsReady', NULL, 'False', 'SecretMissing', '', 'observation', 1),
        ('run-1', 2, 'status', 'Ready', NULL, 'False', 'SecretMissing', '', 'observation', 1),
        ('run-1', 3, 'status', 'PVCReady', NULL, 'True', 'Bound', '', 'observation', 1),
        ('run-1', 4, 'status', 'JobCreated', NULL, 'True', 'JobCreated', '', 'observation', 1),
        ('run-1', 5, 'status', 'Ready', NULL, 'True', 'ProbeSucceeded', '', 'observation', 1),
        ('run-1', 6, 'status', 'Ready', NULL, 'False', 'UserStopped', '', 'observation', 1);"#;

#[test]
fn statuses_and_journals_of_0_1_0_are_read_in_the_words_of_today() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path()).expect("a store");
    let raw = Connection::open(Store::path_in(dir.path())).expect("the database");
    raw.execute_batch(ROWS).expect("rows");

    let present = ["SecretNotFound", "ContainerRunning", "SecretsNotReady"];
    let words = |conditions: &[Condition]| -> Vec<String> {
        conditions.iter().map(|c| c.reason.clone()).collect()
    };
    let id = WorkbenchId::new("wb-1");
    let shown = store.workbench(&id).expect("read").expect("a workbench");
    assert_eq!(words(&shown.status.conditions), present);
    // The rule compares with what it finds: a new word alone must be no change.
    let record = store.load(&id).expect("read").expect("a record");
    assert_eq!(words(&record.status.conditions), present);

    let run = RunId::new("run-1");
    let found = store.run(&run).expect("read").expect("a run");
    assert_eq!(found.cause.as_deref(), Some("SecretNotFound"));
    let (entries, _) = store.journal(&run, 0).expect("read");
    let reasons: Vec<_> = entries.iter().map(|entry| entry.reason.as_str()).collect();
    let expected = [
        // A command is no condition.
        "Started",
        "SecretNotFound",
        "SecretsNotReady",
        "Bound",
        "Created",
        "SessionRunning",
        "UserStopped",
    ];
    assert_eq!(reasons, expected);
}
