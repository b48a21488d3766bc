//! Limits of memory, time and use; evictions.

use crate::bench::{Bench, kill, wait_for};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use vestibule_engine::Engine as _;
use vestibule_engine::clock::{Clock as _, SystemClock};
use vestibule_engine::local::MemoryGauge;
use vestibule_model::condition::ConditionStatus;
use vestibule_model::condition::ConditionType::{Failed, PodScheduled, PvcReady, Ready};
use vestibule_model::isolation::LimitLevel;
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::time::Millis;

const APPS: &str = r#"
[[app]]
name = "greedy"
command = ["python3", "-c", "import time; kept = bytearray(200_000_000); print('had it', flush=True); time.sleep(600)"]
memory_limit_mb = 80
[[app]]
name = "limited"
command = ["python3", "-c", "import time; kept = bytearray(200_000_000); print('had it', flush=True); time.sleep(600)"]
memory_limit_mb = 80
process_limit = 50
restart_limit = 0
[[app]]
name = "modest"
command = ["python3", "-c", "import time; kept = bytearray(20_000_000); time.sleep(600)"]
memory_limit_mb = 80
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
[[app]]
name = "licensed"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
most_running = 1
[[app]]
name = "stubborn"
command = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]
stop_grace_seconds = 1
"#;

#[tokio::test(flavor = "multi_thread")]
async fn app_over_its_memory_limit_is_killed() {
    let bench = Bench::new(APPS);
    let modest = bench.start("modest", "modest");
    let id = bench.start("greedy", "greedy");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::OOM_KILLED);
    assert_eq!(
        (row.k8s_status, row.exit_code),
        (K8sStatus::Killed, Some(137))
    );
    let why = row.record.status.message.unwrap_or_default();
    assert!(why.contains("its limit is 80 MB"), "{why}");
    assert!(bench.output(&id).await.contains("It was killed."));
    let modest = bench.row(&modest).expect("there");
    assert_ne!(modest.record.status.phase, Phase::Failed);
}

/// A folder stands for the delegated group: what the kernel does with it is not tried here.
#[tokio::test(flavor = "multi_thread")]
async fn run_in_a_control_group_is_limited_by_the_kernel() {
    let tree = tempfile::tempdir().expect("a folder");
    let own = tree.path().join("vestibule");
    std::fs::create_dir(&own).expect("made");
    std::fs::write(tree.path().join("cgroup.controllers"), "cpu memory pids").expect("written");
    let mut bench = Bench::not_started(APPS);
    let group = own.clone();
    bench.configure = Box::new(move |config| config.group = Some(group.clone()));
    bench.start_server();
    let report = bench.engine().isolation();
    assert_eq!(
        (report.limits, report.limits_explanation.as_str()),
        (LimitLevel::Cgroup, "")
    );
    let id = bench.start("kept", "limited");
    bench.until_phase(&id, Phase::Running).await;
    let groups = std::fs::read_dir(tree.path()).expect("a folder");
    let group = groups
        .map(|entry| entry.expect("a file").path())
        .find(|path| path.is_dir() && *path != own)
        .expect("the run's group");
    let read = |file: &Path| std::fs::read_to_string(file).expect("written");
    assert_eq!(read(&group.join("memory.max")), "80000000");
    assert_eq!(read(&group.join("memory.oom.group")), "1");
    assert_eq!(read(&group.join("pids.max")), "50");
    assert_eq!(read(&group.join("cpu.max")), "max 100000", "it has no size");
    assert_eq!(
        read(&tree.path().join("cgroup.subtree_control")),
        "+memory +pids +cpu"
    );
    let supervisor = bench.supervisor(&id).to_string();
    assert_eq!(
        read(&group.join("cgroup.procs")),
        supervisor,
        "it began there"
    );
    assert_eq!(read(&own.join("cgroup.procs")), supervisor, "and came back");

    // The app holds 200 MB, which no measurement ends: the kernel keeps the limit.
    while !bench.output(&id).await.contains("had it") {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let row = bench.row(&id).expect("there");
    assert_eq!(row.record.status.phase, Phase::Running);
    std::fs::write(group.join("memory.events"), "low 0\noom 1\noom_kill 1\n").expect("written");
    kill(bench.pid(&id), "-KILL");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::OOM_KILLED);
    let why = row.record.status.message.unwrap_or_default();
    assert!(why.contains("its limit of 80 MB"), "{why}");
    assert_eq!(read(&group.join("cgroup.kill")), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn app_limit_of_one_holds_after_a_restart_of_the_server() {
    let mut bench = Bench::new(APPS);
    let first = bench.start("first", "licensed");
    bench.until_running(&first).await;
    bench.end_server().await;
    bench.start_server();
    let second = bench.start("second", "licensed");
    bench
        .until(&second, "waiting for the licence", |row| {
            row.reason(&PodScheduled) == reason::UNSCHEDULABLE
        })
        .await;
    let other = bench.start("other", "files");
    bench.until_running(&other).await;
    bench.stop(&first);
    bench.until_running(&second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn app_limit_is_granted_in_order_of_requests() {
    let mut bench = Bench::not_started(APPS);
    let names = ["first", "second", "third", "fourth"];
    let mut waiting = names.map(|name| bench.start(name, "licensed")).to_vec();
    // All are found at once, as after a start of the server.
    bench.start_server();
    while !waiting.is_empty() {
        let first = waiting.remove(0);
        bench.until_running(&first).await;
        for id in &waiting {
            let row = bench.row(id).expect("there");
            assert!(!row.was_ever_true(&PodScheduled), "{id} was faster");
        }
        bench.stop(&first);
        if waiting.len() == 3 {
            // A workbench that leaves the queue blocks no other.
            bench.stop(&waiting.remove(0));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passed_active_deadline_is_a_timeout() {
    let bench = Bench::new(APPS);
    let id = bench.start("deadline", "files");
    // The time to become ready depends on the machine, so the limit is set afterwards.
    bench.until_running(&id).await;
    bench.command(&id, |record| {
        let run = record.subject.run.as_mut().expect("a run");
        run.active_deadline = Some(Millis::from_secs(1));
    });
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::TIMEOUT);
    assert_eq!(row.k8s_status, K8sStatus::Killed);
}

#[tokio::test(flavor = "multi_thread")]
async fn unused_workbench_is_stopped() {
    let bench = Bench::new(APPS);
    let id = bench.create("idle", "files", |record| {
        let run = record.subject.run.as_mut().expect("a run");
        run.idle_timeout = Some(Millis::from_secs(1));
    });
    let row = bench.until_phase(&id, Phase::Stopped).await;
    assert!(row.was_ever_true(&Ready) && !row.was_ever_true(&Failed));
    let why = row.record.status.stopped_reason.as_deref();
    assert_eq!(why, Some(reason::IDLE));
}

#[tokio::test(flavor = "multi_thread")]
async fn forced_stop_is_reported_as_forced() {
    let bench = Bench::new(APPS);
    let id = bench.start("forced", "stubborn");
    wait_for("its trap to be set", || {
        std::fs::read_to_string(bench.run_folder(&id, 1).join("output.log"))
            .is_ok_and(|said| said.contains("ready"))
    })
    .await;
    bench.stop(&id);
    let row = bench.until_phase(&id, Phase::Stopped).await;
    let message = row.record.status.message.unwrap_or_default();
    assert!(message.contains("was killed"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_folder_is_reported_and_created_again_at_the_next_start() {
    let bench = Bench::new(APPS);
    let id = bench.start("folder", "files");
    bench.until_running(&id).await;
    std::fs::remove_dir_all(bench.workbench_folder(&id).join("files")).expect("removed");
    bench
        .until(&id, "told of its loss", |row| {
            row.reason(&PvcReady) == reason::VOLUME_LOST
        })
        .await;
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
    bench.start_again(&id);
    let row = bench.until_running(&id).await;
    assert_eq!(row.reason(&PvcReady), reason::BOUND);
}

/// Memory that the test sets, in units of 1,000,000 bytes.
#[derive(Debug)]
struct FixedMemory(AtomicU64);

impl MemoryGauge for FixedMemory {
    fn available(&self) -> Option<u64> {
        Some(self.0.load(Ordering::SeqCst) * 1_000_000)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machine_short_of_memory_evicts_the_largest_and_starts_nothing() {
    let gauge = Arc::new(FixedMemory(AtomicU64::new(1000)));
    let mut bench = Bench::not_started(APPS);
    let reported = Arc::clone(&gauge);
    bench.configure = Box::new(move |config| {
        config.least_memory_mb = 500;
        config.memory = reported.clone();
    });
    bench.start_server();
    let small = bench.start("small", "stubborn");
    let large = bench.start("large", "files");
    bench.until_phase(&small, Phase::Running).await;
    bench.until_running(&large).await;
    gauge.0.store(100, Ordering::SeqCst);
    let row = bench.until_phase(&large, Phase::Failed).await;
    gauge.0.store(499, Ordering::SeqCst);
    assert_eq!(row.reason(&Failed), reason::EVICTED);
    assert_eq!(row.k8s_status, K8sStatus::Killed);
    let why = row.record.status.message.unwrap_or_default();
    assert!(why.contains("less than 500 MB"), "{why}");

    let waiting = bench.create("waiting", "files", |record| {
        record.subject.run.as_mut().expect("a run").start_deadline =
            SystemClock.now() + Millis::from_secs(3000);
    });
    bench
        .until(&waiting, "waiting for memory", |row| {
            row.reason(&PodScheduled) == reason::UNSCHEDULABLE
        })
        .await;
    gauge.0.store(1000, Ordering::SeqCst);
    let row = bench.until_running(&waiting).await;
    let scheduled = row.record.status.condition(&PodScheduled);
    assert!(scheduled.is_some_and(|c| c.status == ConditionStatus::True));
}

/// Security review, finding 15: a folder that fills up is reported before the disk is full.
#[tokio::test(flavor = "multi_thread")]
async fn folder_that_nears_its_quota_is_told_until_there_is_room() {
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new(|config| {
        config.folder_quota_mb = 1;
        config.folder_pause = Duration::from_millis(50);
    });
    bench.start_server();
    let id = bench.start("filling", "files");
    bench.until_running(&id).await;
    let file = bench.workbench_folder(&id).join("files/data");
    for (bytes, reported) in [
        (850_000, "80 %"),
        (980_000, "95 %"),
        (1_200_000, "more than its 1 MB"),
    ] {
        std::fs::write(&file, vec![1; bytes]).expect("a file");
        bench
            .until(&id, reported, |row| {
                let ready = row.record.status.condition(&Ready);
                ready.is_some_and(|ready| ready.is_true() && ready.message.contains(reported))
            })
            .await;
    }
    std::fs::remove_file(&file).expect("removed");
    bench
        .until(&id, "room again", |row| {
            let ready = row.record.status.condition(&Ready);
            ready.is_some_and(|ready| ready.is_true() && !ready.message.contains("folder"))
        })
        .await;
}
