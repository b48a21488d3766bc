//! Restarts of the server at any moment.

use crate::bench::{Bench, is_alive, kill, pids_with, wait_for};
use vestibule_engine::Engine as _;
use vestibule_model::condition::ConditionType::{Failed, RunnerStarted};
use vestibule_model::observed::{Probe, Runner};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

const APPS: &str = r#"
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
restart_limit = 0
stop_grace_seconds = 5
[[app]]
name = "sleeper"
command = ["sh", "-c", "echo started; exec sleep 600"]
restart_limit = 0
stop_grace_seconds = 5
"#;

#[tokio::test(flavor = "multi_thread")]
async fn running_workbench_is_adopted_and_can_be_stopped() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("found", "files");
    let before = bench.until_running(&id).await;
    let pid = bench.pid(&id);
    bench.end_server().await;
    assert!(is_alive(pid));
    bench.start_server();
    let target = before.record.target.clone();
    assert!(bench.engine().endpoint(&target).await.is_ok(), "at once");
    bench.controller().enqueue(&id);
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    assert!(!is_alive(pid));
}

#[tokio::test(flavor = "multi_thread")]
async fn adoption_adds_nothing_to_the_journal() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("same", "files");
    let before = bench.until_running(&id).await;
    let pid = bench.pid(&id);
    bench.end_server().await;
    bench.start_server();
    // The end of the adopted process is published, so the workbench has been observed.
    let after = bench.until_running(&id).await;
    assert_eq!(after.journal, before.journal);
    assert_eq!(bench.pid(&id), pid);
    kill(pid, "-KILL");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.exit_code, Some(137), "seen by its supervisor");
}

#[tokio::test(flavor = "multi_thread")]
async fn end_without_a_server_is_reported_as_it_was() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("meanwhile", "sleeper");
    bench.until_phase(&id, Phase::Running).await;
    bench.end_server().await;
    kill(bench.pid(&id), "-KILL");
    wait_for("its ending to be recorded", || {
        bench.run_folder(&id, 1).join("exit.json").exists()
    })
    .await;
    bench.start_server();
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(
        (row.reason(&Failed), row.exit_code),
        (reason::EXIT_CODE, Some(137))
    );
}

/// The supervisor keeps the limit: an app with a limit of 15 s was up at 27 s, because the server
/// that was to stop it was away.
#[tokio::test(flavor = "multi_thread")]
async fn time_limit_is_kept_while_there_is_no_server() {
    let mut bench = Bench::new(APPS);
    let id = bench.create("limited", "sleeper", |record| {
        record.target.spec.active_deadline_seconds = Some(3);
    });
    bench.until_phase(&id, Phase::Running).await;
    bench.end_server().await;
    let pid = bench.pid(&id);
    wait_for("its ending to be recorded", || {
        bench.run_folder(&id, 1).join("exit.json").exists()
    })
    .await;
    assert!(!is_alive(pid));
    bench.start_server();
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::TIMEOUT);
    assert_eq!(row.k8s_status, K8sStatus::Killed);
    assert_eq!(
        row.record.status.message.as_deref(),
        Some("The run reached its time limit of 3 s.")
    );
    let log = bench.output(&id).await;
    assert!(log.contains("reached its time limit"), "{log}");
}

/// Rule 9: an app that does not run is never shown as running.
#[tokio::test(flavor = "multi_thread")]
async fn power_failure_loses_the_run_and_is_reported() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("power", "sleeper");
    bench.until_phase(&id, Phase::Running).await;
    bench.end_server().await;
    let pid = bench.pid(&id);
    kill(bench.supervisor(&id), "-KILL");
    kill(pid, "-KILL");
    wait_for("both to be gone", || !is_alive(pid)).await;
    bench.start_server();
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::LOST);
}

/// The server was killed between the record of the start and the supervisor.
#[tokio::test(flavor = "multi_thread")]
async fn recorded_start_continues_exactly_once() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("decided", "sleeper");
    bench.until_phase(&id, Phase::Running).await;
    let folder = bench.run_folder(&id, 1);
    let launch = std::fs::read(folder.join("launch.json")).expect("a record");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    bench.end_server().await;
    std::fs::remove_dir_all(&folder).expect("cleared");
    std::fs::create_dir(&folder).expect("made");
    std::fs::write(folder.join("launch.json"), launch).expect("written");
    let id2 = bench.create("decided", "sleeper", |_| {});
    assert_eq!(id2, id);
    bench.start_server();
    let row = bench.until_phase(&id, Phase::Running).await;
    assert!(row.was_ever_true(&RunnerStarted));
    let pid = bench.pid(&id);
    // More supervisors for the same run change nothing.
    for _ in 0..3 {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_vestibule_supervise"))
            .arg(&folder)
            .status();
        assert!(done.expect("it ran").success());
    }
    assert_eq!(bench.pid(&id), pid);
    assert_eq!(bench.output(&id).await, "started\n");
}

/// Ends the server's loop at many moments of a start.
#[tokio::test(flavor = "multi_thread")]
async fn restarts_of_the_server_during_a_start_lose_nothing() {
    let mut bench = Bench::new(APPS);
    for (i, pause) in [0_u64, 2, 5, 15, 40, 100, 200].into_iter().enumerate() {
        let id = bench.start(&format!("middle{i}"), "files");
        // Different moments are intended, so this does not wait for a condition.
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        bench.end_server().await;
        bench.start_server();
        let row = bench.until_running(&id).await;
        assert_eq!(row.run_number(), Some(1));
        let mark = format!(
            "VESTIBULE_RUN_ID={}",
            row.record.target.run.expect("a run").id
        );
        assert_eq!(pids_with(&mark).len(), 1, "one process after {pause} ms");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbled_records_never_stop_the_server() {
    let mut bench = Bench::not_started(APPS);
    for (name, file) in [("launch", "launch.json"), ("exit", "exit.json")] {
        let id = bench.create(name, "sleeper", |_| {});
        let folder = bench.run_folder(&id, 1);
        std::fs::create_dir_all(&folder).expect("made");
        std::fs::create_dir_all(bench.workbench_folder(&id).join("files")).expect("made");
        std::fs::write(folder.join(file), b"\xff{garbage").expect("written");
    }
    bench.start_server();
    let row = bench.until_phase(&"wb-launch".into(), Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::START_ERROR);
    assert!(
        row.message(&Failed).contains("cannot be read"),
        "{}",
        row.message(&Failed)
    );
    let row = bench.until_phase(&"wb-exit".into(), Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::LOST);
    let good = bench.start("good", "files");
    assert_eq!(
        bench.until_running(&good).await.k8s_status,
        K8sStatus::Running
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn run_with_a_garbled_process_record_can_be_stopped() {
    let bench = Bench::new(APPS);
    let id = bench.start("garbled", "sleeper");
    bench.until_phase(&id, Phase::Running).await;
    let pid = bench.pid(&id);
    std::fs::write(bench.run_folder(&id, 1).join("process.json"), "{").expect("written");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    assert!(!is_alive(pid));
}

/// Faults, RM1 and RM2.
#[tokio::test(flavor = "multi_thread")]
async fn record_and_socket_that_were_removed_are_made_again() {
    let bench = Bench::new(APPS);
    let id = bench.start("kept", "files");
    let row = bench.until_running(&id).await;
    let (pid, target) = (bench.pid(&id), row.record.target.clone());
    let run = bench.run_folder(&id, 1);
    let launch = std::fs::read(run.join("launch.json")).expect("a record");
    let read: serde_json::Value = serde_json::from_slice(&launch).expect("JSON");
    let gate = std::path::Path::new(read["sockets"].as_str().expect("a folder")).join("gate.sock");

    std::fs::remove_file(&gate).expect("removed");
    let seen = bench.engine().observe(&target).await;
    let Probe::Failed(why) = &seen.probe else {
        panic!("it was reached: {:?}", seen.probe);
    };
    assert!(
        why.contains("socket") && why.contains("was removed"),
        "{why}"
    );

    std::fs::remove_file(run.join("launch.json")).expect("removed");
    std::fs::write(run.join("process.json"), "{").expect("written");
    let seen = bench.engine().observe(&target).await;
    let Runner::Unobserved { why, .. } = seen.runner else {
        panic!("it was observed: {:?}", seen.runner);
    };
    assert!(why.contains("record was removed or damaged"), "{why}");

    wait_for("the record and the socket", || {
        gate.exists() && std::fs::read(run.join("launch.json")).is_ok_and(|again| again == launch)
    })
    .await;
    bench.until_running(&id).await;
    assert!(bench.engine().endpoint(&target).await.is_ok());
    assert_eq!(bench.pid(&id), pid, "the same process");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    assert!(!is_alive(pid) && !gate.exists());
}

/// Faults, RM4.
#[tokio::test(flavor = "multi_thread")]
async fn processes_of_a_data_folder_that_was_removed_are_found() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("lost", "files");
    bench.until_running(&id).await;
    let supervisor = bench.supervisor(&id);
    assert!(bench.engine().lost_runs().expect("searched").is_empty());
    bench.end_server().await;
    let (folder, away) = (
        bench.folder().join("workbenches"),
        bench.folder().join("away"),
    );
    std::fs::rename(&folder, &away).expect("moved");
    bench.start_server();
    assert_eq!(bench.engine().lost_runs().expect("searched"), [supervisor]);
    bench.end_server().await;
    std::fs::remove_dir_all(&folder).expect("removed");
    std::fs::rename(&away, &folder).expect("put back");
    bench.start_server();
    assert!(bench.engine().lost_runs().expect("searched").is_empty());
    bench.stop(&id);
    // The server may have seen that the folder was gone, and ended the run.
    bench
        .until(&id, "over", |row| row.record.status.phase.is_terminal())
        .await;
}

/// A disk that was full from the beginning refuses the record, its reserve and the supervisor's log:
/// it retries.
#[tokio::test(flavor = "multi_thread")]
async fn record_of_an_end_is_retried() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path();
    let launch = serde_json::json!({
        "workbenchId": "wb-full", "runId": "run-full", "command": ["/bin/sh", "-c", "exit 7"],
        "env": {}, "dir": run, "port": 20001, "stopGraceSeconds": 1
    });
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vestibule_supervise"));
    command.arg(run).stderr(full.expect("Linux"));
    std::fs::write(run.join("launch.json"), launch.to_string()).expect("written");
    std::fs::create_dir(run.join("exit.reserve")).expect("made");
    // It waits for the lock until the name under which its record is written first is taken.
    let lock = std::fs::File::create(run.join("lock")).expect("made");
    lock.lock().expect("free");
    let mut supervisor = command.spawn().expect("it runs");
    let blocked = run.join(format!(".exit.json.{}.tmp", supervisor.id()));
    std::fs::create_dir(&blocked).expect("made");
    drop(lock);
    wait_for("the app to have been started", || {
        std::fs::read_to_string(run.join("process.json")).is_ok_and(|p| !p.contains("null"))
    })
    .await;
    assert!(supervisor.try_wait().expect("asked").is_none(), "holds on");
    std::fs::remove_dir(&blocked).expect("removed");
    wait_for("the ending", || run.join("exit.json").exists()).await;
    let ending = std::fs::read_to_string(run.join("exit.json")).expect("read");
    assert!(ending.contains("{\"code\":7}"), "{ending}");
    supervisor.wait().expect("collected");
}

/// Reliability review, finding 13.
#[tokio::test(flavor = "multi_thread")]
async fn data_folder_that_was_removed_or_replaced_is_no_observation() {
    let bench = Bench::new(crate::starting::FILES);
    let id = bench.start("moved", "files");
    bench.until_running(&id).await;
    let pid = bench.pid(&id);
    let (folder, away) = (
        bench.folder().join("workbenches"),
        bench.folder().join("away"),
    );
    std::fs::rename(&folder, &away).expect("moved");
    for replaced in [false, true] {
        if replaced {
            std::fs::create_dir(&folder).expect("made");
        }
        let record = bench.row(&id).expect("there").record;
        let seen = bench.engine().observe(&record.target).await;
        let Runner::Unobserved { why, .. } = seen.runner else {
            panic!("it was observed: {:?}", seen.runner);
        };
        assert!(why.contains("removed or replaced"), "{why}");
    }
    let row = bench.row(&id).expect("there");
    assert_eq!(row.record.status.phase, Phase::Running);
    std::fs::remove_dir(&folder).expect("removed");
    std::fs::rename(&away, &folder).expect("put back");
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    assert!(!is_alive(pid));
}
