//! A server that has used up its file descriptors.

use crate::bench::Bench;
use std::fs::File;
use std::process::Command;
use std::time::Duration;
use vestibule_engine::Engine as _;
use vestibule_engine::local::Isolation;
use vestibule_model::condition::ConditionType::Ready;
use vestibule_model::observed::Runner;
use vestibule_model::phase::{K8sStatus, Phase};

const APPS: &str = r#"
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
restart_limit = 0
stop_grace_seconds = 5
"#;

/// Reliability review, finding 4. The limit holds for a whole process, so the tests below run in processes of their own.
#[test]
fn running_app_stays_running_while_descriptors_are_used_up() {
    for test in ["with_64_descriptors", "with_64_descriptors_in_a_sandbox"] {
        let program = std::env::current_exe().expect("this program");
        let status = Command::new("sh")
            .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
            .arg(program)
            .args(["--exact", &format!("descriptors::{test}"), "--ignored"])
            .status()
            .expect("a shell");
        assert!(status.success(), "{test}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test above, with a limit"]
async fn with_64_descriptors() {
    use_up(Isolation::None).await;
}

/// The same where this machine has no sandbox.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test above, with a limit"]
async fn with_64_descriptors_in_a_sandbox() {
    use_up(Isolation::Auto).await;
}

async fn use_up(isolation: Isolation) {
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new(move |config| config.isolation = isolation);
    bench.start_server();
    let id = bench.start("exhausted", "files");
    let before = bench.until_running(&id).await;
    let mut held = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        assert!(held.len() < 64, "there is no limit");
        held.push(file);
    }
    for _ in 0..10 {
        bench.controller().enqueue(&id);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let seen = bench.engine().observe(&before.record.target).await;
    assert!(
        matches!(seen.runner, Runner::Unobserved { .. }),
        "{:?}",
        seen.runner
    );
    drop(held);
    let row = bench.row(&id).expect("it is there");
    assert_eq!(row.journal, before.journal, "something false was written");
    assert_eq!(row.k8s_status, K8sStatus::Running);
    assert_eq!(row.message(&Ready), before.message(&Ready));
    bench.stop(&id);
    bench.until_phase(&id, Phase::Stopped).await;
}
