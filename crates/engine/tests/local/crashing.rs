//! Crashes and restarts.

use crate::bench::{Bench, Row, is_alive, kill, wait_for};
use std::time::{Duration, Instant};
use vestibule_model::condition::ConditionStatus;
use vestibule_model::condition::ConditionType::{Failed, Ready, RunnerStarted};
use vestibule_model::phase::{K8sStatus, Phase};
use vestibule_model::reason;
use vestibule_model::transition::{Source, Transition, TransitionKind};

const APPS: &str = r#"
[[app]]
name = "loops"
command = ["sh", "-c", "echo try; exit 7"]
restart_limit = 2
[[app]]
name = "says-1-at-last"
command = ["sh", "-c", "if [ -e tried ]; then exit 1; fi; touch tried; exit 9"]
[[app]]
name = "files"
command = ["python3", "-u", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
[[app]]
name = "leaves-children"
command = ["sh", "-c", "setsid sleep 611 & exit 7"]
restart_limit = 1
"#;

#[tokio::test(flavor = "multi_thread")]
async fn crash_loop_is_restarted_and_then_permanent() {
    let bench = Bench::new(APPS);
    let id = bench.start("loops", "loops");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::CRASH_LOOP_BACK_OFF);
    assert_eq!(row.exit_code, Some(7));
    assert!(!row.was_ever_true(&Ready) && row.k8s_status == K8sStatus::Failed);
    assert!(
        row.journal
            .iter()
            .any(|entry| entry.condition == Some(RunnerStarted)
                && entry.to == Some(ConditionStatus::False)
                && entry.reason == reason::CRASH_LOOP_BACK_OFF),
        "the pause between two tries is shown"
    );
    let output = bench.output(&id).await;
    assert_eq!(output.matches("try").count(), 3, "{output}");
    assert!(
        output.contains(
            "The app ended with exit code 7. It is started again in 0.2 s (restart 2 of 2)."
        ),
        "{output}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deliberate_exit_is_not_restarted() {
    let bench = Bench::new(APPS);
    let id = bench.start("says", "says-1-at-last");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::SDK_ERROR);
}

/// FIELD 12: "While Running nothing looks at the container". The crash shows, and so does its end.
#[tokio::test(flavor = "multi_thread")]
async fn crash_after_ready_is_shown_and_heals() {
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new(|config| config.restart_pause = Duration::from_secs(2));
    bench.start_server();
    let id = bench.start("heals", "files");
    bench.until_running(&id).await;
    let first = bench.pid(&id);
    kill(first, "-SEGV");
    bench
        .until(&id, "a regression", |row| {
            row.k8s_status == K8sStatus::Progressing
        })
        .await;
    let row = bench.until_running(&id).await;
    assert_ne!(bench.pid(&id), first);
    assert!(!is_alive(first));
    let started = row.record.status.condition(&RunnerStarted);
    assert_eq!(
        started.map(|condition| condition.message.as_str()),
        Some(
            "The app stopped by signal 11 (exit code 139) and was started again (restart 1 of 3)."
        )
    );
    assert!(!row.was_ever_true(&Failed));
}

#[tokio::test(flavor = "multi_thread")]
async fn crash_between_two_observations_is_in_the_journal_once() {
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new(|config| config.restart_pause = Duration::from_millis(1));
    bench.start_server();
    let id = bench.start("unseen", "files");
    bench.until_running(&id).await;
    bench.end_server().await;
    let first = bench.pid(&id);
    kill(first, "-KILL");
    wait_for("it is started again", || {
        let pid = bench.recorded(&id, "process.json", "pid");
        pid.is_some_and(|pid| pid != first)
    })
    .await;
    bench.start_server();
    let reported =
        "The app stopped by signal 9 (exit code 137) and was started again (restart 1 of 3).";
    let entries = |row: &Row| {
        let reported = |entry: &&Transition| entry.message == reported;
        row.journal
            .iter()
            .filter(reported)
            .cloned()
            .collect::<Vec<_>>()
    };
    bench
        .until(&id, "told of its restart", |row| !entries(row).is_empty())
        .await;
    let row = bench.until_running(&id).await;
    let entries = entries(&row);
    assert_eq!(entries.len(), 1, "{entries:#?}");
    assert_eq!(entries[0].kind, TransitionKind::Detail);
    assert_eq!(entries[0].condition, Some(RunnerStarted));
    assert_eq!(entries[0].source, Source::Recovery);
    assert_eq!(entries[0].to, Some(ConditionStatus::True));
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_between_two_restarts_takes_effect_at_once() {
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new(|config| config.restart_pause = Duration::from_secs(3600));
    bench.start_server();
    let id = bench.start("pause", "loops");
    bench
        .until(&id, "waiting for another try", |row| {
            row.reason(&RunnerStarted) == reason::CRASH_LOOP_BACK_OFF
        })
        .await;
    let begin = Instant::now();
    bench.stop(&id);
    let row = bench.until_phase(&id, Phase::Stopped).await;
    let why = row.record.status.stopped_reason.as_deref();
    assert_eq!(why, Some(reason::USER_STOPPED));
    assert!(begin.elapsed() < Duration::from_secs(600));
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_before_a_restart_survives_the_server() {
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new(|config| config.restart_pause = Duration::from_secs(2));
    bench.start_server();
    let id = bench.start("outlives", "loops");
    bench
        .until(&id, "waiting for another try", |row| {
            row.reason(&RunnerStarted) == reason::CRASH_LOOP_BACK_OFF
        })
        .await;
    bench.end_server().await;
    bench.start_server();
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::CRASH_LOOP_BACK_OFF);
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_begins_without_leftover_processes() {
    let bench = Bench::new(APPS);
    let id = bench.start("children", "leaves-children");
    let row = bench.until_phase(&id, Phase::Failed).await;
    assert_eq!(row.reason(&Failed), reason::CRASH_LOOP_BACK_OFF);
    assert_eq!(bench.output(&id).await.matches("started again").count(), 1);
}
