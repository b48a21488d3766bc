//! Stop and delete, in every phase.

use crate::bench::{Bench, Row, is_alive, kill, wait_for};
use std::time::Instant;
use vestibule_model::condition::ConditionType::{Completed, Failed, Ready};
use vestibule_model::phase::Phase;
use vestibule_model::reason;

const APPS: &str = r#"
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
stop_grace_seconds = 30
[[app]]
name = "stubborn"
command = ["sh", "-c", "trap '' TERM; sleep 603 & echo ready; wait; sleep 604"]
stop_grace_seconds = 1
[[app]]
name = "forger"
command = ["python3", "-c", """
import json, os, time
time.sleep(0.5)
os.chdir(os.environ['VESTIBULE_DIR'] + '/../runs/1')
ending = {'at': '2026-11-22T07:00:00Z', 'how': {'code': 0}, 'restarts': 0, 'asked': 'no'}
open('exit.json', 'w').write(json.dumps(ending))
record = json.load(open('process.json'))
record['supervisor'] = int(os.environ['VICTIM'])
open('process.json', 'w').write(json.dumps(record))
time.sleep(605)
"""]
[[app]]
name = "slow-to-stop"
command = ["sh", "-c", "trap 'sleep 0.5; exit 0' TERM; echo ready; while :; do sleep 0.05; done"]
stop_grace_seconds = 30
"#;

fn was_stopped_by_a_person(row: &Row) {
    let why = row.record.status.stopped_reason.as_deref();
    assert_eq!(why, Some(reason::USER_STOPPED));
    assert!(!row.was_ever_true(&Failed) && !row.was_ever_true(&Completed));
}

#[tokio::test(flavor = "multi_thread")]
async fn workbench_starts_again_in_the_same_folder() {
    let bench = Bench::new(APPS);
    let id = bench.start("stop", "files");
    bench.until_running(&id).await;
    let pid = bench.pid(&id);
    std::fs::write(bench.workbench_folder(&id).join("files/kept"), "x").expect("written");
    bench.stop(&id);
    was_stopped_by_a_person(&bench.until_phase(&id, Phase::Stopped).await);
    assert!(!is_alive(pid));
    bench.start_again(&id);
    let row = bench.until_running(&id).await;
    assert_eq!(row.run_number(), Some(2));
    assert!(bench.workbench_folder(&id).join("files/kept").exists());
}

/// FIELD 13: "Stop during Creating is ignored."
#[tokio::test(flavor = "multi_thread")]
async fn stop_at_any_moment_of_a_start_ends_stopped() {
    let bench = Bench::new(APPS);
    for (i, pause) in [0_u64, 1, 3, 8, 20, 50, 120].into_iter().enumerate() {
        let id = bench.start(&format!("early{i}"), "files");
        // Different moments are intended, so this does not wait for a condition.
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
        bench.stop(&id);
        was_stopped_by_a_person(&bench.until_phase(&id, Phase::Stopped).await);
        let mark = format!("VESTIBULE_WORKBENCH_ID={id}");
        assert_eq!(
            alive_in(&bench, &mark),
            Vec::<i32>::new(),
            "after {pause} ms"
        );
    }
}

fn alive_in(bench: &Bench, mark: &str) -> Vec<i32> {
    let ours = crate::bench::pids_with(&bench.folder().to_string_lossy());
    let mut marked = crate::bench::pids_with(mark);
    marked.retain(|pid| ours.contains(pid));
    marked
}

#[tokio::test(flavor = "multi_thread")]
async fn app_that_ignores_the_signal_is_killed_with_its_children_after_its_grace() {
    let bench = Bench::new(APPS);
    let id = bench.start("stubborn", "stubborn");
    bench.until_phase(&id, Phase::Running).await;
    while !bench.output(&id).await.contains("ready") {
        tokio::task::yield_now().await;
    }
    let begin = Instant::now();
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopping).await;
    was_stopped_by_a_person(&bench.until_phase(&id, Phase::Stopped).await);
    assert!(begin.elapsed().as_millis() >= 1000, "not before its grace");
    let mark = format!("VESTIBULE_WORKBENCH_ID={id}");
    assert_eq!(alive_in(&bench, &mark), Vec::<i32>::new());
    assert!(bench.output(&id).await.contains("did not stop within 1 s"));
}

/// Reliability review, finding 16: a supervisor that was stopped held the stop up without end.
#[tokio::test(flavor = "multi_thread")]
async fn stop_wakes_a_supervisor_that_was_stopped() {
    let bench = Bench::new(APPS);
    let id = bench.start("frozen", "files");
    bench.until_running(&id).await;
    let pid = bench.pid(&id);
    kill(bench.supervisor(&id), "-STOP");
    bench.stop(&id);
    was_stopped_by_a_person(&bench.until_phase(&id, Phase::Stopped).await);
    assert!(!is_alive(pid));
}

#[tokio::test(flavor = "multi_thread")]
async fn forced_stop_happens_without_the_server() {
    let mut bench = Bench::new(APPS);
    let id = bench.start("orphan", "stubborn");
    bench.until_phase(&id, Phase::Running).await;
    while !bench.output(&id).await.contains("ready") {
        tokio::task::yield_now().await;
    }
    let pid = bench.pid(&id);
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopping).await;
    bench.end_server().await;
    wait_for("the process to be killed", || !is_alive(pid)).await;
    bench.start_server();
    was_stopped_by_a_person(&bench.until_phase(&id, Phase::Stopped).await);
}

/// DESIGN section 4, rule 7: "A late success never undoes a stop".
#[tokio::test(flavor = "multi_thread")]
async fn exit_0_while_stopping_is_a_stop_and_no_success() {
    let bench = Bench::new(APPS);
    let id = bench.start("slow", "slow-to-stop");
    bench.until_phase(&id, Phase::Running).await;
    while !bench.output(&id).await.contains("ready") {
        tokio::task::yield_now().await;
    }
    bench.stop(&id);
    let row = bench.until_phase(&id, Phase::Stopped).await;
    was_stopped_by_a_person(&row);
    assert!(!row.was_ever_true(&Ready));
}

/// As when the machine shuts down: everything gets the signal, and polite apps exit with 0.
#[tokio::test(flavor = "multi_thread")]
async fn sigterm_to_a_supervisor_is_neither_success_nor_stop_by_a_person() {
    let bench = Bench::new(APPS);
    let id = bench.start("outside", "slow-to-stop");
    bench.until_phase(&id, Phase::Running).await;
    while !bench.output(&id).await.contains("ready") {
        tokio::task::yield_now().await;
    }
    kill(bench.supervisor(&id), "-TERM");
    let row = bench.until_phase(&id, Phase::Stopped).await;
    let why = row.record.status.stopped_reason.as_deref();
    assert_eq!(why, Some(reason::TERMINATED));
    assert!(!row.was_ever_true(&Completed) && !row.was_ever_true(&Failed));
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_workbench_is_stopped_removed_and_forgotten() {
    let bench = Bench::new(APPS);
    for (name, wait) in [("ready", true), ("starting", false)] {
        let id = bench.start(name, "files");
        if wait {
            bench.until_running(&id).await;
        }
        bench.delete(&id);
        bench.until_forgotten(&id).await;
        assert!(!bench.workbench_folder(&id).exists());
        let mark = format!("VESTIBULE_WORKBENCH_ID={id}");
        assert_eq!(alive_in(&bench, &mark), Vec::<i32>::new());
    }
    wait_for("no task to be left", || {
        bench.controller().active_count() == 0
    })
    .await;
}

/// Security review, finding 13: an app writes into its run's record.
#[tokio::test(flavor = "multi_thread")]
async fn forged_record_neither_ends_a_run_nor_leads_a_stop_astray() {
    let bench = Bench::new(APPS);
    let mut victim = std::process::Command::new("sleep")
        .arg("606")
        .spawn()
        .expect("sleep");
    let victim_pid = victim.id().to_string();
    let id = bench.create("forger", "forger", |record| {
        record.target.spec.env = Some([("VICTIM".to_owned(), victim_pid.clone())].into());
    });
    let process = bench.run_folder(&id, 1).join("process.json");
    wait_for("the forgery", || {
        std::fs::read_to_string(&process).is_ok_and(|text| text.contains(&victim_pid))
    })
    .await;
    let pid = bench.pid(&id);
    bench.controller().enqueue(&id);
    let row = bench.until_phase(&id, Phase::Running).await;
    assert!(!row.was_ever_true(&Completed));
    bench.stop(&id);
    was_stopped_by_a_person(&bench.until_phase(&id, Phase::Stopped).await);
    assert!(!is_alive(pid));
    assert!(
        victim.try_wait().expect("known").is_none(),
        "it was signalled"
    );
    victim.kill().expect("killed");
    victim.wait().expect("it ended");
    bench.delete(&id);
    bench.until_forgotten(&id).await;
}
