//! Endings without a command: exit codes, signals and leftovers.

use crate::bench::{Bench, is_alive, kill, pids_with, wait_for};
use vestibule_engine::Engine as _;
use vestibule_model::condition::ConditionType::{Completed, Failed, Ready};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

const ENDING: &str = r#"
[[app]]
name = "exit-0"
command = ["sh", "-c", "exit 0"]
[[app]]
name = "exit-1"
command = ["sh", "-c", "echo it went wrong >&2; exit 1"]
[[app]]
name = "exit-2"
command = ["sh", "-c", "exit 2"]
[[app]]
name = "exit-7"
command = ["sh", "-c", "exit 7"]
restart_limit = 0
[[app]]
name = "segv"
command = ["sh", "-c", "kill -SEGV $$"]
restart_limit = 0
[[app]]
name = "real-time-signal"
command = ["sh", "-c", "kill -40 $$"]
restart_limit = 0
[[app]]
name = "sleeper"
command = ["sleep", "600"]
[[app]]
name = "leaves-children"
command = ["sh", "-c", "sleep 601 & setsid sleep 602 & echo here; exit 0"]
[[app]]
name = "chatter"
command = ["sh", "-c", "head -c 5000000 /dev/zero; head -c 3000000 /dev/urandom; echo; echo the last line; exit 7"]
restart_limit = 0
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
restart_limit = 0
"#;

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_and_signals_are_distinguished() {
    let bench = Bench::new(ENDING);
    for (app, phase, condition, cause, code) in [
        ("exit-0", Phase::Completed, Completed, reason::SUCCESS, 0),
        ("exit-1", Phase::Failed, Failed, reason::SDK_ERROR, 1),
        (
            "exit-2",
            Phase::Failed,
            Failed,
            reason::PREREQUISITE_FAILED,
            2,
        ),
        ("exit-7", Phase::Failed, Failed, reason::EXIT_CODE, 7),
        ("segv", Phase::Failed, Failed, reason::EXIT_CODE, 139),
        (
            "real-time-signal",
            Phase::Failed,
            Failed,
            reason::EXIT_CODE,
            168,
        ),
    ] {
        let id = bench.start(app, app);
        let row = bench.until_phase(&id, phase).await;
        assert_eq!(row.reason(&condition), cause, "{app}");
        assert_eq!(row.exit_code, Some(code), "{app}");
        assert!(!row.was_ever_true(&Ready), "{app}");
        if app == "exit-1" {
            assert_eq!(bench.output(&id).await, "it went wrong\n");
        }
    }
}

/// FIELD 12: "While Running nothing looks at the container".
#[tokio::test(flavor = "multi_thread")]
async fn crash_after_ready_shows_at_once() {
    let bench = Bench::new(ENDING);
    let id = bench.start("crash", "files");
    bench.until_running(&id).await;
    let begin = std::time::Instant::now();
    kill(bench.pid(&id), "-KILL");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(
        (row.reason(&Failed), row.exit_code),
        (reason::EXIT_CODE, Some(137))
    );
    assert_eq!(row.k8s_status, K8sStatus::Failed);
    // Not by the monitoring cadence of 5 s: the end of the process wakes the loop.
    assert!(begin.elapsed().as_secs() < 4, "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_from_outside_is_neither_failure_nor_stop_by_a_person() {
    let bench = Bench::new(ENDING);
    let id = bench.start("term", "sleeper");
    bench.until_phase(&id, Phase::Running).await;
    kill(bench.pid(&id), "-TERM");
    let row = bench.until_phase(&id, Phase::Stopped).await;
    let why = row.record.status.stopped_reason.as_deref();
    assert_eq!(why, Some(reason::TERMINATED));
}

#[tokio::test(flavor = "multi_thread")]
async fn leftover_processes_are_killed_even_in_their_own_sessions() {
    let bench = Bench::new(ENDING);
    let id = bench.start("children", "leaves-children");
    bench.until_phase(&id, Phase::Completed).await;
    let mark = format!("VESTIBULE_WORKBENCH_ID={id}");
    let folder = bench.folder().to_string_lossy().into_owned();
    wait_for("nothing to be left", || {
        let ours = pids_with(&folder);
        pids_with(&mark).iter().all(|pid| !ours.contains(pid))
    })
    .await;
}

/// FIELD 17: "The pod is deleted on failure and its logs with it."
#[tokio::test(flavor = "multi_thread")]
async fn endless_binary_output_is_bounded() {
    let bench = Bench::new(ENDING);
    let id = bench.start("chatter", "chatter");
    bench.until_phase(&id, Phase::Failed).await;
    let log = bench.engine().log(&id, 1, 0, 64 * 1024).await;
    assert!(log.text.ends_with("the last line\n"));
    assert!(log.skipped_bytes > 7_000_000, "{}", log.skipped_bytes);
    let on_disk: u64 = std::fs::read_dir(bench.run_folder(&id, 1))
        .expect("its record")
        .flatten()
        .map(|entry| entry.metadata().map_or(0, |m| m.len()))
        .sum();
    assert!(on_disk < 2_200_000, "{on_disk}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_supervisor_is_a_lost_run_without_processes() {
    let bench = Bench::new(ENDING);
    let id = bench.start("lost", "sleeper");
    bench.until_phase(&id, Phase::Running).await;
    let pid = bench.pid(&id);
    kill(bench.supervisor(&id), "-KILL");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!((row.reason(&Failed), row.exit_code), (reason::LOST, None));
    assert!(!is_alive(pid), "it must not outlive its run");
}
