//! Sizes: limits that a workbench chooses, and sizes that the catalogue no longer has.

use crate::bench::Bench;
use std::time::Duration;
use vestibule_engine::Engine as _;
use vestibule_model::condition::ConditionType::{Failed, RunnerStarted};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;

const APPS: &str = r#"
[[size]]
name = "small"
title = "Small"
cpu = 1
memory_mb = 80
[[size]]
name = "large"
memory_mb = 2000
gpus = 1
[[app]]
name = "greedy"
command = ["python3", "-c", "import time; kept = bytearray(200_000_000); print('had it', flush=True); time.sleep(600)"]
restart_limit = 0
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn memory_of_the_chosen_size_is_the_limit_of_the_run() {
    let bench = Bench::new(APPS);
    let first = bench.start("first", "greedy");
    let large = bench.create("large", "greedy", |record| {
        record.target.spec.size = Some("large".to_owned());
    });
    let row = bench.until_phase(&first, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::OOM_KILLED);
    let why = row.record.status.message.unwrap_or_default();
    assert!(why.contains("its limit is 80 MB"), "{why}");
    // More memory than the small size has.
    let using = async {
        while !bench.output(&large).await.contains("had it") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let used = tokio::time::timeout(Duration::from_secs(120), using).await;
    assert!(used.is_ok(), "it never had its memory");
    let row = bench.row(&large).expect("there");
    assert_eq!(row.record.status.phase, Phase::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn size_that_is_not_offered_fails_the_start_and_leaves_a_run_alone() {
    let bench = Bench::new(APPS);
    let wrong = bench.create("wrong", "files", |record| {
        record.target.spec.size = Some("huge".to_owned());
    });
    let row = bench.until_phase(&wrong, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::START_ERROR);
    let why = row.record.status.message.unwrap_or_default();
    assert_eq!(
        why,
        "The size \"huge\" isn't offered. Choose one of: Small, large."
    );
    let id = bench.start("files", "files");
    bench
        .until(&id, "running", |row| row.k8s_status == K8sStatus::Running)
        .await;
    // As if the catalogue had lost it.
    bench.command(&id, |record| {
        record.target.spec.size = Some("huge".to_owned());
    });
    let said = |row: &crate::bench::Row| {
        let started = row.record.status.condition(&RunnerStarted);
        started.is_some_and(|c| c.is_true() && c.message.contains("The run keeps its size"))
    };
    let row = bench.until(&id, "told about", said).await;
    assert_eq!(row.k8s_status, K8sStatus::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogue_says_which_limits_do_not_hold_on_this_machine() {
    let bench = Bench::new(APPS);
    let apps = bench.engine().apps().await;
    let sizes = &apps[0].sizes;
    let labels: Vec<_> = sizes.iter().map(|size| size.label()).collect();
    let expected = ["Small: 1 CPU, 80 MB memory", "large: 2 GB memory, 1 GPU"];
    assert_eq!(labels, expected);
    assert_eq!(sizes[1].remark, "GPUs aren't assigned on this machine.");
    // Control groups limit CPUs where they are delegated, which no test machine needs to have.
    assert!(
        sizes[0].remark.is_empty() || sizes[0].remark.contains("CPUs isn't limited"),
        "{}",
        sizes[0].remark
    );
}
